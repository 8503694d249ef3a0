"""One batch on its way: released group by group over all connections, its books written every few milliseconds.

A position is below the committed `released` mark before its letter is handed to the pool; what became of letters is
written down with the release of the next group, and a slow server's meanwhile. A group is made ready early and follows
when each connection has one letter under way and one to follow, smaller by as many as are more than one for each: so a
crash never leaves more in doubt than a group and one letter for each connection, and no connection waits for the
database. One thread owns the database: the caller's. Where the database fails, nothing more is released, and what is
known is kept until it can be written down.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from campaigns import clock
from campaigns.delivery import ledger, rules
from campaigns.delivery.actions import batches
from campaigns.delivery.actions.batches import Ack, Claimed
from campaigns.delivery.brakes import Brake, Toll
from campaigns.delivery.models import Outcome
from campaigns.delivery.pipeline.letter import Letter, Result
from campaigns.delivery.pipeline.pool import Pool
from campaigns.delivery.recipients import Recipient

if TYPE_CHECKING:
    from campaigns.delivery.sender import Turn

log = logging.getLogger(__name__)

FLUSH_S = 0.01
_AGAIN_S = 0.5
_AWAY = "The mail server ended the connection at this message."
_IN_DOUBT = "It may have arrived: the connection or the program ended before the answer came."


@dataclass(frozen=True)
class Group:
    """The next positions, made ready at an instant: who they are, and what was written to them or is known at once."""

    positions: list[int]
    people: dict[int, Recipient]
    written: dict[int, Letter | Ack]
    at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may still be sent as it is."""
        return self.at <= now < self.at + rules.READY_FOR

    def behind(self, count: int) -> "Group | None":
        """The same without its first positions; None when there are no others."""
        rest = self.positions[count:]
        return Group(rest, self.people, {at: self.written[at] for at in rest}, self.at) if rest else None


