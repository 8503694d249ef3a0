"""What people write about accounts, the organization and the audit log."""

from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import EqualTo, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from campaigns.staff.models import RoleName
from campaigns.staff.rules import VERBS

NAME = [InputRequired("Enter a name."), Length(max=100, message="Use at most 100 characters.")]
NEW_PASSWORD = {"autocomplete": "new-password"}


class BareForm(FlaskForm):
    """A button: nothing but the token."""


class RolesField(SelectMultipleField):
    """Roles as tick boxes in plain verbs."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=[SelectChoice(role.value, VERBS[role][0]) for role in RoleName], **kwargs)


class PersonForm(FlaskForm):
    """A person on the staff: name and what they may do."""

    name = StringField("Name", NAME, render_kw={"autocomplete": "off"})
    roles = RolesField("What may this person do?")


class InviteForm(PersonForm):
    """An invitation."""

    email = EmailField("Email address", [InputRequired("Enter an email address.")], render_kw={"autocomplete": "off"})


class NameForm(FlaskForm):
    """One's own name."""

    name = StringField("Name", NAME, render_kw={"autocomplete": "name"})


class WelcomeForm(FlaskForm):
    """An account by invitation: the address is known."""

    name = StringField("Your name", NAME, render_kw={"autocomplete": "name"})
    password = PasswordField("Password", [InputRequired("Choose a password.")], render_kw=NEW_PASSWORD)
    password_again = PasswordField(
        "Password once more", [EqualTo("password", "The two passwords differ.")], render_kw=NEW_PASSWORD
    )


class FirstForm(WelcomeForm):
    """The account of the first administrator."""

    email = EmailField(
        "Email address", [InputRequired("Enter your email address.")], render_kw={"autocomplete": "username"}
    )


class OrganizationForm(FlaskForm):
    """Everything the organization says about itself."""

    name = StringField("Name that readers know", [InputRequired("Enter the name that readers know."), Length(max=100)])
    program_line = StringField("Line under the name", [Optional(), Length(max=200)])
    office = StringField("Office", [InputRequired("Enter the name of the office."), Length(max=200)])
    email = EmailField("Email address for readers", [InputRequired("Enter an email address.")])
    postal_address = TextAreaField("Postal address", [Optional(), Length(max=500)])
    disclaimer = TextAreaField("Funding disclaimer", [Optional(), Length(max=2_000)])
    zone = SelectField("Time zone")
    public_url = URLField("Public address of this site", [Optional(), Length(max=200)])
    exit_url = URLField("Where “Leave this page” leads", [InputRequired("Enter a web address."), Length(max=200)])
    emergency = TelField("Emergency number", [InputRequired("Enter the emergency number."), Length(max=40)])
    tip_line = TelField("Tip line", [InputRequired("Enter the tip line."), Length(max=40)])
    hotline_name = StringField(
        "Name of the hotline", [InputRequired("Enter the name of the hotline."), Length(max=100)]
    )
    hotline = TelField("Number of the hotline", [InputRequired("Enter the number of the hotline."), Length(max=40)])
    hotline_text = TelField("Number for text messages", [Optional(), Length(max=40)])
    version = HiddenField(default="1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
        self.zone.choices = [SelectChoice(name, name.replace("_", " ")) for name in zones]

    def texts(self) -> dict[str, str]:
        """The values by name, without token and version."""
        return {name: field.data or "" for name, field in self._fields.items() if name not in ("csrf_token", "version")}


class AuditForm(FlaskForm):
    """What part of the audit log to show; it is asked by GET and changes nothing."""

    class Meta:
        """No token: a question is no change."""

        csrf = False

    person = SelectField("Person", [Optional()])
    kind = SelectField("About", [Optional()])
    start = DateField("From", [Optional()])
    end = DateField("To", [Optional()])
