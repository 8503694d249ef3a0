"""The preview of a newsletter in its own frame, and the people as whom it can be read."""

from flask import Blueprint, Response, make_response, render_template, request

from campaigns.newsletters import preparing, queries
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.headers import own_policy

bp = Blueprint("preview", __name__)

VIEWS = {"desktop": "Desktop", "phone": "Phone", "text": "Plain text", "lock": "Lock screen"}

# No script runs in the frame; the same origin lets the editor keep the place where one was reading.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)


@bp.get("/<int:id>/preview")
def show(id: int) -> Response:
    """The newsletter as mail, as plain text, or as a line on a locked phone."""
    view = request.args.get("view", "desktop")
    shown = preparing.preview(id, reader_id=_reader())
    if view in ("text", "lock"):
        sender = preparing.sender_of(id)
        page = render_template("staff/newsletters/preview.html", view=view, shown=shown, sender=sender)
    else:
        # A link in a frame without permission for windows leads nowhere, as it should in a preview.
        page = shown.html.replace("<head>", '<head><base target="_blank">', 1)
    return own_policy(make_response(page), POLICY)


def readers() -> list[tuple[int, str]]:
    """The people as whom a newsletter can be read: sample readers, and for list keepers real ones."""
    is_keeper = has_role(me(), RoleName.LIST_KEEPER)
    return [
        (person.id, " ".join(filter(None, (person.first_name, person.last_name))) or "A reader without a name")
        for person in queries.readers()
        if is_keeper or person.is_sample
    ]


def _reader() -> int | None:
    asked = request.args.get("reader", "")
    return next((number for number, _ in readers() if str(number) == asked), None)
