"""What people write about campaigns and pausing."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError


class CampaignForm(FlaskForm):
    """A campaign: its name, its goal, its days."""

    name = StringField("Name", [InputRequired("Give the campaign a name."), Length(max=120)])
    goal = TextAreaField("Goal", [Optional(), Length(max=2_000)])
    starts_on = DateField("First day", [Optional()])
    ends_on = DateField("Last day", [Optional()])
    version = HiddenField(default="1")

    def validate_ends_on(self, field: Any) -> None:
        """The last day must not be before the first."""
        if isinstance(self.starts_on.data, date) and field.data and field.data < self.starts_on.data:
            raise ValidationError("The last day is before the first day.")


class PauseForm(FlaskForm):
    """Why everything stops, and that the person knows what stops."""

    reason = StringField(
        "Why are you pausing?",
        [InputRequired("Say why, so that the others know what you are waiting for."), Length(max=300)],
    )
    is_sure = BooleanField(
        "I understand that nothing leaves until somebody starts it again",
        [InputRequired("Tick the box to say that you know what stops.")],
    )
