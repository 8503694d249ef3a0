"""Bringing in a list of feeds from an OPML file: a report by line, and the way back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import search
from campaigns.db import action, db
from campaigns.digests import links
from campaigns.digests.actions import sources
from campaigns.digests.models import Feed, FeedImport, Trust
from campaigns.digests.opml import Outline
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.staff import audit


@action
def bring_in(filename: str, outlines: Sequence[Outline], trust: Trust, user_id: int | None, now: datetime) -> int:
    """Add the feeds of a file; gives the id of the report. What is a source already stays as it is."""
    session = db.session()
    made = FeedImport(filename=filename[:200], user_id=user_id, at=now)
    report, added = [], []
    for outline in outlines:
        verdict, sentence, feed = _take(session, outline, trust, user_id, now)
        if feed is not None:
            added.append(feed.id)
        name = outline.title or outline.url
        report.append({"line": outline.number, "name": name[:200], "verdict": verdict, "sentence": sentence})
    made.report, made.feed_ids = report, added
    session.add(made)
    session.flush()
    _audit(session, made, "feeds.imported", user_id, now)
    return made.id


def _take(
    session: Session, outline: Outline, trust: Trust, user_id: int | None, now: datetime
) -> tuple[str, str, Feed | None]:
    try:
        url = links.typed(outline.url)
        sources.check_address(url)
    except Invalid as error:
        return "fix", str(error), None
    known = sources.find(session, url)
    if known is not None and known.removed_at is None:
        return "already", "It is a source already.", None
    site = outline.site_url if outline.site_url.startswith(("http://", "https://")) else ""
    values = sources.Values(
        url=url,
        title=outline.title,
        folder=outline.folder,
        category=outline.category,
        trust=trust,
        language=outline.language,
        site_url=site,
    )
    feed = sources.put(session, values, known, user_id, now)
    return ("added", "", feed) if known is None else ("added", "It was a source before, and is back.", feed)


@action
def undo(import_id: int, user_id: int | None, now: datetime) -> int:
    """Take the sources of an import away again, those that nobody changed since; gives how many."""
    session = db.session()
    made = session.get(FeedImport, import_id, with_for_update=True)
    if made is None:
        raise NotFound("This import does not exist.")
    if made.undone_at is not None:
        raise Conflict("This import is taken back already.")
    made.undone_at = now
    count = 0
    for feed_id in made.feed_ids:
        feed = session.get(Feed, feed_id, with_for_update=True)
        if feed is not None and feed.removed_at is None and feed.version == 1:
            feed.removed_at = now
            search.remove(session, sources.SEARCH_KIND, feed.id)
            count += 1
    _audit(session, made, "feeds.import_undone", user_id, now)
    return count


def _audit(session: Session, made: FeedImport, what: str, user_id: int | None, now: datetime) -> None:
    details = {"feeds": len(made.feed_ids), "lines": len(made.report)}
    audit.add(
        session, user_id=user_id, action=what, object_kind="feed_import", object_id=made.id, details=details, now=now
    )
