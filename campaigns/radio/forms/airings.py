"""Forms of slots, and of what is different about one broadcast."""

from datetime import date, datetime, time

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    TimeField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from campaigns.radio.rhythm import EVERY, NAMES, ORDINALS, Rhythm
from campaigns.web.fields import Ticks, choices, optional


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


class SpecialForm(FlaskForm):
    """An extra broadcast."""

    day = DateField("Day", [InputRequired("Choose the day.")])
    starts = TimeField("Starts at", [InputRequired("Choose the time.")])
    minutes = IntegerField("Minutes", [InputRequired("How long?"), NumberRange(1, 1440, "Between 1 minute and a day.")])
    reason = optional("What it is", longest=200)

    @property
    def wall(self) -> datetime:
        """When it is."""
        return datetime.combine(self.day.data or date.min, self.starts.data or time())
