"""Writes about the return address and the bounce mailbox; the password rests encrypted and is never shown again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from campaigns import tokens
from campaigns.db import action, db
from campaigns.delivery import addresses
from campaigns.delivery.actions.relays import HOST, LOOPBACK
from campaigns.delivery.bounces.models import BounceMailbox
from campaigns.errors import Conflict, Invalid
from campaigns.staff import audit

LONGEST_LOCAL = 64 - 1 - 37
SEPARATORS = ("+", "-")


@dataclass(frozen=True)
class Wanted:
    """What the office wants: where bounces go, and where they are read. An empty password keeps the stored one."""

    address: str
    separator: str
    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str
    done_folder: str


@action
def save(wanted: Wanted, version: int, user_id: int, now: datetime) -> None:
    """Set return address and mailbox; `version` 0 means that there were none. Raises Invalid or Conflict."""
    session = db.session()
    mailbox = session.scalar(select(BounceMailbox).order_by(BounceMailbox.id).limit(1).with_for_update())
    if (mailbox.version if mailbox else 0) != version:
        raise Conflict("Somebody else changed this while you were writing. Nothing of yours was saved.")
    faults = _faults(wanted)
    if faults:
        raise Invalid(faults)
    if mailbox is None:
        mailbox = BounceMailbox(version=0, host="", username="", password_sealed="", folder="INBOX")
        session.add(mailbox)
    place = (wanted.host.lower(), wanted.username, wanted.folder or "INBOX")
    is_same = place == (mailbox.host, mailbox.username, mailbox.folder)
    mailbox.password_sealed = _sealed(mailbox, wanted)
    if not is_same:
        mailbox.uid_validity, mailbox.last_uid, mailbox.read_at, mailbox.problem = 0, 0, None, ""
    mailbox.host, mailbox.username, mailbox.folder = place
    mailbox.address, mailbox.separator = wanted.address.strip(), wanted.separator
    mailbox.port, mailbox.security, mailbox.done_folder = wanted.port, wanted.security, wanted.done_folder
    mailbox.version += 1
    session.flush()
    audit.add(
        session, user_id=user_id, action="bounces.changed", object_kind="bounce_mailbox", object_id=mailbox.id, now=now
    )


def _faults(wanted: Wanted) -> dict[str, str]:
    faults: dict[str, str] = {}
    if wanted.address.strip():
        faults |= _address_faults(wanted.address.strip())
    if wanted.separator not in SEPARATORS:
        faults["separator"] = "Choose the sign that your mail server takes between the name and the mark."
    if any(ord(sign) < 32 or sign in '"\\' for sign in wanted.folder + wanted.done_folder + wanted.username):
        faults["folder"] = "A folder or user name cannot hold quotes, backslashes or line breaks."
    if not wanted.host:
        return faults
    if not HOST.fullmatch(wanted.host.lower()):
        faults["host"] = "Enter the name of the mail server, like imap.example.org."
    if not 1 <= wanted.port <= 65_535:
        faults["port"] = "Enter a number from 1 to 65535; 993 is usual."
    if wanted.security not in ("tls", "starttls", "none"):
        faults["security"] = "Choose how the connection is protected."
    elif wanted.security == "none" and wanted.host not in LOOPBACK:
        faults["security"] = "We do not send a password without encryption. Choose TLS or STARTTLS."
    if not wanted.username:
        faults["username"] = "Enter the user name of the mailbox."
    return faults


def _address_faults(address: str) -> dict[str, str]:
    try:
        parsed = addresses.parse(address)
    except Invalid as error:
        return {"address": str(error.fields.get("address", error))}
    if len(parsed.typed.rpartition("@")[0]) > LONGEST_LOCAL:
        return {"address": f"The part before the @ may have {LONGEST_LOCAL} characters, since the mark follows it."}
    return {}


def _sealed(mailbox: BounceMailbox, wanted: Wanted) -> str:
    if not wanted.host:
        return ""
    if wanted.password:
        return tokens.encrypt("bounce mailbox", wanted.password)
    if mailbox.password_sealed and (mailbox.host, mailbox.username) == (wanted.host.lower(), wanted.username):
        return mailbox.password_sealed
    # Otherwise the stored password could be sent to a server of somebody else's choice.
    raise Invalid({"password": "Enter the password for this server and user name."})
