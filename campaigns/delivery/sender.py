"""Sending: works off the runs that are under way over several pipelined connections, and the outbox over a plain one.

What may have left before a crash is known from the batch's `released` mark and sent again with the same Message-ID,
or left to a person where the run says so; what lies above it certainly did not leave. Nobody is lost.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from campaigns import clock
from campaigns.db import end_reading
from campaigns.delivery import brakes, mime, queries, routes, rules
from campaigns.delivery.actions import batches, looking, mails
from campaigns.delivery.actions.batches import Ack, Again, Claimed
from campaigns.delivery.bounces.return_path import NO_RUN, ReturnPath
from campaigns.delivery.brakes import Brake, Waiting
from campaigns.delivery.doctor import queries as doctor
from campaigns.delivery.letters import Writer
from campaigns.delivery.models import OutboxMail, Run
from campaigns.delivery.pipeline.letter import Letter
from campaigns.delivery.pipeline.pool import Pool
from campaigns.delivery.recipients import Recipient, Source
from campaigns.delivery.sending import FLUSH_S, Sending, ack_of, left_to_a_person
from campaigns.delivery.smtp import Connection, Reply
from campaigns.errors import OutsideError

__all__ = ["Desk", "Recipient", "Source", "send_mails", "work"]

log = logging.getLogger(__name__)

DISK_FULL = "There is no room left on the disk of the database. The sending has stopped and goes on once there is room."
DATABASE_AWAY = "The database did not answer. The sending has stopped and goes on once it is back."

# Envelope sender, envelope recipient and the bytes of one mail.
Mail = tuple[str, str, bytes]


@dataclass(frozen=True)
class Desk:
    """Where the jobs of sending are done: who knows the recipients, when to hold, and who we are among senders."""

    sources: dict[str, Source]
    is_paused: Callable[[], bool]
    stop: threading.Event
    owner: str

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be begun now."""
        return self.stop.is_set() or self.is_paused()

    def look(self) -> int:
        """Tell whoever asked of the runs that have ended, end those that are done, and ask for the rest."""
        self.settle()
        return 0 if self.is_closed else looking.ask_for_the_rest(clock.now())

    def settle(self) -> None:
        """End the runs of which nothing is left to do, and tell whoever asked for them."""
        now = clock.now()
        for run_id in [run.id for run in queries.due_runs(now) if run.is_cut and not queries.has_open_work(run.id)]:
            batches.finish_run(run_id, now)
        for run in queries.unsettled_runs():
            run_id = run.id
            self.sources[run.kind].finished(run, now)
            batches.settle(run_id)
        end_reading()

    def cut(self, run_id: int) -> int:
        """Put the next recipients of a run into a batch; 0 when there is nothing to do."""
        run = queries.find_run(run_id)
        return 0 if run is None or self.is_closed else batches.cut_batch(run_id, self.sources[run.kind].next_ids)

    def send(self, batch_id: int) -> int:
        """Send a batch that nobody else holds, and a few more of its run; gives how many people were handled."""
        run = queries.run_of(batch_id)
        handled = 0 if run is None or self.is_closed else Turn(self, run).take(batch_id)
        self.settle()
        return handled

    def send_again(self, run_id: int) -> int:
        """Try those of a run again whose time has come; gives how many people were handled."""
        run = queries.find_run(run_id)
        handled = 0 if run is None or self.is_closed else Turn(self, run).take_retries()
        self.settle()
        return handled


def work(sources: dict[str, Source], is_paused: Callable[[], bool], stop: threading.Event, owner: str) -> int:
    """Do here and now what the jobs of every run would do, one turn each; gives how many people were handled."""
    desk = Desk(sources, is_paused, stop, owner)
    desk.settle()
    handled = 0
    for run in queries.due_runs(clock.now()):
        if not desk.is_closed:
            turn = Turn(desk, run)
            handled += turn.take() or turn.take_retries()
    desk.settle()
    return handled


