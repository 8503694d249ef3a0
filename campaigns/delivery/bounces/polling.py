"""Reads the bounce mailbox, each message written down with how far it is read, so that it may stop anywhere."""

import threading

from campaigns import clock
from campaigns.db import end_reading
from campaigns.delivery.bounces import imap, queries, reading
from campaigns.delivery.bounces.actions import taking
from campaigns.delivery.bounces.reading import Verdict
from campaigns.delivery.doctor import rounds
from campaigns.errors import OutsideError


def poll(stop: threading.Event) -> int:
    """Take what is new; gives how many messages were read. A failure is written down as a sentence."""
    mailbox = queries.mailbox()
    if mailbox is None or not mailbox.host:
        return 0
    last, validity = mailbox.last_uid, mailbox.uid_validity
    count, problem = 0, ""
    try:
        account = imap.account_of(mailbox)
        end_reading()
        with imap.opened(account) as folder:
            for uid in folder.uids_after(last if folder.validity == validity else 0):
                if stop.is_set():
                    break
                _take(folder, uid)
                count += 1
    except OutsideError as error:
        problem = str(error)
    taking.note_reading(problem, clock.now())
    return count


def try_out() -> str:
    """Whether the mailbox opens, in a sentence; nothing in it changes. Raises OutsideError."""
    mailbox = queries.mailbox()
    if mailbox is None or not mailbox.host:
        raise OutsideError("Save the mailbox first; then test it.", "failed")
    account = imap.account_of(mailbox)
    end_reading()
    with imap.opened(account, is_readonly=True) as folder:
        return f"The mailbox opens. {account.folder} holds {folder.count:,} messages. Nothing was changed."


def _take(folder: imap.Folder, uid: int) -> None:
    raw = folder.message(uid)
    read = reading.read(raw)
    # Our own self-test may have been sent here; before the place in the mailbox moves on, since it may be read twice.
    is_self_test = read.verdict == Verdict.OTHER and rounds.read_mailbox(raw)
    taking.take_message(read, raw, uid, folder.validity, clock.now())
    if is_self_test or read.verdict not in (Verdict.OTHER, Verdict.AUTOMATIC):
        folder.done(uid)
