"""Writes the letters of one run: who it says it is from, the bytes, and what is known at once where none can leave."""

from datetime import datetime

from campaigns import clock, tokens
from campaigns.delivery import marks, mime, queries
from campaigns.delivery.actions.batches import Ack
from campaigns.delivery.bounces.return_path import ReturnPath
from campaigns.delivery.doctor import queries as doctor
from campaigns.delivery.mime import Skeleton
from campaigns.delivery.models import Outcome
from campaigns.delivery.pipeline.letter import Letter
from campaigns.delivery.recipients import Recipient
from campaigns.delivery.signing import Signer

_NO_HEADER = "The address or name cannot stand in a header."


class Writer:
    """The forms of a run, compiled once for all its letters.

    A copy that may have arrived before goes alone, and so does each where a person decides on what is in doubt.
    """

    def __init__(self, run_id: int, leaves_uncertain: bool = False) -> None:
        self.run_id, self.leaves_uncertain = run_id, leaves_uncertain
        self.key = tokens.key_for("message-id")
        forms = queries.forms_of(run_id)
        self.from_address = next(iter(forms.values())).from_address
        self.domain = self.from_address.rpartition("@")[2]
        self.skeletons: dict[str, Skeleton] = {
            language: mime.compile_form(form, self.domain) for language, form in forms.items()
        }
        self.usual = next(iter(self.skeletons.values()))
        self.return_path = ReturnPath(run_id, self.from_address)
        self.signer: Signer | None = None
        self._now = clock.now()
        self._date = self._now.replace(microsecond=0)

    def open_keys(self) -> None:
        """Get ready to sign, where that is on; raises OutsideError when a key cannot be opened."""
        self.signer = doctor.signer_of(self.domain)

    def write(
        self, position: int, recipient_id: int, person: Recipient | None, is_uncertain: bool, now: datetime
    ) -> Ack | Letter:
        """The letter to somebody, or what is known at once; None stands for somebody who must not be written to."""
        if person is None:
            return Ack(position, recipient_id, Outcome.SKIPPED, now, is_uncertain=is_uncertain)
        identifier = mime.message_id(self.key, self.run_id, recipient_id, self.domain)
        try:
            message = self.message(person, identifier, now)
        except ValueError:
            return Ack(position, recipient_id, Outcome.FAILED, now, 0, _NO_HEADER, is_uncertain)
        sender, mark = self.return_path.of(recipient_id, now), identifier[: marks.PLAIN_LENGTH]
        return Letter(position, sender, person.address, message, mark, goes_alone=is_uncertain or self.leaves_uncertain)

    def message(self, person: Recipient, identifier: str, now: datetime) -> bytes:
        """The bytes as they go over the wire; raises ValueError when something cannot stand in a header."""
        skeleton = self.skeletons.get(person.language, self.usual)
        if now is not self._now:
            # Headers have no parts of a second; to the second, the next letters' dates are ready already.
            self._now, self._date = now, now.replace(microsecond=0)
        date = self._date
        message = skeleton.message(person.address, person.name, person.values, identifier, date)
        return message if self.signer is None else self.signer.sign(message, date)
