"""The pictures of posts, which networks and signed programs fetch from here."""

from flask import Blueprint, Response, request

from campaigns.errors import NotFound
from campaigns.social import queries
from campaigns.web.headers import cacheable

bp = Blueprint("post_pictures", __name__)

YEAR = 31_536_000


@bp.get("/<token>.<extension>")
@cacheable
def show(token: str, extension: str) -> Response:
    """A picture; the address is not to be guessed and never changes what it shows."""
    found = queries.find_picture(token)
    if found is None or extension != found.extension:
        raise NotFound()
    answer = Response(found.data, mimetype=found.media_type)
    answer.set_etag(found.digest)
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.make_conditional(request)
    return answer
