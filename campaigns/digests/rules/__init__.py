"""Decisions about news: when a feed is read again, how it is doing."""
