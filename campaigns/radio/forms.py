"""Forms of radio: text from people becomes values, or a sentence beside the field."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms import FieldList as ListField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from campaigns.delivery.addresses import parse
from campaigns.errors import Invalid
from campaigns.markup import one_line, tidy
from campaigns.radio.actions.episodes import GuestEntry
from campaigns.radio.rhythm import EVERY, NAMES, ORDINALS, Rhythm
from campaigns.radio.words import LENGTHS, ROLES

AUDIO = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg"}
AUDIO |= {"wav": "audio/wav", "aac": "audio/aac", "flac": "audio/flac"}
GUESTS = 6


def choices(words: Mapping[Any, str]) -> list[SelectChoice]:
    """Options of a field."""
    return [SelectChoice(str(value), word) for value, word in words.items()]


def _line(text: str | None) -> str:
    return one_line(text or "")


def _text(text: str | None) -> str:
    return tidy(text or "")


def _web(_form: PlainForm, field: Field) -> None:
    if field.data and not is_web(field.data):
        raise ValidationError("Write a whole web address, beginning with https://")


def is_web(address: str) -> bool:
    """Whether this is the address of something on the web."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and " " not in address


def _mail(_form: PlainForm, field: Field) -> None:
    if field.data:
        try:
            field.data = parse(field.data).typed
        except Invalid as error:
            raise ValidationError(str(error)) from error


def _needed(label: str, sentence: str, longest: int = 200) -> StringField:
    return StringField(label, [InputRequired(sentence), Length(max=longest)], filters=[_line])


def _optional(label: str, *checks: Any, longest: int = 300) -> StringField:
    return StringField(label, [Optional(), Length(max=longest), *checks], filters=[_line])


