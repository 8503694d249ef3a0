"""What every network must be able to do, and the words in which it says how that went."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.errors import OutsideError
from campaigns.social.counting import Measure
from campaigns.social.messages import Message, Published

Payload = dict[str, Any]
Ref = dict[str, Any]


class TryLater(OutsideError):
    """Certainly not done, and it will work: now rather not. `until` is the network's own word on when."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        self.until = until
        super().__init__(message, "retry")


class NotTaken(OutsideError):
    """Certainly not done, and trying again changes nothing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "failed")


class SignInNeeded(OutsideError):
    """Certainly not done: the network no longer knows us. Only what is certain to mean that may raise it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "failed")


class Unsure(OutsideError):
    """It may have been done. Look first; never repeat it blindly."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "unknown")


@dataclass(frozen=True)
class Field:
    """One thing to enter when connecting a channel. A secret one is written, never shown."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = True
    is_optional: bool = False


@dataclass(frozen=True)
class Takes:
    """What a network can carry. Numbers are its documented limits, which an account's own limits may replace.

    `pause_s` is the time that it asks for between two messages. `is_keyed` says that the same request with the same
    key is done once, within `key_hours`. `is_readable` says that `find` can see what is there.
    """

    pictures: int = 4
    alt_limit: int = 1_500
    has_alt: bool = True
    has_thread: bool = False
    has_warning: bool = False
    visibilities: Mapping[str, str] = field(default_factory=dict)
    has_card: bool = False
    may_edit: bool = False
    may_delete: bool = False
    is_keyed: bool = False
    key_hours: float = 0.0
    is_readable: bool = False
    pause_s: float = 0.0


@dataclass
class Account:
    """A channel as its network sees it. `keep` stores credentials that the network replaced (refreshed tokens).

    `free_at` is set by a network whose answer says that it has had enough for now.
    """

    channel_id: int
    base_url: str
    credentials: dict[str, str]
    limits: dict[str, Any]
    now: Callable[[], datetime]
    keep: Callable[[dict[str, str]], None]
    picture: Callable[[int], bytes]
    free_at: datetime | None = None

    def change(self, **credentials: str) -> None:
        """Replace credentials here and where they rest, before they are used."""
        self.credentials = {**self.credentials, **credentials}
        self.keep(self.credentials)

    def hide(self, sentence: str) -> str:
        """What a network said, without anything secret that it repeats."""
        for value in self.credentials.values():
            if len(value) >= 8:
                sentence = sentence.replace(value, "…")
        return sentence[:500]


@dataclass(frozen=True)
class Verified:
    """What the network says about an account: what people call it there, its page, its limits, when access ends."""

    handle: str
    url: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Found:
    """What looking showed: it is there, or it is certainly not there, or (`is_certain` False) one cannot tell."""

    published: Published | None = None
    is_certain: bool = True


class Network:
    """One network; what is not overridden here is what a network without that ability does.

    Only `publish`, `edit` and `delete` change anything that people can see. All that ask the network may raise
    TryLater, NotTaken and SignInNeeded; the three also Unsure.
    """

    name: str
    label: str
    base_url: str = ""
    may_choose_server: bool = False
    takes: Takes = Takes()
    fields: tuple[Field, ...] = ()
    steps: tuple[str, ...] = ()
    has_sign_in_page: bool = False

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """How long a message is in every unit that this network limits. Pure."""
        return []

    def body(self, text: str, link: str, has_pictures: bool) -> str:
        """The text as it will stand there: with the link in it, unless the network shows it in another way. Pure."""
        return "\n\n".join(filter(None, [text, link if link not in text else ""]))

    def price(self, message: Message) -> int:
        """What publishing costs, in thousandths of a dollar. Pure."""
        return 0

    def new_key(self, now: datetime) -> str:
        """A fresh key, by which the network or we know a message again."""
        return secrets.token_hex(16)

    def verify(self, account: Account) -> Verified:
        """Ask the network who we are. Changes nothing there."""
        return Verified(handle=account.credentials.get("handle", ""))

    def gather(self, account: Account, message: Message) -> Payload:
        """What must be there before the message: uploaded pictures, names looked up. Nobody sees any of it."""
        return {}

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The exact request. `answered` are the names of the messages before it in the thread, in order. Pure."""
        return message.to_json()

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Send exactly that request, once."""
        raise NotTaken("This is posted by hand.")

    def find(self, account: Account, key: str, payload: Payload, since: datetime) -> Found:
        """Look whether that request was carried out, without changing anything. `since` is when it was frozen."""
        return Found(is_certain=False)

    def edit(self, account: Account, ref: Ref, payload: Payload, text: str) -> None:
        """Give a published message another text."""
        raise NotTaken("A published post cannot be changed there.")

    def delete(self, account: Account, ref: Ref) -> None:
        """Take a published message away; one that is gone already counts as done."""
        raise NotTaken("A published post cannot be taken away from here. Please do it there.")

    def sign_in_url(self, account: Account, state: str, challenge: str, back: str) -> str:
        """The network's own page that asks a person to let us in (RFC 7636); it leads back to `back`."""
        raise NotTaken("This network is connected by what you enter here.")

    def sign_in(self, account: Account, code: str, verifier: str, back: str) -> dict[str, str]:
        """Exchange what the network's page gave us for credentials."""
        raise NotTaken("This network is connected by what you enter here.")
