"""Publishing: one thread a channel, so that a network that stalls delays no other. The books are in `actions`."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from flask import Flask, current_app

from campaigns import clock
from campaigns.db import db, end_reading
from campaigns.errors import Conflict, OutreachError, OutsideError
from campaigns.social import accounts, due, preparing, queries
from campaigns.social.actions import channels as channel_actions
from campaigns.social.actions import launching
from campaigns.social.actions import publishing as books
from campaigns.social.actions.publishing import Claim
from campaigns.social.messages import Published, read_message
from campaigns.social.models import Channel
from campaigns.social.networks.known import network
from campaigns.social.networks.port import Account, Network, SignInNeeded, TryLater, Verified

log = logging.getLogger(__name__)

AT_ONCE = 64
P = ParamSpec("P")
R = TypeVar("R")
# SQLite lets one write at a time and its waiting is not fair: dozens of threads would starve one another.
_ONE_WRITES = threading.Lock()
LOOK_EVERY_S = 0.25


def _write(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    with _ONE_WRITES:
        return act(*args, **kwargs)


def launch_due(now: datetime) -> int:
    """Launch what is due, each on its own, resolved afresh and held against its approval; gives how many messages."""
    launched = 0
    for post_id in due.posts(now):
        try:
            launched += _write(launching.launch, preparing.prepare(post_id, now, is_launch=True), now)
        except OutreachError:
            # One broken post must not keep the others; the watchdog says that its time has come.
            log.exception("post %s could not be launched", post_id)
    end_reading()
    return launched


def watch(now: datetime) -> int:
    """Tell the owners of what should be out and is not."""
    late, stuck = due.without_outcome(now), due.not_launched(now)
    return _write(books.flag, late, stuck, now) if late or stuck else 0


def work(stop: threading.Event, owner: str) -> int:
    """Publish on every channel that has something due, until nothing is due or we are to stop; gives how many."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    busy: dict[Future[int], int] = {}
    done = 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="social") as pool:
        while True:
            if not stop.is_set():
                launch_due(clock.now())
                for channel_id in due.channels(clock.now()):
                    if channel_id not in busy.values():
                        busy[pool.submit(_on_channel, app, channel_id, stop, owner)] = channel_id
                end_reading()
            if not busy:
                return done
            for one in wait(busy, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED).done:
                del busy[one]
                done += one.result()


def _on_channel(app: Flask, channel_id: int, stop: threading.Event, owner: str) -> int:
    with app.app_context():
        try:
            return work_on(channel_id, stop, f"{owner}:{channel_id}")
        except Exception:
            # The lease ends by itself; the next run looks at what was left in doubt.
            log.exception("publishing on channel %s failed", channel_id)
            return 0
        finally:
            db.session.remove()


def work_on(channel_id: int, stop: threading.Event, owner: str) -> int:
    """Do what is due on one channel, in order; gives how many things were done."""
    if not _write(books.take_channel, channel_id, owner, clock.now()):
        return 0
    count = 0
    try:
        while not stop.is_set() and (taken := _write(books.claim, channel_id, owner, clock.now())) is not None:
            carry_out(taken, owner)
            count += 1
    finally:
        _write(books.leave_channel, channel_id, owner)
    return count


def carry_out(taken: Claim, owner: str) -> None:
    """Do one claimed thing and write down what became of it."""
    if taken.is_practice:
        _write(books.record_published, taken, owner, Published(), None, clock.now())
        return
    channel = db.session.get_one(Channel, taken.channel_id)
    kind = network(channel.network)
    try:
        account = accounts.account_of(channel, channel_actions.keep_credentials)
    except SignInNeeded as error:
        end_reading()
        _write(books.disconnect, taken, owner, str(error), clock.now())
        return
    end_reading()
    with _answered(taken, owner, account):
        if taken.is_check:
            _look(taken, owner, kind, account)
        else:
            _send(taken, owner, kind, account)


