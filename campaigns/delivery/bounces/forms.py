"""What people write about where bounces go and who reports them."""

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, Form, HiddenField, IntegerField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from campaigns.delivery.bounces.actions.mailboxes import Wanted
from campaigns.delivery.marks import DATED_LENGTH

PORT = "Enter a number from 1 to 65535; 993 is usual."


# Octets before the at sign (RFC 5321, 4.5.3.1.1), without the sign and the mark that are put there.
_ROOM = 64 - 1 - DATED_LENGTH


def _has_room(_form: Form, field: Field) -> None:
    if len((field.data or "").strip().rpartition("@")[0]) > _ROOM:
        raise ValidationError(f"Use at most {_ROOM} characters before the @, because a mark is added there.")


class MailboxForm(FlaskForm):
    """The return address and the bounce mailbox; its password is written, never shown."""

    address = EmailField("Return address", [Optional(), Length(max=254), _has_room], render_kw={"autocomplete": "off"})
    separator = RadioField(
        "Sign before the mark", choices=[SelectChoice("+", "Plus, usual"), SelectChoice("-", "Hyphen")], default="+"
    )
    host = StringField("Mail server (IMAP)", [Optional(), Length(max=253)], render_kw={"autocomplete": "off"})
    port = IntegerField("Port", [Optional(), NumberRange(1, 65_535, PORT)], default=993)
    security = RadioField(
        "Protection",
        choices=[
            SelectChoice("tls", "TLS from the first byte, usually port 993"),
            SelectChoice("starttls", "STARTTLS, usually port 143"),
            SelectChoice("none", "Nothing, for a server on this machine"),
        ],
        default="tls",
    )
    username = StringField("User name", [Optional(), Length(max=200)], render_kw={"autocomplete": "off"})
    password = PasswordField("Password", [Optional(), Length(max=500)], render_kw={"autocomplete": "new-password"})
    folder = StringField("Folder", [Optional(), Length(max=200)], default="INBOX")
    done_folder = StringField("Move what is done to", [Optional(), Length(max=200)])
    version = HiddenField(default="0")

    @property
    def wanted(self) -> Wanted:
        """What was written."""
        return Wanted(
            (self.address.data or "").strip(),
            self.separator.data or "",
            (self.host.data or "").strip(),
            self.port.data or 0,
            self.security.data or "",
            (self.username.data or "").strip(),
            self.password.data or "",
            (self.folder.data or "").strip(),
            (self.done_folder.data or "").strip(),
        )


class ServiceForm(FlaskForm):
    """A service that reports what came back."""

    provider = RadioField(
        "Service",
        choices=[
            SelectChoice("ses", "Amazon SES"),
            SelectChoice("sendgrid", "SendGrid"),
            SelectChoice("mailgun", "Mailgun"),
            SelectChoice("postmark", "Postmark"),
            SelectChoice("generic", "Another, or a program of your own"),
        ],
    )
    secret = StringField("Key", [Optional(), Length(max=1000)], render_kw={"autocomplete": "off"})
