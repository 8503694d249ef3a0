"""What people write about senders and the mail server."""

from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    StringField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from campaigns.delivery.models import Security

SECURITIES = [
    SelectChoice(Security.STARTTLS.value, "STARTTLS, usually port 587"),
    SelectChoice(Security.TLS.value, "TLS from the first byte, usually port 465"),
    SelectChoice(Security.NONE.value, "Nothing, for a server on this machine"),
]


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
    version = HiddenField(default="0")
