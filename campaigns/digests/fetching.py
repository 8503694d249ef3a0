"""Fetching one feed politely, and looking for feeds of a site. No database: what came back is only said."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from campaigns import clock, http
from campaigns.digests import discovery
from campaigns.digests.models import Trouble
from campaigns.digests.parsers import Parsers
from campaigns.digests.reading.found import FoundFeed, Unreadable
from campaigns.errors import OutsideError

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
LIMITS = http.Limits(seconds=20.0)
# A person waits for this one.
LOOKING = http.Limits(seconds=10.0)
LOOKING_SECONDS = 30.0

KINDS = {"web_page": Trouble.WEB_PAGE, "not_a_feed": Trouble.NOT_A_FEED, "too_large": Trouble.TOO_LARGE}
STATUSES = {
    401: (Trouble.REFUSED, "The server wants a name and password."),
    403: (Trouble.REFUSED, "The server refuses to let us read it."),
    404: (Trouble.NOT_FOUND, "The server answered “not found”."),
    410: (Trouble.GONE, "The server says that it is gone for good."),
    429: (Trouble.LIMITED, "The server asks us to come back later."),
    451: (Trouble.REFUSED, "The server may not show it for legal reasons."),
}


@dataclass(frozen=True)
class Target:
    """A feed that is to be fetched, with what the last answer left behind."""

    id: int
    url: str
    host: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    site_url: str = ""
    wants_discovery: bool = False


@dataclass(frozen=True)
class Fetched:
    """What came back. `status` is None when nothing did; `found` is None for a 304, the same bytes, or a problem."""

    target: Target
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hops: tuple[tuple[int, str, str], ...] = ()
    body_hash: str = ""
    found: FoundFeed | None = None
    trouble: Trouble = Trouble.NONE
    problem: str = ""
    offers: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the feed was there, changed or not."""
        return self.trouble == Trouble.NONE


@dataclass(frozen=True)
class Candidate:
    """A feed that somebody may want to add, with what it brings."""

    url: str
    feed: FoundFeed


def fetch(target: Target, agent: str, parsers: Parsers) -> Fetched:
    """Fetch one feed; never raises for what the other side does."""
    if target.wants_discovery:
        return Fetched(target, offers=_offer(target, agent))
    try:
        answer = http.get(target.url, _headers(target, agent), LIMITS)
    except OutsideError as error:
        return Fetched(target, trouble=_trouble_of(error), problem=str(error))
    fetched = Fetched(
        target,
        status=answer.status,
        headers={name.lower(): value for name, value in answer.headers.items()},
        hops=tuple((hop.status, hop.url, hop.target) for hop in answer.hops),
        body_hash=target.body_hash,
    )
    if answer.status == 304:
        return fetched
    if not answer.is_ok:
        return _refused(fetched)
    body_hash = hashlib.sha256(answer.body).hexdigest()
    if body_hash == target.body_hash:
        return fetched
    try:
        found = parsers.read(answer.body, answer.url, fetched.headers, clock.now())
    except Unreadable as error:
        offered = discovery.links_in(answer.body, answer.url) if error.kind == "web_page" else []
        offers = next((link.url for link in offered if link.url != target.url), "")
        return _with(fetched, trouble=KINDS[error.kind], problem=str(error), offers=offers)
    return _with(fetched, found=found, body_hash=body_hash)


def look(url: str, agent: str, parsers: Parsers) -> list[Candidate]:
    """The feed at an address, or those of the site there, with what they bring; raises OutsideError with a sentence."""
    end = time.monotonic() + LOOKING_SECONDS
    answer = http.get(url, _headers(Target(0, url, ""), agent), LOOKING)
    if not answer.is_ok:
        problem = _refused(Fetched(Target(0, url, ""), status=answer.status, headers=_lower(answer))).problem
        if answer.status not in (404, 410):
            raise OutsideError(problem, "failed")
    elif feed := _read(answer, parsers):
        return [Candidate(answer.url if _is_moved(answer) else url, feed)]
    found = list(_try([link.url for link in discovery.links_in(answer.body, answer.url)], agent, parsers, end))
    if not found:
        found = list(_try(discovery.usual_places(answer.url), agent, parsers, end, most=1))
    return found


def _try(urls: list[str], agent: str, parsers: Parsers, end: float, most: int = 5) -> Iterator[Candidate]:
    for url in urls:
        if most <= 0 or time.monotonic() > end:
            return
        try:
            answer = http.get(url, _headers(Target(0, url, ""), agent), LOOKING)
        except OutsideError:
            continue
        feed = _read(answer, parsers) if answer.is_ok else None
        if feed is not None:
            most -= 1
            yield Candidate(url, feed)


def _read(answer: http.Answer, parsers: Parsers) -> FoundFeed | None:
    try:
        return parsers.read(answer.body, answer.url, _lower(answer), clock.now())
    except Unreadable:
        return None


def _is_moved(answer: http.Answer) -> bool:
    # The address that a person gave is kept unless every hop says that it is old.
    return bool(answer.hops) and all(hop.status in (301, 308) for hop in answer.hops)


def _lower(answer: http.Answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _headers(target: Target, agent: str) -> dict[str, str]:
    headers = {"User-Agent": agent, "Accept": ACCEPT}
    # Both are opaque and go back as they came (F1).
    if target.etag:
        headers["If-None-Match"] = target.etag
    if target.last_modified:
        headers["If-Modified-Since"] = target.last_modified
    return headers


def _refused(fetched: Fetched) -> Fetched:
    status, headers = fetched.status or 0, fetched.headers
    if status in (403, 429, 503) and "challenge" in headers.get("cf-mitigated", ""):
        return _with(fetched, trouble=Trouble.CHALLENGED, problem="The site blocks automatic readers.")
    if status == 503 and headers.get("retry-after"):
        status = 429
    default = (
        (Trouble.SERVER, f"The server has a fault (it answered {status}).")
        if status >= 500
        else (Trouble.REFUSED, f"The server answered with the number {status}, which is no feed.")
    )
    trouble, problem = STATUSES.get(status, default)
    return _with(fetched, trouble=trouble, problem=problem)


def _trouble_of(error: OutsideError) -> Trouble:
    if isinstance(error, http.TooLarge):
        return Trouble.TOO_LARGE
    return Trouble.UNREACHABLE if isinstance(error, http.Unreachable) else Trouble.BLOCKED


def _offer(target: Target, agent: str) -> str:
    """What the site of a feed that is gone names as its feed now; "" when nothing else."""
    try:
        answer = http.get(target.site_url, {"User-Agent": agent, "Accept": "text/html"}, LIMITS)
    except OutsideError:
        return ""
    links = discovery.links_in(answer.body, answer.url) if answer.is_ok else []
    return next((link.url for link in links if link.url != target.url), "")


def _with(fetched: Fetched, **changes: object) -> Fetched:
    return Fetched(**{**fetched.__dict__, **changes})
