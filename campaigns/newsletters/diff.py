"""What is different between two documents, in words, per block and with both texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.audience.rhythms import NAMES as RHYTHMS
from campaigns.newsletters.blocks import KINDS, Block, Button, Heading, Image, Quote, Safety, Story, TextBlock
from campaigns.newsletters.documents import Document, Text, read_document


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are what people would read, "" where there was or is nothing."""

    what: str
    before: str
    after: str
    block_id: str = ""


def changes(
    old: Mapping[str, Any] | Document,
    new: Mapping[str, Any] | Document,
    list_name: Callable[[int], str] = str,
    sender_name: Callable[[int], str] = str,
) -> list[Change]:
    """Every difference from the old to the new document; names of lists and senders are asked for."""
    before = old if isinstance(old, Document) else read_document(dict(old))
    after = new if isinstance(new, Document) else read_document(dict(new))
    found = _facts(before, after, list_name, sender_name)
    for language in sorted({*before.editions, *after.editions}):
        suffix = "" if language == "en" else f" ({language})"
        found += _text_changes(before.text(language), after.text(language), suffix)
    return found


def _facts(
    before: Document, after: Document, list_name: Callable[[int], str], sender_name: Callable[[int], str]
) -> list[Change]:
    def names(ids: list[int]) -> str:
        return ", ".join(list_name(one) for one in ids)

    pairs = [
        ("Name", before.title, after.title),
        ("Sender", _name(before.sender_id, sender_name), _name(after.sender_id, sender_name)),
        ("To", names(before.lists), names(after.lists)),
        ("Without", names(before.minus), names(after.minus)),
        ("Readers", _readers(before), _readers(after)),
        ("In doubt", _doubt(before), _doubt(after)),
        ("When", _when(before), _when(after)),
    ]
    return [Change(what, old, new) for what, old, new in pairs if old != new]


def _name(sender_id: int | None, sender_name: Callable[[int], str]) -> str:
    return sender_name(sender_id) if sender_id else ""


def _readers(document: Document) -> str:
    chose = RHYTHMS.get(document.rhythm, document.rhythm) if document.rhythm else "Who gets each newsletter"
    return f"{chose}, only who got newsletter {document.reached}" if document.reached else chose


def _doubt(document: Document) -> str:
    return "Leave it to a person" if document.leaves_uncertain else "Send it again"


def _when(document: Document) -> str:
    if document.send_mode == "now":
        return "When a person sends it"
    wall = document.wall
    return f"{wall:%a} {wall.day} {wall:%b %Y, %H:%M} {document.send_zone}" if wall else "No time chosen"


def _text_changes(before: Text, after: Text, suffix: str) -> list[Change]:
    found = []
    if before.subject != after.subject:
        found.append(Change(f"Subject{suffix}", before.subject, after.subject))
    if before.preheader != after.preheader:
        found.append(Change(f"Preview line{suffix}", before.preheader, after.preheader))
    old, new = {block.id: block for block in before.blocks}, {block.id: block for block in after.blocks}
    for block in after.blocks:
        known = old.get(block.id)
        if known is None:
            found.append(Change(f"{KINDS[block.kind]} added{suffix}", "", said(block), block.id))
        elif known != block:
            found.append(Change(f"{KINDS[block.kind]} changed{suffix}", said(known), said(block), block.id))
    found += [
        Change(f"{KINDS[block.kind]} removed{suffix}", said(block), "", block.id)
        for block in before.blocks
        if block.id not in new
    ]
    if [one for one in old if one in new] != [one for one in new if one in old]:
        found.append(Change(f"Order of the blocks{suffix}", _order(before, new), _order(after, old)))
    return found


def _order(text: Text, among: Mapping[str, Block]) -> str:
    return ", ".join(f"{KINDS[block.kind]} “{_short(said(block))}”" for block in text.blocks if block.id in among)


def _short(words: str) -> str:
    return words if len(words) <= 24 else f"{words[:23]}…"


def said(block: Block) -> str:
    """A block as plain words, with everything in it that a reader can notice."""
    match block:
        case Heading():
            return block.text if block.level == 2 else f"{block.text} (smaller)"
        case TextBlock():
            return block.text
        case Image():
            told = "decoration" if block.is_decorative else block.alt
            return "\n".join(filter(None, [f"[{told}]", block.caption, block.link, f"picture {block.image[:6]}"]))
        case Button():
            return f"{block.label}\n{block.url}".strip()
        case Quote():
            return f"{block.text}\n{block.cite}".strip()
        case Safety():
            return block.title
        case Story():
            words = f"“{block.text}”" if block.is_quoted else block.text
            shown = f"[{block.alt}]\npicture {block.image[:6]}" if block.image else ""
            return "\n".join(filter(None, [block.title, words, block.source, block.url, shown]))
        case _:
            return ""
