"""The links of posts: which may be used, and the tags (utm_...) that rules add to those of our own sites. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from campaigns import search
from campaigns.social import weights
from campaigns.social.models import LinkRule

_REST = re.compile(r"[^\s<>\"\x00-\x20]+")
_PLACE = re.compile(r"\{(network|channel|campaign)\}")
Tag = Callable[[str], str]


def fault(url: str) -> str:
    """A sentence when the address cannot be used, "" when it can. An empty one is for others to judge."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "This address cannot be read. Please copy it again."
    if parts.scheme not in ("http", "https"):
        return "Begin the address with https://."
    if not _REST.fullmatch(url) or not parts.hostname or "." not in parts.hostname or "@" in parts.netloc:
        return "This address cannot be opened. Please copy it again."
    return ""


def slug(text: str) -> str:
    """Words as they stand in an address: "January awareness month" becomes "january-awareness-month"."""
    return "-".join(re.findall(r"[a-z0-9]+", search.fold(text)))[:60]


def tagger(rules: Iterable[LinkRule], places: Mapping[str, str]) -> Tag:
    """A function that adds the tags of the rule for its site to an address; tags that are there already stay."""
    by_domain = {rule.domain.lower(): rule for rule in rules}

    def tag(url: str) -> str:
        if fault(url):
            return url
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        labels = host.split(".")
        rule = next((by_domain[d] for at in range(len(labels)) if (d := ".".join(labels[at:])) in by_domain), None)
        if rule is None:
            return url
        present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        wanted = {"utm_source": rule.source, "utm_medium": rule.medium, "utm_campaign": rule.campaign}
        filled = {name: _PLACE.sub(lambda m: slug(places.get(m[1], "")), value) for name, value in wanted.items()}
        added = [f"{name}={quote(value, safe='')}" for name, value in filled.items() if value and name not in present]
        return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, *added]))))

    return tag


def tag_text(text: str, tag: Tag) -> str:
    """The text with the addresses in it tagged; only those that begin with http:// or https://."""
    pieces, end = [], 0
    for start, stop in weights.addresses(text, with_bare=False):
        pieces += [text[end:start], tag(text[start:stop])]
        end = stop
    return "".join([*pieces, text[end:]])


def holds_address(text: str) -> bool:
    """Whether X would see an address in the text, for which it asks more."""
    return bool(weights.addresses(text, with_bare=True))
