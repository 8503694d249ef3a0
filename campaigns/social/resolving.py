"""From a document to the exact messages of each channel: variants, tagged links, descriptions, threads. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from campaigns.social import links, splitting
from campaigns.social.counting import Measure
from campaigns.social.documents import Document
from campaigns.social.messages import Card, Message, Shown
from campaigns.social.networks.port import Network


@dataclass(frozen=True)
class Place:
    """A channel, as far as the content depends on it."""

    channel_id: int
    network: Network
    name: str
    handle: str
    limits: Mapping[str, Any]


def messages(document: Document, place: Place, pictures: Mapping[str, Shown], tag: links.Tag) -> list[Message]:
    """What the channel would say: one message, or several where the post is a thread and the text too long for one."""
    network, variant = place.network, document.variant(place.channel_id)
    link = tag(document.link if variant.link is None else variant.link)
    text = links.tag_text(document.text if variant.text is None else variant.text, tag)
    shown = _shown(document, place.channel_id, pictures)
    body = network.body(text, link, bool(shown))
    has_card = bool(link) and network.takes.has_card and not shown
    visibility = variant.visibility if variant.visibility in network.takes.visibilities else ""
    whole = Message(
        text=body,
        link=link,
        card=Card(link, document.card.title or link, document.card.description) if has_card else None,
        pictures=shown,
        warning=variant.warning if network.takes.has_warning else "",
        visibility=visibility or next(iter(network.takes.visibilities), "public"),
        language=document.language,
    )
    if not (document.is_thread and network.takes.has_thread):
        return [whole]
    plain = replace(whole, link="", card=None, pictures=())

    def fits(part: str) -> bool:
        return not any(one.is_over for one in network.measures(plain.with_text(part), place.limits))

    parts = [plain.with_text(part) for part in splitting.split(body, fits)]
    # Pictures belong to the first message, the link to the one that closes the thread.
    parts[0] = replace(parts[0], pictures=shown)
    parts[-1] = replace(parts[-1], link=link, card=whole.card)
    return parts


def _shown(document: Document, channel_id: int, pictures: Mapping[str, Shown]) -> tuple[Shown, ...]:
    variant = document.variant(channel_id)
    found = []
    for use in document.pictures:
        is_wanted = variant.pictures is None or use.token in variant.pictures
        if is_wanted and use.token in pictures:
            alt = variant.alts.get(use.token) or use.alt
            found.append(replace(pictures[use.token], alt="" if use.is_decorative else alt))
    return tuple(found)


def measures(parts: Iterable[Message], place: Place) -> list[list[Measure]]:
    """How long each message is in every unit that the network limits."""
    return [place.network.measures(part, place.limits) for part in parts]


def content_hash(document: Document, said: Mapping[int, tuple[Place, list[Message]]]) -> str:
    """What an approval covers: every message of every channel, pictures by content, the time and the repeats."""
    covered = {
        "channels": {
            str(channel_id): [place.network.name, place.handle, [_covered(part) for part in parts]]
            for channel_id, (place, parts) in said.items()
        },
        "pictures": [use.model_dump(mode="json") for use in document.pictures],
        "send": [document.send_mode, document.send_wall if document.send_mode == "at" else "", document.send_zone],
        "late": document.lateness_minutes,
        "repeat": document.repeat.model_dump(mode="json") if document.repeat else None,
    }
    return hashlib.sha256(json.dumps(covered, sort_keys=True).encode()).hexdigest()


def _covered(message: Message) -> dict[str, Any]:
    data = message.to_json()
    for shown in data["pictures"]:
        # The picture is covered by its content; where it is fetched from may change.
        del shown["url"], shown["picture_id"]
    return data
