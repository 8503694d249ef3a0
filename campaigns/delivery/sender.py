"""Sending: works off the runs that are under way over several pipelined connections, and the outbox over a plain one.

What may have left before a crash is known from the batch's `released` mark and sent again with the same Message-ID,
or left to a person where the run says so; what lies above it certainly did not leave. Nobody is lost.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from campaigns import clock
from campaigns.db import end_reading
from campaigns.delivery import mime, queries, routes, rules
from campaigns.delivery.actions import batches, mails
from campaigns.delivery.actions.batches import Ack, Again, Claimed
from campaigns.delivery.letters import Writer
from campaigns.delivery.models import OutboxMail, Run
from campaigns.delivery.pipeline.letter import Letter
from campaigns.delivery.pipeline.pool import Pool
from campaigns.delivery.recipients import Recipient, Source
from campaigns.delivery.sending import FLUSH_S, Sending, ack_of, left_to_a_person
from campaigns.delivery.smtp import Connection, Reply
from campaigns.errors import OutsideError

__all__ = ["Recipient", "Source", "send_mails", "work"]

log = logging.getLogger(__name__)

# Envelope sender, envelope recipient and the bytes of one mail.
Mail = tuple[str, str, bytes]


def work(sources: dict[str, Source], is_paused: Callable[[], bool], stop: threading.Event, owner: str) -> int:
    """Give each run that is under way one batch; returns how many recipients were handled, 0 when idle."""
    for run in queries.unsettled_runs():
        sources[run.kind].finished(run, clock.now())
        batches.settle(run.id)
    handled = 0
    for run in queries.due_runs(clock.now()):
        if stop.is_set() or is_paused():
            break
        handled += Turn(run, sources[run.kind], is_paused, stop, owner).take()
    end_reading()
    return handled


class Turn:
    """A few batches, and the retries that are due, of one run."""

    def __init__(
        self, run: Run, source: Source, is_paused: Callable[[], bool], stop: threading.Event, owner: str
    ) -> None:
        self.run, self.source, self.is_paused, self.stop, self.owner = run, source, is_paused, stop, owner
        # Asked of the row it would be read again, and leave a transaction open while we talk to the mail server.
        self.run_id, self.leaves_uncertain = run.id, run.leaves_uncertain
        self.writer = Writer(run.id)

    def take(self) -> int:
        """Work; gives how many recipients were handled."""
        claimed = self._next_batch()
        again = [] if claimed else batches.claim_retries(self.run_id, clock.now())
        if claimed is None and not again:
            if batches.finish_run(self.run_id, clock.now()):
                self.source.finished(self.run, clock.now())
                batches.settle(self.run_id)
            return 0
        try:
            route = routes.present()
            end_reading()
            with Pool(route.server, route.connections) as pool:
                done = self._batches(pool, claimed) if claimed else 0
                again = again or batches.claim_retries(self.run_id, clock.now())
                return done + (self._retries(pool, again) if again else 0)
        except OutsideError as error:
            self._server_failed(error, claimed, again)
            return 0

    def must_stop(self) -> bool:
        """Whether nothing more may be released."""
        answer = self.stop.is_set() or self.is_paused()
        end_reading()
        return answer

    def _next_batch(self) -> Claimed | None:
        claimed = batches.claim_batch(self.run_id, self.owner, clock.now())
        if claimed is None and batches.cut_batch(self.run_id, self.source.next_ids):
            claimed = batches.claim_batch(self.run_id, self.owner, clock.now())
        return claimed

    def _batches(self, pool: Pool, claimed: Claimed | None) -> int:
        """One batch after the other over the same connections, until it is another run's turn."""
        done, enough_at = 0, clock.now() + rules.LONGEST_TURN
        while claimed is not None:
            sending = Sending(self, pool, claimed)
            done += sending.work_off()
            if not sending.is_through or clock.now() > enough_at:
                break
            claimed = self._next_batch()
        return done

    def _server_failed(self, error: OutsideError, claimed: Claimed | None, again: list[Again]) -> None:
        # What was given back already stays as it is.
        now = clock.now()
        if claimed:
            batches.put_back(claimed.batch_id, self.owner, None, [], now)
        if again:
            batches.record_retries(self.run_id, [], again, now)
        batches.note_server_fault(self.run_id, str(error), now)
        log.warning("run %s: %s", self.run_id, error)

    def look_up(self, ids: list[int], now: datetime) -> tuple[set[int], dict[int, Recipient]]:
        """Who may be written to now, and what they are sent."""
        allowed = self.source.may_send(self.run, ids, now)
        people = {one.id: one for one in self.source.read(self.run, sorted(allowed))}
        end_reading()
        return allowed, people

    def _retries(self, pool: Pool, again: list[Again]) -> int:
        """Try those again whose time has come, all at once: a claim is to them what the mark is to a batch."""
        if self.must_stop() or pool.is_dead:
            batches.record_retries(self.run_id, [], again, clock.now())
            return 0
        acks, letters = self._written(again)
        untried: dict[int, Again] = {}
        pool.hand(letters)
        enough_at = clock.now() + rules.LONGEST_GROUP
        while pool.open:
            for result in pool.collect(pool.open, FLUSH_S):
                place = result.letter.position
                one = again[place]
                if not result.is_unknown:
                    acks.append(ack_of(result, one.recipient_id, one.is_uncertain or one.is_wanted))
                elif self.leaves_uncertain:
                    acks.append(left_to_a_person(place, one.recipient_id))
                else:
                    untried[place] = replace(one, is_uncertain=True)
            if pool.is_dead or self.stop.is_set() or clock.now() > enough_at:
                untried |= {letter.position: again[letter.position] for letter in pool.withdraw()}
        batches.record_retries(self.run_id, acks, list(untried.values()), clock.now())
        if pool.trouble is not None and (pool.is_dead or untried):
            raise pool.trouble
        return len(acks)

    def _written(self, again: list[Again]) -> tuple[list[Ack], list[Letter]]:
        """What is known at once, and the letters of the others."""
        allowed, people = self.look_up([one.recipient_id for one in again], clock.now())
        acks, letters = [], []
        for place, one in enumerate(again):
            if one.is_uncertain and self.leaves_uncertain:
                acks.append(left_to_a_person(place, one.recipient_id))
                continue
            person = people.get(one.recipient_id) if one.recipient_id in allowed else None
            written = self.writer.write(place, one.recipient_id, person, one.is_uncertain or one.is_wanted)
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
    while not stop.is_set():
        server = routes.present().server
        due = mails.claim(is_paused(), clock.now())
        if not due:
            break
        # Written before the first leaves: afterwards the rows would be read again while we talk to the mail server.
        pending = [(mail.id, _written(mail)) for mail in due]
        try:
            with Connection(server) as connection:
                while pending:
                    number, letter = pending[0]
                    reply = _handed_over(connection, letter)
                    mails.record(number, reply.code, reply.text, clock.now())
                    pending.pop(0)
                    sent += reply.is_accepted
        except OutsideError as error:
            for number, _ in pending:
                mails.record(number, 0, str(error), clock.now())
            break
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
        return mail.from_address, mail.to_address, _message(mail)
    except ValueError:
        return None


def _message(mail: OutboxMail) -> bytes:
    return mime.plain_message(
        to_address=mail.to_address,
        to_name=mail.to_name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html or None,
        from_name=mail.from_name,
        from_address=mail.from_address,
        reply_to=mail.reply_to or None,
        message_id=mail.message_id,
        date=clock.now(),
    )
