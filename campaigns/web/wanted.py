"""Whether an answer is meant for a person or for a program."""

from flask import request


def json_is_wanted() -> bool:
    """Whether the request comes from a script or program rather than from a person's browser."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"
