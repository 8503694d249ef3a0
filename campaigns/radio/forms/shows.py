"""Forms of shows and stations."""

from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from campaigns.radio.forms.fields import mail_address, web_address
from campaigns.radio.words import LENGTHS
from campaigns.web.fields import LinesField, Ticks, choices, line, needed, optional, text


class ShowForm(FlaskForm):
    """A show."""

    version = HiddenField(default="0")
    title = needed("Title", "Give the show a title.")
    tagline = optional("Tagline")
    description = TextAreaField("Description", [Length(max=5000)], filters=[text])
    hosts = LinesField("Hosts")
    topics = LinesField("Topics")
    contact = optional("Contact for stations and press")
    help_line = optional("What is said about help on the air")
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
        filters=[line],
    )


class StationForm(FlaskForm):
    """A station, whom to write to there, and what it takes of announcements."""

    version = HiddenField(default="0")
    name = needed("Name", "Give the station a name.")
    call_sign = optional("Call sign", longest=20)
    frequency = optional("Frequency", longest=40)
    city = optional("City of license", longest=100)
    stream_url = optional("Address of the stream", web_address, longest=500)
    zone = SelectField("Time zone")
    traffic_email = optional("Traffic (confirms what was on the air)", mail_address)
    psa_email = optional("Public service announcements", mail_address)
    press_email = optional("News desk", mail_address)
    psa_lengths = Ticks("Lengths it takes", coerce=int, choices=choices({n: f"{n} seconds" for n in LENGTHS}))
    psa_words = IntegerField("Most words it takes", [Optional(), NumberRange(0, 500, "Between 0 and 500.")], default=0)
    psa_lead_days = IntegerField(
        "Days ahead it wants them", [Optional(), NumberRange(0, 120, "Between 0 and 120.")], default=14
    )
    may_call_to_action = BooleanField("It reads calls to action (“call now”, “visit”)", default=True)
    psa_notes = TextAreaField("Notes", [Length(max=1000)], filters=[text])

    def offer(self) -> None:
        """Offer the zones."""
        zones = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
        self.zone.choices = choices({name: name.replace("_", " ") for name in zones})

    def values(self) -> dict[str, Any]:
        """What the form says, as columns."""
        names = [name for name in self._fields if name not in ("csrf_token", "version")]
        values = {name: self[name].data for name in names}
        return values | {"psa_words": self.psa_words.data or 0, "psa_lead_days": self.psa_lead_days.data or 0}
