"""What people write on the way from practice to real mail."""

from flask_wtf import FlaskForm
from wtforms import EmailField, FileField, HiddenField, TextAreaField, URLField
from wtforms.validators import Email, InputRequired, Length

ADDRESS = "Enter one address, like name@example.org."


class PublicUrlForm(FlaskForm):
    """The public address of the site."""

    public_url = URLField("Public address", [InputRequired("Enter the address of this site as readers see it.")])
    version = HiddenField()


class PostalAddressForm(FlaskForm):
    """The postal address."""

    postal_address = TextAreaField("Postal address", [InputRequired("Enter the postal address."), Length(max=500)])
    version = HiddenField()


class SelfTestForm(FlaskForm):
    """Where the self-test goes."""

    to_address = EmailField("Send it to", [InputRequired("Enter an address whose mail you can read."), Email(ADDRESS)])


class SourceForm(FlaskForm):
    """The copy of the self-test that arrived."""

    source = TextAreaField("Source of the message")
    file = FileField("Or its file (.eml)")


class OverrideForm(FlaskForm):
    """Why newsletters may leave without the self-test."""

    reason = TextAreaField("Reason", [InputRequired("Say in a sentence why."), Length(max=500)])
