"""What holds a run back for now: sending hours, and the limits of mail servers and of recipient domains.

Asked before each group. The sandbox knows none of them. Facts are read afresh each second, so that a change of the
settings acts on what is under way; tokens are taken in the transaction that releases a group, and only where there is a
limit at all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.db import end_reading, upserting
from campaigns.delivery import buckets, queries, routes, rules
from campaigns.delivery.buckets import Limit, Span
from campaigns.delivery.hours import Hours
from campaigns.delivery.models import Bucket, Relay, Run, WaitKind
from campaigns.delivery.routes import Route
from campaigns.staff.queries import get_organization

FACTS_FOR = timedelta(seconds=1)


@dataclass(frozen=True)
class Wait:
    """Why a run does nothing now, in a sentence, and until when; None is until somebody changes something."""

    kind: WaitKind
    reason: str
    until: datetime | None


class Waiting(Exception):
    """Nothing of a run may leave now."""

    def __init__(self, wait: Wait) -> None:
        self.wait = wait
        super().__init__(wait.reason)


@dataclass(frozen=True)
class Stop:
    """One of a group: its position, whom it goes to, and the domain of the address, "" where no token is needed."""

    position: int
    recipient_id: int
    domain: str


class Toll:
    """The tokens that one group needs. Once dealt, `granted` are the positions that may leave, `aside` those whose
    domain is at its limit, and `is_short` says whether the mail server's tokens ended before the group did."""

    def __init__(self, stops: Sequence[Stop], relay: Sequence[Limit], by_domain: Mapping[str, Sequence[Limit]]) -> None:
        self._stops, self._relay, self._by_domain = stops, relay, by_domain
        self.granted: list[int] = []
        self.aside: list[int] = []
        self.reached = 0

    @property
    def is_short(self) -> bool:
        """Whether some wait for tokens of the mail server."""
        return self.reached < len(self._stops)

    def deal(self, session: Session, now: datetime) -> int:
        """Take the tokens there are, in the caller's transaction; gives the position after the last that was reached.

        From its commit on they are gone for every other sender.
        """
        domains = [stop.domain for stop in self._stops]
        met = {domain: self._by_domain[domain] for domain in set(domains) if domain in self._by_domain}
        rows = _locked(session, [*self._relay, *(limit for limits in met.values() for limit in limits)])
        left = {domain: _left(limits, rows, now) or 0 for domain, limits in met.items()}
        share = buckets.share(domains, _left(self._relay, rows, now), left)
        self.granted = [self._stops[place].position for place in share.granted]
        self.aside = [self._stops[place].position for place in share.aside]
        self.reached = share.reached
        self._write(rows, [self._stops[place] for place in share.granted], 1, now)
        return self._stops[share.reached - 1].position + 1 if share.reached else 0

    def give_back(self, session: Session, positions: Iterable[int], now: datetime) -> None:
        """Put back the tokens of granted positions that did not leave after all."""
        unsent = set(positions) & set(self.granted)
        stops = [stop for stop in self._stops if stop.position in unsent]
        met = {stop.domain for stop in stops}
        limits = [*self._relay, *(limit for domain in met for limit in self._by_domain.get(domain, ()))]
        self._write(_locked(session, limits), stops, -1, now)

    def aside_people(self) -> list[tuple[int, str]]:
        """Who was set aside, each with the domain."""
        aside = set(self.aside)
        return [(stop.recipient_id, stop.domain) for stop in self._stops if stop.position in aside]

    def _write(self, rows: dict[tuple[str, Span], Bucket], stops: Sequence[Stop], sign: int, now: datetime) -> None:
        counts = Counter(
            (limit.key, limit.span)
            for stop in stops
            if stop.domain
            for limit in (*self._relay, *self._by_domain.get(stop.domain, ()))
        )
        for key, count in counts.items():
            rows[key].takes = buckets.taken(rows[key].takes, key[1], sign * count, now)


class Brake:
    """The brakes of one run over one mail server."""

    def __init__(self, route: Route, ignores_hours: bool) -> None:
        self.route, self._ignores_hours = route, ignores_hours
        self._read_at: datetime | None = None
        self._wait: Wait | None = None
        self._closes_at: datetime | None = None
        self._relay_limits: list[Limit] = []
        self._domain_limits: dict[str, list[Limit]] = {}

    def wait(self, now: datetime) -> Wait | None:
        """Why nothing more may leave over this mail server now, or None."""
        if self.route.relay_id is None:
            return None
        is_over = self._closes_at is not None and now >= self._closes_at
        if self._read_at is None or is_over or not self._read_at <= now < self._read_at + FACTS_FOR:
            self._read(self.route.relay_id, now)
        return self._wait

    def toll(self, people: Iterable[tuple[int, int, str]]) -> Toll | None:
        """What must be paid for a group to leave: (position, recipient, address), the address "" where nothing is due.

        None where there is no limit.
        """
        if not self._relay_limits and not self._domain_limits:
            return None
        stops = [Stop(position, recipient_id, domain_of(address)) for position, recipient_id, address in people]
        return Toll(stops, self._relay_limits, self._domain_limits)

    def _read(self, relay_id: int, now: datetime) -> None:
        self._read_at, self._wait, self._closes_at = now, None, None
        relay = queries.find_relay(relay_id)
        self._relay_limits = limits_of(relay) if relay else []
        self._domain_limits = domain_limits()
        if relay is None or relay.held_at or relay.retired_at:
            self._wait = Wait(WaitKind.SERVERS, rules.ALL_HELD, None)
        elif not self._ignores_hours:
            hours = queries.sending_rules().hours(get_organization().zone)
            self._closes_at = hours.closes_at(now) if hours else None
            self._wait = hours_wait(now)
        end_reading()