class Turn:
    """A few batches, or the retries that are due, of one run."""

    def __init__(self, desk: Desk, run: Run) -> None:
        self.desk, self.run, self.source, self.owner = desk, run, desk.sources[run.kind], desk.owner
        self.stop = desk.stop
        # Asked of the row it would be read again, and leave a transaction open while we talk to the mail server.
        self.run_id, self.leaves_uncertain, self.ignores_hours = run.id, run.leaves_uncertain, run.ignores_hours
        self.is_short = False
        self.enough_at = clock.now()
        self.writer = Writer(run.id, run.leaves_uncertain)

    def take(self, batch_id: int | None = None) -> int:
        """Send that batch, or any, and those that follow for a while; gives how many recipients were handled."""
        claimed = self._next_batch(batch_id)
        if claimed is None:
            return 0
        brake = None
        try:
            brake = self._way()
            with Pool(brake.route.server, brake.route.connections) as pool:
                done = self._batches(pool, brake, claimed)
        except Waiting as error:
            self._wait(error, claimed, [])
            return 0
        except OutsideError as error:
            return self.take(batch_id) if self._server_failed(error, brake, claimed, []) else 0
        except DBAPIError as error:
            raise self._database_failed(error) from error
        self._server_worked(brake, pool)
        return done

    def take_retries(self) -> int:
        """Try those again whose time has come, as many as make a group each time; gives how many were handled."""
        handled, again = 0, self._claim_retries()
        if not again:
            return 0
        brake = None
        try:
            brake = self._way()
            with Pool(brake.route.server, brake.route.connections) as pool:
                while again:
                    handled += self._retries(pool, brake, again)
                    again = [] if self.must_stop() or self.is_short else self._claim_retries()
        except Waiting as error:
            self._wait(error, None, again)
        except OutsideError as error:
            can_go_on = self._server_failed(error, brake, None, again)
            return handled + (self.take_retries() if can_go_on else 0)
        except DBAPIError as error:
            raise self._database_failed(error) from error
        else:
            self._server_worked(brake, pool)
        return handled

    def _claim_retries(self) -> list[Again]:
        now = clock.now()
        return batches.claim_retries(self.run_id, now, brakes.waiting_domains(now))

    def _way(self) -> Brake:
        brake = brakes.way(self.ignores_hours, clock.now())
        self.writer.open_keys()
        end_reading()
        return brake

    def _wait(self, error: Waiting, claimed: Claimed | None, again: list[Again]) -> None:
        """Give everything back, and remember what the run waits for."""
        self._give_back(claimed, again)
        batches.note_wait(self.run_id, error.wait, clock.now())

    def _give_back(self, claimed: Claimed | None, again: list[Again]) -> None:
        # What was given back already stays as it is.
        if claimed:
            batches.put_back(claimed.batch_id, self.owner, None, [], clock.now())
        if again:
            batches.record_retries(self.run_id, [], again, clock.now())

    def _server_worked(self, brake: Brake, pool: Pool) -> None:
        if pool.trouble is None:
            routes.note_success(brake.route, clock.now())
            end_reading()

    def must_stop(self) -> bool:
        """Whether nothing more may be released."""
        answer = self.desk.is_closed
        end_reading()
        return answer

    def next_batch(self, brake: Brake) -> Claimed | None:
        """The batch to follow over the same connections, unless it is another run's or mail server's turn."""
        if brake.route.has_others or clock.now() > self.enough_at or self.must_stop():
            return None
        return self._next_batch()

    def _next_batch(self, batch_id: int | None = None) -> Claimed | None:
        claimed = batches.claim_batch(self.run_id, self.owner, clock.now(), batch_id)
        if claimed is None and batch_id is None and batches.cut_batch(self.run_id, self.source.next_ids):
            claimed = batches.claim_batch(self.run_id, self.owner, clock.now())
        return claimed

    def _batches(self, pool: Pool, brake: Brake, claimed: Claimed) -> int:
        """One batch after the other over the same connections; gives how many people were handled."""
        self.enough_at = clock.now() + rules.LONGEST_TURN
        done, sending = 0, Sending(self, brake, pool, claimed)
        try:
            done += sending.work_off()
            while sending.is_through and (following := self._following(sending, brake)) is not None:
                sending = following
                done += sending.work_off()
        finally:
            if sending.following is not None:
                # Where the database is away, the lease runs out.
                with contextlib.suppress(DBAPIError):
                    self._give_back(sending.following.claimed, [])
        return done

    def _following(self, sending: Sending, brake: Brake) -> Sending | None:
        """What follows a batch of which nothing is left: the one that was taken meanwhile, if it is still ours."""
        following, sending.following = sending.following, None
        if following is not None and clock.now() < following.looked_at + rules.KEPT_AHEAD:
            return following
        if following is not None:
            self._give_back(following.claimed, [])
        claimed = self.next_batch(brake)
        return None if claimed is None else Sending(self, brake, sending.pool, claimed)

    def _server_failed(
        self, error: OutsideError, brake: Brake | None, claimed: Claimed | None, again: list[Again]
    ) -> bool:
        """Give everything back; whether another mail server can take it at once."""
        self._give_back(claimed, again)
        now = clock.now()
        log.warning("run %s: %s", self.run_id, error)
        if brake is not None and routes.note_fault(brake.route, str(error), now):
            return True
        batches.note_server_fault(self.run_id, str(error), now)
        return False

    def _database_failed(self, error: DBAPIError) -> OutsideError:
        """The error to raise; said on the page of the run too, where that can still be written."""
        is_full = "full" in str(error.orig)
        sentence = DISK_FULL if is_full else DATABASE_AWAY
        with contextlib.suppress(DBAPIError):
            batches.note_server_fault(self.run_id, sentence, clock.now())
        return OutsideError(sentence, "retry")

    def look_up(self, ids: list[int], now: datetime) -> tuple[set[int], dict[int, Recipient]]:
        """Who may be written to now, and what they are sent."""
        allowed = self.source.may_send(self.run, ids, now)
        people = {one.id: one for one in self.source.read(self.run, sorted(allowed))}
        end_reading()
        return allowed, people

    def _retries(self, pool: Pool, brake: Brake, again: list[Again]) -> int:
        """Try those again whose time has come, all at once: a claim is to them what the mark is to a batch."""
        if self.must_stop() or pool.is_dead or brake.wait(clock.now()) is not None:
            self.is_short = True
            batches.record_retries(self.run_id, [], again, clock.now())
            return 0
        acks, letters = self._written(again)
        letters, unpaid = self._paid(brake, again, letters)
        untried = {letter.position: again[letter.position] for letter in unpaid}
        pool.hand(letters)
        enough_at = clock.now() + rules.LONGEST_GROUP
        while pool.open:
            for result in pool.collect(pool.open, FLUSH_S):
                place = result.letter.position
                one = again[place]
                if not result.is_unknown:
                    acks.append(ack_of(result, one.recipient_id, one.is_uncertain or one.is_wanted, clock.now()))
                elif self.leaves_uncertain:
                    acks.append(left_to_a_person(place, one.recipient_id))
                else:
                    untried[place] = replace(one, is_uncertain=True)
            if pool.is_dead or self.stop.is_set() or clock.now() > enough_at:
                untried |= {letter.position: again[letter.position] for letter in pool.withdraw()}
        batches.record_retries(self.run_id, acks, list(untried.values()), clock.now())
        if pool.trouble is not None and (pool.is_dead or len(untried) > len(unpaid)):
            raise pool.trouble
        return len(acks)

    def _paid(self, brake: Brake, again: list[Again], letters: list[Letter]) -> tuple[list[Letter], list[Letter]]:
        """Of letters to be tried again those that may leave, and those for which no token is left."""
        toll = brake.toll((letter.position, again[letter.position].recipient_id, letter.to) for letter in letters)
        if toll is None:
            return letters, []
        batches.pay(self.run_id, toll, clock.now())
        self.is_short = toll.is_short
        granted = set(toll.granted)
        return [one for one in letters if one.position in granted], [
            one for one in letters if one.position not in granted
        ]

    def _written(self, again: list[Again]) -> tuple[list[Ack], list[Letter]]:
        """What is known at once, and the letters of the others."""
        now = clock.now()
        allowed, people = self.look_up([one.recipient_id for one in again], now)
        acks, letters = [], []
        for place, one in enumerate(again):
            if one.is_uncertain and self.leaves_uncertain:
                acks.append(left_to_a_person(place, one.recipient_id))
                continue
            person = people.get(one.recipient_id) if one.recipient_id in allowed else None
            written = self.writer.write(place, one.recipient_id, person, one.is_uncertain or one.is_wanted, now)
            if isinstance(written, Letter):
                letters.append(written)
            else:
                acks.append(written)
        return acks, letters


