"""Forms of sources: an address, a choice of what was found there, what staff says about a source, an OPML file."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, Form, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from campaigns.digests import keywords, links
from campaigns.digests.actions.sources import Values
from campaigns.digests.models import Trust
from campaigns.errors import Invalid
from campaigns.markup import one_line

TRUST = {
    Trust.OTHER: "Other: we do not know them well",
    Trust.PRESS: "Press: an established newsroom",
    Trust.PARTNER: "Partner: an organization we work with",
    Trust.OWN: "Our own: the office and the program",
}
TOO_LONG = "Use at most 100 characters."


def _line(text: str | None) -> str:
    return one_line(text or "")


def _is_address(_form: Form, field: Field) -> None:
    try:
        field.data = links.typed(field.data or "")
    except Invalid as error:
        raise ValidationError(str(error)) from error


def _are_few(_form: Form, field: Field) -> None:
    words = keywords.read(field.data or "")
    if len(words) > keywords.MOST:
        raise ValidationError(f"Use at most {keywords.MOST} words or phrases.")
    if too_long := [word for word in words if len(word) > keywords.LONGEST]:
        raise ValidationError(f"“{too_long[0][:30]}…” is too long; use at most {keywords.LONGEST} characters.")


def _trust() -> RadioField:
    return RadioField(
        "How near are they to us?",
        choices=[SelectChoice(str(value), words) for value, words in TRUST.items()],
        default=str(Trust.OTHER),
    )


class LookForm(FlaskForm):
    """An address to look at."""

    url = StringField(
        "Address of a feed or a website",
        validators=[InputRequired("Write the address of a feed or of a website."), _is_address],
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )


class AddForm(FlaskForm):
    """Which of the feeds that were found, and what staff says about it."""

    url = RadioField("Feed", validate_choice=False, validators=[InputRequired("Choose a feed."), _is_address])
    folder = StringField("Folder", filters=[_line], validators=[Length(max=100, message=TOO_LONG)])
    category = StringField("Category", filters=[_line], validators=[Length(max=100, message=TOO_LONG)])
    trust = _trust()

    def offer(self, urls: list[tuple[str, str]]) -> None:
        """Offer these feeds: address and title."""
        self.url.choices = [SelectChoice(url, title) for url, title in urls]

    def values(self) -> Values:
        """What was said."""
        return Values(
            url=self.url.data, folder=self.folder.data or "", category=self.category.data or "", trust=self.trust.data
        )


class SourceForm(FlaskForm):
    """A source as it is."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    title = StringField("Name", filters=[_line], validators=[InputRequired("Give it a name."), Length(max=200)])
    url = StringField(
        "Address of the feed",
        validators=[InputRequired("Write the address of the feed."), _is_address],
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    folder = StringField("Folder", filters=[_line], validators=[Length(max=100, message=TOO_LONG)])
    category = StringField("Category", filters=[_line], validators=[Length(max=100, message=TOO_LONG)])
    language = StringField("Language", filters=[_line], validators=[Length(max=10, message="Use a code, like en.")])
    trust = _trust()
    keep = TextAreaField("Keep only what mentions", validators=[_are_few], render_kw={"rows": 3})
    skip = TextAreaField("Skip what mentions", validators=[_are_few], render_kw={"rows": 3})

    def values(self) -> Values:
        """What was said."""
        return Values(
            url=self.url.data or "",
            title=self.title.data or "",
            folder=self.folder.data or "",
            category=self.category.data or "",
            trust=self.trust.data,
            language=(self.language.data or "").lower(),
            keep_words=keywords.read(self.keep.data or ""),
            skip_words=keywords.read(self.skip.data or ""),
        )


class OpmlForm(FlaskForm):
    """A file with a list of feeds."""

    file = FileField(
        "OPML file", validators=[FileRequired("Choose an OPML file.")], render_kw={"accept": ".opml,.xml,text/x-opml"}
    )
    trust = _trust()


def trust_choices() -> dict[str, Any]:
    """The words for how near a source is, in short."""
    return {str(value): words.partition(":")[0] for value, words in TRUST.items()}
