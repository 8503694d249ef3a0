"""Writes of standing approvals: an administrator records one, the named approver agrees, anybody may take it back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.db import action, db
from campaigns.digests.actions.digests import locked, void
from campaigns.digests.models import Digest, Feed, StandingApproval, Trust
from campaigns.digests.queries import digests as queries
from campaigns.digests.rules import digests as rules
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.staff import audit
from campaigns.staff.queries import approvers, get_organization


@action
def record(digest_id: int, approver_id: int, days: int, template: str, user_id: int, now: datetime) -> int:
    """Record that issues of a digest may leave without a person reading each; gives its id.

    It counts once the named approver agrees, at once when that is who records it. `template` is
    `preparing.template_hash`. Raises Invalid.
    """
    session = db.session()
    digest = locked(session, digest_id)
    if not digest.only_own:
        raise Invalid("A standing approval needs a digest of our own sources only. Change its rule first.")
    if not digest.list_ids:
        raise Invalid("Choose at least one list of readers first.")
    if not 1 <= days <= rules.STANDING_DAYS:
        raise Invalid({"days": f"Write a number of days from 1 to {rules.STANDING_DAYS}."})
    is_practice = get_organization().is_practice
    if approver_id not in {user.id for user in approvers()}:
        raise Invalid({"approver_id": "This person may not approve. Choose somebody else."})
    if not is_practice and approver_id == digest.changed_by_id:
        raise Invalid({"approver_id": "Who wrote the rule cannot approve its issues. Choose somebody else."})
    void(session, digest, "A later one took its place.", now)
    standing = StandingApproval(
        digest_id=digest.id,
        rule_hash=rules.rule_hash(digest, template, own_sources(session)),
        approver_id=approver_id,
        by_id=user_id,
        at=now,
        agreed_at=now if approver_id == user_id else None,
        expires_at=now + timedelta(days=days),
        is_practice=is_practice,
    )
    session.add(standing)
    session.flush()
    _record(digest, "digest.standing_recorded", user_id, now, standing)
    return standing.id


@action
def agree(standing_id: int, template: str, user_id: int, now: datetime) -> None:
    """The named approver agrees. Raises Refused for anybody else, Conflict when something changed meanwhile."""
    session = db.session()
    standing, digest = _open(session, standing_id)
    if standing.approver_id != user_id:
        raise Refused("Only the person named in the standing approval can agree to it.")
    if not get_organization().is_practice and digest.changed_by_id == user_id:
        raise Refused("You wrote the rule of this digest, so somebody else needs to approve it.")
    if standing.expires_at <= now or standing.rule_hash != rules.rule_hash(digest, template, own_sources(session)):
        raise Conflict("The digest changed since this was recorded, or it has run out. Please ask for a new one.")
    standing.agreed_at = now
    _record(digest, "digest.standing_agreed", user_id, now, standing)


@action
def revoke(standing_id: int, user_id: int, now: datetime) -> None:
    """Take it back; issues that wait in view go to the approver again."""
    session = db.session()
    standing, digest = _open(session, standing_id)
    standing.voided_at, standing.void_reason = now, "It was taken back."
    _record(digest, "digest.standing_revoked", user_id, now, standing)


def fault(session: Session, digest: Digest, template: str, now: datetime) -> tuple[StandingApproval | None, str]:
    """The standing approval of a digest, and why it does not cover an issue now; one that ended for good is void."""
    standing = queries.standing(digest.id)
    may_approve = standing is not None and standing.approver_id in {user.id for user in approvers()}
    found = rules.standing_fault(
        standing,
        rules.rule_hash(digest, template, own_sources(session)),
        may_approve,
        get_organization().is_practice,
        now,
    )
    if standing is not None and rules.is_for_good(found):
        standing.voided_at, standing.void_reason = now, found
    return standing, found


def own_sources(session: Session) -> list[str]:
    """Which sources count as our own now: number and address."""
    question = select(Feed.id, Feed.url).where(Feed.trust == Trust.OWN, Feed.removed_at.is_(None))
    return [f"{row.id} {row.url}" for row in session.execute(question.order_by(Feed.id))]


def _open(session: Session, standing_id: int) -> tuple[StandingApproval, Digest]:
    standing = session.get(StandingApproval, standing_id, with_for_update=True)
    if standing is None:
        raise NotFound("We could not find that standing approval.")
    if standing.voided_at is not None:
        raise Conflict("This standing approval does not count any more.")
    return standing, locked(session, standing.digest_id)


def _record(digest: Digest, what: str, user_id: int, now: datetime, standing: StandingApproval) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind=queries.KIND,
        object_id=digest.id,
        details={"standing": standing.id, "approver": standing.approver_id, "until": standing.expires_at.isoformat()},
        now=now,
    )
