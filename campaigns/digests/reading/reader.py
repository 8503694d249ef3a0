"""The one way in: any bytes at all give either a feed or a sentence."""

from datetime import datetime

from campaigns.digests.reading import jsonfeed, scan, xmlfeed
from campaigns.digests.reading.found import FoundFeed, Unreadable


def read(body: bytes, url: str, headers: dict[str, str], now: datetime) -> FoundFeed:
    """The feed in an answer; raises Unreadable with a sentence for people, and nothing else."""
    body = scan.narrow(body)
    if not body.strip():
        raise Unreadable("not_a_feed", "The answer is empty.")
    try:
        if scan.looks_like_json(body):
            return jsonfeed.read(body, url, now)
        if scan.is_web_page(body):
            raise Unreadable("web_page", "We got a web page in place of a feed.")
        return xmlfeed.read(body, url, headers, now)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        # Parsers meet what nobody thought of; whatever it is, the next feed must still be read.
        raise Unreadable("not_a_feed", "What came back is no feed that can be read.") from error
