"""Every network with its fake and what it is connected with; and an account without a database."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from PIL import Image

from campaigns import clock
from campaigns.social.messages import Message, Shown
from campaigns.social.models import Channel
from campaigns.social.networks.known import network
from campaigns.social.networks.port import Account
from tests.social import posts
from tests.social.fakes.bluesky import FakeBluesky
from tests.social.fakes.facebook import PAGE, FakeFacebook
from tests.social.fakes.mastodon import FakeMastodon
from tests.social.fakes.server import Fake
from tests.social.fakes.slack import FakeSlack
from tests.social.fakes.telegram import FakeTelegram
from tests.social.fakes.webhook import SECRET, FakeWebhook
from tests.social.fakes.x import FakeX


@dataclass(frozen=True)
class Case:
    """How a channel of a network is connected in tests; `path` is the part of the address that publishes."""

    fake: Callable[[], Fake]
    credentials: Callable[[str], dict[str, str]]
    path: str
    limits: dict[str, Any] = field(default_factory=dict)


CASES = {
    "bluesky": Case(
        FakeBluesky, lambda _url: {"handle": FakeBluesky.handle, "password": FakeBluesky.password}, "putRecord"
    ),
    "mastodon": Case(FakeMastodon, lambda _url: {"token": FakeMastodon.token}, "/api/v1/statuses", {"account_id": "7"}),
    "facebook": Case(FakeFacebook, lambda _url: {"page_id": PAGE, "token": FakeFacebook.token}, "/feed"),
    "x": Case(FakeX, lambda _url: FakeX.consumer, "/2/tweets", {"account_id": "42"}),
    "telegram": Case(
        FakeTelegram,
        lambda _url: {"token": FakeTelegram.token, "chat": "@heatwatch"},
        "/send",
        {"name": "heatwatch"},
    ),
    "slack": Case(FakeSlack, lambda _url: {"token": FakeSlack.token, "channel": "C1"}, "chat.postMessage"),
    "webhook": Case(FakeWebhook, lambda url: {"url": f"{url}/hook", "secret": SECRET}, "/hook"),
}


def account(name: str, fake: Fake, **credentials: str) -> Account:
    """What a network works with, without a database; `credentials` replace those of the case."""
    case = CASES[name]
    return Account(
        channel_id=1,
        base_url=fake.url,
        credentials=credentials or dict(case.credentials(fake.url)),
        limits=dict(case.limits),
        now=clock.now,
        keep=lambda _fresh: None,
        picture=lambda _number: picture(),
    )


def channel(kind: str, fake: Fake, **fields: Any) -> Channel:
    """A connected channel on a fake."""
    case = CASES[kind]
    values = {"credentials": case.credentials(fake.url), "limits": case.limits, **fields}
    return posts.channel(kind, fake.url, **values)


@lru_cache(maxsize=1)
def picture() -> bytes:
    """A small photograph."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((80, 40)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def shown(alt: str = "A bus at night") -> Shown:
    """A picture in a message."""
    return Shown(1, alt, "image/jpeg", 80, 40, "digest", "https://news.example.org/m/token.jpg")


def send(name: str, to: Account, *messages: Message) -> list[Any]:
    """Publish messages as the engine does, as a thread; gives what the network says of each."""
    kind, done = network(name), []
    for message in messages:
        gathered = kind.gather(to, message)
        key = kind.new_key(clock.now())
        payload = kind.compose(message, gathered, key, [one.ref for one in done], clock.now())
        done.append(kind.publish(to, key, payload))
    return done
