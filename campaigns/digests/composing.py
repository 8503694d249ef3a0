"""A digest's issue as the document of a newsletter: headings, stories with their sources, corrections."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns import clock
from campaigns.digests.ledger import Taken
from campaigns.digests.models import Digest
from campaigns.digests.recipe import Candidate, Section, credit, quotation

MOST_TEXT = 2000
# How the names of the blocks that hold corrections begin; a number from 0 follows, in the order of the corrections.
CORRECTION = "c"
_NO_WORDS = re.compile(r"[^\w ,.'’&-]+")


@dataclass(frozen=True)
class Said:
    """A correction, or a newsletter that these readers did not get by itself: where it leads, and its words."""

    title: str
    text: str
    url: str
    credit: str


def subject(digest: Digest, at: datetime) -> str:
    """The subject; "{date}" in it becomes the day in the digest's zone."""
    wall = clock.wall_time_of(at, digest.zone)
    day = f"{wall:%B} {wall.day}"
    written = digest.subject or f"{digest.name}, {{date}}"
    return written.replace("{date}", day)[:200]


def taken(digest: Digest, story: Candidate, entry_id: int | None, source_hash: str) -> Taken:
    """A story as the newsletter will say it: our own line, or the beginning of the source's words."""
    words = story.summary or quotation(story.text, digest.quote_words)
    return Taken(
        block_id=f"s{story.story_id}",
        story_id=story.story_id,
        entry_id=entry_id,
        title=story.title[:300],
        text=words[:MOST_TEXT],
        url=story.url,
        source=credit(digest.credit, story.source, story.author, story.at, digest.zone)[:300],
        source_hash=source_hash,
    )


def blocks(
    digest: Digest,
    sections: Sequence[Section],
    words: dict[int, Taken],
    corrections: Sequence[Said],
    newsletters: Sequence[Said],
    unread: Sequence[str],
) -> list[dict[str, Any]]:
    """The blocks in their order: opening, sections, our newsletters, corrections, which sources could not be read."""
    found: list[dict[str, Any]] = []
    if digest.opening:
        found.append({"kind": "text", "id": "opening", "text": digest.opening})
    for number, section in enumerate(sections):
        stories = [words[story.story_id] for story in section.stories if story.story_id in words]
        if section.title and stories:
            found.append({"kind": "heading", "id": f"h{number}", "level": 2, "text": section.title})
        own = {story.story_id for story in section.stories if story.summary}
        found += [story_block(one, is_quoted=bool(one.text) and one.story_id not in own) for one in stories]
    found += _part("Our newsletters since", "n", newsletters)
    found += _part("Corrections", CORRECTION, corrections)
    if unread:
        # A failed fetch is not "no news" (F19); names of sources come from outside and are not read as Markdown.
        names = ", ".join(" ".join(_NO_WORDS.sub(" ", name).split()) for name in unread)
        text = f"We could not read these sources this time: {names}. They may have news that is missing here."
        found.append({"kind": "text", "id": "unread", "text": text[:MOST_TEXT]})
    found.append({"kind": "safety", "id": "help"})
    return found


def _part(title: str, mark: str, said: Sequence[Said]) -> list[dict[str, Any]]:
    if not said:
        return []
    head: dict[str, Any] = {"kind": "heading", "id": f"{mark}head", "level": 2, "text": title}
    return [head] + [
        {
            "kind": "story",
            "id": f"{mark}{number}",
            "title": one.title[:300],
            "text": one.text[:MOST_TEXT],
            "url": one.url,
            "source": one.credit[:300],
        }
        for number, one in enumerate(said)
    ]


def story_block(one: Taken, is_quoted: bool) -> dict[str, Any]:
    """A story as the block of a newsletter: a snapshot that says what it was taken from."""
    return {
        "kind": "story",
        "id": one.block_id,
        "title": one.title,
        "text": one.text,
        "is_quoted": is_quoted,
        "url": one.url,
        "source": one.source,
        "story": one.story_id or 0,
        "source_hash": one.source_hash,
    }


def document(
    digest: Digest, title: str, content: list[dict[str, Any]], sender_id: int | None, preview: str
) -> dict[str, Any]:
    """The whole document; it leaves once it is approved."""
    return {
        "title": title,
        "sender_id": sender_id,
        "lists": list(digest.list_ids),
        "rhythm": digest.rhythm,
        "send_mode": "now",
        "send_zone": digest.zone,
        "editions": {"en": {"subject": title, "preheader": preview[:200], "blocks": content}},
    }
