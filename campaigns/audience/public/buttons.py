"""The check of public pages whose form is one button behind a mailed link."""

from flask import request
from flask_babel import gettext

from campaigns import clock, tokens
from campaigns.errors import Invalid


def check_button(form: str) -> None:
    """Raise Invalid unless the page was ours and less than two hours old.

    The secret is in the address of the page, so a quick press is welcome here, unlike in a form that anybody can open.
    """
    fault = tokens.check_form_token(form, request.form.get("form_token", ""), clock.now())
    if fault not in (None, "early"):
        raise Invalid(gettext("This page was open for a long time. Please press the button once more."))
