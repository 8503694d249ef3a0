"""Looking at the stories of an issue before somebody approves it: their links, their sources, what changed since."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from campaigns.db import action, db, end_reading
from campaigns.digests import agent, linkcheck
from campaigns.digests.linkcheck import Flag, Look
from campaigns.digests.models import Digest, DigestIssue, Entry, PrintedStory
from campaigns.digests.queries import digests as queries
from campaigns.digests.recipe import Credit

AT_ONCE = 4
# What keeps a standing approval from being used.
DEAD = frozenset({Flag.DEAD, Flag.MOVED_HOME})


def check_issue(issue_id: int, now: datetime, say: Callable[[int, int], None] | None = None) -> int:
    """Look at every story of an issue; gives how many need a look. `say` hears how many of how many were asked for.

    Not a transaction itself: the web is asked first, one page a site at a time, then everything is written down.
    """
    rows = [(row.id, row.url, row.title) for row in queries.printed_of(issue_id)]
    name = agent.name()
    end_reading()
    sites: dict[str, list[tuple[int, str, str]]] = {}
    for row in rows:
        sites.setdefault(linkcheck.site(row[1]), []).append(row)
    looks: dict[int, Look] = {}

    def visit(pages: list[tuple[int, str, str]]) -> None:
        for printed_id, url, title in pages:
            looks[printed_id] = linkcheck.look(url, title, name)
            if say is not None:
                say(len(looks), len(rows))

    with ThreadPoolExecutor(AT_ONCE, "links") as pool:
        for _ in pool.map(visit, sites.values()):
            pass
    return _keep(issue_id, looks, now)


@action
def _keep(issue_id: int, looks: dict[int, Look], now: datetime) -> int:
    session = db.session()
    issue = session.get_one(DigestIssue, issue_id, with_for_update=True)
    digest = session.get_one(Digest, issue.digest_id)
    flagged = 0
    for row in queries.printed_of(issue_id):
        found = looks.get(row.id)
        if found is None:
            continue
        entry = session.get(Entry, row.entry_id) if row.entry_id else None
        flags = [*found.flags, *_ours(row, entry, digest.credit)]
        headline = found.headline or (entry.title if entry and Flag.CHANGED in flags else "")
        row.check = {"status": found.status, "flags": [str(flag) for flag in flags], "headline": headline}
        row.checked_at = now
        flagged += bool(flags)
    issue.checked_at = now
    return flagged


def _ours(row: PrintedStory, entry: Entry | None, style: str) -> list[Flag]:
    """What is missing beside the story itself, and whether its source says something else by now."""
    flags = []
    if not row.source:
        flags.append(Flag.NO_SOURCE)
    if entry is not None:
        if row.source_hash and entry.content_hash != row.source_hash:
            flags.append(Flag.CHANGED)
        if style != Credit.SOURCE and entry.published_at is None:
            flags.append(Flag.NO_DATE)
        if style == Credit.SOURCE_AUTHOR_DATE and not entry.author:
            flags.append(Flag.NO_AUTHOR)
    return flags
