"""Writes about senders: who newsletters come from, and where the answers go."""

from datetime import datetime

from sqlalchemy import select, update

from campaigns.db import action, db
from campaigns.delivery import addresses
from campaigns.delivery.models import Sender
from campaigns.errors import Invalid, NotFound, Refused
from campaigns.markup import one_line
from campaigns.staff import audit


@action
def add(name: str, address: str, reply_to: str, user_id: int, now: datetime) -> int:
    """Add a sender; the first one is the default. Returns its id; raises Invalid."""
    has_default = db.session.scalar(select(Sender.id).where(Sender.is_default.is_(True)).limit(1)) is not None
    sender = Sender(is_default=not has_default, created_at=now)
    _write(sender, name, address, reply_to)
    db.session.add(sender)
    db.session.flush()
    _record(sender, "sender.added", user_id, now)
    return sender.id


@action
def change(sender_id: int, name: str, address: str, reply_to: str, user_id: int, now: datetime) -> None:
    """Change a sender. What was approved with the old values has to be approved again. Raises Invalid."""
    sender = _get(sender_id)
    _write(sender, name, address, reply_to)
    _record(sender, "sender.changed", user_id, now)


@action
def make_default(sender_id: int, user_id: int, now: datetime) -> None:
    """Let confirmations, links and new newsletters come from this sender."""
    sender = _get(sender_id)
    if sender.retired_at is not None:
        raise Refused("This sender is retired. Bring it back first.")
    db.session.execute(update(Sender).values(is_default=False))
    sender.is_default = True
    _record(sender, "sender.made_default", user_id, now)


@action
def retire(sender_id: int, user_id: int, now: datetime) -> None:
    """Offer a sender no longer; newsletters that came from it keep it. The default stays until another one is."""
    sender = _get(sender_id)
    if sender.is_default:
        raise Refused("This is the sender of confirmations and links. Make another one the default first.")
    sender.retired_at = sender.retired_at or now
    _record(sender, "sender.retired", user_id, now)


@action
def restore(sender_id: int, user_id: int, now: datetime) -> None:
    """Offer a retired sender again."""
    sender = _get(sender_id)
    sender.retired_at = None
    _record(sender, "sender.restored", user_id, now)


def _get(sender_id: int) -> Sender:
    sender = db.session.get(Sender, sender_id, with_for_update=True)
    if sender is None:
        raise NotFound("We could not find that sender.")
    return sender


def _write(sender: Sender, name: str, address: str, reply_to: str) -> None:
    faults, found = {}, {}
    name = one_line(name)
    if not name:
        faults["name"] = "Enter the name that readers see in their inbox."
    for field, text in (("address", address), ("reply_to", reply_to)):
        try:
            found[field] = addresses.parse(text).typed
        except Invalid as error:
            faults[field] = str(error)
    if faults:
        raise Invalid(faults)
    sender.name, sender.address, sender.reply_to = name, found["address"], found["reply_to"]


def _record(sender: Sender, what: str, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind="sender", object_id=sender.id, now=now)
