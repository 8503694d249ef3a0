"""Reads of newsletters: the list, the document, its history, who may decide, and the archive."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from campaigns import search
from campaigns.audience import queries as audience
from campaigns.audience.models import Subscriber
from campaigns.db import db
from campaigns.delivery import queries as delivery
from campaigns.delivery.models import Run, RunState
from campaigns.errors import NotFound
from campaigns.newsletters import rules
from campaigns.newsletters.blocks import Image as ImageBlock
from campaigns.newsletters.blocks import Story as StoryBlock
from campaigns.newsletters.diff import Change, changes
from campaigns.newsletters.documents import Document, read_document
from campaigns.newsletters.frame import Picture
from campaigns.newsletters.models import ArchiveMode, Compiled, Edition, Image, Newsletter, Revision
from campaigns.pictures import EXTENSIONS
from campaigns.planning import queries as planning
from campaigns.planning.models import Approval, ItemState
from campaigns.planning.rules import may_approve
from campaigns.staff import queries as staff
from campaigns.staff.models import User
from campaigns.web.paging import Page, page_of

KIND = "newsletter"
# Made once: asked for every few dozen copies.
_STALE_AT = select(Newsletter.stale_at).where(Newsletter.id == bindparam("id"))
TROUBLE_AFTER = 3


def get_newsletter(newsletter_id: int) -> Newsletter:
    """A newsletter, also one in the bin; raises NotFound."""
    found = db.session.get(Newsletter, newsletter_id)
    if found is None:
        raise NotFound("We could not find that newsletter. It may have been removed.")
    return found


def get_document(newsletter_id: int) -> Document:
    """Everything that people edit of a newsletter; raises NotFound."""
    return document_of(get_newsletter(newsletter_id))


def document_of(newsletter: Newsletter) -> Document:
    """The document of a newsletter, from its rows."""
    texts = db.session.scalars(select(Edition).where(Edition.newsletter_id == newsletter.id))
    wall = newsletter.send_wall
    return read_document(
        {
            "title": newsletter.title,
            "sender_id": newsletter.sender_id,
            "lists": newsletter.audience_rule.get("lists", []),
            "minus": newsletter.audience_rule.get("minus", []),
            "rhythm": newsletter.audience_rule.get("rhythm", ""),
            "reached": newsletter.audience_rule.get("reached"),
            "leaves_uncertain": newsletter.leaves_uncertain,
            "send_mode": newsletter.send_mode,
            "send_wall": wall.isoformat() if wall else "",
            "send_zone": newsletter.send_zone,
            "editions": {
                text.language: {"subject": text.subject, "preheader": text.preheader, "blocks": text.blocks}
                for text in texts
            },
        }
    )


def search_newsletters(q: str = "", state: str = "", page: int = 1) -> Page[Any]:
    """A page of newsletters, the latest touched first, found by words of name, subject and text."""
    question = select(Newsletter).where(Newsletter.binned_at.is_(None))
    for words in search.matching(KIND, q):
        question = question.where(Newsletter.id.in_(words))
    if state:
        question = question.where(Newsletter.state == state)
    return page_of(question.order_by(Newsletter.changed_at.desc(), Newsletter.id.desc()), page)


def state_counts() -> dict[str, int]:
    """How many newsletters stand where, without the bin."""
    question = select(Newsletter.state, func.count()).where(Newsletter.binned_at.is_(None))
    return {str(state): int(count) for state, count in db.session.execute(question.group_by(Newsletter.state))}


def binned(page: int = 1) -> Page[Any]:
    """The newsletters in the bin, the latest first."""
    return page_of(
        select(Newsletter).where(Newsletter.binned_at.is_not(None)).order_by(Newsletter.binned_at.desc()), page
    )


def position(session: Session, newsletter: Newsletter) -> Revision | None:
    """The revision whose document is the present one: where undo and redo step from."""
    present = _revision(session, newsletter.id, newsletter.version)
    return _revision(session, newsletter.id, present.origin) if present and present.origin else present


def undo_target(session: Session, newsletter: Newsletter) -> Revision | None:
    """What one step back would bring, or None at the beginning."""
    here = position(session, newsletter)
    return _revision(session, newsletter.id, here.parent) if here and here.parent else None


def redo_target(session: Session, newsletter: Newsletter) -> Revision | None:
    """What one step forward would bring again, or None when nothing was undone."""
    present = _revision(session, newsletter.id, newsletter.version)
    if present is None or present.origin is None:
        return None
    later = select(Revision).where(
        Revision.newsletter_id == newsletter.id, Revision.parent == present.origin, Revision.origin.is_(None)
    )
    return session.scalar(later.order_by(Revision.version.desc()).limit(1))


def _revision(session: Session, newsletter_id: int, version: int) -> Revision | None:
    return session.scalar(select(Revision).where(Revision.newsletter_id == newsletter_id, Revision.version == version))


def stale_at(newsletter_id: int) -> datetime | None:
    """Past which instant nothing of a newsletter leaves, read afresh; None for one that does not grow stale."""
    return db.session.connection().execute(_STALE_AT, {"id": newsletter_id}).scalar()


def may_undo(newsletter_id: int) -> bool:
    """Whether there is a step back."""
    return undo_target(db.session(), get_newsletter(newsletter_id)) is not None


def may_redo(newsletter_id: int) -> bool:
    """Whether there is a step forward again."""
    return redo_target(db.session(), get_newsletter(newsletter_id)) is not None


def authors_of(newsletter: Newsletter) -> set[int]:
    """Everybody who wrote in it or submitted it."""
    return {*newsletter.editor_ids, *filter(None, (newsletter.author_id, newsletter.submitted_by_id))}


def may_decide(newsletter: Newsletter, user_id: int) -> bool:
    """Whether this person may decide about it now: never about their own work, outside practice."""
    is_practice = staff.get_organization().is_practice
    return rules.may_decide(newsletter.state) and may_approve(user_id, authors_of(newsletter), is_practice)


def other_approvers(newsletter: Newsletter) -> list[User]:
    """Who may approve it outside practice."""
    authors = authors_of(newsletter)
    return [user for user in staff.approvers() if user.id not in authors]


def could_approve(newsletter: Newsletter) -> list[User]:
    """Colleagues who wrote nothing in it and lack only the role to approve it."""
    others = authors_of(newsletter) | {user.id for user in staff.approvers()}
    return [user for user in staff.users() if user.active and user.id not in others]


def last_decision(newsletter_id: int) -> Approval | None:
    """The latest approval, or request for changes."""
    item = planning.find_item(KIND, newsletter_id)
    return planning.last_approval(item) if item else None


def last_approval(newsletter_id: int) -> Approval | None:
    """The latest approval, whether or not it still stands."""
    item = planning.find_item(KIND, newsletter_id)
    if item is None:
        return None
    question = select(Approval).where(Approval.plan_item_id == item.id, Approval.is_approved.is_(True))
    return db.session.scalar(question.order_by(Approval.id.desc()).limit(1))


def approved_document(newsletter_id: int) -> dict[str, Any] | None:
    """The document that the last approval saw, or None."""
    approval = last_approval(newsletter_id)
    return approval.snapshot.get("document") if approval else None


def changes_since_approval(newsletter_id: int) -> list[Change] | None:
    """What is different from what was last approved; None when it never was."""
    before = approved_document(newsletter_id)
    if before is None:
        return None
    lists = {entry.id: entry.name for entry in audience.lists(with_archived=True)}
    senders = {entry.id: f"{entry.name} <{entry.address}>" for entry in delivery.senders(with_retired=True)}
    return changes(
        before,
        get_document(newsletter_id),
        lambda number: lists.get(number, "a list that was removed"),
        lambda number: senders.get(number, "a sender that was removed"),
    )


def note_of(newsletter: Newsletter) -> str:
    """What the person looking should read first: the author's note to the approver, or why it is held or missed."""
    return newsletter.submit_note if newsletter.state == ItemState.IN_REVIEW else newsletter.launch_note


