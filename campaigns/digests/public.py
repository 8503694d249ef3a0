"""What anybody can read of digests: their issues on a page, and feeds for other sites and programs."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext

from campaigns.digests import outgoing
from campaigns.digests.models import Digest
from campaigns.digests.queries import digests as rules
from campaigns.digests.queries import public as queries
from campaigns.errors import NotFound
from campaigns.staff.queries import get_organization, site_url
from campaigns.web.headers import cacheable
from campaigns.web.paging import asked_page

bp = Blueprint("public_digests", __name__)

KEPT_SECONDS = 900
# Address, media type, how it is written.
FEEDS = {
    "rss.xml": ("application/rss+xml; charset=utf-8", outgoing.rss),
    "atom.xml": ("application/atom+xml; charset=utf-8", outgoing.atom),
    "feed.json": ("application/feed+json; charset=utf-8", outgoing.json_feed),
}


@bp.get("")
def index() -> str:
    """The digests that there are."""
    found = queries.digests()
    rhythms = {one.id: rules.rhythm_of(one).words for one in found}
    return render_template("public/digests/index.html", digests=found, rhythms=rhythms)


@bp.get("/<slug>")
def show(slug: str) -> str:
    """One digest: its issues, the latest first, corrections beside what they correct."""
    digest = _digest(slug)
    return render_template(
        "public/digests/show.html",
        digest=digest,
        rhythm=rules.rhythm_of(digest).words,
        page=queries.issues(digest.id, asked_page()),
        feeds=FEEDS,
        anchor=outgoing.anchor,
    )


@bp.get("/<slug>/<name>")
@cacheable
def feed(slug: str, name: str) -> Response:
    """The stories of a digest for feed readers, asked again by ETag or date (RFC 9110)."""
    digest = _digest(slug)
    if name not in FEEDS:
        raise NotFound()
    base = site_url()
    organization = get_organization()
    channel = outgoing.Channel(
        title=f"{organization.name}: {digest.name}",
        description=digest.description,
        page=base + url_for("public_digests.show", slug=slug),
        author=organization.name,
        began_at=digest.created_at.replace(microsecond=0),
    )
    items = [_item(one) for one in queries.stories(digest.id) if one.url]
    media_type, write = FEEDS[name]
    address = base + url_for("public_digests.feed", slug=slug, name=name)
    answer = Response(write(channel, items, address), content_type=media_type)
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.set_etag(outgoing.tag(channel, items))
    answer.last_modified = outgoing.changed_at(channel, items)
    answer.make_conditional(request)
    return answer


def _item(one: queries.Printed) -> outgoing.Item:
    notes = tuple(gettext("Correction: %(text)s", text=said.text) for said in one.corrections)
    story = one.story
    return outgoing.Item(
        url=one.url,
        title=story.title,
        text=story.text,
        source=story.source,
        printed_at=one.printed_at,
        changed_at=one.changed_at,
        notes=notes,
    )


def _digest(slug: str) -> Digest:
    found = queries.find(slug)
    if found is None:
        raise NotFound()
    return found
