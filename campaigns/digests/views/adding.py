"""Adding sources: by an address, with a look at what it brings, or many at once from an OPML file."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.db import end_reading
from campaigns.digests import agent, fetching, links, opml
from campaigns.digests.actions import importing, sources
from campaigns.digests.fetching import Candidate
from campaigns.digests.forms.sources import AddForm, LookForm, OpmlForm
from campaigns.digests.models import Trust
from campaigns.digests.parsers import Parsers
from campaigns.digests.queries import sources as queries
from campaigns.errors import Invalid, OutsideError
from campaigns.staff.guards import me
from campaigns.web.forms import show_errors

bp = Blueprint("source_adding", __name__)

SHOWN_ENTRIES = 10
NOTHING = "We found no feed there. Look on the site for “RSS” or “feed”, and paste that address."


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The form for an address."""
    return render_template("staff/digests/sources/new.html", form=LookForm())


@bp.post("/new")
def look() -> ResponseReturnValue:
    """Look at an address: the feeds there, and what they bring. Nothing is added yet."""
    form = LookForm()
    if not form.validate():
        return render_template("staff/digests/sources/new.html", form=form), 400
    try:
        found = _look(form.url.data or "")
    except (Invalid, OutsideError) as error:
        show_errors(form, Invalid({"url": str(error)}))
        return render_template("staff/digests/sources/new.html", form=form), 400
    return _show_found(found)


def _look(url: str) -> list[Candidate]:
    sources.check_address(url)
    name = agent.name()
    end_reading()
    with Parsers() as parsers:
        found = fetching.look(url, name, parsers)
    if not found:
        raise Invalid({"url": NOTHING})
    return found


def _show_found(found: list[Candidate]) -> ResponseReturnValue:
    known = queries.known_urls([links.feed_key(each.url) for each in found])
    fresh = [each for each in found if links.feed_key(each.url) not in known]
    form = AddForm(formdata=None, data={"url": fresh[0].url if fresh else ""})
    form.offer([(each.url, each.feed.title or each.url) for each in fresh])
    return render_template(
        "staff/digests/sources/found.html",
        form=form,
        fresh=fresh,
        known=[(each, known[links.feed_key(each.url)]) for each in found if each not in fresh],
        shown=SHOWN_ENTRIES,
        folders=queries.folders(),
        categories=queries.categories(),
    )


@bp.post("/add")
def add() -> ResponseReturnValue:
    """Add a source; the scheduler reads it within seconds."""
    form = AddForm()
    try:
        if not form.validate():
            raise Invalid({"url": next(str(errors[0]) for errors in form.errors.values())})
        feed_id = sources.add(form.values(), me().id, clock.now())
    except Invalid as error:
        again = LookForm(formdata=None, data={"url": form.url.data})
        show_errors(again, error)
        return render_template("staff/digests/sources/new.html", form=again), 400
    flash(
        "The source is added and read in a few seconds. What it holds now is its backlog; news comes from here on.",
        "good",
    )
    return redirect(url_for("sources.show", id=feed_id), 303)


@bp.get("/import")
def choose_file() -> ResponseReturnValue:
    """The form for an OPML file."""
    return render_template("staff/digests/sources/import.html", form=OpmlForm())


@bp.post("/import")
def bring_in() -> ResponseReturnValue:
    """Add the feeds of an OPML file."""
    form = OpmlForm()
    try:
        if not form.validate():
            return render_template("staff/digests/sources/import.html", form=form), 400
        content = form.file.data.read(opml.MOST_BYTES + 1)
        made = importing.bring_in(
            form.file.data.filename or "feeds.opml", opml.read(content), Trust(form.trust.data), me().id, clock.now()
        )
    except Invalid as error:
        show_errors(form, error)
        return render_template("staff/digests/sources/import.html", form=form), 400
    return redirect(url_for("source_adding.report", id=made), 303)


@bp.get("/import/<int:id>")
def report(id: int) -> ResponseReturnValue:
    """What became of each line of a file."""
    return render_template("staff/digests/sources/report.html", made=queries.get_import(id))


@bp.post("/import/<int:id>/undo")
def undo(id: int) -> ResponseReturnValue:
    """Take an import back."""
    count = importing.undo(id, me().id, clock.now())
    flash(
        f"{count:,} {'source is' if count == 1 else 'sources are'} removed again. Those that somebody changed stay.",
        "good",
    )
    return redirect(url_for("source_adding.report", id=id), 303)


@bp.get("/sources.opml")
def export() -> ResponseReturnValue:
    """All sources as an OPML file, with their folders."""
    body = opml.write(queries.listed(), "H.E.A.T. Watch sources", clock.now())
    headers = {"Content-Disposition": f'attachment; filename="sources-{clock.now():%Y-%m-%d}.opml"'}
    return Response(body, mimetype="text/x-opml", headers=headers)
