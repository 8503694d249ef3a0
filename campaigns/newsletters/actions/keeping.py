"""Keeping house: the bin, the campaign it belongs to, and its place in the public archive."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid
from campaigns.markup import one_line
from campaigns.newsletters import drafts, queries, rules
from campaigns.newsletters.deciding import record
from campaigns.newsletters.models import ArchiveMode
from campaigns.planning.queries import get_campaign


@action
def bin(newsletter_id: int, user_id: int, now: datetime) -> None:
    """Put it in the bin for 30 days, as a draft; raises Conflict for one that is scheduled, on its way or sent."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    if newsletter.binned_at is not None:
        return
    if not rules.may_bin(newsletter.state):
        raise Conflict("This newsletter is scheduled, on its way or was sent, so it cannot go to the bin.")
    drafts.put_away(db.session(), newsletter, now)
    record(db.session(), newsletter, "newsletter.binned", user_id, now)


@action
def restore(newsletter_id: int, user_id: int, now: datetime) -> None:
    """Take it out of the bin again, as a draft."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    if newsletter.binned_at is None:
        return
    newsletter.binned_at = None
    drafts.to_draft(db.session(), newsletter, now)
    record(db.session(), newsletter, "newsletter.restored", user_id, now)


@action
def purge_bin(now: datetime) -> int:
    """Remove what has been in the bin for 30 days; gives how many."""
    ids = queries.binned_before(now)
    for newsletter_id in ids:
        newsletter = drafts.locked(db.session(), newsletter_id)
        record(db.session(), newsletter, "newsletter.removed", None, now)
        drafts.withdraw(db.session(), newsletter)
    return len(ids)


@action
def file_under(newsletter_id: int, campaign_id: int | None, user_id: int, now: datetime) -> None:
    """Say which campaign it belongs to, or none; what it says stays, and so does an approval."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    newsletter.campaign_id = get_campaign(campaign_id).id if campaign_id else None
    drafts.plan(db.session(), newsletter, now)
    record(db.session(), newsletter, "newsletter.filed", user_id, now, {"campaign": campaign_id})


@action
def set_archive(newsletter_id: int, mode: str, note: str, user_id: int, now: datetime) -> None:
    """List it on the web, hide it from the list, or withdraw it with a note that readers see in its place."""
    if mode not in list(ArchiveMode):
        raise Invalid({"mode": "Choose one of the three."})
    note = one_line(note)[:500]
    if mode == ArchiveMode.WITHDRAWN and not note:
        raise Invalid({"note": "Say in a sentence why it was withdrawn. Readers see it in place of the text."})
    newsletter = drafts.locked(db.session(), newsletter_id)
    newsletter.archive_mode, newsletter.archive_note = ArchiveMode(mode), note
    record(db.session(), newsletter, "newsletter.archive_changed", user_id, now, {"mode": mode})
