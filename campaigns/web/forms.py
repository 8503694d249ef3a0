"""What every form shares: the signed token of public forms, and putting our errors on a form's fields."""

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm

from campaigns import clock, tokens
from campaigns.errors import Invalid


def form_token(form: str) -> str:
    """The hidden token of a public form, for the template."""
    return tokens.form_token(form, clock.now())


def check_public_form(form: str) -> None:
    """Raise Invalid unless the request carries this form's own token at a human age (3 seconds to 2 hours)."""
    fault = tokens.check_form_token(form, request.form.get("form_token", ""), clock.now())
    if fault == "early":
        raise Invalid(gettext("That was very quick. Please wait a moment and press the button again."))
    if fault:
        raise Invalid(gettext("This page was open for a long time. Please check the form and press the button again."))


def show_errors(form: FlaskForm, error: Invalid) -> None:
    """Put the sentences of an Invalid beside their fields; what fits no field stands at the top of the form."""
    for name, sentence in error.fields.items():
        field = form._fields.get(name)
        if field is None:
            form.form_errors = [*form.form_errors, sentence]
        else:
            field.errors = [*field.errors, sentence]
