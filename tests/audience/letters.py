"""What tests read out of the mail that waits in the outbox."""

import re

from sqlalchemy import select

from campaigns.db import db
from campaigns.delivery.models import OutboxMail


def waiting() -> list[OutboxMail]:
    """The mails in the outbox, in the order in which they were written."""
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def token_in(mail: OutboxMail) -> str:
    """The token in the link of a mail."""
    found = re.search(r"/[cp]/([\w-]{20,})", mail.text)
    assert found, mail.text
    return found.group(1)
