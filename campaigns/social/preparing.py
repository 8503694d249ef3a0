"""A post as it stands now: the exact messages of each channel, measured, hashed and checked. Reads; writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaigns.planning import queries as planning
from campaigns.social import links, queries, resolving, rules, times
from campaigns.social.counting import Measure
from campaigns.social.documents import Document
from campaigns.social.messages import Message, Shown
from campaigns.social.models import Channel
from campaigns.social.networks.known import network
from campaigns.social.resolving import Place
from campaigns.social.rules import Problem
from campaigns.staff.queries import site_url

# What an empty message costs tells whether a network asks for money at all.
EMPTY = Message("")


@dataclass(frozen=True)
class Said:
    """What one channel would say."""

    channel: Channel
    place: Place
    messages: list[Message]
    measures: list[list[Measure]]
    price: int


@dataclass(frozen=True)
class Prepared:
    """One post at one version."""

    post_id: int
    version: int
    document: Document
    said: list[Said]
    content_hash: str
    problems: list[Problem]

    @property
    def is_ready(self) -> bool:
        """Whether nothing that must be put right is left."""
        return not any(problem.is_must for problem in self.problems)


def prepare(post_id: int, now: datetime, is_launch: bool = False) -> Prepared:
    """Resolve every channel and look for problems; raises NotFound. At a launch only the approved content counts."""
    post = queries.get_post(post_id)
    document = queries.document_of(post)
    prepared = prepare_document(document, post.campaign_id, post_id, now, with_problems=not is_launch)
    return replace(prepared, version=post.version)


def prepare_document(
    document: Document, campaign_id: int | None, post_id: int, now: datetime, with_problems: bool = True
) -> Prepared:
    """The same for what is being typed; `post_id` is 0 for a post that is not stored yet."""
    said = say(document, campaign_id)
    problems = list(rules.post_problems(document, now)) if with_problems else []
    problems += _channel_problems(document, said, post_id, now) if with_problems else []
    return Prepared(
        post_id=post_id,
        version=0,
        document=document,
        said=said,
        content_hash=resolving.content_hash(document, {one.channel.id: (one.place, one.messages) for one in said}),
        problems=rules.in_order(problems),
    )


def say(document: Document, campaign_id: int | None) -> list[Said]:
    """The messages of a document on each of its channels; also for one that is not stored yet."""
    found = queries.channels_by_id(document.channels)
    shown = shown_pictures(document)
    tags, campaign = queries.link_rules(), planning.find_campaign(campaign_id) if campaign_id else None
    said = []
    for channel_id in document.channels:
        channel = found.get(channel_id)
        if channel is None or channel.removed_at is not None:
            continue
        place = place_of(channel)
        places = {
            "network": channel.network,
            "channel": channel.handle or channel.name,
            "campaign": campaign.name if campaign else "",
        }
        parts = resolving.messages(document, place, shown, links.tagger(tags, places))
        price = sum(place.network.price(part) for part in parts)
        said.append(Said(channel, place, parts, resolving.measures(parts, place), price))
    return said


def place_of(channel: Channel) -> Place:
    """A channel, as far as content depends on it."""
    return Place(channel.id, network(channel.network), channel.name, channel.handle, channel.limits or {})


def shown_pictures(document: Document) -> dict[str, Shown]:
    """The pictures of a document that exist, by token, without a description."""
    base = site_url()
    return {
        token: Shown(
            picture_id=picture.id,
            alt="",
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            digest=picture.digest,
            url=f"{base}/m/{token}.{picture.extension}",
        )
        for token, picture in queries.pictures_of(use.token for use in document.pictures).items()
    }


def _channel_problems(document: Document, said: list[Said], post_id: int, now: datetime) -> Iterator[Problem]:
    missing = set(document.channels) - {one.channel.id for one in said}
    if missing:
        yield Problem("must", "A channel was removed", "Take it off this post, or choose another.", field="channels")
    at = rules.launch_time(document.send_at, now)
    for one in said:
        channel, key = one.channel, one.channel.id
        yield from rules.channel_problems(document, one.place, one.messages, channel.state)
        variant = document.variant(key)
        text = document.text if variant.text is None else variant.text
        others = queries.neighbors(key, post_id, at)
        spacing = timedelta(minutes=channel.spacing_minutes)
        yield from rules.neighbor_problems(key, channel.name, text, at, others, spacing)
        if one.price:
            since = times.month_start(at, channel.zone)
            until = times.month_start(since + timedelta(days=32), channel.zone)
            spent = queries.spent(key, since, until, without_post=post_id)
            has_address = any(links.holds_address(part.text) for part in one.messages)
            cap = channel.monthly_cap_mills
            yield from rules.cost_problems(channel.name, key, one.price, spent, cap, has_address)
