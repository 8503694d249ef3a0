"""Writes of digests: make, change, switch on and off, put away. Any change voids a standing approval."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience import queries as audience
from campaigns.audience import rhythms
from campaigns.db import action, db
from campaigns.delivery.queries import default_sender
from campaigns.digests import planned
from campaigns.digests.models import Digest, StandingApproval
from campaigns.digests.queries import digests as queries
from campaigns.digests.rules import digests as rules
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import audit
from campaigns.staff.queries import approvers, get_organization

CHANGED = "The digest was changed."
USUAL: dict[str, Any] = {
    "name": "",
    "description": "",
    "is_public": True,
    "categories": [],
    "keywords": [],
    "without": [],
    "only_own": False,
    "only_picked": False,
    "has_newsletters": False,
    "sections": [],
    "story_order": "newest",
    "most": 10,
    "most_per_source": 0,
    "least": 3,
    "when_little": "skip",
    "quote_words": 40,
    "credit": "source_date",
    "subject": "",
    "opening": "",
    "every": "week",
    "weekdays": [0],
    "month_day": 1,
    "at_time": "08:00",
    "list_ids": [],
    "rhythm": "",
    "approver_id": None,
}


def usual() -> dict[str, Any]:
    """What a new digest begins with."""
    sender = default_sender()
    lists = [entry.id for entry in audience.lists()[:1]]
    zone = get_organization().zone
    return {**USUAL, "zone": zone, "sender_id": sender.id if sender else None, "list_ids": lists}


@action
def create(values: Mapping[str, Any], user_id: int | None, now: datetime) -> int:
    """Make a digest, switched off; what is not said is as usual. Gives its id; raises Invalid."""
    session = db.session()
    wanted = {**usual(), **values}
    _check(session, wanted, None)
    taken = set(session.scalars(select(Digest.slug)))
    digest = Digest(
        slug=rules.slug_of(wanted["name"], taken),
        created_by_id=user_id,
        changed_by_id=user_id,
        created_at=now,
        changed_at=now,
        **{name: wanted[name] for name in rules.COLUMNS},
    )
    session.add(digest)
    session.flush()
    _record(digest, "digest.created", user_id, now)
    return digest.id


@action
def change(digest_id: int, version: int, values: Mapping[str, Any], user_id: int | None, now: datetime) -> None:
    """Give a digest another rule. Raises Invalid, and Conflict when somebody changed it meanwhile."""
    session = db.session()
    digest = locked(session, digest_id)
    if digest.version != version:
        raise Conflict("Somebody changed this digest while you were typing. Please look at the page again.")
    wanted = {**{name: getattr(digest, name) for name in rules.COLUMNS}, **values}
    _check(session, wanted, digest.id)
    before = queries.rhythm_of(digest)
    for name in rules.COLUMNS:
        setattr(digest, name, wanted[name])
    digest.changed_at, digest.changed_by_id = now, user_id
    digest.version += 1
    if digest.is_on:
        _refuse_unfinished(digest)
        if queries.rhythm_of(digest) != before:
            digest.next_at = queries.rhythm_of(digest).next_after(now)
    _offer(session, digest)
    void(session, digest, CHANGED, now)
    planned.put(session, digest, now)
    _record(digest, "digest.changed", user_id, now)


@action
def switch(digest_id: int, is_on: bool, user_id: int | None, now: datetime) -> None:
    """Let a digest make drafts at its times, or rest. Raises Invalid while something is missing."""
    session = db.session()
    digest = locked(session, digest_id)
    if is_on:
        _refuse_unfinished(digest)
    digest.is_on = is_on
    digest.next_at = queries.rhythm_of(digest).next_after(now) if is_on else None
    digest.version += 1
    _offer(session, digest)
    planned.put(session, digest, now)
    _record(digest, "digest.on" if is_on else "digest.off", user_id, now)


@action
def archive(digest_id: int, user_id: int | None, now: datetime) -> None:
    """Put a digest away; its issues and its ledger stay."""
    session = db.session()
    digest = locked(session, digest_id)
    digest.archived_at, digest.is_on, digest.next_at = now, False, None
    digest.version += 1
    _offer(session, digest)
    void(session, digest, "The digest was put away.", now)
    planned.put(session, digest, now)
    _record(digest, "digest.archived", user_id, now)


@action
def restore(digest_id: int, user_id: int | None, now: datetime) -> None:
    """Take a digest out of the archive; it rests until somebody switches it on."""
    digest = locked(db.session(), digest_id)
    digest.archived_at = None
    digest.version += 1
    _record(digest, "digest.restored", user_id, now)


def void(session: Session, digest: Digest, reason: str, now: datetime) -> None:
    """Make the standing approvals of a digest void, in the caller's transaction."""
    question = select(StandingApproval).where(
        StandingApproval.digest_id == digest.id, StandingApproval.voided_at.is_(None)
    )
    for standing in session.scalars(question):
        standing.voided_at, standing.void_reason = now, reason


def locked(session: Session, digest_id: int) -> Digest:
    """A digest to be changed in this transaction; raises NotFound."""
    found = session.get(Digest, digest_id, with_for_update=True)
    if found is None:
        raise NotFound("We could not find that digest. It may have been removed.")
    return found


def _check(session: Session, values: Mapping[str, Any], digest_id: int | None) -> None:
    lists = [entry.id for entry in audience.lists()]
    may_approve = [user.id for user in approvers()]
    rules.check(values, lists, may_approve, rhythms.NAMES)
    same = select(Digest.id).where(Digest.name == values["name"], Digest.id != (digest_id or 0))
    if session.scalar(same) is not None:
        raise Invalid({"name": "There is a digest with this name already."})


def _refuse_unfinished(digest: Digest) -> None:
    if missing := rules.missing_to_run(digest):
        raise Invalid({"list_ids" if not digest.list_ids else "approver_id": missing})
    if digest.approver_id == digest.changed_by_id and not get_organization().is_practice:
        sentence = "Who wrote the rule cannot approve its issues. Choose somebody else."
        raise Invalid({"approver_id": sentence})


def _offer(session: Session, digest: Digest) -> None:
    """Let readers choose its rhythm on the preference page for as long as it runs."""
    key = digest.rhythm if digest.is_on else ""
    rhythms.offer(session, queries.KIND, digest.id, key, digest.list_ids)


def _record(digest: Digest, what: str, user_id: int | None, now: datetime) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind=queries.KIND,
        object_id=digest.id,
        details={"version": digest.version},
        now=now,
    )
