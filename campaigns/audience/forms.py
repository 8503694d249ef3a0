"""Forms: text from people becomes values, or a sentence beside the field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from campaigns import clock
from campaigns.audience import rules
from campaigns.audience.models import ContactMode, MailingList
from campaigns.delivery.addresses import Address, parse
from campaigns.errors import Invalid
from campaigns.markup import one_line, tidy
from campaigns.staff.queries import get_organization

CHOOSE_LIST = lazy_gettext("Choose at least one list.")


class PublicForm(FlaskForm):
    """A form of a public page: no session; the signed token is checked by `web.forms.check_public_form`."""

    class Meta(FlaskForm.Meta):
        """Without the CSRF token of a session."""

        csrf = False


class AddressField(StringField):
    """One email address; `value` holds it parsed once the form is valid."""

    value: Address

    def __init__(self, label: Any = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        # Said by `pre_validate`, which has the better sentence; the flag keeps "optional" off the label.
        self.flags.required = True

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 (WTForms gives it by name)
        """Read the address; the sentence of `addresses.parse` stands beside the field."""
        try:
            self.value = parse(self.data or "")
        except Invalid as error:
            raise ValidationError(str(error)) from error


class ListsField(SelectMultipleField):
    """Lists, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, coerce=int, **kwargs)

    def offer(self, lists: list[MailingList]) -> None:
        """Offer these lists."""
        self.choices = [SelectChoice(str(each.id), each.name) for each in lists]


def _choices(words: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, word) for value, word in words.items()]


def at_least_one(_form: Form, field: Field) -> None:
    """Refuse a list of check boxes without a tick."""
    if not field.data:
        raise ValidationError(CHOOSE_LIST)


def _line(text: str | None) -> str:
    return one_line(text or "")


def only_a_name(_form: Form, field: Field) -> None:
    """Refuse an address in place of a name: it would greet somebody in a mail of ours (standards.md 7)."""
    if field.data and not rules.is_name(field.data):
        raise ValidationError(gettext("Write a name here, without a web or mail address."))


def _name(label: Any, **attributes: str) -> StringField:
    too_long = lazy_gettext("Use at most 100 characters.")
    checks = [Length(max=rules.NAME_LONGEST, message=too_long), only_a_name]
    return StringField(label, filters=[_line], validators=checks, render_kw=attributes)


class JoinForm(PublicForm):
    """The public join page."""

    lists = ListsField(lazy_gettext("What would you like to receive?"), validators=[at_least_one])
    address = AddressField(
        lazy_gettext("Your email address"),
        render_kw={"type": "email", "autocomplete": "email", "spellcheck": "false"},
    )
    first_name = _name(lazy_gettext("First name"), autocomplete="given-name")
    is_of_age = BooleanField(
        lazy_gettext("I am 13 or older"),
        validators=[InputRequired(lazy_gettext("You need to be 13 or older to join. Tick the box if you are."))],
    )
    is_agreed = BooleanField(
        validators=[InputRequired(lazy_gettext("Tick the box if you agree. We do not write to anybody who does not."))]
    )


class AskForm(PublicForm):
    """Asking for the link to one's own data."""

    address = AddressField(
        lazy_gettext("Your email address"),
        render_kw={"type": "email", "autocomplete": "email", "spellcheck": "false"},
    )


class PauseField(DateField):
    """A day in the future until which nothing is sent, or nothing."""

    def instant(self, zone: str) -> datetime | None:
        """The beginning of that day in a zone."""
        return clock.day_start(self.data, zone) if self.data else None


def in_future(_form: Form, field: Field) -> None:
    """Refuse a day that has begun, and one too far away to mean a pause."""
    # A day begins where the office is: in the evening of California, tomorrow has begun in UTC.
    if field.data and not 0 < (field.data - clock.today(get_organization().zone)).days <= 731:
        raise ValidationError(gettext("Choose a day after today and within two years, or leave this empty."))


RHYTHMS = {
    "": lazy_gettext("Each newsletter"),
    "daily": lazy_gettext("Once a day"),
    "weekly": lazy_gettext("Once a week"),
    "monthly": lazy_gettext("Once a month"),
}


class PreferencesForm(PublicForm):
    """What a person chooses about themselves."""

    lists = ListsField(lazy_gettext("What you receive"))
    first_name = _name(lazy_gettext("First name"), autocomplete="given-name")
    last_name = _name(lazy_gettext("Last name"), autocomplete="family-name")
    language = SelectField(lazy_gettext("Language"), choices=_choices(rules.LANGUAGES))
    contact_mode = RadioField(
        lazy_gettext("How to write to you"),
        choices=[SelectChoice(str(ContactMode.STANDARD), lazy_gettext("Standard: with our name as the sender"))],
        default=str(ContactMode.STANDARD),
    )
    paused_until = PauseField(lazy_gettext("Send me nothing until"), validators=[Optional(), in_future])


