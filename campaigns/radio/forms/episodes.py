"""Forms of episodes and their guests."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import FieldList as ListField
from wtforms import Form as PlainForm
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from campaigns.radio.actions.episodes import GuestEntry
from campaigns.radio.forms.fields import is_web, web_address
from campaigns.radio.words import ROLES
from campaigns.web.fields import LinesField, choices, line, needed, optional, text

AUDIO = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg"}
AUDIO |= {"wav": "audio/wav", "aac": "audio/aac", "flac": "audio/flac"}
GUESTS = 6


class GuestForm(PlainForm):
    """One guest."""

    public_name = StringField("Name as it may be said", [Optional(), Length(max=100)], filters=[line])
    role = SelectField("Role", choices=choices(ROLES), default="guest")
    has_consent = BooleanField("Agreed to be named")
    consent_on = DateField("On", [Optional()])


class EpisodeForm(FlaskForm):
    """An episode."""

    version = HiddenField(default="0")
    title = needed("Title", "Give the episode a title.")
    number = IntegerField("Number", [Optional(), NumberRange(1, 100_000, "A number from 1 on.")])
    summary = TextAreaField("Summary", [Length(max=4000)], filters=[text])
    issues = LinesField("Community issues it treats")
    narrative = TextAreaField("How it treats them", [Length(max=2000)], filters=[text])
    guests = ListField(FormField(GuestForm), min_entries=2, max_entries=GUESTS)
    links = LinesField("Links")
    segments = LinesField("Segments")
    audio_url = optional("Address of the recording", web_address, longest=500)
    audio_megabytes = StringField("Size in megabytes", [Optional()], filters=[line])
    audio_minutes = StringField("Length", [Optional()], filters=[line])
    transcript = TextAreaField("Transcript", [Length(max=400_000, message="The transcript is too long.")])
    transcript_file = FileField("Or a transcript file (.vtt or .txt)")
    social_url = optional("Address of the post to discuss it", web_address, longest=500)

    def validate_links(self, field: LinesField) -> None:
        """Each line ends in an address."""
        for entry in field.entries:
            if not is_web(entry.split()[-1]):
                raise ValidationError(f"Write the words, then the address; we could not read “{entry}”.")

    def validate_segments(self, field: LinesField) -> None:
        """Each line begins with a length."""
        for entry in field.entries:
            if read_length(entry.split()[0]) is None:
                raise ValidationError(f"Begin with the length, such as 4:30; we could not read “{entry}”.")

    def validate_audio_minutes(self, field: StringField) -> None:
        """A length."""
        if field.data and read_length(field.data) is None:
            raise ValidationError("Write the length as minutes and seconds, such as 28:30.")

    def validate_audio_megabytes(self, field: StringField) -> None:
        """A number."""
        if field.data and not re.fullmatch(r"\d{1,5}([.,]\d{1,3})?", field.data):
            raise ValidationError("Write the size as a number, such as 26.5.")

    def validate_guests(self, field: Any) -> None:
        """A consent has a day."""
        for entry in field.entries:
            guest = entry.form
            if guest.public_name.data and guest.has_consent.data and guest.consent_on.data is None:
                raise ValidationError(f"On which day did {guest.public_name.data} agree to be named?")

    def guest_entries(self) -> list[GuestEntry]:
        """The guests that have a name."""
        forms = [entry.form for entry in self.guests.entries]
        return [
            GuestEntry(form.public_name.data, form.role.data, bool(form.has_consent.data), form.consent_on.data)
            for form in forms
            if form.public_name.data
        ]

    def values(self) -> dict[str, Any]:
        """What the form says, as columns; the transcript is read apart."""
        names = ("title", "number", "summary", "narrative", "audio_url", "social_url")
        links = [entry.rsplit(None, 1) for entry in self.links.entries]
        segments = [entry.split(None, 1) for entry in self.segments.entries]
        ending = urlsplit(self.audio_url.data or "").path.rpartition(".")[2].lower()
        megabytes = float((self.audio_megabytes.data or "0").replace(",", "."))
        return {name: self[name].data for name in names} | {
            "issues": self.issues.entries,
            "links": [{"label": parts[0] if len(parts) > 1 else parts[-1], "url": parts[-1]} for parts in links],
            "segments": [
                {"seconds": read_length(parts[0]), "title": parts[1] if len(parts) > 1 else ""} for parts in segments
            ],
            "audio_type": AUDIO.get(ending, "audio/mpeg") if self.audio_url.data else "",
            "audio_bytes": round(megabytes * 1_000_000),
            "audio_seconds": read_length(self.audio_minutes.data or "") or 0,
        }


def read_length(text: str) -> int | None:
    """ "4:30", "1:02:03" or "28" (minutes) in seconds; None for anything else."""
    if not re.fullmatch(r"\d{1,3}(:[0-5]\d){0,2}", text):
        return None
    parts = [int(part) for part in text.split(":")]
    if len(parts) == 1:
        return parts[0] * 60
    return sum(part * 60**place for place, part in enumerate(reversed(parts)))


def length_words(seconds: int) -> str:
    """Seconds as "4:30"; empty for none."""
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds else ""
