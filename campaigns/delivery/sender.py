"""Sending: works off the runs that are under way and the outbox, over one plain SMTP connection at a time.

What may have left before a crash is known from the batch's `released` mark and sent again with the same Message-ID;
what lies above it certainly did not leave. Nobody is lost.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from campaigns import clock, tokens
from campaigns.db import end_reading
from campaigns.delivery import ledger, mime, queries, routes, rules
from campaigns.delivery.actions import batches, mails
from campaigns.delivery.actions.batches import Ack, Again, Claimed
from campaigns.delivery.mime import Skeleton
from campaigns.delivery.models import OutboxMail, Outcome, Run
from campaigns.delivery.smtp import Connection, Reply
from campaigns.errors import OutsideError

log = logging.getLogger(__name__)

# Envelope sender, envelope recipient and the bytes of one mail.
Letter = tuple[str, str, bytes]


@dataclass(frozen=True)
class Recipient:
    """Whom one message is for: `values` fill the slots of the form in `language`."""

    id: int
    address: str
    name: str
    language: str
    values: dict[str, str]


class Source(Protocol):
    """What a kind of run must be able to say; a domain above delivery implements it."""

    def next_ids(self, run: Run, after: int, n: int) -> list[int]:
        """Up to n recipient ids above `after`, in rising order."""

    def read(self, run: Run, ids: list[int]) -> list[Recipient]:
        """The recipients of those ids; one that is gone is left out."""

    def may_send(self, run: Run, ids: list[int], now: datetime) -> set[int]:
        """Those of the ids that may still be written to, asked just before each group leaves."""

    def finished(self, run: Run, now: datetime) -> None:
        """Told when a run has ended; may be told twice."""


class Interrupted(Exception):
    """The mail server failed in the middle of a group; carries the acknowledgements so far."""

    def __init__(self, error: OutsideError, acks: list[Ack], first_unsent: int) -> None:
        self.error, self.acks, self.first_unsent = error, acks, first_unsent
        super().__init__(str(error))


def work(sources: dict[str, Source], is_paused: Callable[[], bool], stop: threading.Event, owner: str) -> int:
    """Give each run that is under way one batch; returns how many recipients were handled, 0 when idle."""
    for run in queries.unsettled_runs():
        sources[run.kind].finished(run, clock.now())
        batches.settle(run.id)
    handled = 0
    for run in queries.due_runs(clock.now()):
        if stop.is_set() or is_paused():
            break
        handled += _Turn(run, sources[run.kind], is_paused, stop, owner).take()
    end_reading()
    return handled


class _Turn:
    """One batch, and the retries that are due, of one run."""

    def __init__(
        self, run: Run, source: Source, is_paused: Callable[[], bool], stop: threading.Event, owner: str
    ) -> None:
        self.run, self.source, self.is_paused, self.stop, self.owner = run, source, is_paused, stop, owner
        # Asked of the row it would be read again, and leave a transaction open while we talk to the mail server.
        self.run_id = run.id
        self.key = tokens.key_for("message-id")
        forms = queries.forms_of(run.id)
        self.domain = next(iter(forms.values())).from_address.rpartition("@")[2]
        self.sender_address = next(iter(forms.values())).from_address
        self.skeletons: dict[str, Skeleton] = {
            language: mime.compile_form(form, self.domain) for language, form in forms.items()
        }

    def take(self) -> int:
        """Work; gives how many recipients were handled."""
        claimed = batches.claim_batch(self.run_id, self.owner, clock.now())
        if claimed is None and batches.cut_batch(self.run_id, self.source.next_ids):
            claimed = batches.claim_batch(self.run_id, self.owner, clock.now())
        again = [] if claimed else batches.claim_retries(self.run_id, clock.now())
        if claimed is None and not again:
            if batches.finish_run(self.run_id, clock.now()):
                self.source.finished(self.run, clock.now())
                batches.settle(self.run_id)
            return 0
        try:
            with Connection(routes.present().server) as connection:
                done = self._batch(connection, claimed) if claimed else 0
                again = again or batches.claim_retries(self.run_id, clock.now())
                return done + (self._retries(connection, again) if again else 0)
        except OutsideError as error:
            self._server_failed(error, claimed, again)
            return 0

    def _server_failed(self, error: OutsideError, claimed: Claimed | None, again: list[Again]) -> None:
        # What was given back already stays as it is.
        now = clock.now()
        if claimed:
            batches.put_back(claimed.batch_id, self.owner, None, [], now)
        if again:
            batches.record_retries(self.run_id, [], again, now)
        batches.note_server_fault(self.run_id, str(error), now)
        log.warning("run %s: %s", self.run_id, error)

    def _batch(self, connection: Connection, claimed: Claimed) -> int:
        acks: list[Ack] = []
        pending = claimed.open
        try:
            while pending and not self.stop.is_set() and not self.is_paused():
                group, now = pending[: ledger.GROUP_SIZE], clock.now()
                allowed, people = self._look_up([claimed.ids[position] for position in group], now)
                if not batches.release_group(claimed.batch_id, self.owner, group[-1] + 1, acks, now):
                    acks = []
                    break
                acks = self._group(connection, claimed, group, allowed, people)
                pending = pending[len(acks) :]
        except Interrupted as broken:
            # What a crash left in doubt stays in doubt, even above where the server failed now.
            mark = max(broken.first_unsent, claimed.released)
            batches.put_back(claimed.batch_id, self.owner, mark, broken.acks, clock.now())
            raise broken.error from broken
        untouched = max(pending[0], claimed.released) if pending else None
        batches.put_back(claimed.batch_id, self.owner, untouched, acks, clock.now())
        return len(claimed.open) - len(pending)

    def _look_up(self, ids: list[int], now: datetime) -> tuple[set[int], dict[int, Recipient]]:
        allowed = self.source.may_send(self.run, ids, now)
        people = {one.id: one for one in self.source.read(self.run, sorted(allowed))}
        end_reading()
        return allowed, people

    def _group(
        self,
        connection: Connection,
        claimed: Claimed,
        group: list[int],
        allowed: set[int],
        people: dict[int, Recipient],
    ) -> list[Ack]:
        """Send one group; with a slow server only its beginning, so that the lease can be renewed in between."""
        acks: list[Ack] = []
        enough_at = clock.now() + rules.LONGEST_GROUP
        for position in group:
            if acks and clock.now() > enough_at:
                break
            recipient_id = claimed.ids[position]
            person = people.get(recipient_id) if recipient_id in allowed else None
            is_uncertain = position < claimed.released
            try:
                acks.append(self._one(connection, position, recipient_id, person, is_uncertain))
            except OutsideError as error:
                # "unknown" may have been taken: it stays below the mark and is listed as uncertain next time.
                raise Interrupted(error, acks, position + (error.outcome == "unknown")) from error
        return acks

    def _one(
        self, connection: Connection, position: int, recipient_id: int, person: Recipient | None, is_uncertain: bool
    ) -> Ack:
        now = clock.now()
        if person is None:
            return Ack(position, recipient_id, Outcome.SKIPPED, now, is_uncertain=is_uncertain)
        skeleton = self.skeletons.get(person.language) or next(iter(self.skeletons.values()))
        identifier = mime.message_id(self.key, self.run_id, recipient_id, self.domain)
        try:
            message = skeleton.message(person.address, person.name, person.values, identifier, now)
        except ValueError:
            text = "The address or name cannot stand in a header."
            return Ack(position, recipient_id, Outcome.FAILED, now, 0, text, is_uncertain)
        reply = connection.send(self.sender_address, person.address, message)
        return Ack(position, recipient_id, rules.outcome_of(reply.code), now, reply.code, reply.text, is_uncertain)

    def _retries(self, connection: Connection, again: list[Again]) -> int:
        acks: list[Ack] = []
        pending = again
        enough_at = clock.now() + rules.LONGEST_GROUP
        allowed, people = self._look_up([one.recipient_id for one in again], clock.now())
        try:
            while pending and not self.stop.is_set() and not self.is_paused() and clock.now() <= enough_at:
                recipient_id, is_uncertain = pending[0].recipient_id, pending[0].is_uncertain
                person = people.get(recipient_id) if recipient_id in allowed else None
                acks.append(self._one(connection, 0, recipient_id, person, is_uncertain))
                pending = pending[1:]
        except OutsideError as error:
            if error.outcome == "unknown":
                pending = [replace(pending[0], is_uncertain=True), *pending[1:]]
            batches.record_retries(self.run_id, acks, pending, clock.now())
            raise
        batches.record_retries(self.run_id, acks, pending, clock.now())
        return len(acks)


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


def _handed_over(connection: Connection, letter: Letter | None) -> Reply:
    """The server's answer, or our own to a mail that cannot be written: one such mail must not hold up all others."""
    try:
        if letter is not None:
            return connection.send(*letter)
    except ValueError:
        log.warning("a single mail cannot be sent: an address of it is no address")
    return Reply(554, "5.6.0", "The address, name or subject cannot stand in a header.")


def _written(mail: OutboxMail) -> Letter | None:
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
