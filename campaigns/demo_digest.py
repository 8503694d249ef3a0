"""The news part of the demo: five feeds are read, become stories and a digest that a second person approves."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns import clock
from campaigns.db import end_reading
from campaigns.demo_feeds import FeedServer
from campaigns.digests import refresh
from campaigns.digests.actions import digests, issues, placing, sources, triage
from campaigns.digests.actions.checking import DEAD
from campaigns.digests.fetching import Fetched
from campaigns.digests.models import DigestIssue, IssueState
from campaigns.digests.queries import digests as queries
from campaigns.digests.queries import stories
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters import preparing

NAME = "News of the week"
RULE = {"name": NAME, "opening": "What happened around us this week.", "least": 1}
# What two sources tell so differently that only a person can say that it is one story.
SAME_EVENT = ("car wash", "drop-in center")
# Who sends (newsletter, title) and gives the plain texts that each address got.
Send = Callable[[int, str], Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Office:
    """Where the news comes from, who gets it, who writes the rule and who approves, and how it is sent."""

    feeds: FeedServer
    list_id: int
    readers: int
    author: int
    approver: int
    send: Send


def gathered(office: Office) -> list[tuple[str, object, object]]:
    """From feeds to a digest that arrived; gives (what was counted, the count, what it should be)."""
    read, failed, entries = _read(office)
    placing.place_entries(clock.now())
    told, picked = _pick(office.author)
    digest_id, issue = _handed(office)
    dead = sum(bool(DEAD & set(row.check.get("flags", []))) for row in queries.printed_of(issue.id))
    print(f"One issue of “{NAME}”: {issue.story_count} stories, handed to its approver")
    got, complete = _sent(office, issue)
    issues.work(clock.now())
    again = issues.prepare_now(digest_id, clock.now())
    return [
        ("sources of news that were read", read, 5),
        ("of them with a fault", failed, 0),
        ("entries that they held", entries, 12),
        ("stories that these entries tell, advertising left out", told, 10),
        ("of them once a person merged two pairs", picked, 8),
        ("stories in the issue", issue.story_count, 8),
        ("links of the stories that lead nowhere", dead, 0),
        ("state of the issue once a second person approved it", str(queries.get_issue(issue.id).state), "sent"),
        ("people who got the digest", got, office.readers),
        ("of them with every story and its link", complete, office.readers),
        ("stories that a second issue would print again", queries.get_issue(again).story_count, 0),
    ]


def _read(office: Office) -> tuple[int, int, int]:
    """Add the sources and fetch each, as the clock does; gives how many were read, how many failed, their entries."""
    for url, trust in office.feeds.addresses():
        advertising = ["Sponsored"] if trust == "press" else []
        sources.add(sources.Values(url=url, trust=trust, skip_words=advertising), office.author, clock.now())
    told: list[tuple[bool, int]] = []

    def say(fetched: Fetched, fresh: int) -> None:
        told.append((fetched.is_ok, fresh))
        print(f"Reading sources of news: {len(told)} of {len(office.feeds.addresses())}", end="\r", flush=True)

    # A host is asked for its next feed after two seconds, which the demo does not wait for.
    for seconds in range(0, 60, 3):
        if not refresh.run(threading.Event(), _ahead(seconds), say):
            break
    print()
    return len(told), sum(not is_ok for is_ok, _ in told), sum(fresh for _, fresh in told)


def _ahead(seconds: int) -> Callable[[], datetime]:
    return lambda: clock.now() + timedelta(seconds=seconds)


def _pick(author: int) -> tuple[int, int]:
    """Merge what tells of the same event in other words, and pick all stories, since what a source holds when it is
    added goes into no issue by itself. Gives how many there were before and after.
    """
    found = [card.story for card in stories.inbox("older").items]
    for event in SAME_EVENT:
        triage.merge([story.id for story in found if event in story.title.casefold()], author, clock.now())
    end_reading()
    left = [card.story.id for card in stories.inbox("older").items]
    triage.decide(left, "pick", author, clock.now())
    return len(found), len(left)


def _handed(office: Office) -> tuple[int, DigestIssue]:
    """Make the rule, let its time come, and let the issue be handed to the approver; gives both."""
    now = clock.now()
    rule = {**RULE, "list_ids": [office.list_id], "approver_id": office.approver}
    digest_id = digests.create(rule, office.author, now)
    digests.switch(digest_id, True, office.author, now)
    # Its time is up to a week away and is not waited for.
    issues.work(queries.get_digest(digest_id).next_at or now)
    end_reading()
    issue = queries.last_issue(digest_id, *IssueState)
    if issue is None or issue.state != IssueState.HANDED:
        raise RuntimeError(f"the digest handed nothing to its approver: {issue.note if issue else 'no issue'}")
    return digest_id, issue


def _sent(office: Office, issue: DigestIssue) -> tuple[int, int]:
    """Approve as the second person and send; gives how many got it, and how many of them every story and link."""
    printed = [(row.title, row.url) for row in queries.printed_of(issue.id)]
    prepared = preparing.prepare(issue.newsletter_id or 0, clock.now())
    newsletters.approve(prepared, prepared.content_hash, "", office.approver, clock.now())
    texts = office.send(prepared.newsletter_id, NAME)
    words = [" ".join(text.split()) for copies in texts.values() for text in copies]
    complete = sum(all(title in text and url in text for title, url in printed) for text in words)
    return len(texts), complete
