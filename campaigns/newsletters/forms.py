"""What people type about a newsletter, turned into the document that is stored, and sentences back to the fields."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from campaigns.newsletters.blocks import new_block

LANGUAGE = "en"
DEFAULT_TIME = "09:00"

BLOCK_FIELDS: dict[str, tuple[str, ...]] = {
    "heading": ("level", "text"),
    "text": ("text",),
    "image": ("image", "alt", "caption", "link"),
    "button": ("label", "url"),
    "quote": ("text", "cite"),
    "divider": (),
    "safety": ("title",),
    "story": ("title", "text", "url", "source", "image", "alt", "story", "source_hash"),
}
# Tick boxes, which a browser leaves out when they are empty.
BLOCK_TICKS: dict[str, tuple[str, ...]] = {"image": ("is_decorative",), "story": ("is_quoted",)}

ZONES = {
    "America/Los_Angeles": "Pacific Time",
    "America/Denver": "Mountain Time",
    "America/Phoenix": "Mountain Time, Arizona",
    "America/Chicago": "Central Time",
    "America/New_York": "Eastern Time",
    "America/Anchorage": "Alaska Time",
    "Pacific/Honolulu": "Hawaii Time",
    "UTC": "Coordinated Universal Time (UTC)",
}


def choice(value: str, label: str) -> Any:
    """One option of a field."""
    return SelectChoice(value, label)


class Ticks(SelectMultipleField):
    """Several of a list, as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NewForm(FlaskForm):
    """The name that the office gives a newsletter before anything else."""

    title = StringField("Name", [InputRequired("Give the newsletter a name."), Length(max=200)])
    day = HiddenField()
    campaign = HiddenField()


class EditorForm(FlaskForm):
    """Everything of the editor but the blocks. What is typed is checked where documents are read, not here."""

    title = StringField("Name, for the office only")
    subject = StringField("Subject")
    preheader = StringField("Preview line")
    sender_id = SelectField("From")
    lists = Ticks("Send to people on")
    minus = Ticks("But not to people on")
    reached = Ticks("Only to")
    doubt = RadioField(
        "When nobody knows whether a copy arrived",
        choices=[choice("again", "Send it again"), choice("leave", "Leave it to a person")],
    )
    send_mode = RadioField("When", choices=[choice("now", "As soon as it is approved"), choice("at", "At a time")])
    send_day = StringField("Day")
    send_time = StringField("Time")
    send_zone = SelectField("Time zone")
    version = HiddenField()


class NoteForm(FlaskForm):
    """A few words to whoever approves."""

    note = TextAreaField("A note to whoever approves", [Optional(), Length(max=1_000)])


class ApproveForm(FlaskForm):
    """A decision: the content that was read, and that its consequence is understood."""

    seen_hash = HiddenField(validators=[InputRequired("Please reload the page and read it again.")])
    comment = TextAreaField("Comment for the author", [Optional(), Length(max=1_000)])
    is_understood = BooleanField("", [InputRequired("Tick the box to say that you know what happens.")])
    outside_reason = StringField("Why it leaves outside the sending hours", [Optional(), Length(max=300)])


class ChangesForm(FlaskForm):
    """What the author should change."""

    comment = TextAreaField(
        "What should change", [InputRequired("Say what should change."), Length(max=1_000)], id="asked-comment"
    )


class ReasonForm(FlaskForm):
    """Why sending is held up."""

    reason = StringField("Why", [Optional(), Length(max=300)])


class PeopleForm(FlaskForm):
    """Who gets a test."""

    people = Ticks("Send the test to", [InputRequired("Choose at least one person.")])


class ArchiveForm(FlaskForm):
    """Who can read a sent newsletter on the web."""

    mode = RadioField(
        "On the web",
        [InputRequired("Choose one.")],
        choices=[
            choice("listed", "Listed in the archive"),
            choice("unlisted", "Only with the link"),
            choice("withdrawn", "Withdrawn"),
        ],
    )
    note = StringField("What readers see instead", [Optional(), Length(max=500)])


