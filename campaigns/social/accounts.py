"""A channel opened for its network: the one place where credentials leave their seal."""

import json
from collections.abc import Callable

from campaigns import clock, tokens
from campaigns.db import db, end_reading
from campaigns.errors import NotFound
from campaigns.social.models import Channel, Picture
from campaigns.social.networks.known import network
from campaigns.social.networks.port import Account, SignInNeeded

Keep = Callable[[int, str], None]
PURPOSE = "social"


def seal(credentials: dict[str, str]) -> str:
    """Credentials as they rest."""
    return tokens.encrypt(PURPOSE, json.dumps(credentials, sort_keys=True))


def credentials_of(channel: Channel) -> dict[str, str]:
    """The credentials of a channel; raises SignInNeeded when this installation's key does not open them."""
    if not channel.credentials_sealed:
        return {}
    opened = tokens.decrypt(PURPOSE, channel.credentials_sealed)
    if opened is None:
        raise SignInNeeded("The access to this channel can no longer be read. Please connect it again.")
    return {str(name): str(value) for name, value in json.loads(opened).items()}


def account_of(channel: Channel, keep: Keep) -> Account:
    """What its network works with; `keep` stores the sealed credentials of a channel when the network renews them."""
    return account(channel, credentials_of(channel), lambda fresh: keep(channel.id, seal(fresh)))


def account(channel: Channel, credentials: dict[str, str], keep: Callable[[dict[str, str]], None]) -> Account:
    """The same with credentials that may not be stored yet."""
    return Account(
        channel_id=channel.id or 0,
        base_url=channel.base_url or network(channel.network).base_url,
        credentials=credentials,
        limits=dict(channel.limits or {}),
        now=clock.now,
        keep=keep,
        picture=picture_bytes,
    )


def picture_bytes(picture_id: int) -> bytes:
    """The bytes of a picture."""
    found = db.session.get(Picture, picture_id)
    if found is None:
        raise NotFound("A picture of this post is no longer there.")
    data = found.data
    end_reading()
    return data