def send_mails(is_paused: Callable[[], bool], stop: threading.Event) -> int:
    """Send the single mails that are due; gives how many left. While paused only sign-in and reset mails leave.

    Raises OutsideError when no mail server is set; a server that fails is noted with each mail, to be tried again.
    """
    sent = 0
    while not stop.is_set() and queries.has_due_mails(is_paused(), clock.now()):
        route = routes.present()
        due = mails.claim(is_paused(), clock.now())
        # Written before the first leaves: afterwards the rows would be read again while we talk to the mail server.
        pending = [(mail.id, _written(mail)) for mail in due]
        try:
            with Connection(route.server) as connection:
                while pending:
                    number, letter = pending[0]
                    reply = _handed_over(connection, letter)
                    mails.record(number, reply.code, reply.text, clock.now())
                    pending.pop(0)
                    sent += reply.is_accepted
        except OutsideError as error:
            for number, _ in pending:
                mails.record(number, 0, str(error), clock.now())
            if not routes.note_fault(route, str(error), clock.now()):
                break
        else:
            routes.note_success(route, clock.now())
        finally:
            mails.count(route.relay_id, len(due) - len(pending), clock.now())
    end_reading()
    return sent


def _handed_over(connection: Connection, letter: Mail | None) -> Reply:
    """The server's answer, or our own to a mail that cannot be written: one such mail must not hold up all others."""
    try:
        if letter is not None:
            return connection.send(*letter)
    except ValueError:
        log.warning("a single mail cannot be sent: an address of it is no address")
    return Reply(554, "5.6.0", "The address, name or subject cannot stand in a header.")


def _written(mail: OutboxMail) -> Mail | None:
    """Envelope and bytes of a single mail; None when something in it cannot stand in a header."""
    try:
        sender = ReturnPath(NO_RUN, mail.from_address).of(mail.id, clock.now())
        return sender, mail.to_address, _message(mail)
    except ValueError:
        return None


def _message(mail: OutboxMail) -> bytes:
    date = clock.now()
    message = mime.plain_message(
        to_address=mail.to_address,
        to_name=mail.to_name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html or None,
        from_name=mail.from_name,
        from_address=mail.from_address,
        reply_to=mail.reply_to or None,
        message_id=mail.message_id,
        date=date,
    )
    try:
        signer = doctor.signer_of(mail.from_address.rpartition("@")[2])
    except OutsideError as error:
        # A way to sign in is worth more unsigned than not at all; the deliverability page says what is wrong.
        log.warning("a single mail leaves without a signature: %s", error)
        return message
    return message if signer is None else signer.sign(message, date)
