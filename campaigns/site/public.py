"""Pages for anyone: the home, what we keep and what we do not, accessibility, the quick exit, signs for machines."""

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from campaigns.db import db
from campaigns.digests.queries import public as digests
from campaigns.newsletters import queries as newsletters
from campaigns.site.lines import lines_of
from campaigns.staff.queries import get_organization
from campaigns.web.headers import cacheable

bp = Blueprint("site", __name__)

RECENT = 3
ROBOTS = """User-agent: *
Allow: /$
Allow: /join
Allow: /read
Allow: /digests
Allow: /privacy
Allow: /accessibility
Allow: /static/
Allow: /i/
Disallow: /
"""


@bp.get("/")
def home() -> str:
    """Who we are, how to join, what we wrote lately, whom to call."""
    recent = newsletters.archived().items[:RECENT]
    return render_template(
        "public/site/home.html",
        recent=recent,
        digests=digests.digests(),
        subjects=newsletters.compiled_subjects([newsletter.id for newsletter in recent]),
        lines=lines_of(get_organization()),
    )


@bp.get("/privacy")
def privacy() -> str:
    """What we keep about readers and what we do not."""
    return render_template("public/site/privacy.html")


@bp.get("/accessibility")
def accessibility() -> str:
    """How these pages can be used, and whom to tell when they cannot."""
    return render_template("public/site/accessibility.html")


@bp.get("/leave")
def leave() -> ResponseReturnValue:
    """The quick exit as a plain link: straight to the neutral page that the office chose.

    No Clear-Site-Data: cookies and storage would sign out staff on the same machine, while public pages set neither;
    and browsers take seconds to clear the cache before they go on, which is too long here. Public pages are `no-store`
    instead, so that they do not come back.
    """
    return redirect(get_organization().exit_url, 303)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Whether the web process answers and reaches its database; for machines."""
    try:
        db.session.execute(select(1))
    except SQLAlchemyError:
        return jsonify(ok=False), 503
    return jsonify(ok=True)


@bp.get("/robots.txt")
@cacheable
def robots() -> Response:
    """Search engines may show the home, the join page and the archive; links with a token are nobody's business."""
    return Response(ROBOTS, mimetype="text/plain")


@bp.get("/favicon.ico")
@cacheable
def favicon() -> ResponseReturnValue:
    """The neutral icon, for browsers that ask here without being told."""
    return redirect(url_for("static", filename="img/favicon-plain.svg"), 302)
