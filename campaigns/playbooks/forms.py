"""Forms of playbooks: lines, letters, and what is different about one broadcast."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from campaigns.markup import one_line, tidy
from campaigns.playbooks.rules import KINDS, Line


def _line(text: str | None) -> str:
    return one_line(text or "")


def _text(text: str | None) -> str:
    return tidy(text or "")


class ChangeForm(FlaskForm):
    """What is different about one broadcast; `seen` is what the person was told would follow."""

    kind = RadioField(
        "What happens",
        [InputRequired("Choose what happens.")],
        choices=[
            SelectChoice("moved", "It is moved to another time"),
            SelectChoice("canceled", "It is canceled"),
            SelectChoice("preempted", "The station broadcasts something else"),
        ],
    )
    new_day = DateField("New day", [Optional()])
    new_time = TimeField("New time", [Optional()])
    minutes = IntegerField("Minutes", [Optional(), NumberRange(1, 1440, "Between 1 minute and a day.")])
    reason = StringField("Reason", [Optional(), Length(max=200)], filters=[_line])
    seen = HiddenField()

    @property
    def new_wall(self) -> datetime | None:
        """The new time, if both parts are there."""
        day, at = self.new_day.data, self.new_time.data
        return datetime.combine(day, at) if day and at else None

    @property
    def seen_effects(self) -> list[tuple[int, str]]:
        """What was read, as it was posted back."""
        parts = (entry.partition(":") for entry in (self.seen.data or "").split(",") if entry)
        return [(int(number), what) for number, _, what in parts if number.isdigit()]


class LineForm(FlaskForm):
    """A new line of a playbook."""

    version = HiddenField(default="0")
    kind = SelectField("What", choices=[SelectChoice(kind, words) for kind, words in KINDS.items()])
    days = IntegerField("Days", [InputRequired("How many days?"), NumberRange(0, 60, "At most 60.")], default=0)
    hours = IntegerField("Hours", [InputRequired("How many hours?"), NumberRange(0, 23, "At most 23.")], default=0)
    minutes = IntegerField(
        "Minutes", [InputRequired("How many minutes?"), NumberRange(0, 59, "At most 59.")], default=0
    )
    side = SelectField("When", choices=[SelectChoice("before", "before it begins"), SelectChoice("after", "after")])

    @property
    def line(self) -> Line:
        """The line."""
        sign = 1 if self.side.data == "after" else -1
        minutes = (self.hours.data or 0) * 60 + (self.minutes.data or 0)
        return Line(self.kind.data, sign * (self.days.data or 0), sign * minutes)


class LetterForm(FlaskForm):
    """A letter to a station."""

    version = HiddenField(default="0")
    subject = StringField("Subject", [InputRequired("Give the letter a subject."), Length(max=200)], filters=[_line])
    text = TextAreaField("Text", [InputRequired("Write the letter."), Length(max=20_000)], filters=[_text])


class DecisionForm(FlaskForm):
    """What an approver decides about a letter."""

    seen_hash = HiddenField()
    comment = TextAreaField("Comment", [Length(max=1000)], filters=[_text])
    is_read = BooleanField("I read every word, and it may be sent to this address at that time.")


class BlockForm(FlaskForm):
    """Which newsletter gets the episode."""

    newsletter = SelectField("Newsletter", coerce=int)

    def offer(self, newsletters: Sequence[Any]) -> None:
        """Offer these drafts."""
        self.newsletter.choices = [SelectChoice(str(each.id), each.title) for each in newsletters]
