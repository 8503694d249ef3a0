"""After the sending: try failed copies again, decide about uncertain ones, write to exactly those who were reached."""

from collections.abc import Iterable
from datetime import datetime

from campaigns.db import action, db
from campaigns.delivery import outcomes, runs
from campaigns.delivery import queries as delivery
from campaigns.delivery.outcomes import Group
from campaigns.errors import Conflict
from campaigns.newsletters import drafts, notices, queries, rules
from campaigns.newsletters.actions.sending import move
from campaigns.newsletters.deciding import record
from campaigns.newsletters.documents import read_document
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.queries import KIND
from campaigns.planning.models import ItemState
from campaigns.staff import audit

NOTHING = "There is nothing left to do here: somebody else did it in the meantime, or it succeeded by itself."


@action
def retry(newsletter_id: int, user_id: int, now: datetime) -> int:
    """Have the copies sent again that may succeed now: those given up, and those refused because of us; gives how many.

    Raises Conflict when there are none, or the newsletter was canceled.
    """
    newsletter = _sent(newsletter_id)
    wanted = delivery.recipients_in(newsletter.run_id or 0, outcomes.RETRIABLE)
    return _again(newsletter, wanted, "newsletter.retried", user_id, now)


@action
def send_again(newsletter_id: int, only: Iterable[int] | None, user_id: int, now: datetime) -> int:
    """Send uncertain copies again, which may make two; `only` names recipients, None means all that nobody decided on.

    Raises Conflict when there are none, or the newsletter was canceled.
    """
    newsletter = _sent(newsletter_id)
    groups = (Group.UNDECIDED,) if only is None else (Group.UNDECIDED, Group.LEFT)
    wanted = delivery.recipients_in(newsletter.run_id or 0, groups, only)
    return _again(newsletter, wanted, "newsletter.sent_again", user_id, now)


@action
def leave(newsletter_id: int, only: Iterable[int] | None, user_id: int, now: datetime) -> int:
    """Leave uncertain copies as they are; `only` names recipients, None means all. Raises Conflict for none."""
    newsletter = _sent(newsletter_id)
    run_id = newsletter.run_id or 0
    left = runs.leave(db.session(), run_id, delivery.recipients_in(run_id, (Group.UNDECIDED,), only), now)
    if not left:
        raise Conflict(NOTHING)
    record(db.session(), newsletter, "newsletter.left", user_id, now, {"copies": left})
    return left


@action
def follow_up(newsletter_id: int, user_id: int, now: datetime) -> int:
    """Begin a correction to exactly those who got it; returns its id. Raises Conflict while it is being sent."""
    first = _sent(newsletter_id)
    if not rules.may_follow(first.state):
        raise Conflict("It is being sent at this moment. Pause it first, then it is clear who has it.")
    session = db.session()
    old = queries.document_of(first).to_json()
    subject = old["editions"].get("en", {}).get("subject") or first.title
    blocks = [{"id": "what", "kind": "text", "text": ""}]
    text = {"subject": f"Correction: {subject}"[:200], "preheader": "", "blocks": blocks}
    document = {
        **old,
        "title": f"Correction of {first.title}"[:200],
        "minus": [],
        "reached": newsletter_id,
        "send_mode": "now",
        "send_wall": "",
        "editions": {"en": text},
    }
    made = drafts.add(session, read_document(document), user_id=user_id, campaign_id=first.campaign_id, now=now)
    details: dict[str, object] = {"reached": newsletter_id}
    audit.add(
        session,
        user_id=user_id,
        action="newsletter.created",
        object_kind=KIND,
        object_id=made.id,
        details=details,
        now=now,
    )
    return made.id


@action
def record_report(newsletter_id: int, group: str, user_id: int, now: datetime) -> None:
    """Note that somebody had the report with the addresses of readers."""
    record(db.session(), _sent(newsletter_id), "newsletter.report", user_id, now, {"group": group or "all"})


@action
def tell_refused(newsletter_id: int, now: datetime) -> None:
    """Tell the author of the first copies that were refused because of us; told again, nothing happens."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    run = delivery.get_run(newsletter.run_id or 0)
    if run.refused_told_at is not None or not run.refused:
        return
    run.refused_told_at = now
    causes = delivery.causes_of(run.id, Group.POLICY)
    if causes:
        notices.add(db.session(), newsletter, "is being refused by some", notices.refused(causes), now)
        record(db.session(), newsletter, "newsletter.refused", None, now, {"causes": causes})


def _again(newsletter: Newsletter, wanted: list[int], what: str, user_id: int, now: datetime) -> int:
    count = runs.send_again(db.session(), newsletter.run_id or 0, wanted, now)
    if not count:
        raise Conflict(NOTHING)
    state = ItemState.SENDING if newsletter.state == ItemState.SENT else ItemState(newsletter.state)
    move(newsletter, state, what, user_id, now, {"copies": count})
    return count


def _sent(newsletter_id: int) -> Newsletter:
    newsletter = drafts.locked(db.session(), newsletter_id)
    if newsletter.run_id is None:
        raise Conflict("It was not sent yet, so there are no copies of it.")
    return newsletter
