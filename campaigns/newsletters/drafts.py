"""The adder of newsletters: their rows, their history and their place on the calendar, in the caller's transaction."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campaigns import clock, search
from campaigns.audience.models import MailingList
from campaigns.delivery.models import Sender
from campaigns.errors import Invalid, NotFound
from campaigns.newsletters import diff, queries
from campaigns.newsletters.documents import Document, Text
from campaigns.newsletters.models import Edition, Newsletter, Revision
from campaigns.newsletters.queries import KIND
from campaigns.planning import items
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState, PlanItem

# Autosave writes every few seconds; one step of undo is what a person typed in one go.
ONE_STEP = timedelta(seconds=10)
KEPT_REVISIONS = 300


def add(
    session: Session,
    document: Document,
    *,
    user_id: int | None,
    campaign_id: int | None = None,
    is_sample: bool = False,
    stale_at: datetime | None = None,
    now: datetime,
) -> Newsletter:
    """Begin a newsletter with this document; returns it with its id. Raises Invalid for an unknown sender or list.

    Past `stale_at` nothing of it leaves, because it would announce what is over.
    """
    newsletter = Newsletter(
        title=document.title,
        state=ItemState.DRAFT,
        send_zone=document.send_zone,
        slug=_slug(document.title),
        author_id=user_id,
        editor_ids=[user_id] if user_id else [],
        campaign_id=campaign_id,
        created_at=now,
        changed_at=now,
        changed_by_id=user_id,
        is_sample=is_sample,
        stale_at=stale_at,
        version=1,
    )
    session.add(newsletter)
    _write(session, newsletter, document)
    session.add(
        Revision(
            newsletter_id=newsletter.id, version=1, at=now, user_id=user_id, parent=None, document=document.to_json()
        )
    )
    plan(session, newsletter, now, content_hash="")
    return newsletter


def change(
    session: Session,
    newsletter: Newsletter,
    document: Document,
    *,
    user_id: int | None,
    origin: int | None = None,
    now: datetime,
) -> None:
    """Give a newsletter another document. It becomes a draft again and its approval, if any, is void.

    `origin` is the version that undo or redo brings back.
    """
    here = queries.position(session, newsletter)
    newsletter.version += 1
    newsletter.changed_at, newsletter.changed_by_id = now, user_id
    if user_id and user_id not in newsletter.editor_ids:
        newsletter.editor_ids = [*newsletter.editor_ids, user_id]
    _write(session, newsletter, document)
    _remember(session, newsletter, document, here, user_id, origin, now)
    to_draft(session, newsletter, now)


def to_draft(session: Session, newsletter: Newsletter, now: datetime) -> None:
    """Make it a draft; what was decided about it is void."""
    newsletter.state = ItemState.DRAFT
    newsletter.launch_at = newsletter.launch_confirmed_count = None
    newsletter.submitted_at = newsletter.submitted_by_id = None
    newsletter.launch_note = newsletter.submit_note = ""
    plan(session, newsletter, now, content_hash="")


def end_practice(session: Session, note: str, now: datetime) -> list[int]:
    """Make drafts of the newsletters that practice approved and that have not left; returns their ids."""
    decided = (ItemState.APPROVED, ItemState.SCHEDULED, ItemState.HELD)
    wanted = select(Newsletter).where(Newsletter.state.in_(decided)).order_by(Newsletter.id).with_for_update()
    found = list(session.scalars(wanted))
    for newsletter in found:
        to_draft(session, newsletter, now)
        newsletter.launch_note = note
        plan(session, newsletter, now)
    return [newsletter.id for newsletter in found]


def put_away(session: Session, newsletter: Newsletter, now: datetime) -> None:
    """Put it in the bin, as a draft: nothing of it leaves any more."""
    to_draft(session, newsletter, now)
    newsletter.binned_at = now
    items.withdraw(session, KIND, newsletter.id, now)


def plan(session: Session, newsletter: Newsletter, now: datetime, content_hash: str | None = None) -> PlanItem:
    """Write its row of the calendar; without a `content_hash` the one before stays."""
    known = planning.find_item(KIND, newsletter.id)
    at = newsletter.sent_at or newsletter.launch_at or _chosen_time(newsletter)
    return items.put(
        session,
        kind=KIND,
        ref=newsletter.id,
        title=newsletter.title,
        state=newsletter.state,
        wall=clock.wall_time_of(at, newsletter.send_zone) if at else None,
        zone=newsletter.send_zone,
        due_at=at,
        owner_id=newsletter.author_id,
        campaign_id=newsletter.campaign_id,
        content_hash=(known.content_hash if known else "") if content_hash is None else content_hash,
        note=newsletter.launch_note,
        now=now,
    )


def locked(session: Session, newsletter_id: int) -> Newsletter:
    """A newsletter to be changed in this transaction; raises NotFound."""
    found = session.get(Newsletter, newsletter_id, with_for_update=True)
    if found is None:
        raise NotFound("We could not find that newsletter. It may have been removed.")
    return found


def withdraw(session: Session, newsletter: Newsletter) -> None:
    """Remove a newsletter for good, with its history."""
    search.remove(session, KIND, newsletter.id)
    item = session.scalar(select(PlanItem).where(PlanItem.kind == KIND, PlanItem.ref == newsletter.id))
    if item is not None:
        session.delete(item)
    session.delete(newsletter)


def _chosen_time(newsletter: Newsletter) -> datetime | None:
    if newsletter.send_mode != "at" or newsletter.send_wall is None:
        return None
    return clock.instant_of(newsletter.send_wall, newsletter.send_zone)


def _write(session: Session, newsletter: Newsletter, document: Document) -> None:
    _check(session, document)
    newsletter.title = document.title
    newsletter.sender_id = document.sender_id
    newsletter.audience_rule = {"lists": document.lists, "minus": document.minus}
    if document.rhythm:
        newsletter.audience_rule["rhythm"] = document.rhythm
    if document.reached:
        newsletter.audience_rule["reached"] = document.reached
    newsletter.leaves_uncertain = document.leaves_uncertain
    newsletter.send_mode = document.send_mode
    newsletter.send_wall, newsletter.send_zone = document.wall, document.send_zone
    session.flush()
    for language, text in document.editions.items():
        row = session.get(Edition, (newsletter.id, language)) or Edition(newsletter_id=newsletter.id, language=language)
        row.subject, row.preheader = text.subject, text.preheader
        row.blocks = [block.model_dump(mode="json") for block in text.blocks]
        session.add(row)
    gone = Edition.language.not_in(list(document.editions))
    session.execute(delete(Edition).where(Edition.newsletter_id == newsletter.id, gone))
    words = [said for text in document.editions.values() for said in _words(text)]
    search.put(session, KIND, newsletter.id, document.title, *words)


def _check(session: Session, document: Document) -> None:
    if document.sender_id is not None and session.get(Sender, document.sender_id) is None:
        raise Invalid({"sender_id": "This sender was removed. Please choose another one."})
    first = session.get(Newsletter, document.reached) if document.reached else None
    if document.reached and (first is None or first.run_id is None):
        raise Invalid({"reached": "The newsletter that this one follows was never sent. Untick it under “Only to”."})
    for field, ids in (("lists", document.lists), ("minus", document.minus)):
        known = session.scalar(select(func.count()).select_from(MailingList).where(MailingList.id.in_(ids)))
        if known != len(ids):
            raise Invalid({field: "A list that you chose was removed. Please look at the lists again."})


def _words(text: Text) -> list[str]:
    return [text.subject, text.preheader, *(diff.said(block) for block in text.blocks)]


def _remember(
    session: Session,
    newsletter: Newsletter,
    document: Document,
    here: Revision | None,
    user_id: int | None,
    origin: int | None,
    now: datetime,
) -> None:
    last = here if origin is None and here is not None and here.version == newsletter.version - 1 else None
    is_same_step = last is not None and last.parent is not None and last.user_id == user_id
    if last is not None and is_same_step and now - last.at < ONE_STEP:
        last.version, last.document = newsletter.version, document.to_json()
        return
    session.add(
        Revision(
            newsletter_id=newsletter.id,
            version=newsletter.version,
            at=now,
            user_id=user_id,
            parent=here.version if here else None,
            origin=origin,
            document=document.to_json(),
        )
    )
    # No revision is forgotten within a day's work on one newsletter; after some hundred the first ones go.
    oldest = newsletter.version - KEPT_REVISIONS
    session.execute(delete(Revision).where(Revision.newsletter_id == newsletter.id, Revision.version < oldest))


def _slug(title: str) -> str:
    words: Any = re.findall(r"[a-z0-9]+", search.fold(title))
    # The end cannot be guessed, since an unlisted newsletter is found by its address alone.
    return "-".join([*words[:8], secrets.token_hex(5)])