class Ticks(SelectMultipleField):
    """Several of a list, as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LinesField(TextAreaField):
    """One entry a line; `entries` holds them without empty and repeated ones."""

    def __init__(self, label: str, most: int = 20, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def process_data(self, value: Any) -> None:
        """Show a list as lines."""
        self.data = "\n".join(value) if isinstance(value, list) else value

    def pre_validate(self, _form: Any) -> None:
        """Refuse more lines than a page can show."""
        if len(self.entries) > self.most or any(len(entry) > 200 for entry in self.entries):
            raise ValidationError(f"At most {self.most} lines of 200 characters fit here.")

    @property
    def entries(self) -> list[str]:
        """What stands on the lines."""
        lines = [one_line(line) for line in (self.data or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))


class ShowForm(FlaskForm):
    """A show."""

    version = HiddenField(default="0")
    title = _needed("Title", "Give the show a title.")
    tagline = _optional("Tagline")
    description = TextAreaField("Description", [Length(max=5000)], filters=[_text])
    hosts = LinesField("Hosts")
    topics = LinesField("Topics")
    contact = _optional("Contact for stations and press")
    help_line = _optional("What is said about help on the air")
    words_a_minute = IntegerField(
        "Words a minute", [InputRequired("Give a number."), NumberRange(80, 260, "Between 80 and 260.")], default=150
    )
    pronunciations = LinesField("How names are read", most=60)
    is_public = BooleanField("Show it on our public pages", default=True)

    def validate_pronunciations(self, field: LinesField) -> None:
        """Each line names what is written and how it is read."""
        for entry in field.entries:
            written, equals, said = entry.partition("=")
            if not (equals and written.strip() and said.strip()):
                raise ValidationError(f"Write it as “H.E.A.T. = heat”; we could not read “{entry}”.")

    def values(self) -> dict[str, Any]:
        """What the form says, as columns."""
        plain = ("title", "tagline", "description", "contact", "help_line", "words_a_minute", "is_public")
        pairs = (entry.partition("=") for entry in self.pronunciations.entries)
        return {name: self[name].data for name in plain} | {
            "hosts": self.hosts.entries,
            "topics": self.topics.entries,
            "pronunciations": {written.strip(): said.strip() for written, _, said in pairs},
        }


class ArtworkForm(FlaskForm):
    """The picture of a show."""

    picture = FileField("Picture", [InputRequired("Choose a picture.")])
    alt = StringField(
        "What it shows, for who cannot see it",
        [InputRequired("Describe the picture in a few words."), Length(max=300)],
        filters=[_line],
    )


class StationForm(FlaskForm):
    """A station, whom to write to there, and what it takes of announcements."""

    version = HiddenField(default="0")
    name = _needed("Name", "Give the station a name.")
    call_sign = _optional("Call sign", longest=20)
    frequency = _optional("Frequency", longest=40)
    city = _optional("City of license", longest=100)
    stream_url = _optional("Address of the stream", _web, longest=500)
    zone = SelectField("Time zone")
    traffic_email = _optional("Traffic (confirms what was on the air)", _mail)
    psa_email = _optional("Public service announcements", _mail)
    press_email = _optional("News desk", _mail)
    psa_lengths = Ticks("Lengths it takes", coerce=int, choices=choices({n: f"{n} seconds" for n in LENGTHS}))
    psa_words = IntegerField("Most words it takes", [Optional(), NumberRange(0, 500, "Between 0 and 500.")], default=0)
    psa_lead_days = IntegerField(
        "Days ahead it wants them", [Optional(), NumberRange(0, 120, "Between 0 and 120.")], default=14
    )
    may_call_to_action = BooleanField("It reads calls to action (“call now”, “visit”)", default=True)
    psa_notes = TextAreaField("Notes", [Length(max=1000)], filters=[_text])

    def offer(self) -> None:
        """Offer the zones."""
        zones = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
        self.zone.choices = choices({name: name.replace("_", " ") for name in zones})

    def values(self) -> dict[str, Any]:
        """What the form says, as columns."""
        names = [name for name in self._fields if name not in ("csrf_token", "version")]
        values = {name: self[name].data for name in names}
        return values | {"psa_words": self.psa_words.data or 0, "psa_lead_days": self.psa_lead_days.data or 0}


class AiringForm(FlaskForm):
    """A new slot."""

    station_id = SelectField("Station", coerce=int)
    first_on = DateField("First day", [InputRequired("Choose the first day.")])
    starts = TimeField("Starts at", [InputRequired("Choose the time.")])
    minutes = IntegerField(
        "Minutes", [InputRequired("How long?"), NumberRange(1, 1440, "Between 1 minute and a day.")], default=30
    )
    rhythm = RadioField(
        "How often",
        choices=choices(
            {
                "weekly": "Each week",
                "weekday": "Each month on the same weekday",
                "date": "Each month on the same date",
                "once": "Once",
            }
        ),
        default="weekly",
    )
    days = Ticks("On", coerce=int, choices=choices(dict(enumerate(NAMES))))
    every = SelectField("Every", coerce=int, choices=choices(EVERY), default=1)
    nth = SelectField("Which one", coerce=int, choices=choices({n: f"The {word}" for n, word in ORDINALS.items()}))
    until_on = DateField("Last day", [Optional()])
    is_repeat = BooleanField("A repeat")
    is_live = BooleanField("Live")

    @property
    def first_wall(self) -> datetime:
        """The first time, as clocks in the studio show it."""
        return datetime.combine(self.first_on.data or date.min, self.starts.data or time())

    @property
    def chosen_rhythm(self) -> Rhythm:
        """How often."""
        days = tuple(self.days.data or [self.first_wall.weekday()])
        return Rhythm(self.rhythm.data, days, self.every.data or 1, self.nth.data or 1)


class AiringDetailsForm(FlaskForm):
    """What can be changed about a slot."""

    minutes = IntegerField("Minutes", [InputRequired("How long?"), NumberRange(1, 1440, "Between 1 minute and a day.")])
    is_repeat = BooleanField("A repeat")
    is_live = BooleanField("Live")


class EndForm(FlaskForm):
    """The last day of a slot."""

    last_on = DateField("Last day", [InputRequired("Choose the last day.")])


class ChangeForm(FlaskForm):
    """What is different about one broadcast."""

    kind = RadioField(
        "What happens",
        [InputRequired("Choose what happens.")],
        choices=choices(
            {
                "moved": "It is moved to another time",
                "canceled": "It is canceled",
                "preempted": "The station broadcasts something else",
            }
        ),
    )
    new_day = DateField("New day", [Optional()])
    new_time = TimeField("New time", [Optional()])
    minutes = IntegerField("Minutes", [Optional(), NumberRange(1, 1440, "Between 1 minute and a day.")])
    reason = _optional("Reason", longest=200)

    @property
    def new_wall(self) -> datetime | None:
        """The new time, if both parts are there."""
        day, at = self.new_day.data, self.new_time.data
        return datetime.combine(day, at) if day and at else None


class SpecialForm(FlaskForm):
    """An extra broadcast."""

    day = DateField("Day", [InputRequired("Choose the day.")])
    starts = TimeField("Starts at", [InputRequired("Choose the time.")])
    minutes = IntegerField("Minutes", [InputRequired("How long?"), NumberRange(1, 1440, "Between 1 minute and a day.")])
    reason = _optional("What it is", longest=200)

    @property
    def wall(self) -> datetime:
        """When it is."""
        return datetime.combine(self.day.data or date.min, self.starts.data or time())


class GuestForm(PlainForm):
    """One guest."""

    public_name = StringField("Name as it may be said", [Optional(), Length(max=100)], filters=[_line])
    role = SelectField("Role", choices=choices(ROLES), default="guest")
    has_consent = BooleanField("Agreed to be named")
    consent_on = DateField("On", [Optional()])


class EpisodeForm(FlaskForm):
    """An episode."""

    version = HiddenField(default="0")
    title = _needed("Title", "Give the episode a title.")
    number = IntegerField("Number", [Optional(), NumberRange(1, 100_000, "A number from 1 on.")])
    summary = TextAreaField("Summary", [Length(max=4000)], filters=[_text])
    issues = LinesField("Community issues it treats")
    narrative = TextAreaField("How it treats them", [Length(max=2000)], filters=[_text])
    guests = ListField(FormField(GuestForm), min_entries=2, max_entries=GUESTS)
    links = LinesField("Links")
    segments = LinesField("Segments")
    audio_url = _optional("Address of the recording", _web, longest=500)
    audio_megabytes = StringField("Size in megabytes", [Optional()], filters=[_line])
    audio_minutes = StringField("Length", [Optional()], filters=[_line])
    transcript = TextAreaField("Transcript", [Length(max=400_000, message="The transcript is too long.")])
    transcript_file = FileField("Or a transcript file (.vtt or .txt)")
    social_url = _optional("Address of the post to discuss it", _web, longest=500)

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


class ScriptForm(FlaskForm):
    """A script."""

    version = HiddenField(default="0")
    text = TextAreaField("Script", [Length(max=8000, message="At most 8,000 characters fit here.")], filters=[_text])
    words_a_minute = IntegerField(
        "Words a minute", [InputRequired("Give a number."), NumberRange(80, 260, "Between 80 and 260.")]
    )
    kill_on = DateField("Do not use after", [Optional()])


class DecisionForm(FlaskForm):
    """What an approver decides."""

    seen_hash = HiddenField()
    comment = TextAreaField("Comment", [Length(max=1000)], filters=[_text])
    is_read = BooleanField("I read every word, and it may be handed to stations.")


class AnswerForm(FlaskForm):
    """What a station confirms; public, so that a signed token stands in for a session."""

    class Meta(FlaskForm.Meta):
        """Without the CSRF token of a session."""

        csrf = False

    name = _optional("Your name", longest=100)
    note = _optional("Anything we should know", longest=300)


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
