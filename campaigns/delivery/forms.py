"""What people write about senders and the mail server."""

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from campaigns.delivery.hours import DAY_NAMES
from campaigns.delivery.models import Security

DAYS = [SelectChoice(str(number), name) for number, name in enumerate(DAY_NAMES)]
SECURITIES = [
    SelectChoice(Security.STARTTLS.value, "STARTTLS, usually port 587"),
    SelectChoice(Security.TLS.value, "TLS from the first byte, usually port 465"),
    SelectChoice(Security.NONE.value, "Nothing, for a server on this machine"),
]


class Ticks(SelectMultipleField):
    """Several of a list, as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SenderForm(FlaskForm):
    """A sender."""

    name = StringField("Name", [InputRequired("Enter the name that readers see in their inbox."), Length(max=100)])
    address = EmailField("Address", [InputRequired("Enter the address that newsletters come from.")])
    reply_to = EmailField("Answers go to", [InputRequired("Enter an address that somebody reads.")])


class RelayForm(FlaskForm):
    """A mail server; its password is written, never shown."""

    name = StringField("Name", [Optional(), Length(max=100)])
    host = StringField("Mail server", [InputRequired("Enter the name of the mail server.")])
    port = IntegerField(
        "Port",
        [
            InputRequired("Enter the port, usually 587 or 465."),
            NumberRange(1, 65_535, "Enter a number from 1 to 65535; 587 and 465 are usual."),
        ],
        default=587,
    )
    security = RadioField("Protection", choices=SECURITIES, default=Security.STARTTLS.value)
    username = StringField("User name", [Optional(), Length(max=200)], render_kw={"autocomplete": "off"})
    password = PasswordField("Password", [Optional(), Length(max=500)], render_kw={"autocomplete": "new-password"})
    weight = IntegerField("Share", [Optional(), NumberRange(1, 100, "Enter a number from 1 to 100.")], default=1)
    hour_limit = IntegerField("At most, an hour", [Optional()])
    day_limit = IntegerField("At most, a day", [Optional()])
    version = HiddenField(default="0")


def _number(label: str, low: int, high: int) -> IntegerField:
    return IntegerField(
        label,
        [InputRequired("Enter a number."), NumberRange(low, high, f"Enter a number from {low:,} to {high:,}.")],
    )


class HoursForm(FlaskForm):
    """When newsletters leave."""

    has_hours = BooleanField("Newsletters leave at these hours only")
    opens = TimeField("From", [InputRequired("Enter a time, like 09:00.")])
    closes = TimeField("To", [InputRequired("Enter a time, like 17:00.")])
    days = Ticks(
        "On these days", coerce=int, choices=[SelectChoice(str(number), name) for number, name in enumerate(DAY_NAMES)]
    )
    version = HiddenField(default="0")


class StageForm(FlaskForm):
    """How a large newsletter begins."""

    is_staged = BooleanField("Send a first part, wait and look, then the rest")
    percent = _number("The first part, in percent", 1, 50)
    least = _number("But at least so many people", 10, 10_000)
    minutes = _number("Then wait, in minutes", 1, 1_440)
    refusals = _number("Stop when more are refused than, in percent", 1, 50)
    version = HiddenField(default="0")


class DomainForm(FlaskForm):
    """What the addresses at one domain get at most."""

    domain = StringField("Domain", [InputRequired("Enter a domain, like example.com."), Length(max=254)])
    hour_limit = IntegerField("At most, an hour", [Optional()])
    day_limit = IntegerField("At most, a day", [Optional()])


class TriesForm(FlaskForm):
    """How somebody is tried again whose mail server says later."""

    steps = StringField("Minutes between tries", [InputRequired("Enter the minutes between tries, such as 5, 15, 30.")])
    hours = IntegerField("Give up after", [InputRequired("Enter a number of hours from 1 to 120.")])
    version = HiddenField(default="0")
