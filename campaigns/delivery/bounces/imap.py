"""The bounce mailbox over IMAP (RFC 3501): new messages are peeked at; only those we recognize are marked or moved."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from campaigns import tokens
from campaigns.delivery.bounces.models import BounceMailbox
from campaigns.delivery.bounces.walk import MOST_BYTES
from campaigns.delivery.servers import tls
from campaigns.errors import OutsideError

TIMEOUT_S = 20.0
MOST_AT_ONCE = 200
_VALIDITY = re.compile(rb"(\d+)")


@dataclass(frozen=True)
class Account:
    """Where the mailbox is. Its text form never holds the password."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str = "INBOX"
    done_folder: str = ""
    timeout_s: float = TIMEOUT_S

    def __repr__(self) -> str:
        return f"Account({self.host!r}, {self.port})"


def account_of(mailbox: BounceMailbox) -> Account:
    """The account with its password opened; raises OutsideError when this installation's key does not open it."""
    password = tokens.decrypt("bounce mailbox", mailbox.password_sealed)
    if password is None:
        raise OutsideError("The password of the bounce mailbox can no longer be read. Please enter it again.", "failed")
    return Account(
        mailbox.host,
        mailbox.port,
        mailbox.security,
        mailbox.username,
        password,
        mailbox.folder,
        mailbox.done_folder,
    )


class Folder:
    """An open folder; `validity` changes when the server numbers its messages anew."""

    def __init__(self, talk: imaplib.IMAP4, account: Account, is_readonly: bool) -> None:
        self.talk, self.account = talk, account
        kind, data = talk.select(_quoted(account.folder), readonly=is_readonly)
        if kind != "OK":
            raise OutsideError(f"There is no folder called {account.folder} in the mailbox.", "failed")
        self.count = int(data[0] or 0)
        found = _VALIDITY.search((talk.response("UIDVALIDITY")[1] or [b""])[0] or b"")
        self.validity = int(found[1]) if found else 1

    def uids_after(self, last: int) -> list[int]:
        """The next messages, in order."""
        kind, data = self.talk.uid("SEARCH", f"UID {last + 1}:*")
        if kind != "OK":
            raise OutsideError("The mailbox did not say which messages are new.", "retry")
        # The star names the last message also when it is not new.
        found = sorted(uid for uid in map(int, (data[0] or b"").split()) if uid > last)
        return found[:MOST_AT_ONCE]

    def message(self, uid: int) -> bytes:
        """The beginning of a message, as much as is ever read; it stays unread."""
        kind, data = self.talk.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        if kind != "OK":
            raise OutsideError("The mailbox did not hand out a message.", "retry")
        return next((bytes(part[1]) for part in data if isinstance(part, tuple)), b"")

    def done(self, uid: int) -> None:
        """Mark a message that was recognized as read, or move it; where moving is not possible it stays, read."""
        self.talk.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)")
        if self.account.done_folder and "MOVE" in self.talk.capabilities:
            self.talk.uid("MOVE", str(uid), _quoted(self.account.done_folder))


@contextmanager
def opened(account: Account, is_readonly: bool = False) -> Iterator[Folder]:
    """The folder of an account for a while; raises OutsideError with a sentence for whatever goes wrong."""
    try:
        talk = _connected(account)
    except (OSError, imaplib.IMAP4.error) as error:
        raise OutsideError(_sentence(account, error), "retry") from error
    try:
        try:
            talk.login(account.username, account.password)
        except imaplib.IMAP4.error as error:
            text = f"The mail server at {account.host} did not accept the user name and password."
            raise OutsideError(text, "retry") from error
        yield Folder(talk, account, is_readonly)
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise OutsideError(_sentence(account, error), "retry") from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            talk.logout()
        # A logout that is not answered leaves the connection open.
        with suppress(OSError):
            talk.shutdown()


def _connected(account: Account) -> imaplib.IMAP4:
    if account.security == "tls":
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=tls(), timeout=account.timeout_s)
    talk = imaplib.IMAP4(account.host, account.port, timeout=account.timeout_s)
    if account.security == "starttls":
        talk.starttls(tls())
    return talk


def _sentence(account: Account, error: BaseException) -> str:
    name = f"The mail server at {account.host}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{name} showed a certificate that cannot be trusted: {error.verify_message}."
    if isinstance(error, TimeoutError):
        return f"{name} did not answer within {account.timeout_s:g} seconds."
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing answers at {account.host}, port {account.port}."
    return f"{name} ended the connection or did not speak IMAP as expected."


def _quoted(name: str) -> str:
    return f'"{name}"'