def way(ignores_hours: bool, now: datetime) -> Brake:
    """The way that mail of a run takes now, with its brakes. Raises Waiting; OutsideError when no mail server works."""
    if get_organization().is_practice:
        return Brake(routes.present(), ignores_hours)
    if not ignores_hours and (wait := hours_wait(now)) is not None:
        raise Waiting(wait)
    found = queries.relays()
    if found and all(one.held_at for one in found):
        raise Waiting(Wait(WaitKind.SERVERS, rules.ALL_HELD, None))
    empty = {one.id: wait for one in found if (wait := _limit_wait(one, now)) is not None}
    usable = [one for one in found if rules.is_usable(one, now)]
    if usable and all(one.id in empty for one in usable):
        waits = [empty[one.id] for one in usable]
        raise Waiting(min(waits, key=lambda wait: wait.until or now))
    return Brake(routes.present(without=empty.keys()), ignores_hours)


def count(session: Session, relay: Relay, mails: int, now: datetime) -> None:
    """Count single mails through a mail server in the caller's transaction: they take tokens and never wait for one."""
    rows = _locked(session, limits_of(relay))
    for (_, span), row in rows.items():
        row.takes = buckets.taken(row.takes, span, mails, now)


def hours_of(run: Run) -> Hours | None:
    """The hours within which a run leaves, or None when it does at any hour."""
    return None if run.ignores_hours else _hours()


def hours_wait(now: datetime) -> Wait | None:
    """The wait for the sending hours, or None while they last; also None in practice, which has none."""
    hours = _hours()
    if hours is None or hours.is_open(now):
        return None
    return Wait(WaitKind.HOURS, f"Newsletters leave {hours.words()}.", hours.opens_at(now))


def _hours() -> Hours | None:
    organization = get_organization()
    return None if organization.is_practice else queries.sending_rules().hours(organization.zone)


def domain_of(address: str) -> str:
    """The domain that limits are named by."""
    return address.rpartition("@")[2].lower()


def limits_of(relay: Relay) -> list[Limit]:
    """What one mail server takes at most."""
    return _limits(f"relay:{relay.id}", relay.hour_limit, relay.day_limit)


def domain_limits() -> dict[str, list[Limit]]:
    """What recipient domains get at most, by domain."""
    rows = queries.domain_limits()
    return {row.domain: _limits(f"domain:{row.domain}", row.hour_limit, row.day_limit) for row in rows}


def waiting_domains(now: datetime) -> dict[str, Wait]:
    """The recipient domains that get nothing now, each with its wait."""
    found = {}
    for domain, limits in domain_limits().items():
        wait = _wait(limits, f"{domain} gets", queries.buckets(limits), now)
        if wait is not None:
            found[domain] = wait
    return found


def _limit_wait(relay: Relay, now: datetime) -> Wait | None:
    limits = limits_of(relay)
    return _wait(limits, f"{relay.name} takes", queries.buckets(limits), now) if limits else None


def _wait(limits: Sequence[Limit], who: str, filled: buckets.Filled, now: datetime) -> Wait | None:
    """The wait for the limit that keeps longest, or None when each has a token left."""
    until, hardest = now, None
    for limit in limits:
        at = buckets.free_at(limit, filled.get((limit.key, limit.span), ()), now)
        if at > until:
            until, hardest = at, limit
    if hardest is None:
        return None
    span = "an hour" if hardest.span == Span.HOUR else "a day"
    return Wait(WaitKind.LIMIT, f"{who} at most {hardest.most:,} {span} from us, and that is used up.", until)


def _limits(key: str, hour: int | None, day: int | None) -> list[Limit]:
    return [Limit(key, span, most) for span, most in ((Span.HOUR, hour), (Span.DAY, day)) if most is not None]


def _left(limits: Sequence[Limit], rows: dict[tuple[str, Span], Bucket], now: datetime) -> int | None:
    return min((buckets.free(one, rows[one.key, one.span].takes, now) for one in limits), default=None)


def _locked(session: Session, limits: Sequence[Limit]) -> dict[tuple[str, Span], Bucket]:
    """The rows of these limits, locked in one order, so that two senders never wait for each other."""
    keys = sorted({(limit.key, limit.span) for limit in limits})
    if not keys:
        return {}
    wanted = select(Bucket).where(Bucket.key.in_([key for key, _ in keys])).order_by(Bucket.key, Bucket.span)
    rows = {(row.key, Span(row.span)): row for row in session.scalars(wanted.with_for_update())}
    missing = [{"key": key, "span": str(span), "takes": []} for key, span in keys if (key, span) not in rows]
    if not missing:
        return rows
    session.execute(upserting(session, Bucket.__table__).on_conflict_do_nothing(), missing)
    return {(row.key, Span(row.span)): row for row in session.scalars(wanted.with_for_update())}
