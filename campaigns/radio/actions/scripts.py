"""Writes of scripts: save, ask for approval, decide. Only what a second person approved is handed out."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.markup import tidy
from campaigns.planning import approvals
from campaigns.planning.models import ItemState
from campaigns.planning.rules import may_approve
from campaigns.radio import planned, queries
from campaigns.radio.models import Episode, Script
from campaigns.radio.words import SCRIPTS
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

LONGEST = 8000


@action
def save(
    episode_id: int,
    kind: str,
    *,
    version: int,
    text: str,
    words_a_minute: int,
    kill_on: date | None,
    user_id: int,
    now: datetime,
) -> int:
    """Write a script; returns its id. Other words than before make it a draft and void its approval.

    `version` is 0 for a new one. Raises Conflict when somebody else saved meanwhile, Invalid for what cannot be.
    """
    session = db.session()
    episode = queries.get_episode(episode_id)
    if kind not in SCRIPTS:
        raise NotFound()
    text = tidy(text)
    if len(text) > LONGEST:
        raise Invalid({"text": "That is too long for a script: at most 8,000 characters fit here."})
    script = queries.scripts_of(episode_id).get(kind)
    if (script.version if script else 0) != version:
        raise Conflict("Somebody saved this script while you were typing. Copy your words, and reload the page.")
    if script is None:
        script = Script(episode_id=episode_id, kind=kind, version=0, state=ItemState.DRAFT, author_id=user_id)
        session.add(script)
    before = planned.content_hash(script) if script.version else ""
    script.text, script.words_a_minute, script.kill_on = text, words_a_minute, kill_on
    script.changed_at = now
    script.version += 1
    if planned.content_hash(script) != before:
        script.state, script.author_id = ItemState.DRAFT, user_id
    session.flush()
    planned.put_script(session, script, episode, now)
    _audit("script.saved", script, user_id, now)
    return script.id


@action
def submit(script_id: int, user_id: int, now: datetime) -> None:
    """Ask for approval of a script as it stands."""
    session = db.session()
    script, episode = _locked(session, script_id)
    if script.state != ItemState.DRAFT:
        raise Conflict("This script waits for approval already, or has it.")
    if not script.text.strip():
        raise Invalid({"text": "There is nothing to read yet."})
    script.state = ItemState.IN_REVIEW
    planned.put_script(session, script, episode, now)
    _audit("script.submitted", script, user_id, now)


@action
def decide(script_id: int, *, is_approved: bool, seen_hash: str, comment: str, user_id: int, now: datetime) -> None:
    """Approve exactly what was read, or ask for changes with a comment.

    Raises Conflict when it is not what was read, Refused for its author outside practice, Invalid without a comment.
    """
    session = db.session()
    script, episode = _locked(session, script_id)
    if script.state != ItemState.IN_REVIEW:
        raise Conflict("This script no longer waits for a decision.")
    is_practice = get_organization().is_practice
    if is_approved and not may_approve(user_id, [script.author_id], is_practice):
        raise Refused("You wrote this script, so somebody else needs to approve it.")
    comment = tidy(comment)[:1000]
    if not is_approved and not comment:
        raise Invalid({"comment": "Say what should change, so that the author knows."})
    item = planned.put_script(session, script, episode, now)
    approvals.record(
        session,
        item,
        content_hash=seen_hash,
        author_id=script.author_id,
        approver_id=user_id,
        is_approved=is_approved,
        is_practice=is_practice,
        people=0,
        comment=comment,
        snapshot={"text": script.text},
        now=now,
    )
    script.state = ItemState.APPROVED if is_approved else ItemState.DRAFT
    planned.put_script(session, script, episode, now, note="" if is_approved else comment)
    _audit("script.approved" if is_approved else "script.changes_asked", script, user_id, now)


def _locked(session: Session, script_id: int) -> tuple[Script, Episode]:
    script = session.get(Script, script_id, with_for_update=True)
    if script is None:
        raise NotFound("We could not find that script. It may have been removed.")
    return script, session.get_one(Episode, script.episode_id)


def _audit(what: str, script: Script, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="script", object_id=script.id, now=now)
