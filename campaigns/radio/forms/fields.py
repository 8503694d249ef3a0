"""What the forms of radio check of addresses."""

from urllib.parse import urlsplit

from wtforms import Field
from wtforms import Form as PlainForm
from wtforms.validators import ValidationError

from campaigns.delivery.addresses import parse
from campaigns.errors import Invalid


def web_address(_form: PlainForm, field: Field) -> None:
    """Refuse what is no address on the web."""
    if field.data and not is_web(field.data):
        raise ValidationError("Write a whole web address, beginning with https://")


def is_web(address: str) -> bool:
    """Whether this is the address of something on the web."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and " " not in address


def mail_address(_form: PlainForm, field: Field) -> None:
    """Refuse what is no mail address; what is one is kept as it is written to."""
    if field.data:
        try:
            field.data = parse(field.data).typed
        except Invalid as error:
            raise ValidationError(str(error)) from error
