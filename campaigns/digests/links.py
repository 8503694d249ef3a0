"""Addresses compared: the same article under many links, the same feed however it is written."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from campaigns.errors import Invalid
from campaigns.markup import one_line

TRACKING = re.compile(
    r"utm_.*|fb(clid|_.*)|g(clid|clsrc|braid)|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|mc_(cid|eid)|mkt_tok|_hs(enc|mi)|"
    r"vero_.*|s_cid|cmp(id)?|ref(_src|errer)?|rss|feed|at_(medium|campaign)|_ga|_gl|ns_.*|xtor|smid",
    re.IGNORECASE,
)
# The shape of nearly all addresses, which needs no parsing by the book.
PLAIN = re.compile(r"https?://([A-Za-z0-9.-]+)(/[^?#\s]*)?(?:\?([^#\s]*))?(?:#\S*)?")
MOBILE = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
AMP_PATH = re.compile(r"(?:/amp/?|\.amp(?:\.html)?)$|^/amp(?=/)")
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 2_000


def canonical(url: str) -> str:
    """What two links to the same article have in common, as an https address; "" for what is no web address.

    Host in lower case without "www.", "m." and "amp.", no default port, no fragment, no tracking parameters, the
    others sorted, http and https alike, AMP pages as the page they stand for.
    """
    if plain := PLAIN.fullmatch(url):
        host, path, query = plain[1].lower(), plain[2] or "", plain[3] or ""
    else:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return ""
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            return ""
        host = parts.hostname if port in (None, *DEFAULT_PORTS.values()) else f"{parts.hostname}:{port}"
        path, query = parts.path, parts.query
    host = MOBILE.sub("", host.rstrip("."))
    path = AMP_PATH.sub("", path).rstrip("/")
    return f"https://{host}{path}{_kept(query) if query else ''}"


def _kept(query: str) -> str:
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not TRACKING.fullmatch(name) and not (name == "amp" or (name == "outputType" and value == "amp"))
    )
    return f"?{urlencode(kept)}" if kept else ""


def feed_key(url: str) -> str:
    """What one feed's addresses have in common: http and https, "www.", a closing slash make no difference."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    where = host if parts.port in (None, *DEFAULT_PORTS.values()) else f"{host}:{parts.port}"
    return f"{where}{parts.path.rstrip('/')}{'?' + parts.query if parts.query else ''}"


def host_of(url: str) -> str:
    """The machine behind an address, with its port when that is unusual: what may be asked one thing at a time."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return host if parts.port in (None, *DEFAULT_PORTS.values()) else f"{host}:{parts.port}"


def typed(text: str) -> str:
    """The address that a person meant: without a scheme it is https. Raises Invalid with a sentence."""
    text = one_line(text)
    text = re.sub(r"^feed:(?://)?", "", text)
    if text and not re.match(r"^[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine, parts = False, urlsplit("")
    host = parts.hostname or ""
    is_fine = parts.scheme in DEFAULT_PORTS and port_is_fine and ("." in host or ":" in host or host == "localhost")
    if not is_fine or len(text) > LONGEST or re.search(r"[\s<>\"]", text):
        raise Invalid({"url": "Write a web address, like https://www.example.org/feed or just example.org."})
    if parts.username is not None or parts.password is not None:
        raise Invalid({"url": "Leave out the name and password; we do not keep those for a feed."})
    return text.partition("#")[0]
