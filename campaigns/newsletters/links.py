"""Which addresses a newsletter may link to."""

import re
from urllib.parse import urlsplit

_REST = re.compile(r"[^\s<>\"\x00-\x20]+")


def safe(url: str) -> str:
    """The address as written when it leads to the web, to mail or to a telephone; otherwise ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not _REST.fullmatch(url):
        return ""
    if parts.scheme in ("http", "https"):
        return url if parts.hostname and ("." in parts.hostname or parts.hostname == "localhost") else ""
    return url if parts.scheme in ("mailto", "tel", "sms") and parts.path else ""


def web(url: str) -> str:
    """The address as written when it leads to the web, otherwise ""; for addresses that others wrote."""
    return safe(url) if url.startswith(("http://", "https://")) else ""


def fault(url: str) -> str:
    """A sentence when the address cannot be used, "" when it can. An empty one is for others to judge."""
    if not url or safe(url):
        return ""
    if "{{" in url:
        return "A merge field cannot be part of an address."
    if not re.match(r"[a-z]+:", url, re.IGNORECASE):
        return "Begin the address with https://, or with mailto: or tel:."
    return "This address cannot be opened. It must begin with https://, http://, mailto: or tel:."