def count_of(document: Document | Newsletter, now: datetime) -> int:
    """How many people would get it now."""
    if isinstance(document, Newsletter):
        rule = document.audience_rule
        among = reached_by(rule.get("reached"))
        return audience.count_audience(rule.get("lists", []), rule.get("minus", []), now, rule.get("rhythm", ""), among)
    among = reached_by(document.reached)
    return audience.count_audience(document.lists, document.minus, now, document.rhythm, among)


def reached_by(newsletter_id: int | None) -> Select[Any] | None:
    """A sub-select of the readers to whose mail server that newsletter was handed over; None for no newsletter."""
    if newsletter_id is None:
        return None
    first = db.session.get(Newsletter, newsletter_id)
    return delivery.reached((first.run_id if first else None) or 0)


def title_of(newsletter_id: int | None) -> str:
    """The office's name of a newsletter, "" for none."""
    first = db.session.get(Newsletter, newsletter_id) if newsletter_id else None
    return first.title if first else ""


def readers(limit: int = 20) -> list[Subscriber]:
    """People as whom a preview can be shown, the sample readers first."""
    question = select(Subscriber).order_by(Subscriber.is_sample.desc(), Subscriber.first_name == "", Subscriber.id)
    return list(db.session.scalars(question.limit(limit)))


