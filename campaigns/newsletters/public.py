"""What anybody can read: the archive of newsletters, and their pictures."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from campaigns.errors import NotFound
from campaigns.newsletters import queries
from campaigns.newsletters.models import ArchiveMode, Compiled
from campaigns.web.headers import cacheable
from campaigns.web.paging import asked_page

bp = Blueprint("archive", __name__)
images_bp = Blueprint("images", __name__)

YEAR = 31_536_000


@bp.get("")
def index() -> str:
    """Everything that was sent and is listed, the latest first."""
    page = queries.archived(asked_page())
    subjects = queries.compiled_subjects([newsletter.id for newsletter in page.items])
    return render_template("public/newsletters/index.html", page=page, subjects=subjects)


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """One newsletter as it was sent, without anybody's name; a withdrawn one shows why in its place."""
    newsletter = queries.find_by_slug(slug)
    if newsletter is None:
        raise NotFound()
    if newsletter.archive_mode == ArchiveMode.WITHDRAWN:
        return _unlisted(
            make_response(render_template("public/newsletters/withdrawn.html", newsletter=newsletter), 410)
        )
    shown = _chosen(queries.compiled(newsletter.id))
    page = make_response(render_template("public/newsletters/show.html", newsletter=newsletter, compiled=shown))
    return page if newsletter.archive_mode == ArchiveMode.LISTED else _unlisted(page)


def _chosen(versions: dict[str, Compiled]) -> Compiled:
    if not versions:
        raise NotFound()
    language = request.accept_languages.best_match(list(versions)) or ("en" if "en" in versions else min(versions))
    return versions[language]


def _unlisted(page: Response) -> Response:
    page.headers["X-Robots-Tag"] = "noindex"
    return page


@images_bp.get("/<token>.<extension>", endpoint="show")
@cacheable
def image(token: str, extension: str) -> Response:
    """A picture of a newsletter; the address is not to be guessed and never changes what it shows."""
    found = queries.find_image(token)
    if found is None or extension != found.extension:
        raise NotFound()
    answer = Response(found.data, mimetype=found.media_type)
    answer.set_etag(found.digest)
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.make_conditional(request)
    return answer
