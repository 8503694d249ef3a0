"""Digests, and what the clock and people do with their issues, for tests. They need an application context."""

import json
from datetime import datetime, timedelta

from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.delivery.models import OutboxMail
from campaigns.digests.actions import digests, issues
from campaigns.digests.models import Digest, DigestIssue, Entry, Feed, PrintedStory, Story
from campaigns.digests.queries import digests as queries
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.queries import document_of
from campaigns.staff.models import RoleName, User
from tests import make
from tests.digests import news
from tests.newsletters import compose
from tests.websites import Says, Website

PAGE = b"<!doctype html><title>%s</title><p>Words.</p>"
TITLES = (
    "Nine people freed from a motel in Oakland",
    "County opens forty beds in Hayward",
    "Judge sentences a man in Fremont to twelve years",
    "Schools in Berkeley teach the signs of grooming",
    "State senate passes a law about labor contractors",
)


def told(site: Website, source: Feed, title: str, **fields: object) -> Story:
    """A story of a source whose page stands on a server of the test."""
    number = len(site.pages) + 1
    site.pages[f"/story/{number}"] = Says(PAGE % title.encode(), headers={"Content-Type": "text/html"})
    return news.story(title, source, url=f"{site.url}/story/{number}", text=f"{title}. More was said.", **fields)


def digest(author: User, approver: User, **values: object) -> Digest:
    """A digest of the first list, switched on."""
    make.sender()
    wanted = {"name": "Monday news", "approver_id": approver.id, "list_ids": [make.first_list().id], "least": 1}
    made = digests.create({**wanted, **values}, author.id, clock.now())
    digests.switch(made, True, author.id, clock.now())
    return get(made)


def get(digest_id: int) -> Digest:
    """A digest as it stands now."""
    fresh()
    return queries.get_digest(digest_id)


def due(made: Digest) -> datetime:
    """When the next issue is due."""
    assert made.next_at is not None
    return made.next_at


def issue(made: Digest) -> DigestIssue:
    """Its latest issue."""
    fresh()
    return queries.issues_of(made.id).items[0]


def newsletter(one: DigestIssue) -> Newsletter:
    """The newsletter of an issue."""
    fresh()
    return db.session.get_one(Newsletter, one.newsletter_id)


def printed(one: DigestIssue) -> list[PrintedStory]:
    """What stands in an issue."""
    fresh()
    return queries.printed_of(one.id)


def send(one: DigestIssue, approver: User, at: datetime) -> None:
    """Approve an issue and let it leave, and the ledger hear of it."""
    assert one.newsletter_id is not None
    compose.approve(one.newsletter_id, approver)
    newsletters.launch_due(compose.a_minute_later())
    issues.work(at + timedelta(minutes=2))


def people() -> tuple[User, User]:
    """Who writes the rule, and who approves."""
    make.subscriber()
    return make.user(RoleName.WRITER, name="Ana Ruiz"), make.user(RoleName.APPROVER, name="Ben Ho")


def mails() -> list[str]:
    """The subjects of the mails that wait to leave."""
    fresh()
    return list(db.session.scalars(select(OutboxMail.subject).order_by(OutboxMail.id)))


def entry_of(story: Story) -> Entry:
    """The entry that speaks for a story."""
    fresh()
    return db.session.get_one(Entry, story.lead_id)


def fresh() -> None:
    """Read everything anew."""
    db.session.rollback()
    db.session.expire_all()


def document(one: DigestIssue) -> str:
    """All that its newsletter says, as stored."""
    return json.dumps(document_of(newsletter(one)).to_json(), ensure_ascii=False)
