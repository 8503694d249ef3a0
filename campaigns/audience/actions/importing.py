"""Writes of an import: check (a dry run), carry out block by block, undo. Good lines never wait for bad ones."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import search
from campaigns.audience import changes, people, rules
from campaigns.audience.imports import Row, Sheet
from campaigns.audience.models import BulkChange, BulkKind, Import, ImportState, MailingList, Subscriber
from campaigns.audience.sorting import Sorted, Verdict, sort
from campaigns.db import action, db, upserting
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import audit

# Short enough that the sender, and people, never wait long for the one writer of SQLite.
BLOCK = 2_000
AT_ONCE_BYTES = 500_000
REPORT_LINES = 20_000


def check(
    *, filename: str, content: bytes, list_ids: Sequence[int], basis: str, user_id: int | None, now: datetime
) -> int:
    """Keep a file and find out what importing it would do; gives the id of the import. Nobody is added yet."""
    if basis not in rules.IMPORT_BASES:
        raise Invalid({"basis": "Say how these people agreed to get our mail."})
    sheet = Sheet(content)
    if next(sheet.records(), None) is None:
        raise Invalid({"file": "This file holds no people. Save it as CSV with one person a line and try again."})
    made = Import(
        filename=filename[:200],
        content_digest=hashlib.sha256(content).hexdigest(),
        content=content,
        list_ids=list(list_ids),
        basis=basis,
        user_id=user_id,
        created_at=now,
    )
    # Looking takes a while in a long file; the write lock is taken only afterwards.
    _look(made, sheet, sheet.columns())
    return _keep(made, now)


@action
def _keep(made: Import, now: datetime) -> int:
    session = db.session()
    in_use = select(MailingList.id).where(MailingList.id.in_(made.list_ids), MailingList.archived_at.is_(None))
    if not made.list_ids or set(session.scalars(in_use)) != set(made.list_ids):
        raise Invalid({"lists": "Choose at least one list."})
    session.add(made)
    session.flush()
    _audit(session, "import.checked", made, made.user_id, now)
    return made.id


def choose_columns(import_id: int, columns: dict[str, int], user_id: int | None, now: datetime) -> None:
    """Say which column holds what, and look again."""
    if "address" not in columns:
        raise Invalid({"address": "Choose the column that holds the email addresses."})
    if len(set(columns.values())) != len(columns):
        raise Invalid({"address": "Two fields have the same column."})
    kept = db.session.get(Import, import_id)
    if kept is None:
        raise NotFound()
    if kept.content is None:
        raise Conflict("The file is no longer kept. Please choose it again.")
    draft = Import(list_ids=kept.list_ids)
    _look(draft, Sheet(kept.content), columns)
    _keep_columns(import_id, draft, user_id, now)


@action
def _keep_columns(import_id: int, draft: Import, user_id: int | None, now: datetime) -> None:
    made = _get(db.session(), import_id, ImportState.CHECKED)
    made.columns, made.counts, made.report = draft.columns, draft.counts, draft.report
    _audit(db.session(), "import.columns_chosen", made, user_id, now)


def _look(made: Import, sheet: Sheet, columns: dict[str, int]) -> None:
    made.columns = {field: str(number) for field, number in columns.items()}
    made.counts, made.report = {}, []
    if "address" in columns:
        _count(made, sort(sheet.rows(columns), made.list_ids))


def _count(made: Import, found: Iterable[Sorted]) -> None:
    counts = Counter(made.counts)
    report = list(made.report)
    for each in found:
        counts[str(each.verdict)] += 1
        if each.verdict != Verdict.ADD and len(report) < REPORT_LINES:
            report.append({"line": each.row.line, "verdict": str(each.verdict), "sentence": each.sentence})
    made.counts = {str(verdict): counts[verdict] for verdict in Verdict}
    made.report = report


@action
def start(import_id: int, user_id: int | None, now: datetime) -> None:
    """Let an import that was checked begin; `carry_out` does the work."""
    session = db.session()
    made = _get(session, import_id, ImportState.CHECKED)
    if not made.counts.get(Verdict.ADD):
        raise Conflict("There is nobody to add in this file.")
    archived = select(MailingList.name).where(MailingList.id.in_(made.list_ids), MailingList.archived_at.is_not(None))
    if name := session.scalar(archived):
        raise Conflict(f"The list “{name}” was archived meanwhile. Throw the file away and choose it again.")
    made.state, made.started_at, made.position = ImportState.RUNNING, now, 0
    made.total = sum(made.counts.values())
    made.counts, made.report = {}, []
    _audit(session, "import.started", made, user_id, now)


def carry_out(import_id: int, now: datetime) -> None:
    """Work through the rest of an import, a block to a transaction; safe to call again after being cut off."""
    made = db.session.get(Import, import_id)
    if made is None or made.state != ImportState.RUNNING or made.content is None:
        return
    columns = {field: int(number) for field, number in made.columns.items()}
    rows = Sheet(made.content).rows(columns)
    position = made.position
    next(islice(rows, position, position), None)
    while block := list(islice(rows, BLOCK)):
        _add_block(import_id, position, block)
        position += len(block)
    _finish(import_id, now)


def carry_out_all(now: datetime) -> int:
    """Go on with every import under way; gives how many there were. For the scheduler."""
    running = list(db.session.scalars(select(Import.id).where(Import.state == ImportState.RUNNING)))
    for import_id in running:
        carry_out(import_id, now)
    return len(running)


@action
def _add_block(import_id: int, position: int, rows: list[Row]) -> None:
    session = db.session()
    made = _get(session, import_id, ImportState.RUNNING)
    if made.position != position:
        raise Conflict("Another process works on this import.")
    found = list(sort(rows, made.list_ids))
    chosen = [each for each in found if each.verdict == Verdict.ADD]
    at = made.started_at or made.created_at
    ids = _add_people(session, [each.row for each in chosen if each.subscriber_id is None], at)
    for list_id in made.list_ids:
        before = {
            each.subscriber_id or ids[each.row.address.key]: each.before[list_id]
            for each in chosen
            if each.before is not None and each.row.address is not None and list_id in each.before
        }
        changes.add(
            session,
            BulkKind.ADD,
            list_id,
            before,
            basis=made.basis,
            import_id=made.id,
            user_id=made.user_id,
            now=at,
        )
    _count(made, found)
    made.position = position + len(rows)


def _add_people(session: Session, rows: list[Row], now: datetime) -> dict[str, int]:
    # In the order of the unique index, which is quicker to fill that way (sending.md 5).
    named = sorted(((row.address.key, row) for row in rows if row.address), key=lambda pair: pair[0])
    values = [
        {
            "address": row.address.typed if row.address else "",
            "address_key": key,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "created_at": now,
        }
        for key, row in named
    ]
    ids: dict[str, int] = {}
    if values:
        session.execute(
            upserting(session, Subscriber.__table__).on_conflict_do_nothing(index_elements=["address_key"]), values
        )
    for some in changes.chunks(key for key, _ in named):
        question = select(Subscriber).where(Subscriber.address_key.in_(some))
        known = list(session.scalars(question))
        search.put_many(session, people.SEARCH_KIND, {each.id: people.words(each) for each in known})
        ids |= {each.address_key: each.id for each in known}
    return ids


@action
def _finish(import_id: int, now: datetime) -> None:
    session = db.session()
    made = _get(session, import_id, ImportState.RUNNING)
    made.state, made.done_at, made.content = ImportState.DONE, now, None
    _audit(session, "import.done", made, made.user_id, now)


def undo(import_id: int, user_id: int | None, now: datetime) -> int:
    """Take an import back for everybody who has not moved since; gives how many memberships. Works for 30 days."""
    open_changes = select(BulkChange.id).where(BulkChange.import_id == import_id, BulkChange.undone_at.is_(None))
    ids = list(db.session.scalars(open_changes.order_by(BulkChange.id)))
    count = sum(_undo_block(import_id, change_id, user_id, now) for change_id in ids)
    _finish_undo(import_id, user_id, now, count)
    return count


@action
def _undo_block(import_id: int, change_id: int, user_id: int | None, now: datetime) -> int:
    session = db.session()
    made = _get(session, import_id, ImportState.DONE)
    if not rules.may_undo(made.done_at, made.undone_at, now):
        raise Conflict("This import is older than 30 days and cannot be taken back.")
    change = session.get(BulkChange, change_id, with_for_update=True)
    return changes.take_back(session, change, user_id, now) if change and change.undone_at is None else 0


@action
def _finish_undo(import_id: int, user_id: int | None, now: datetime, count: int) -> None:
    session = db.session()
    made = _get(session, import_id, ImportState.DONE)
    made.state, made.undone_at = ImportState.UNDONE, now
    _audit(session, "import.undone", made, user_id, now, {"people": count})


@action
def discard(import_id: int, user_id: int | None, now: datetime) -> None:
    """Throw away a file that was checked and not imported."""
    session = db.session()
    made = _get(session, import_id, ImportState.CHECKED)
    _audit(session, "import.discarded", made, user_id, now)
    session.execute(delete(Import).where(Import.id == import_id))


def _get(session: Session, import_id: int, state: ImportState) -> Import:
    found = session.get(Import, import_id, with_for_update=True)
    if found is None:
        raise NotFound()
    if found.state != state:
        raise Conflict("Somebody went on with this import meanwhile. Please look at its page again.")
    return found


def _audit(
    session: Session,
    what: str,
    made: Import,
    user_id: int | None,
    now: datetime,
    details: dict[str, object] | None = None,
) -> None:
    details = details or {"counts": made.counts, "lists": made.list_ids, "basis": made.basis}
    audit.add(session, user_id=user_id, action=what, object_kind="import", object_id=made.id, details=details, now=now)
