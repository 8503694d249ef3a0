"""`python3 run.py feeds ...`: add, import, fetch, list and export the sources of news."""

import argparse
import sys
import threading
from pathlib import Path

from campaigns import clock
from campaigns.db import end_reading
from campaigns.digests import agent, fetching, links, opml, refresh
from campaigns.digests.actions import importing, sources
from campaigns.digests.fetching import Fetched
from campaigns.digests.models import Feed, Trust
from campaigns.digests.parsers import Parsers
from campaigns.digests.queries import sources as queries
from campaigns.digests.rules import health
from campaigns.errors import Invalid, NotFound
from campaigns.staff.queries import get_organization

# A host is asked again two seconds later, so that a last round may have to wait for it.
HOST_WAIT_SECONDS = 2.2
GOOD, SOME_FAILED = 0, 1


def feeds(arguments: list[str]) -> int:
    """Carry out one of them; 0 when all went well, 1 when a source failed, 2 when the command cannot be understood."""
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as error:
        return 0 if error.code in (0, None) else 2
    return int(asked.run(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py feeds", description="The sources of news.")
    parts = parser.add_subparsers(required=True, metavar="add | import | fetch | list | export")
    trust = {"choices": [str(each) for each in Trust], "default": str(Trust.OTHER), "help": "how near they are to us"}
    add = parts.add_parser("add", help="add a source by the address of its feed or site")
    add.add_argument("url")
    add.add_argument("--title", default="")
    add.add_argument("--folder", default="")
    add.add_argument("--category", default="")
    add.add_argument("--trust", **trust)  # type: ignore[arg-type]
    add.set_defaults(run=_add)
    bring = parts.add_parser("import", help="add the feeds of an OPML file")
    bring.add_argument("file", type=Path)
    bring.add_argument("--trust", **trust)  # type: ignore[arg-type]
    bring.set_defaults(run=_import)
    fetch = parts.add_parser("fetch", help="fetch what is due; with a name that source, with --all every one")
    fetch.add_argument("name", nargs="?", default="")
    fetch.add_argument("--all", action="store_true", help="also what is not due, as far as manners allow")
    fetch.set_defaults(run=_fetch)
    parts.add_parser("list", help="list the sources and how they are doing").set_defaults(run=_list)
    export = parts.add_parser("export", help="write the sources as OPML, to a file or to the screen")
    export.add_argument("file", type=Path, nargs="?")
    export.set_defaults(run=_export)
    return parser


def _add(asked: argparse.Namespace) -> int:
    url = links.typed(asked.url)
    sources.check_address(url)
    name = agent.name()
    end_reading()
    print(f"Looking at {url} ...", flush=True)
    with Parsers() as parsers:
        found = fetching.look(url, name, parsers)
    if not found:
        raise Invalid("We found no feed there. Give the address of the feed itself.")
    if len(found) > 1 and links.feed_key(url) not in {links.feed_key(each.url) for each in found}:
        print("There are several feeds; add the one that you mean:")
        for each in found:
            print(f"  {each.url}  {each.feed.title} ({len(each.feed.entries)} entries)")
        return SOME_FAILED
    values = sources.Values(
        url=found[0].url,
        title=asked.title or found[0].feed.title,
        folder=asked.folder,
        category=asked.category,
        trust=asked.trust,
    )
    sources.add(values, None, clock.now())
    print(f"Added “{values.title or values.url}”, which holds {len(found[0].feed.entries)} entries now.")
    return GOOD


def _import(asked: argparse.Namespace) -> int:
    try:
        content = asked.file.read_bytes()
    except OSError as error:
        raise Invalid(f"The file {asked.file} cannot be read: {error.strerror}.") from None
    made = importing.bring_in(asked.file.name, opml.read(content), Trust(asked.trust), None, clock.now())
    report = queries.get_import(made).report
    for line in report:
        if line["verdict"] != "added":
            print(f"  line {line['line']}, {line['name']}: {line['sentence']}")
    counts = {verdict: sum(line["verdict"] == verdict for line in report) for verdict in ("added", "already", "fix")}
    print(f"{counts['added']} added, {counts['already']} here already, {counts['fix']} could not be used.")
    return SOME_FAILED if counts["fix"] else GOOD


def _fetch(asked: argparse.Namespace) -> int:
    if asked.name:
        feed = queries.find_feed(asked.name)
        if feed is None:
            raise NotFound(f"There is no source “{asked.name}”; feeds list shows them.")
        at = sources.fetch_soon(feed.id, None, clock.now())
        if at > clock.now():
            print(f"It was fetched just now; its server is asked again {clock.distance(at, clock.now())}.")
    elif asked.all:
        sources.fetch_all_soon(clock.now())
    total = queries.count_due(clock.now())
    names = {feed.id: feed.title for feed in queries.feeds()}
    told = _Told(names, total)
    while refresh.run(told.stop, say=told.say) or told.wait():
        continue
    print(f"{told.count} fetched, {told.fresh} new entries, {told.failed} failed.")
    return SOME_FAILED if told.failed else GOOD


class _Told:
    """Tells of each source as it comes back, and counts."""

    def __init__(self, names: dict[int, str], total: int) -> None:
        self.stop = threading.Event()
        self.count = self.fresh = self.failed = 0
        self._names, self._total, self._waited = names, total, False

    def say(self, fetched: Fetched, fresh: int) -> None:
        """One source is back."""
        if fetched.target.wants_discovery:
            return
        self._waited = False
        self.count += 1
        self.fresh += fresh
        self.failed += not fetched.is_ok
        what = fetched.problem or (f"{fresh} new" if fetched.found else "nothing new")
        total = max(self._total, self.count)
        print(f"[{self.count}/{total}] {self._names.get(fetched.target.id, fetched.target.url)}: {what}", flush=True)

    def wait(self) -> bool:
        """Wait once for hosts that want a pause between two of their feeds; False when that was done already."""
        if self._waited or not queries.count_due(clock.now()):
            return False
        self._waited = True
        end_reading()
        self.stop.wait(HOST_WAIT_SECONDS)
        return True


def _list(_asked: argparse.Namespace) -> int:
    found = queries.feeds()
    now, zone = clock.now(), get_organization().zone
    for feed in found:
        state = health.of(
            feed, now, lambda at: health.since_words(at, now, lambda instant: clock.wall_time_of(instant, zone))
        )
        print(f"{feed.id:>4}  {feed.title}  <{feed.url}>  {_words(feed, state)}")
    print(f"{len(found)} sources, {queries.count_trouble()} with a problem.")
    return GOOD


def _words(feed: Feed, state: health.State) -> str:
    return " · ".join(part for part in (feed.folder, feed.trust, state.sentence or "reads well") if part)


def _export(asked: argparse.Namespace) -> int:
    content = opml.write(queries.listed(), f"{get_organization().name}: sources", clock.now())
    if asked.file is None:
        sys.stdout.write(content.decode())
        return GOOD
    try:
        asked.file.write_bytes(content)
    except OSError as error:
        raise Invalid(f"The file {asked.file} cannot be written: {error.strerror}.") from None
    print(f"{len(queries.listed())} sources written to {asked.file}.")
    return GOOD