def _send(taken: Claim, owner: str, kind: Network, account: Account) -> None:
    key, payload = taken.key, taken.payload
    if payload is None:
        message = read_message(taken.message)
        gathered = kind.gather(account, message)
        key = kind.new_key(clock.now())
        payload = kind.compose(message, gathered, key, taken.answered, clock.now())
        if not _write(books.freeze, taken, owner, key, payload, clock.now()):
            return
    published = kind.publish(account, key, payload)
    _write(books.record_published, taken, owner, published, _free_at(kind, account), clock.now())


def _look(taken: Claim, owner: str, kind: Network, account: Account) -> None:
    """Find out whether a request in doubt was carried out."""
    since = taken.frozen_at or clock.now()
    found = kind.find(account, taken.key, taken.payload or {}, since)
    is_keyed = kind.takes.is_keyed and account.limits.get("is_keyed", True)
    key_holds = is_keyed and clock.now() - since < timedelta(hours=kind.takes.key_hours)
    if found.published is not None:
        _write(books.record_published, taken, owner, found.published, _free_at(kind, account), clock.now())
    elif found.is_certain or key_holds:
        _write(books.send_again, taken, owner, clock.now())
    else:
        note = "The network did not say whether it took the post, and looking there did not show it."
        _write(books.ask_a_person, taken, owner, note, clock.now())


@contextmanager
def _answered(taken: Claim, owner: str, account: Account) -> Iterator[None]:
    """Write down every way in which a network can let us down."""
    try:
        yield
    except SignInNeeded as error:
        _write(books.disconnect, taken, owner, account.hide(str(error)), clock.now())
    except TryLater as error:
        _write(books.put_off, taken, owner, error.until, account.hide(str(error)), clock.now())
    except OutsideError as error:
        note = account.hide(str(error))
        if taken.is_check:
            _write(books.put_off, taken, owner, None, note, clock.now())
        elif error.outcome == "unknown":
            _write(books.doubt, taken, owner, note, clock.now())
        else:
            _write(books.fail, taken, owner, note, clock.now())


def _free_at(kind: Network, account: Account) -> datetime | None:
    pause = clock.now() + timedelta(seconds=kind.takes.pause_s) if kind.takes.pause_s else None
    return max(filter(None, (pause, account.free_at)), default=None)


def edit(publication_id: int, text: str) -> None:
    """Give a published message another text on its network; the caller writes it down. Raises OutsideError."""
    found = queries.get_publication(publication_id)
    part = queries.parts_of(publication_id)[0]
    ref, payload = part.ref, part.payload
    with _opened(found.channel_id) as (kind, account):
        kind.edit(account, ref, payload, text)


def delete(publication_id: int) -> None:
    """Take a published post away from its network, the last message of a thread first. Raises OutsideError."""
    found = queries.get_publication(publication_id)
    refs = [part.ref for part in reversed(queries.parts_of(publication_id)) if part.published_at is not None]
    with _opened(found.channel_id) as (kind, account):
        for ref in refs:
            kind.delete(account, ref)


def verify(channel_id: int) -> Verified:
    """What the network says about a channel that is there. Changes nothing on the network. Raises OutsideError."""
    with _opened(channel_id) as (kind, account):
        return kind.verify(account)


@contextmanager
def _opened(channel_id: int) -> Iterator[tuple[Network, Account]]:
    """A channel for one call from a page. The scheduler stays away meanwhile, since some tokens work only once."""
    owner = f"page:{secrets.token_hex(8)}"
    if not _write(books.take_channel, channel_id, owner, clock.now()):
        raise Conflict("Something is being posted on this channel right now. Please try again in a moment.")
    try:
        channel = queries.get_channel(channel_id)
        account = accounts.account_of(channel, channel_actions.keep_credentials)
        end_reading()
        try:
            yield network(channel.network), account
        except SignInNeeded as error:
            raise SignInNeeded(account.hide(str(error))) from error
        except OutsideError as error:
            raise OutsideError(account.hide(str(error)), error.outcome) from error
    finally:
        _write(books.leave_channel, channel_id, owner)
