"""Importing many posts from a file: looked at first, made as drafts when somebody says so, taken back together."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.errors import Conflict
from campaigns.planning import items
from campaigns.social import drafts, preparing, queries, rules, sheets
from campaigns.social.documents import read_document
from campaigns.social.models import PostImport, PostImportState
from campaigns.social.queries import KIND
from campaigns.staff import audit
from campaigns.staff.queries import get_organization


def check(filename: str, content: bytes, user_id: int, now: datetime) -> int:
    """Look at a file; nothing becomes a post yet. Returns the id of the import; raises Invalid for an unreadable file.

    Not a transaction itself: reading and counting come first.
    """
    channels = {one.name.casefold(): one.id for one in queries.channels()}
    rows = sheets.read(content, channels, get_organization().zone)
    for row in rows:
        if row["document"] is not None:
            prepared = preparing.prepare_document(read_document(row["document"]), None, 0, now)
            wrong = [f"{one.title}. {one.text}" for one in prepared.problems if one.is_must]
            row["problems"], row["document"] = wrong, None if wrong else row["document"]
    return _keep(filename, rows, user_id, now)


@action
def _keep(filename: str, rows: list[dict[str, object]], user_id: int, now: datetime) -> int:
    made = PostImport(filename=filename[:200], rows=rows, user_id=user_id, created_at=now)
    db.session.add(made)
    db.session.flush()
    return made.id


@action
def carry_out(import_id: int, user_id: int, now: datetime) -> int:
    """Make drafts of the good lines; gives how many."""
    made = _locked(import_id)
    if made.state != PostImportState.CHECKED:
        raise Conflict("This file was dealt with already.")
    good = [row["document"] for row in made.rows if row["document"] is not None]
    added = [drafts.add(db.session(), read_document(one), user_id=user_id, now=now) for one in good]
    made.post_ids, made.state, made.done_at = [post.id for post in added], PostImportState.DONE, now
    _record(made, "posts.imported", user_id, now, len(added))
    return len(added)


@action
def undo(import_id: int, user_id: int, now: datetime) -> int:
    """Put those of the imported posts that are still drafts into the bin; gives how many."""
    made = _locked(import_id)
    count = 0
    for post_id in made.post_ids:
        post = drafts.locked(db.session(), post_id)
        if rules.may_submit(post.state) and post.binned_at is None:
            post.binned_at = now
            items.withdraw(db.session(), KIND, post_id, now)
            count += 1
    made.state = PostImportState.DISCARDED
    _record(made, "posts.import_undone", user_id, now, count)
    return count


@action
def discard(import_id: int, user_id: int, now: datetime) -> None:
    """Throw a file away that was only looked at."""
    made = _locked(import_id)
    if made.state != PostImportState.CHECKED:
        raise Conflict("This file was dealt with already.")
    made.state = PostImportState.DISCARDED
    _record(made, "posts.import_discarded", user_id, now, 0)


def _locked(import_id: int) -> PostImport:
    queries.get_import(import_id)
    return db.session.get_one(PostImport, import_id, with_for_update=True)


def _record(made: PostImport, what: str, user_id: int, now: datetime, count: int) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="post_import",
        object_id=made.id,
        details={"posts": count},
        now=now,
    )
