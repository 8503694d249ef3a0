"""The tables of news: feeds and the entries they bring, stories, digests and their issues."""

from campaigns.digests.models.digests import (
    Correction,
    Digest,
    DigestIssue,
    IssueState,
    PrintedKey,
    PrintedStory,
    StandingApproval,
)
from campaigns.digests.models.feeds import Entry, Feed, FeedHost, FeedImport, Trouble, Trust
from campaigns.digests.models.stories import Story, StoryChange, StoryEntry, StoryPair, StoryState

__all__ = [
    "Correction",
    "Digest",
    "DigestIssue",
    "Entry",
    "Feed",
    "FeedHost",
    "FeedImport",
    "IssueState",
    "PrintedKey",
    "PrintedStory",
    "StandingApproval",
    "Story",
    "StoryChange",
    "StoryEntry",
    "StoryPair",
    "StoryState",
    "Trouble",
    "Trust",
]
