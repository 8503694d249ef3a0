"""What people type about channels and decisions; what they type into a post is read by `posting.py`."""

import re
from datetime import date, datetime, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    URLField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from campaigns.errors import Invalid
from campaigns.social.networks.port import Network

ZONES = {
    "America/Los_Angeles": "Pacific Time",
    "America/Denver": "Mountain Time",
    "America/Phoenix": "Mountain Time, Arizona",
    "America/Chicago": "Central Time",
    "America/New_York": "Eastern Time",
    "America/Anchorage": "Alaska Time",
    "Pacific/Honolulu": "Hawaii Time",
    "UTC": "Coordinated Universal Time (UTC)",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?", re.I)


def choice(value: str, label: str) -> Any:
    """One option of a field."""
    return SelectChoice(value, label)


class ConnectForm(FlaskForm):
    """The base of the forms that connect a channel; `connect_form` adds what the network asks for."""

    def credentials(self, network: Network) -> dict[str, str]:
        """What was entered for the network, without what was left empty."""
        entered = {one.name: (self[one.name].data or "").strip() for one in network.fields}
        return {name: value for name, value in entered.items() if value}


def connect_form(network: Network, is_new: bool) -> ConnectForm:
    """The form of a network: name and server for a new channel, and its credentials."""
    fields: dict[str, Any] = {}
    if is_new:
        fields["name"] = StringField("Name", [InputRequired("Give the channel a name."), Length(max=100)])
        if network.may_choose_server:
            fields["server"] = StringField("Server", [Optional(), Length(max=200)])
    for one in network.fields:
        kind = PasswordField if one.is_secret else StringField
        checks = [Optional() if one.is_optional else InputRequired(f"Enter: {one.label}."), Length(max=2_000)]
        fields[one.name] = kind(one.label, checks, description=one.hint, render_kw={"autocomplete": "off"})
    return type("NetworkForm", (ConnectForm,), fields)()


def server_of(text: str, network: Network) -> str:
    """The address of a server as somebody typed it: "mastodon.social"; raises Invalid."""
    text = text.strip().rstrip("/")
    if not text and network.base_url:
        return network.base_url
    url = text if "://" in text else f"https://{text}"
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", url):
        raise Invalid({"server": "Enter the name of the server, like mastodon.social."})
    return url


class ChannelForm(FlaskForm):
    """What the office decides about a channel."""

    name = StringField("Name", [InputRequired("Give the channel a name."), Length(max=100)])
    zone = SelectField("Time zone of its slots")
    spacing_minutes = IntegerField(
        "Minutes between two posts",
        [InputRequired("Enter a number of minutes, like 60."), NumberRange(0, 1_440, "Enter 0 to 1440 minutes.")],
    )
    monthly_cap = StringField("Most it may cost in a month, in dollars", [Optional(), Length(max=12)])
    version = HiddenField()

    def validate_monthly_cap(self, field: Any) -> None:
        """Dollars and cents, or nothing."""
        if field.data and not re.fullmatch(r"\$?\d{1,6}(\.\d{1,3})?", field.data.strip()):
            raise ValidationError("Enter dollars, like 20 or 12.50.")

    @property
    def cap_mills(self) -> int | None:
        """The limit in thousandths of a dollar."""
        text = (self.monthly_cap.data or "").strip().lstrip("$")
        return round(float(text) * 1_000) if text else None


def read_slots(posted: Any) -> list[tuple[int, time]]:
    """The slots in the seven lines of a form ("8, 12:30 and 5 pm"); raises Invalid beside the line."""
    found = []
    for weekday, name in enumerate(DAYS):
        for part in filter(None, re.split(r"[,;]|\band\b", str(posted.get(f"day-{weekday}", "")))):
            match = _CLOCK.fullmatch(part.strip())
            if not part.strip():
                continue
            hour = int(match[1]) if match else 99
            half = (match[3] or "").lower() if match else ""
            hour = hour % 12 + (12 if half == "pm" else 0) if half and 1 <= hour <= 12 else hour
            minute = int((match and match[2]) or 0)
            if hour > 23 or minute > 59:
                raise Invalid({f"day-{weekday}": f"{name}: “{part.strip()}” is no time. Write 8:00, or 5 pm."})
            found.append((weekday, time(hour, minute)))
    return found


class HoldForm(FlaskForm):
    """Why a channel is held."""

    reason = StringField(
        "Why", [InputRequired("Say why, so that the others know what you are waiting for."), Length(max=300)]
    )


class NoteForm(FlaskForm):
    """A few words to whoever approves."""

    note = TextAreaField("A note to whoever approves", [Optional(), Length(max=1_000)])


class ApproveForm(FlaskForm):
    """A decision: the content that was read, and that its consequence is understood."""

    seen_hash = HiddenField(validators=[InputRequired("Please reload the page and read it again.")])
    comment = TextAreaField("Comment for the author", [Optional(), Length(max=1_000)])
    is_understood = BooleanField("", [InputRequired("Tick the box to say that you know what happens.")])


class ChangesForm(FlaskForm):
    """What the author should change."""

    comment = TextAreaField(
        "What should change", [InputRequired("Say what should change."), Length(max=1_000)], id="asked-comment"
    )


class TimeForm(FlaskForm):
    """Another time for a post on one channel."""

    day = DateField("Day", [InputRequired("Choose a day.")])
    time = TimeField("Time", [InputRequired("Choose a time.")])

    @property
    def wall(self) -> datetime:
        """The chosen wall time."""
        day, at = self.day.data, self.time.data
        return datetime.combine(day if isinstance(day, date) else date.min, at if isinstance(at, time) else time())


class LinkForm(FlaskForm):
    """Where a post is."""

    permalink = URLField("Its link, if you have it", [Optional(), Length(max=2_000)])


class EditForm(FlaskForm):
    """Another text for a published post."""

    text = TextAreaField("Text", [InputRequired("Write what it should say."), Length(max=10_000)])


class HashtagForm(FlaskForm):
    """A set of hashtags."""

    name = StringField("Name", [InputRequired("Give the set a name."), Length(max=60)])
    tags = StringField("Hashtags", [InputRequired("Write at least one hashtag."), Length(max=1_000)])


class LinkRuleForm(FlaskForm):
    """A rule that tags the links to one site."""

    domain = StringField("Site", [InputRequired("Enter the name of a site, like heatwatch.org."), Length(max=200)])
    source = StringField("utm_source", [Optional(), Length(max=100)], default="{network}")
    medium = StringField("utm_medium", [Optional(), Length(max=100)], default="social")
    campaign = StringField("utm_campaign", [Optional(), Length(max=100)], default="{campaign}")


class ImportForm(FlaskForm):
    """A file of posts."""

    file = FileField("CSV file", [InputRequired("Choose a file.")])


def posted_number(text: str | None) -> int | None:
    """A row's number in a hidden field, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def posted_day(text: str | None) -> date | None:
    """A day as "2026-12-03", or None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
