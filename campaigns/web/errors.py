"""Where every error becomes an answer: a page for people, RFC 9457 problem JSON for programs."""

import logging

from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from campaigns.db import end_reading
from campaigns.errors import OutreachError
from campaigns.web.wanted import json_is_wanted

log = logging.getLogger(__name__)

TITLES = {
    400: lazy_gettext("That did not work"),
    403: lazy_gettext("This is not open to you"),
    404: lazy_gettext("We could not find that page"),
    405: lazy_gettext("That cannot be done here"),
    409: lazy_gettext("Somebody changed this first"),
    413: lazy_gettext("That file is too large"),
    429: lazy_gettext("Too many tries just now"),
    500: lazy_gettext("Something went wrong on our side"),
    502: lazy_gettext("Something outside did not answer"),
}
SENTENCES = {
    404: lazy_gettext("The address may be mistyped, or the page may have been moved."),
    405: lazy_gettext("Please go back and use the buttons of the page."),
    413: lazy_gettext("Please choose a smaller file."),
    429: lazy_gettext("Please wait a few minutes and try again."),
    500: lazy_gettext(
        "Nothing you typed was sent anywhere. The fault is noted in the log; please try again in a moment."
    ),
}


def init(app: Flask) -> None:
    """Answer all errors of the application."""
    app.register_error_handler(OutreachError, _ours)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OverflowError, _no_such_row)
    app.register_error_handler(DataError, _no_such_row)
    app.register_error_handler(Exception, _unforeseen)


def _ours(error: OutreachError) -> ResponseReturnValue:
    return answer(error.status, str(error))


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    sentence = gettext("This page was open for a long time. Please go back, reload it and press the button again.")
    return answer(400, sentence)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    code = error.code or 500
    return answer(code, SENTENCES.get(code) or gettext("Please go back and try again."))


def _no_such_row(_error: Exception) -> ResponseReturnValue:
    """A number or a text in the address that no column can hold; each engine has its own word for it."""
    end_reading()
    return answer(404, SENTENCES[404])


def _unforeseen(error: Exception) -> ResponseReturnValue:
    # The path is not logged: on public pages it carries tokens.
    log.exception("unforeseen error in %s", request.endpoint, exc_info=error)
    # The page of the error reads too, and PostgreSQL answers nothing in a transaction that failed.
    end_reading()
    return answer(500, SENTENCES[500])


def answer(status: int, sentence: str) -> ResponseReturnValue:
    """One error as a page, or as problem JSON when a program asked."""
    title, sentence = str(TITLES.get(status, TITLES[400])), str(sentence)
    if json_is_wanted():
        problem = jsonify(type="about:blank", title=title, status=status, detail=sentence)
        problem.content_type = "application/problem+json"
        return problem, status
    template = "errors/error.html" if g.get("is_staff_page") else "errors/public.html"
    return render_template(template, code=status, title=title, message=sentence), status
