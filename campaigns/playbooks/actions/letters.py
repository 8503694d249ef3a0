"""Writes of letters: change, ask for approval, decide, take back, send what is due."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.db import action, db
from campaigns.delivery import outbox
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.markup import one_line, tidy
from campaigns.planning import approvals
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.planning.rules import covers, may_approve
from campaigns.playbooks import letters, queries, rules
from campaigns.playbooks.models import Letter
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

LATE = "Its time passed before it was approved or could leave, so it was not sent."
EDITABLE = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.SCHEDULED, ItemState.HELD)


@action
def save(letter_id: int, version: int, subject: str, text: str, user_id: int, now: datetime) -> None:
    """Change the words of a letter; it becomes a draft again. Raises Invalid, Conflict."""
    letter = _locked(db.session(), letter_id)
    if letter.state not in EDITABLE:
        raise Conflict("This letter has left or was taken back, so it cannot be changed.")
    if letter.version != version:
        raise Conflict("Somebody saved this letter while you were typing. Copy your words, and reload the page.")
    subject, text = one_line(subject), tidy(text)
    if not subject or not text:
        raise Invalid({"subject" if not subject else "text": "There is nothing to send without it."})
    letters.change(db.session(), letter, subject=subject[:200], text=text[:20_000], user_id=user_id, now=now)
    _audit("letter.saved", letter, user_id, now)


@action
def submit(letter_id: int, user_id: int, now: datetime) -> None:
    """Ask for approval of a letter as it stands."""
    letter = _locked(db.session(), letter_id)
    if letter.state != ItemState.DRAFT:
        raise Conflict("This letter waits for approval already, or has it.")
    letter.state = ItemState.IN_REVIEW
    letters.plan(db.session(), letter, now)
    _audit("letter.submitted", letter, user_id, now)


@action
def decide(letter_id: int, *, is_approved: bool, seen_hash: str, comment: str, user_id: int, now: datetime) -> None:
    """Approve exactly what was read, so that it leaves at its time, or ask for changes with a comment."""
    session = db.session()
    letter = _locked(session, letter_id)
    if letter.state != ItemState.IN_REVIEW:
        raise Conflict("This letter no longer waits for a decision.")
    is_practice = get_organization().is_practice
    if is_approved and not may_approve(user_id, [letter.author_id], is_practice):
        raise Refused("You wrote this letter, so somebody else needs to approve it.")
    comment = tidy(comment)[:1000]
    if not is_approved and not comment:
        raise Invalid({"comment": "Say what should change, so that the author knows."})
    item = letters.plan(session, letter, now)
    approvals.record(
        session,
        item,
        content_hash=seen_hash,
        author_id=letter.author_id,
        approver_id=user_id,
        is_approved=is_approved,
        is_practice=is_practice,
        people=1,
        comment=comment,
        snapshot={"subject": letter.subject, "text": letter.text},
        now=now,
    )
    letter.state, letter.note = (ItemState.SCHEDULED, "") if is_approved else (ItemState.DRAFT, comment)
    letters.plan(session, letter, now)
    _audit("letter.approved" if is_approved else "letter.changes_asked", letter, user_id, now)


@action
def send(letter_id: int, now: datetime) -> bool:
    """Hand one approved letter to the outbox if everything still holds, or say why it stays; True when it left."""
    session = db.session()
    letter = _locked(session, letter_id)
    if letter.state not in (ItemState.SCHEDULED, ItemState.HELD) or letter.due_at > now:
        return False
    item = planning.get_item(queries.KIND, letter.id)
    if not covers(planning.standing_approval(item), letters.content_hash(letter), get_organization().is_practice):
        letter.state, letter.note = ItemState.DRAFT, "Its approval no longer counts. Please ask for it again."
    elif (letter.stale_at is not None and now >= letter.stale_at) or now - letter.due_at > 24 * rules.LATENESS:
        letter.state, letter.note = ItemState.MISSED, LATE
    elif planning.is_paused() and letter.state == ItemState.HELD:
        return False
    elif planning.is_paused():
        letter.state, letter.note = ItemState.HELD, "Everything is paused. It leaves once somebody resumes, if in time."
    else:
        _hand_over(session, letter, now)
    letters.plan(session, letter, now)
    return letter.state == ItemState.SENT


def send_due(now: datetime) -> int:
    """Send the letters whose time has come, each in its own transaction; returns how many left."""
    return sum(send(letter_id, now) for letter_id in queries.due_letters(now))


def _hand_over(session: Session, letter: Letter, now: datetime) -> None:
    outbox.add(
        session,
        kind="letter",
        to_address=letter.to_address,
        to_name=letter.to_name,
        from_name=get_organization().name,
        subject=letter.subject,
        text=letter.text,
        now=now,
    )
    letter.state, letter.sent_at, letter.note = ItemState.SENT, now, ""
    _audit("letter.sent", letter, None, now)


def _locked(session: Session, letter_id: int) -> Letter:
    letter = session.get(Letter, letter_id, with_for_update=True)
    if letter is None:
        raise NotFound("We could not find that letter. It may have been removed.")
    return letter


def _audit(what: str, letter: Letter, user_id: int | None, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind=queries.KIND, object_id=letter.id, now=now)
