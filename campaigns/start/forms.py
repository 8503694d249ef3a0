"""What people write on the way from practice to real mail."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length


class PublicUrlForm(FlaskForm):
    """The public address of the site."""

    public_url = URLField("Public address", [InputRequired("Enter the address of this site as readers see it.")])
    version = HiddenField()


class PostalAddressForm(FlaskForm):
    """The postal address."""

    postal_address = TextAreaField("Postal address", [InputRequired("Enter the postal address."), Length(max=500)])
    version = HiddenField()
