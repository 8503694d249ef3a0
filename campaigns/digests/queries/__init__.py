"""Reads of news, by subject: feeds, stories, digests."""
