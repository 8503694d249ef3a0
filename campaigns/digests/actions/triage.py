"""What people decide about stories: pick, skip, note, summarize, merge, split, who speaks. Everything can be undone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.db import action, db
from campaigns.digests import stories
from campaigns.digests.clustering import Why
from campaigns.digests.models import Entry, Story, StoryChange, StoryEntry, StoryState
from campaigns.digests.queries.stories import UNDO_FOR
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import one_line, tidy

DECISIONS = {"pick": StoryState.PICKED, "skip": StoryState.SKIPPED, "wait": StoryState.WAITING}
LONGEST_NOTE, LONGEST_SUMMARY = 1000, 300

_KEPT = ("state", "note", "summary", "merged_into_id", "title", "lead_id", "is_lead_chosen", "decided_by_id")


@action
def decide(story_ids: Sequence[int], what: str, user_id: int, now: datetime) -> int | None:
    """Pick, skip or put back ("pick", "skip", "wait"); gives the number of the change, None when nothing changed.

    Raises NotFound for a story that is gone, Invalid for anything else that cannot be decided.
    """
    if what not in DECISIONS:
        raise Invalid("There is no such decision.")
    session = db.session()
    found = [story for story in _locked(session, story_ids) if story.state != DECISIONS[what]]
    if not found:
        return None
    change = _remember(session, what, found, user_id, now)
    for story in found:
        story.state, story.decided_at, story.decided_by_id = DECISIONS[what], now, user_id
    return change.id


@action
def write(story_id: int, *, note: str, summary: str, user_id: int, now: datetime) -> int | None:
    """Keep a note for the office and one line of our own for readers; gives the number of the change."""
    note, summary = tidy(note), one_line(summary)
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": f"That is too long: at most {LONGEST_NOTE:,} characters fit here."})
    if len(summary) > LONGEST_SUMMARY:
        raise Invalid({"summary": f"That is too long: at most {LONGEST_SUMMARY:,} characters fit here."})
    session = db.session()
    (story,) = _locked(session, [story_id])
    if (story.note, story.summary) == (note, summary):
        return None
    change = _remember(session, "write", [story], user_id, now)
    story.note, story.summary = note, summary
    stories.refresh(session, [story.id])
    return change.id


@action
def merge(story_ids: Sequence[int], user_id: int, now: datetime) -> int:
    """Make one story of several: the first one stays and takes the sources of the others. Remembered for good.

    Gives the number of the change.
    """
    if len(set(story_ids)) < 2:
        raise Invalid("Choose at least two stories to merge.")
    session = db.session()
    into, *others = _locked(session, story_ids)
    if any(story.state == StoryState.MERGED for story in (into, *others)):
        raise Conflict("One of these was merged already. Please look at the list again.")
    rows = {story.id: stories.rows_of(session, story.id) for story in (into, *others)}
    change = _remember(session, "merge", [into, *others], user_id, now, [row for some in rows.values() for row in some])
    moved = [row for story in others for row in rows[story.id]]
    pairs = [(one.key, other.key) for one in rows[into.id] for other in moved]
    change.before = {**change.before, "pairs": stories.decide(session, pairs, True, user_id, now)}
    for row in moved:
        # What came first in its own story goes on being compared with, so that its followers find their way here.
        row.story_id, row.why, row.score, row.by_id = into.id, Why.BY_HAND, 1.0, user_id
    for story in others:
        _join_words(into, story)
        story.state, story.merged_into_id, story.decided_at, story.decided_by_id = (
            StoryState.MERGED,
            into.id,
            now,
            user_id,
        )
    session.flush()
    stories.refresh(session, [story.id for story in (into, *others)])
    return change.id


@action
def split(story_id: int, entry_id: int, user_id: int, now: datetime) -> tuple[int, int]:
    """Take one source out into a story of its own, for good; gives the new story and the number of the change."""
    session = db.session()
    (story,) = _locked(session, [story_id])
    rows = stories.rows_of(session, story_id)
    row = next((one for one in rows if one.entry_id == entry_id), None)
    if row is None:
        raise NotFound("This source is no longer part of the story.")
    if len(rows) < 2:
        raise Invalid("A story needs a source, and this is its only one.")
    change = _remember(session, "split", [story], user_id, now, rows)
    pairs = [(row.key, other.key) for other in rows if other is not row]
    entry = session.get_one(Entry, entry_id)
    made = Story(title=entry.title, lead_id=entry.id, first_at=entry.first_seen_at, last_at=now, created_at=now)
    made.state = story.state
    session.add(made)
    session.flush()
    decided = stories.decide(session, pairs, False, user_id, now)
    change.before = {**change.before, "pairs": decided, "made": made.id}
    row.story_id, row.why, row.by_id, row.is_leader = made.id, Why.BY_HAND, user_id, True
    rest = [other for other in rows if other is not row]
    if not any(other.is_leader for other in rest):
        rest[0].is_leader, rest[0].why = True, Why.FIRST
    session.flush()
    stories.refresh(session, [story.id, made.id])
    return made.id, change.id


@action
def let_speak(story_id: int, entry_id: int, user_id: int, now: datetime) -> int:
    """Let one of its sources give a story its headline and words; gives the number of the change."""
    session = db.session()
    (story,) = _locked(session, [story_id])
    if entry_id not in {row.entry_id for row in stories.rows_of(session, story_id)}:
        raise NotFound("This source is no longer part of the story.")
    change = _remember(session, "let_speak", [story], user_id, now)
    entry = session.get_one(Entry, entry_id)
    story.lead_id, story.title, story.is_lead_chosen = entry.id, entry.title, True
    return change.id


@action
def undo(user_id: int, now: datetime, change_id: int | None = None) -> int:
    """Take back one's latest change of the last week, or the given one; gives the story it was about.

    Raises Invalid when there is nothing to take back, Conflict when somebody changed the same stories since.
    """
    session = db.session()
    question = select(StoryChange).where(
        StoryChange.user_id == user_id, StoryChange.undone_at.is_(None), StoryChange.at > now - UNDO_FOR
    )
    if change_id is not None:
        question = question.where(StoryChange.id == change_id)
    change = session.scalar(question.order_by(StoryChange.id.desc()).limit(1).with_for_update())
    if change is None:
        raise Invalid("There is nothing to take back.")
    touched = {int(number) for number in change.before["stories"]} | {change.before.get("made", 0)}
    later = select(StoryChange).where(StoryChange.id > change.id, StoryChange.undone_at.is_(None))
    if any(touched & {int(number) for number in other.before["stories"]} for other in session.scalars(later)):
        raise Conflict("The story was changed again since. Open it to see where it stands.")
    _bring_back(session, change, user_id, now)
    change.undone_at = now
    stories.refresh(session, touched - {0, change.before.get("made", 0)})
    return change.story_id


def _bring_back(session: Session, change: StoryChange, user_id: int, now: datetime) -> None:
    before = change.before
    for entry_id, story_id, why, score, is_leader, by_id in before.get("rows", []):
        row = session.get(StoryEntry, entry_id)
        if row is not None:
            row.story_id, row.why, row.score, row.is_leader, row.by_id = story_id, why, score, is_leader, by_id
    stories.restore_pairs(session, before.get("pairs", []), user_id, now)
    for number, values in before["stories"].items():
        story = session.get_one(Story, int(number))
        for name in _KEPT:
            setattr(story, name, values[name])
        story.decided_at = datetime.fromisoformat(values["decided_at"]) if values["decided_at"] else None
    session.flush()
    if made := before.get("made"):
        # What joined the new story meanwhile goes back with the source that was taken out.
        (first, *_) = before["stories"]
        for row in stories.rows_of(session, made):
            row.story_id, row.is_leader = int(first), False
        session.flush()
        stories.forget(session, made)


def _locked(session: Session, story_ids: Iterable[int]) -> list[Story]:
    wanted = list(dict.fromkeys(story_ids))
    found = {
        story.id: story
        for story in session.scalars(select(Story).where(Story.id.in_(wanted)).order_by(Story.id).with_for_update())
    }
    if not wanted or len(found) != len(wanted):
        raise NotFound("We could not find that story. It may have been merged or removed.")
    return [found[number] for number in wanted]


def _remember(
    session: Session,
    kind: str,
    found: Sequence[Story],
    user_id: int,
    now: datetime,
    rows: Sequence[StoryEntry] = (),
) -> StoryChange:
    kept: dict[str, Any] = {
        str(story.id): {
            **{name: getattr(story, name) for name in _KEPT},
            "decided_at": story.decided_at.isoformat() if story.decided_at else None,
        }
        for story in found
    }
    held = [[row.entry_id, row.story_id, row.why, row.score, row.is_leader, row.by_id] for row in rows]
    change = StoryChange(kind=kind, story_id=found[0].id, count=len(found), user_id=user_id, at=now)
    change.before = {"stories": kept, "rows": held}
    session.add(change)
    session.flush()
    return change


def _join_words(into: Story, other: Story) -> None:
    into.note = tidy(f"{into.note}\n{other.note}")[:LONGEST_NOTE]
    into.summary = into.summary or other.summary
    if other.state == StoryState.PICKED:
        into.state = StoryState.PICKED
