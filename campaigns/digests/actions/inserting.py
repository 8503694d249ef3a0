"""Stories put into a newsletter that somebody writes, as they are now, and taken out again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import http
from campaigns.audience import queries as audience
from campaigns.db import action, db, end_reading
from campaigns.delivery.queries import default_sender
from campaigns.digests import agent, composing, ledger
from campaigns.digests.models import PrintedStory
from campaigns.digests.queries import stories
from campaigns.digests.recipe import Credit, credit, quotation
from campaigns.errors import Conflict, Invalid, OutsideError
from campaigns.newsletters import drafts, images, rules
from campaigns.newsletters import queries as newsletters
from campaigns.newsletters.blocks import Story as StoryBlock
from campaigns.newsletters.blocks import read_blocks
from campaigns.newsletters.documents import Document, empty_document
from campaigns.newsletters.models import Newsletter
from campaigns.pictures import SafeImage, read_image
from campaigns.staff import audit
from campaigns.staff.queries import get_organization

QUOTED_WORDS = 40
PICTURE = http.Limits(seconds=10.0, wire_bytes=5_000_000, decoded_bytes=5_000_000)
MOST = 30


def add(
    story_ids: Sequence[int], newsletter_id: int | None, with_pictures: bool, user_id: int, now: datetime
) -> tuple[int, list[str]]:
    """Put stories at the end of a newsletter, of a new one when none is named; gives it and why some are not in it.

    Not a transaction itself: pictures are fetched first, through the guard, and made safe. Raises Invalid, Conflict.
    """
    wanted = list(dict.fromkeys(story_ids))
    if not wanted:
        raise Invalid("Choose at least one story.")
    if len(wanted) > MOST:
        raise Invalid(f"Choose at most {MOST} stories at once.")
    cards = [stories.get_card(number) for number in wanted]
    addresses = {card.story.id: card.lead.entry.image_url for card in cards if card.lead and card.lead.entry.image_url}
    name = agent.name()
    end_reading()
    pictures: dict[int, SafeImage] = {}
    problems: list[str] = []
    for number, address in addresses.items() if with_pictures else ():
        try:
            pictures[number] = read_image(http.get(address, {"User-Agent": name}, PICTURE).body)
        except (OutsideError, Invalid):
            title = next(card.story.title for card in cards if card.story.id == number)
            problems.append(f"The picture of “{title}” could not be taken.")
    made, refused = _add(wanted, newsletter_id, pictures, user_id, now)
    return made, refused + problems


@action
def _add(
    story_ids: Sequence[int], newsletter_id: int | None, pictures: dict[int, SafeImage], user_id: int, now: datetime
) -> tuple[int, list[str]]:
    session = db.session()
    cards = [stories.get_card(number) for number in story_ids]
    newsletter = _open(session, newsletter_id) if newsletter_id else _begin(session, cards[0], user_id, now)
    document = newsletters.document_of(newsletter)
    language = "en" if "en" in document.editions else min(document.editions)
    rhythm = newsletter.audience_rule.get("rhythm", "")
    fresh, refused = [], []
    for card in cards:
        block, fault = _taken(session, newsletter, card, pictures.get(card.story.id), rhythm, user_id, now)
        fresh += [block] if block else []
        refused += [fault] if fault else []
    if not fresh:
        raise Conflict(" ".join(refused))
    text = document.text(language)
    editions = document.editions | {language: text.model_copy(update={"blocks": [*text.blocks, *fresh]})}
    changed = Document.model_validate(document.model_copy(update={"editions": editions}).model_dump())
    drafts.change(session, newsletter, changed, user_id=user_id, now=now)
    _record("newsletter.stories_added", newsletter.id, user_id, now, len(fresh))
    return newsletter.id, refused


@action
def take_out(printed_id: int, user_id: int, now: datetime) -> int:
    """Take a story out of a newsletter that did not leave yet; gives the newsletter. Raises Conflict."""
    session = db.session()
    row = session.get(PrintedStory, printed_id)
    if row is None or row.printed_at is not None:
        raise Conflict("This story is in no newsletter that can still be changed.")
    newsletter = _open(session, row.newsletter_id)
    document = newsletters.document_of(newsletter)
    editions = {
        language: text.model_copy(update={"blocks": [block for block in text.blocks if block.id != row.block_id]})
        for language, text in document.editions.items()
    }
    drafts.change(session, newsletter, document.model_copy(update={"editions": editions}), user_id=user_id, now=now)
    ledger.release(session, [row])
    _record("newsletter.story_taken_out", newsletter.id, user_id, now, 1)
    return newsletter.id


def _taken(
    session: Session,
    newsletter: Newsletter,
    card: stories.Card,
    picture: SafeImage | None,
    rhythm: str,
    user_id: int,
    now: datetime,
) -> tuple[StoryBlock | None, str]:
    """The block of a story that is free, or a sentence that says why there is none."""
    lead, title = card.lead, card.story.title
    if lead is None or not lead.url:
        return None, f"“{title}” leads to no page."
    held = ledger.holder(session, card.story.id, rhythm)
    if held is not None:
        where = "It is in this newsletter" if held.newsletter_id == newsletter.id else _where(session, held)
        return None, f"“{title}” was not added. {where} already."
    words = card.story.summary or quotation(lead.entry.text, QUOTED_WORDS)
    at = lead.entry.published_at or lead.entry.first_seen_at
    source = credit(Credit.SOURCE_DATE, lead.feed.title, lead.entry.author, at, get_organization().zone)
    one = ledger.Taken(
        block_id=f"s{card.story.id}",
        story_id=card.story.id,
        entry_id=lead.entry.id,
        title=lead.entry.title[:300],
        text=words[: composing.MOST_TEXT],
        url=lead.url,
        source=source[:300],
        source_hash=lead.entry.content_hash,
    )
    if ledger.take(session, newsletter.id, one, rhythm, now) is None:
        return None, f"“{title}” was not added. Another newsletter holds it already."
    block = composing.story_block(one, is_quoted=bool(words) and not card.story.summary)
    if picture is not None:
        block["image"] = images.add(session, picture, user_id, now).token
    return read_blocks([block])[0], ""  # type: ignore[return-value]


def _where(session: Session, held: PrintedStory) -> str:
    other = session.get(Newsletter, held.newsletter_id)
    name = other.title if other else "another newsletter"
    return f"“{name}” printed it" if held.printed_at else f"“{name}” holds it"


def _open(session: Session, newsletter_id: int) -> Newsletter:
    newsletter = drafts.locked(session, newsletter_id)
    if not rules.may_edit(newsletter.state) or newsletter.binned_at is not None:
        raise Conflict("That newsletter can no longer be changed.")
    return newsletter


def _begin(session: Session, card: stories.Card, user_id: int, now: datetime) -> Newsletter:
    sender, lists = default_sender(), audience.lists()
    title = f"News: {card.story.title}"[:200]
    document = empty_document(
        title, sender.id if sender else None, [entry.id for entry in lists[:1]], get_organization().zone
    )
    return drafts.add(session, document, user_id=user_id, now=now)


def _record(what: str, newsletter_id: int, user_id: int, now: datetime, count: int) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="newsletter",
        object_id=newsletter_id,
        details={"stories": count},
        now=now,
    )
