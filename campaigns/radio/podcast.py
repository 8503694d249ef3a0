"""Podcast feeds: RSS 2.0 with the iTunes tags, and Podcasting 2.0 (guid, transcript, person, liveItem). Pure.

Sources: rssboard.org/rss-specification; Apple's feed requirements; the namespace of podcastindex.org, version 1.0.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
ATOM = "http://www.w3.org/2005/Atom"
CATEGORY = ("Society & Culture", "Documentary")
PERSON_LONGEST = 128
for _prefix, _uri in (("itunes", ITUNES), ("podcast", PODCAST), ("atom", ATOM)):
    ET.register_namespace(_prefix, _uri)


@dataclass(frozen=True)
class Person:
    """Somebody heard, under the name that they agreed to."""

    name: str
    role: str


@dataclass(frozen=True)
class Channel:
    """The show as the feed says it; addresses are absolute."""

    guid: str
    title: str
    description: str
    language: str
    link: str
    feed_url: str
    author: str
    email: str
    artwork_url: str
    people: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Item:
    """One published episode."""

    guid: str
    title: str
    number: int
    description: str
    link: str
    published_at: datetime
    audio_url: str
    audio_type: str
    audio_bytes: int
    audio_seconds: int
    transcripts: tuple[tuple[str, str], ...] = ()
    people: tuple[Person, ...] = ()
    social_url: str = ""


@dataclass(frozen=True)
class Live:
    """One broadcast that podcast programs can announce; `status` is pending, live or ended."""

    guid: str
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime
    stream_url: str
    link: str


def status_of(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """What the clock says about a broadcast."""
    return "pending" if now < starts_at else "live" if now < ends_at else "ended"


def feed(channel: Channel, items: Iterable[Item], live: Iterable[Live]) -> bytes:
    """The whole feed as bytes, application/rss+xml; charset=utf-8."""
    root = ET.Element("rss", {"version": "2.0"})
    head = ET.SubElement(root, "channel")
    _say(head, "title", channel.title)
    _say(head, "link", channel.link)
    _say(head, "description", channel.description or channel.title)
    _say(head, "language", channel.language)
    ET.SubElement(head, f"{{{ATOM}}}link", {"href": channel.feed_url, "rel": "self", "type": "application/rss+xml"})
    _say(head, f"{{{ITUNES}}}author", channel.author)
    _say(head, f"{{{ITUNES}}}explicit", "false")
    _say(head, f"{{{ITUNES}}}type", "episodic")
    owner = ET.SubElement(head, f"{{{ITUNES}}}owner")
    _say(owner, f"{{{ITUNES}}}name", channel.author)
    _say(owner, f"{{{ITUNES}}}email", channel.email)
    category = ET.SubElement(head, f"{{{ITUNES}}}category", {"text": CATEGORY[0]})
    ET.SubElement(category, f"{{{ITUNES}}}category", {"text": CATEGORY[1]})
    if channel.artwork_url:
        ET.SubElement(head, f"{{{ITUNES}}}image", {"href": channel.artwork_url})
        image = ET.SubElement(head, "image")
        for name, text in (("url", channel.artwork_url), ("title", channel.title), ("link", channel.link)):
            _say(image, name, text)
    _say(head, f"{{{PODCAST}}}guid", channel.guid)
    _say(head, f"{{{PODCAST}}}locked", "yes").set("owner", channel.email)
    _people(head, channel.people)
    for one in live:
        _live(head, one)
    for item in items:
        _item(head, item)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "utf-8", xml_declaration=False)


def _item(head: ET.Element, item: Item) -> None:
    entry = ET.SubElement(head, "item")
    _say(entry, "title", item.title)
    _say(entry, "link", item.link)
    _say(entry, "description", item.description)
    _say(entry, "guid", item.guid).set("isPermaLink", "false")
    _say(entry, "pubDate", format_datetime(item.published_at))
    enclosure = {"url": item.audio_url, "length": str(item.audio_bytes), "type": item.audio_type}
    ET.SubElement(entry, "enclosure", enclosure)
    _say(entry, f"{{{ITUNES}}}title", item.title)
    _say(entry, f"{{{ITUNES}}}episode", str(item.number))
    _say(entry, f"{{{ITUNES}}}episodeType", "full")
    _say(entry, f"{{{ITUNES}}}explicit", "false")
    if item.audio_seconds:
        _say(entry, f"{{{ITUNES}}}duration", str(item.audio_seconds))
    for url, kind in item.transcripts:
        more = {"rel": "captions"} if kind == "text/vtt" else {}
        ET.SubElement(entry, f"{{{PODCAST}}}transcript", {"url": url, "type": kind, **more})
    _people(entry, item.people)
    if item.social_url:
        attributes = {"protocol": "activitypub", "uri": item.social_url}
        ET.SubElement(entry, f"{{{PODCAST}}}socialInteract", attributes)


def _live(head: ET.Element, one: Live) -> None:
    times = {"status": one.status, "start": one.starts_at.isoformat(), "end": one.ends_at.isoformat()}
    entry = ET.SubElement(head, f"{{{PODCAST}}}liveItem", times)
    _say(entry, "title", one.title)
    _say(entry, "guid", one.guid).set("isPermaLink", "false")
    _say(entry, "link", one.link)
    ET.SubElement(entry, "enclosure", {"url": one.stream_url, "type": "audio/mpeg", "length": "0"})
    _say(entry, f"{{{PODCAST}}}contentLink", one.title).set("href", one.link)


def _people(parent: ET.Element, people: Iterable[Person]) -> None:
    for person in people:
        _say(parent, f"{{{PODCAST}}}person", person.name[:PERSON_LONGEST]).set("role", person.role)


def _say(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element
