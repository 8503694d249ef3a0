"""The tables of news: feeds and the entries they bring."""

from campaigns.digests.models.feeds import Entry, Feed, FeedHost, FeedImport, Trouble, Trust

__all__ = ["Entry", "Feed", "FeedHost", "FeedImport", "Trouble", "Trust"]