def posted_document(posted: "MultiDict[str, str]", stored: Mapping[str, Any]) -> dict[str, Any]:
    """The document that the editor's fields describe; other languages stay as stored."""
    day, time = posted.get("send_day", "").strip(), posted.get("send_time", "").strip()
    text = {
        "subject": posted.get("subject", ""),
        "preheader": posted.get("preheader", ""),
        "blocks": posted_blocks(posted),
    }
    sender = posted.get("sender_id", "")
    return {
        "title": posted.get("title", ""),
        "sender_id": int(sender) if sender.isascii() and sender.isdigit() else None,
        "lists": posted_ids(posted, "lists"),
        "minus": posted_ids(posted, "minus"),
        "rhythm": stored.get("rhythm", ""),
        "reached": next(iter(posted_ids(posted, "reached")), None),
        "leaves_uncertain": posted.get("doubt") == "leave",
        "send_mode": "at" if posted.get("send_mode") == "at" else "now",
        "send_wall": f"{day}T{time or DEFAULT_TIME}" if day else "",
        "send_zone": posted.get("send_zone") or stored["send_zone"],
        "editions": {**stored["editions"], LANGUAGE: text},
    }


def posted_blocks(posted: "MultiDict[str, str]") -> list[dict[str, Any]]:
    """The blocks in the order of the page; what is no kind of block is left out."""
    blocks = []
    for name in posted.getlist("block"):
        kind = posted.get(f"{name}-kind", "")
        if kind not in BLOCK_FIELDS:
            continue
        block = {**new_block(kind), "id": name}
        block |= {part: posted[f"{name}-{part}"] for part in BLOCK_FIELDS[kind] if f"{name}-{part}" in posted}
        block |= {part: f"{name}-{part}" in posted for part in BLOCK_TICKS.get(kind, ())}
        blocks.append(block)
    return blocks


def posted_ids(posted: "MultiDict[str, str]", name: str) -> list[int]:
    """The numbers among the values of a field."""
    return [int(value) for value in posted.getlist(name) if value.isascii() and value.isdigit()]


def field_errors(fields: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, str]:
    """Sentences by the name of the page's field, from sentences by the place in the document."""
    errors = {}
    blocks = document["editions"][LANGUAGE]["blocks"]
    for path, sentence in fields.items():
        parts = path.removeprefix(f"editions.{LANGUAGE}.").split(".")
        if parts[0] == "blocks" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(blocks):
            name = f"{blocks[int(parts[1])]['id']}-{parts[2] if len(parts) > 2 else 'kind'}"
        else:
            name = {"send_wall": "send_day"}.get(parts[0], parts[0])
        errors[name] = sentence
    return errors


def fill(form: EditorForm, document: Mapping[str, Any], version: int) -> None:
    """Show a document in the editor's fields."""
    text = document["editions"].get(LANGUAGE) or {"subject": "", "preheader": ""}
    day, _, time = document["send_wall"].partition("T")
    values = {
        "title": document["title"],
        "subject": text["subject"],
        "preheader": text["preheader"],
        "sender_id": str(document["sender_id"] or ""),
        "lists": [str(number) for number in document["lists"]],
        "minus": [str(number) for number in document["minus"]],
        "reached": [str(document["reached"])] if document["reached"] else [],
        "doubt": "leave" if document["leaves_uncertain"] else "again",
        "send_mode": document["send_mode"],
        "send_day": day,
        "send_time": time[:5] or DEFAULT_TIME,
        "send_zone": document["send_zone"],
        "version": str(version),
    }
    for name, value in values.items():
        form[name].data = value


def posted_outside(posted: Mapping[str, str]) -> str | None:
    """The reason to leave outside the sending hours, or None to wait for them."""
    return posted.get("outside_reason", "") if posted.get("leaves") == "now" else None


def posted_number(text: str | None) -> int | None:
    """A row's number in a hidden field, or None."""
    return int(text) if text and text.isascii() and text.isdigit() else None


def posted_day(text: str | None) -> date | None:
    """A day as "2026-12-03", or None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