class Sending:
    """One claimed batch. `is_through` afterwards when nothing of it is left and the next one may follow."""

    def __init__(self, turn: "Turn", brake: Brake, pool: Pool, claimed: Claimed) -> None:
        self.turn, self.brake, self.pool, self.claimed = turn, brake, pool, claimed
        self.toll: Toll | None = None
        self.pending = list(claimed.open)
        self.acks: list[Ack] = []
        if turn.leaves_uncertain:
            self.acks = [left_to_a_person(at, claimed.ids[at]) for at in self.pending if at < claimed.released]
            self.pending = [at for at in self.pending if at >= claimed.released]
        self.unknown: list[int] = []
        self.back: list[int] = []
        self.ready: Group | None = None
        self.released = claimed.released
        self.may_release = True
        self.fault: DBAPIError | None = None
        self.looked_at = clock.now()
        self.following: Sending | None = None
        self.has_looked_ahead = False

    @property
    def _few(self) -> int:
        """With so many letters open it is time for the next group: each connection has one more to send."""
        return min(2 * self.pool.most, ledger.GROUP_SIZE)

    @property
    def _soon(self) -> int:
        """With so many letters open the next group is made ready, so that handing it over takes a moment only."""
        return 4 * self.pool.most

    @property
    def _room(self) -> int:
        """How many letters may be released now."""
        return min(ledger.GROUP_SIZE, max(1, ledger.GROUP_SIZE + self.pool.most - self.pool.open))

    @property
    def _lacks(self) -> bool:
        """Whether less is ready than will be released next."""
        ready = len(self.ready.positions) if self.ready is not None else 0
        return ready < min(len(self.pending), max(1, ledger.GROUP_SIZE - self.pool.most))

    @property
    def is_through(self) -> bool:
        """Whether every position is settled and nobody asked us to stop."""
        return self.may_release and not (self.pending or self.back or self.unknown)

    def work_off(self) -> int:
        """Send what is open; gives how many positions were settled.

        Raises OutsideError when the server failed, DBAPIError when the database did.
        """
        while (self.pending and self.may_release) or self.pool.open:
            try:
                self._keep_books()
            except DBAPIError as error:
                self.fault = self.fault or error
                self._hold()
                self._take_back()
            self._gather()
        self._give_back()
        if self.fault is not None:
            raise self.fault
        left = len(self.pending) + len(self.back) + len(self.unknown)
        if self.pool.trouble is not None and left and (self.unknown or self.pool.is_dead):
            raise self.pool.trouble
        return len(self.claimed.open) - left

    def _keep_books(self) -> None:
        if self.fault is not None:
            self._take_back()
            return
        if self.pending and self.may_release and self.pool.open <= self._few:
            self._release()
        elif self.acks and clock.now() > self.looked_at + rules.WRITE_EVERY:
            self._write_down()
        elif self.may_release and self.pool.open <= self._soon and self._lacks:
            self.ready = self._get_ready()
        elif self.may_release and not self.pending and self.pool.open and not self.has_looked_ahead:
            self._look_ahead()
        self._look()

    def _look_ahead(self) -> None:
        """While the last letters are on their way, take the batch to follow and make its first group ready."""
        self.has_looked_ahead = True
        claimed = self.turn.next_batch(self.brake)
        if claimed is not None:
            self.following = Sending(self.turn, self.brake, self.pool, claimed)
            self.following.ready = self.following._get_ready()

    def _give_back(self) -> None:
        """Record what is known and give the batch back; waits for a database that is away, well within the lease."""
        mark = max([self.claimed.released, *(position + 1 for position in self.unknown)])
        enough_at = clock.now() + rules.DATABASE_PATIENCE
        while True:
            try:
                batches.put_back(
                    self.claimed.batch_id, self.turn.owner, mark, self.acks, clock.now(), self.toll, unsent=self.back
                )
            except DBAPIError as error:
                self.fault = self.fault or error
                if clock.now() > enough_at:
                    raise
                log.warning("the database cannot be written to; what is known is kept for a moment")
                self.turn.stop.wait(_AGAIN_S)
            else:
                return

    def _get_ready(self) -> Group:
        """Ask who of the next group may be written to, and write their letters; what is ready already stays so."""
        now = clock.now()
        before = self.ready if self.ready is not None and self.ready.is_fresh(now) else None
        positions = self.pending[len(before.positions) if before else 0 : ledger.GROUP_SIZE]
        ids = self.claimed.ids
        allowed, people = self.turn.look_up([ids[position] for position in positions], now)
        written: dict[int, Letter | Ack] = {}
        for position in positions:
            person = people.get(ids[position]) if ids[position] in allowed else None
            is_uncertain = position < self.claimed.released
            written[position] = self.turn.writer.write(position, ids[position], person, is_uncertain, now)
        if before is None:
            return Group(positions, people, written, now)
        return Group(before.positions + positions, before.people | people, before.written | written, before.at)

    def _release(self) -> None:
        """Mark the next group as on its way, and hand it over."""
        if self.turn.must_stop() or self.brake.wait(clock.now()) is not None:
            self._hold()
            return
        ready, room = self.ready, self._room
        if ready is None or not ready.is_fresh(clock.now()) or len(ready.positions) < min(room, len(self.pending)):
            ready = self._get_ready()
        group, ids = ready.positions[:room], self.claimed.ids
        self.ready = None
        self.toll = self.brake.toll((at, ids[at], self._address(at, ready.people)) for at in group)
        self._write_down(group[-1] + 1)
        if not self.may_release:
            return
        del self.pending[: len(group) if self.toll is None else self.toll.reached]
        if self.toll is not None:
            group = self.toll.granted
            if self.toll.is_short:
                self._hold()
        self.ready = ready.behind(room) if self.may_release else None
        written = [ready.written[position] for position in group]
        self.acks += [one for one in written if isinstance(one, Ack)]
        self.pool.hand([one for one in written if isinstance(one, Letter)])

    def _address(self, position: int, people: dict[int, Recipient]) -> str:
        """Where a token is needed for; for what may have left before a crash it was taken then."""
        person = people.get(self.claimed.ids[position])
        return person.address if person and position >= self.claimed.released else ""

    def _write_down(self, up_to: int = 0) -> None:
        """Commit what is known, the mark with it; a batch or run that is no longer ours is held."""
        toll = self.toll if up_to else None
        released = max(self.released, up_to) if toll is None else self.released
        self.looked_at = now = clock.now()
        if not batches.release_group(self.claimed.batch_id, self.turn.owner, released, self.acks, now, toll):
            self._hold()
        self.released, self.acks = released, []

    def _gather(self) -> None:
        """Wait for answers for a moment, or until there is room for another group."""
        stragglers = (self._soon if self._lacks else self._few) if self.pending and self.may_release else 0
        now, ids, released, acks = clock.now(), self.claimed.ids, self.claimed.released, self.acks
        for result in self.pool.collect(max(1, self.pool.open - stragglers), FLUSH_S):
            position = result.letter.position
            if not result.is_unknown:
                acks.append(ack_of(result, ids[position], position < released, now))
            elif self.turn.leaves_uncertain:
                acks.append(left_to_a_person(position, ids[position]))
            else:
                self.unknown.append(position)

    def _look(self) -> None:
        """See that a slow server keeps nobody waiting: neither the pause switch, nor whoever wants this batch next."""
        if self.pool.is_dead:
            self._hold()
            self._take_back()
        elif clock.now() > self.looked_at + rules.LOOK_EVERY:
            if self.may_release and self.turn.must_stop():
                self._hold()
            if self.may_release:
                self._write_down()
            if not self.may_release:
                self._take_back()

    def _hold(self) -> None:
        if self.may_release:
            self.may_release, self.looked_at = False, clock.now()

    def _take_back(self) -> None:
        self.back += [letter.position for letter in self.pool.withdraw()]


def ack_of(result: Result, recipient_id: int, is_uncertain: bool, now: datetime) -> Ack:
    """The acknowledgement for what became of a letter."""
    letter, reply, _ = result
    if reply is None:
        return Ack(letter.position, recipient_id, None, now, 0, _AWAY, is_uncertain, "", letter.to)
    code, enhanced, text = reply
    outcome = Outcome.SENT if 200 <= code < 300 else rules.outcome_of(code)
    known = (letter.position, recipient_id, outcome, now, code, text, is_uncertain, enhanced, letter.to)
    # What its own constructor makes of them, at a third of the time; there is one for every message.
    return tuple.__new__(Ack, known)


def left_to_a_person(position: int, recipient_id: int) -> Ack:
    """The acknowledgement for a copy that nobody sends again unasked, since it may have arrived."""
    return Ack(position, recipient_id, Outcome.UNCERTAIN, clock.now(), 0, _IN_DOUBT, is_uncertain=True)