def waiting_seconds(newsletter: Newsletter, now: datetime) -> int:
    """Seconds until it leaves, 0 when it does not wait for a time."""
    if newsletter.launch_at is None or newsletter.state != ItemState.SCHEDULED:
        return 0
    return max(0, -int((now - newsletter.launch_at).total_seconds() // 1))


def pictures_of(document: Document, path: str = "/i") -> dict[str, Picture]:
    """The pictures in a document that exist, by token."""
    tokens = {
        block.image
        for text in document.editions.values()
        for block in text.blocks
        if isinstance(block, ImageBlock | StoryBlock)
    }
    columns = (Image.token, Image.media_type, Image.width, Image.height, Image.digest)
    rows = db.session.execute(select(*columns).where(Image.token.in_(tokens)))
    return {
        row.token: Picture(f"{path}/{row.token}.{EXTENSIONS[row.media_type]}", row.width, row.height, row.digest)
        for row in rows
    }


def find_image(token: str) -> Image | None:
    """An uploaded picture, or None."""
    return db.session.scalar(select(Image).where(Image.token == token))


def due(now: datetime) -> list[int]:
    """The newsletters whose time to leave has come, those held by the pause switch too."""
    waiting = (ItemState.SCHEDULED, ItemState.HELD)
    question = select(Newsletter.id).where(Newsletter.state.in_(waiting), Newsletter.launch_at <= now)
    return list(db.session.scalars(question.order_by(Newsletter.launch_at, Newsletter.id)))


def in_trouble() -> list[tuple[int, str, bool]]:
    """Newsletters being sent whose mail server keeps failing, untold, or whose run stopped by itself: id, what it said,
    whether it stopped."""
    question = (
        select(Newsletter.id, Run.reason, Run.state)
        .join(Run, Run.id == Newsletter.run_id)
        .where(
            Newsletter.state == ItemState.SENDING,
            or_(Run.state == RunState.STOPPED, and_(Newsletter.launch_note == "", Run.failures >= TROUBLE_AFTER)),
        )
    )
    return [(row.id, row.reason, row.state == RunState.STOPPED) for row in db.session.execute(question)]


def refused_untold() -> list[int]:
    """Newsletters of which copies were refused because of us, and the author has not heard of it."""
    question = select(Newsletter.id).join(Run, Run.id == Newsletter.run_id)
    return list(db.session.scalars(question.where(Run.refused > 0, Run.refused_told_at.is_(None))))


def of_runs(run_ids: Iterable[int]) -> dict[int, Newsletter]:
    """The newsletters of runs, by run."""
    rows = db.session.scalars(select(Newsletter).where(Newsletter.run_id.in_(set(run_ids))))
    return {row.run_id or 0: row for row in rows}


def _public(newsletter: Select[Any]) -> Select[Any]:
    live_since = staff.get_organization().went_live_at
    newsletter = newsletter.where(Newsletter.sent_at.is_not(None), Newsletter.binned_at.is_(None))
    # What was sent for practice never appears once the office is live.
    return newsletter.where(Newsletter.sent_at >= live_since) if live_since else newsletter


def listed(question: Select[Any]) -> Select[Any]:
    """Narrow a question that joins newsletters to those that left and may be found on the web by anybody."""
    return _public(question).where(Newsletter.archive_mode == ArchiveMode.LISTED)


def archived(page: int = 1) -> Page[Any]:
    """A page of the public archive: what was sent and is listed, the latest first."""
    question = _public(select(Newsletter)).where(
        Newsletter.archive_mode == ArchiveMode.LISTED,
        Newsletter.completed_at.is_not(None),
        # One that was sent stays listed while a few copies of it are sent again.
        Newsletter.state.in_((ItemState.SENT, ItemState.SENDING, ItemState.PAUSED)),
    )
    return page_of(question.order_by(Newsletter.sent_at.desc(), Newsletter.id.desc()), page, 20)


def find_by_slug(slug: str) -> Newsletter | None:
    """A newsletter that left, by the last part of its public address, or None."""
    return db.session.scalar(_public(select(Newsletter)).where(Newsletter.slug == slug))


def compiled(newsletter_id: int) -> dict[str, Compiled]:
    """What was launched, by language."""
    rows = db.session.scalars(select(Compiled).where(Compiled.newsletter_id == newsletter_id))
    return {row.language: row for row in rows}


def compiled_subjects(ids: list[int]) -> dict[int, str]:
    """The subjects under which newsletters left, in English if there is one, as somebody without a name reads them."""
    rows = db.session.scalars(
        select(Compiled).where(Compiled.newsletter_id.in_(ids)).order_by(Compiled.language == "en", Compiled.language)
    )
    return {row.newsletter_id: row.archive_subject for row in rows}


def binned_before(now: datetime) -> list[int]:
    """The newsletters that have been in the bin for 30 days."""
    limit = now - timedelta(days=rules.BIN_DAYS)
    return list(db.session.scalars(select(Newsletter.id).where(Newsletter.binned_at < limit)))
