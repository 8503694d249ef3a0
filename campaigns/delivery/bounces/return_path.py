"""The return address of each copy (VERP): ours, with a mark in it, once the office has set where bounces go."""

from datetime import datetime

from campaigns import tokens
from campaigns.delivery import marks
from campaigns.delivery.bounces import queries
from campaigns.delivery.marks import Mark

# Stands in the marks of single mails, which belong to no run.
NO_RUN = 0


class ReturnPath:
    """How the return addresses of a run are made; without a bounce address each is the sender's own."""

    def __init__(self, run_id: int, from_address: str) -> None:
        self.run_id, self.from_address = run_id, from_address
        mailbox = queries.mailbox()
        self.address = mailbox.address if mailbox else ""
        self.separator = mailbox.separator if mailbox else ""
        self.key = tokens.key_for("return-address")

    def of(self, recipient_id: int, now: datetime) -> str:
        """Where a bounce of this recipient's copy goes to."""
        if not self.address:
            return self.from_address
        local, _, domain = self.address.rpartition("@")
        return f"{local}{self.separator}{marks.dated(self.key, self.run_id, recipient_id, now)}@{domain}"


def mark_in(candidates: tuple[str, ...] | list[str], now: datetime) -> Mark | None:
    """The first of the candidates that is a mark of ours: of a return address, or of a Message-ID."""
    by_return, by_message = tokens.key_for("return-address"), tokens.key_for("message-id")
    for token in candidates:
        key = by_return if len(token) == marks.DATED_LENGTH else by_message
        found = marks.read(key, token, now)
        if found is not None:
            return found
    return None
