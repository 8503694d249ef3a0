"""Forms of scripts, of what an approver decides, and of what a station confirms."""

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from campaigns.web.fields import optional, text


class ScriptForm(FlaskForm):
    """A script."""

    version = HiddenField(default="0")
    text = TextAreaField("Script", [Length(max=8000, message="At most 8,000 characters fit here.")], filters=[text])
    words_a_minute = IntegerField(
        "Words a minute", [InputRequired("Give a number."), NumberRange(80, 260, "Between 80 and 260.")]
    )
    kill_on = DateField("Do not use after", [Optional()])


class DecisionForm(FlaskForm):
    """What an approver decides."""

    seen_hash = HiddenField()
    comment = TextAreaField("Comment", [Length(max=1000)], filters=[text])
    is_read = BooleanField("I read every word, and it may be handed to stations.")


class AnswerForm(FlaskForm):
    """What a station confirms; public, so that a signed token stands in for a session."""

    class Meta(FlaskForm.Meta):
        """Without the CSRF token of a session."""

        csrf = False

    name = optional("Your name", longest=100)
    note = optional("Anything we should know", longest=300)