class NewAddressForm(PublicForm):
    """A person's own new address."""

    address = AddressField(lazy_gettext("New email address"), render_kw={"type": "email", "autocomplete": "email"})


def stated(_form: Form, field: Field) -> None:
    """Refuse silence about how somebody agreed."""
    if field.data not in rules.BASES:
        raise ValidationError("Say how this person asked to get our mail.")


def _basis() -> SelectField:
    return SelectField("How did they agree?", choices=_choices({"": "Choose"} | rules.BASES), validators=[stated])


def _how() -> RadioField:
    words = {
        "ask": "Send them a confirmation (recommended)",
        "agreed": "They agreed already: put them on the list now",
    }
    return RadioField("What should happen?", choices=_choices(words), default="ask")


class NewSubscriberForm(FlaskForm):
    """Adding a person by hand."""

    address = AddressField("Email address", render_kw={"type": "email", "autocomplete": "off"})
    first_name = _name("First name", autocomplete="off")
    last_name = _name("Last name", autocomplete="off")
    lists = ListsField("Lists", validators=[at_least_one])
    basis = _basis()
    how = _how()


class PutOnForm(FlaskForm):
    """Putting a known person on more lists."""

    lists = ListsField("Lists", validators=[at_least_one])
    basis = _basis()
    how = _how()


class SubscriberForm(FlaskForm):
    """Changing what is known about a person."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    first_name = _name("First name", autocomplete="off")
    last_name = _name("Last name", autocomplete="off")
    language = SelectField("Language", choices=_choices(rules.LANGUAGES))
    paused_until = PauseField("Write nothing until", validators=[Optional(), in_future])


class AddressForm(FlaskForm):
    """One address: a person's new one, or one to look up."""

    address = AddressField("Email address", render_kw={"type": "email", "autocomplete": "off"})


class LiftForm(AddressForm):
    """Allowing an address again."""

    why = StringField("Why may we write again?", filters=[_line])

    def validate_why(self, field: Field) -> None:
        """Refuse silence; the audit log keeps the sentence."""
        if len(field.data) < 10:
            raise ValidationError("Say in a sentence why we may write again; the audit log keeps it.")


class ListForm(FlaskForm):
    """A list."""

    version = IntegerField(widget=HiddenInput(), default=1)
    name = StringField("Name", filters=[_line], validators=[InputRequired("Give the list a name."), Length(max=80)])
    description = TextAreaField(
        "Description",
        filters=[lambda text: tidy(text or "")],
        validators=[Length(max=300, message="Use at most 300 characters.")],
        render_kw={"rows": 3},
    )
    is_public = BooleanField("Anybody can join it on the public page", default=True)


class UploadForm(FlaskForm):
    """A file of people."""

    file = FileField(
        "CSV file", validators=[FileRequired("Choose a CSV file.")], render_kw={"accept": ".csv,.txt,.tsv"}
    )
    lists = ListsField("Put them on these lists", validators=[at_least_one])
    basis = SelectField("How did they agree to get our mail?", choices=_choices({"": "Choose"} | rules.IMPORT_BASES))

    def validate_basis(self, field: Field) -> None:
        """Refuse the empty choice."""
        if field.data not in rules.IMPORT_BASES:
            raise ValidationError("Say how these people agreed. Without their consent they cannot be imported.")


class ColumnsForm(FlaskForm):
    """Which column of a file holds what; the choices are the columns of the file."""

    address = SelectField("Email address", coerce=int)
    first_name = SelectField("First name", coerce=int)
    last_name = SelectField("Last name", coerce=int)

    def offer(self, header: list[str]) -> None:
        """Offer the columns of a file; -1 stands for none."""
        columns = [SelectChoice(str(number), word) for number, word in enumerate(header)]
        self.address.choices = columns
        self.first_name.choices = self.last_name.choices = [SelectChoice("-1", "Not in the file"), *columns]

    def columns(self) -> dict[str, int]:
        """The columns that were chosen."""
        chosen = {name: self[name].data for name in ("address", "first_name", "last_name")}
        return {name: number for name, number in chosen.items() if number is not None and number >= 0}


class BulkForm(FlaskForm):
    """Putting many people on a list or taking them off; `q`, `in_list` and `state` say who, unless ids are given."""

    kind = SelectField(choices=[SelectChoice("add", "Put on a list"), SelectChoice("remove", "Take off a list")])
    list_id = IntegerField(validators=[InputRequired("Choose a list.")])
    basis = SelectField("How did they agree?", choices=_choices({"": "Choose"} | rules.BASES), default="")
    expected = IntegerField(widget=HiddenInput(), validators=[Optional()])
