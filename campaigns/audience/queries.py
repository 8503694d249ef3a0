"""Reads of subscribers, lists, memberships, consent, imports, and of the audience of a mailing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.sql import Select

from campaigns import clock, search, tokens
from campaigns.audience import rhythms, rules
from campaigns.audience.changes import chunks
from campaigns.audience.models import (
    BulkKind,
    ConsentEvent,
    Import,
    ImportState,
    ListRhythm,
    MailingList,
    Membership,
    MembershipState,
    Request,
    Subscriber,
)
from campaigns.audience.people import SEARCH_KIND
from campaigns.db import db
from campaigns.delivery import suppression
from campaigns.errors import NotFound
from campaigns.web.paging import Page, page_of

PAUSED = "paused"


def lists(with_archived: bool = False) -> list[MailingList]:
    """The lists in the order in which people see them."""
    question = select(MailingList).order_by(MailingList.position, MailingList.id)
    return list(db.session.scalars(question if with_archived else question.where(MailingList.archived_at.is_(None))))


def public_lists() -> list[MailingList]:
    """The lists that anybody can join."""
    return [each for each in lists() if each.is_public]


def get_list(list_id: int) -> MailingList:
    """A list; raises NotFound."""
    found = db.session.get(MailingList, list_id)
    if found is None:
        raise NotFound("This list does not exist.")
    return found


def get_public_list(slug: str) -> MailingList:
    """The list with a join page of that name; raises NotFound."""
    found = db.session.scalar(select(MailingList).where(MailingList.slug == slug))
    if found is None or found.archived_at is not None or not found.is_public:
        raise NotFound()
    return found


def list_names(list_ids: Iterable[int]) -> list[str]:
    """The names of lists, in their order."""
    wanted = set(list_ids)
    return [each.name for each in lists(with_archived=True) if each.id in wanted]


def list_counts() -> dict[int, int]:
    """How many people are on each list, confirmed."""
    question = select(Membership.list_id, func.count()).where(Membership.state == MembershipState.CONFIRMED)
    return {int(list_id): int(count) for list_id, count in db.session.execute(question.group_by(Membership.list_id))}


def list_rhythms() -> dict[int, list[ListRhythm]]:
    """How often each list may be had instead of each newsletter, for the lists that offer it."""
    found: dict[int, list[ListRhythm]] = {}
    for row in db.session.scalars(select(ListRhythm).order_by(ListRhythm.list_id, ListRhythm.key)):
        found.setdefault(row.list_id, []).append(row)
    return found


def _audience(
    list_ids: Iterable[int], minus: Iterable[int], now: datetime, rhythm: str, among: Select[Any] | None
) -> Select[Any]:
    on = select(Membership.subscriber_id).where(
        Membership.list_id.in_(list(list_ids)),
        Membership.state == MembershipState.CONFIRMED,
        rhythms.is_read_by(rhythm),
    )
    off = select(Membership.subscriber_id).where(
        Membership.list_id.in_(list(minus)), Membership.state == MembershipState.CONFIRMED
    )
    question = select(Subscriber.id).where(
        Subscriber.id.in_(on), or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now)
    )
    question = question if among is None else question.where(Subscriber.id.in_(among))
    return question.where(Subscriber.id.not_in(off)) if minus else question


def count_audience(
    list_ids: Iterable[int],
    minus: Iterable[int],
    now: datetime,
    rhythm: str = "",
    among: Select[Any] | None = None,
) -> int:
    """How many people are confirmed on any of the lists, on none of `minus`, and not paused; each counts once.

    `rhythm` is what they chose on these lists, "" for each newsletter; `among` a sub-select of people to whom it is
    limited.
    """
    found = _audience(list_ids, minus, now, rhythm, among)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def audience_ids(
    list_ids: Iterable[int],
    minus: Iterable[int],
    after: int,
    n: int,
    now: datetime,
    max_id: int,
    rhythm: str = "",
    among: Select[Any] | None = None,
) -> list[int]:
    """The next ids of that audience past `after`, up to `max_id`, in rising order."""
    question = _audience(list_ids, minus, now, rhythm, among).where(Subscriber.id > after, Subscriber.id <= max_id)
    return list(db.session.scalars(question.order_by(Subscriber.id).limit(n)))


def max_subscriber_id() -> int:
    """The highest id there is, so that who joins after a launch is not part of it."""
    return db.session.scalar(select(func.max(Subscriber.id))) or 0


def recipients(ids: Sequence[int]) -> list[Subscriber]:
    """The subscribers of those ids that still exist."""
    found: list[Subscriber] = []
    for some in chunks(ids):
        found += db.session.scalars(select(Subscriber).where(Subscriber.id.in_(some)).order_by(Subscriber.id))
    return found


class Reader(NamedTuple):
    """What sending needs to know of a subscriber."""

    id: int
    address: str
    address_key: str
    first_name: str
    last_name: str
    language: str
    paused_until: datetime | None


# Made once, and read as rows: this is asked for every few dozen copies of every newsletter.
_READERS = select(*(getattr(Subscriber, name) for name in Reader._fields))
_READERS = _READERS.where(Subscriber.id.in_(bindparam("ids", expanding=True))).order_by(Subscriber.id)


def readers(ids: Sequence[int]) -> list[Reader]:
    """The subscribers of those ids that still exist, as far as sending needs them."""
    found: list[Reader] = []
    for some in chunks(ids):
        found += [Reader(*row) for row in db.session.connection().execute(_READERS, {"ids": some})]
    return found


def lists_through(ids: Sequence[int], list_ids: Iterable[int], rhythm: str | None = None) -> dict[int, list[int]]:
    """Those of the lists that each of these people is confirmed on; who is on none is left out.

    With a `rhythm` only those that they have in it.
    """
    wanted = list(list_ids)
    found: dict[int, list[int]] = {}
    for some in chunks(ids):
        rows = db.session.connection().execute(_through(rhythm), {"ids": some, "lists": wanted})
        for subscriber_id, list_id in rows:
            found.setdefault(subscriber_id, []).append(list_id)
    return found


@lru_cache(maxsize=16)
def _through(rhythm: str | None) -> Select[Any, Any]:
    """The question of `lists_through`, made once for each rhythm: it is asked every few dozen copies."""
    question = select(Membership.subscriber_id, Membership.list_id).where(
        Membership.subscriber_id.in_(bindparam("ids", expanding=True)),
        Membership.list_id.in_(bindparam("lists", expanding=True)),
        Membership.state == MembershipState.CONFIRMED,
    )
    question = question if rhythm is None else question.where(rhythms.is_read_by(rhythm))
    return question.order_by(Membership.subscriber_id, Membership.list_id)


def find_subscriber(subscriber_id: int) -> Subscriber | None:
    """A person by id, or None."""
    return db.session.get(Subscriber, subscriber_id)


def get_subscriber(subscriber_id: int) -> Subscriber:
    """A person by id; raises NotFound."""
    found = find_subscriber(subscriber_id)
    if found is None:
        raise NotFound("This person is no longer in the list.")
    return found


def _matching(q: str, list_id: int | None, state: str, now: datetime) -> Select[Any]:
    question = select(Subscriber)
    for words in search.matching(SEARCH_KIND, q):
        question = question.where(Subscriber.id.in_(words))
    on = select(Membership.subscriber_id)
    if list_id is not None:
        on = on.where(Membership.list_id == list_id)
    if state == PAUSED:
        question = question.where(Subscriber.paused_until > now)
    elif state:
        on = on.where(Membership.state == state)
    if list_id is not None or state not in ("", PAUSED):
        question = question.where(Subscriber.id.in_(on))
    return question


def search_subscribers(q: str = "", list_id: int | None = None, state: str = "", page: int = 1) -> Page[Any]:
    """A page of 50 people, the newest first, found by the words of `q`, on that list, in that state."""
    return page_of(_matching(q, list_id, state, clock.now()).order_by(Subscriber.id.desc()), page)


def matching_ids(q: str = "", list_id: int | None = None, state: str = "") -> list[int]:
    """The ids of everybody that `search_subscribers` would show."""
    question = _matching(q, list_id, state, clock.now()).with_only_columns(Subscriber.id)
    return list(db.session.scalars(question.order_by(Subscriber.id)))


def memberships_of(ids: Sequence[int]) -> dict[int, list[Membership]]:
    """Where each of the people stands with each list, in the order of the lists."""
    question = select(Membership).join(MailingList, MailingList.id == Membership.list_id)
    found: dict[int, list[Membership]] = {i: [] for i in ids}
    for some in chunks(ids):
        ordered = question.where(Membership.subscriber_id.in_(some)).order_by(MailingList.position, MailingList.id)
        for membership in db.session.scalars(ordered):
            found[membership.subscriber_id].append(membership)
    return found


def export_rows(ids: Sequence[int]) -> Iterator[tuple[Subscriber, list[Membership]]]:
    """Everybody in `ids` with their memberships, read in chunks."""
    for some in chunks(ids):
        held = memberships_of(some)
        for subscriber in recipients(some):
            yield subscriber, held[subscriber.id]


def changeable(kind: BulkKind, list_id: int, ids: Sequence[int]) -> dict[int, str | None]:
    """Those of the people that a change of many would touch, with their state on the list until now."""
    found: dict[int, str | None] = {}
    for some in chunks(ids):
        question = select(Membership.subscriber_id, Membership.state).where(
            Membership.list_id == list_id, Membership.subscriber_id.in_(some)
        )
        held = {row.subscriber_id: row.state for row in db.session.execute(question)}
        if kind == BulkKind.REMOVE:
            on = (MembershipState.CONFIRMED, MembershipState.PENDING)
            found |= {i: state for i, state in held.items() if state in on}
            continue
        people = recipients(some)
        refused = suppression.among([each.address_key for each in people])
        found |= {
            each.id: held.get(each.id)
            for each in people
            if each.address_key not in refused and held.get(each.id) in (None, MembershipState.REMOVED)
        }
    return found


def history_of(subscriber_id: int, limit: int = 200) -> list[ConsentEvent]:
    """The consent events of a person, the latest first."""
    question = select(ConsentEvent).where(ConsentEvent.subscriber_id == subscriber_id)
    return list(db.session.scalars(question.order_by(ConsentEvent.at.desc(), ConsentEvent.id.desc()).limit(limit)))


def find_request(token: str, now: datetime) -> Request | None:
    """The open request behind a mailed link; None when used, expired or unknown."""
    found = db.session.scalar(select(Request).where(Request.token_digest == tokens.digest(token)))
    return found if found is not None and rules.is_open(found.expires_at, found.used_at, now) else None


def imports(page: int = 1) -> Page[Any]:
    """The imports, the latest first, without their files."""
    return page_of(select(Import).order_by(Import.id.desc()), page, 20)


def get_import(import_id: int) -> Import:
    """An import; raises NotFound."""
    found = db.session.get(Import, import_id)
    if found is None:
        raise NotFound("This import was removed, or never existed.")
    return found


def repeated_import(made: Import) -> Import | None:
    """An earlier import of exactly the same file that was carried out and stands."""
    question = select(Import).where(
        Import.content_digest == made.content_digest, Import.id != made.id, Import.state == ImportState.DONE
    )
    return db.session.scalar(question.order_by(Import.id.desc()).limit(1))
