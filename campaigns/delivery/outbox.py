"""The adder of single mails: confirmations, links, notices. They leave by the scheduler's outbox job."""

import secrets
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from campaigns.delivery import headers
from campaigns.delivery.models import OutboxMail
from campaigns.delivery.queries import default_sender
from campaigns.errors import Invalid
from campaigns.staff.queries import get_organization


def add(
    session: Session,
    *,
    kind: str,
    to_address: str,
    to_name: str = "",
    subject: str,
    text: str,
    html: str = "",
    from_name: str | None = None,
    is_urgent: bool = False,
    not_before: datetime | None = None,
    now: datetime,
) -> OutboxMail:
    """Put one mail in the session.

    `from_name` None is a neutral name that tells nothing on a shared phone. `is_urgent` mail (sign-in, reset) passes
    the pause switch. Raises Invalid when an address or header holds control characters.
    """
    sender = default_sender()
    from_address = sender.address if sender else get_organization().email
    try:
        headers.refuse_controls(subject + to_name + (from_name or ""))
        headers.check_address(to_address)
    except ValueError as error:
        raise Invalid({"address": "That address cannot be written to."}) from error
    mail = OutboxMail(
        kind=kind,
        to_address=to_address,
        to_name=to_name,
        from_name=gettext("Mailing list") if from_name is None else from_name,
        from_address=from_address,
        reply_to=sender.reply_to if sender else "",
        subject=subject,
        text=text,
        html=html,
        is_urgent=is_urgent,
        message_id=f"{secrets.token_hex(16)}@{from_address.rpartition('@')[2]}",
        not_before=not_before or now,
        created_at=now,
    )
    session.add(mail)
    return mail
