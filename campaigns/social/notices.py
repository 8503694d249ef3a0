"""Mails to the author of a post or the owner of a channel: it was not posted, it waits, access ends soon."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from campaigns.delivery import outbox
from campaigns.social.models import Channel, Post
from campaigns.staff.models import User
from campaigns.staff.queries import administrators, site_url


def about_post(session: Session, post: Post, what: str, text: str, now: datetime) -> None:
    """Tell the author, or the administrators where there is none; in the caller's transaction."""
    author = session.get(User, post.author_id) if post.author_id else None
    people = [author] if author is not None and author.active else administrators()
    subject = gettext("“%(title)s” %(what)s", title=post.title, what=what)
    _mail(session, people, subject, text, f"/social/{post.id}", now)


def about_channel(session: Session, channel: Channel, subject: str, text: str, now: datetime) -> None:
    """Tell the administrators and whoever connected the channel."""
    owner = session.get(User, channel.owner_id) if channel.owner_id else None
    people = {person.id: person for person in [owner, *administrators()] if person is not None and person.active}
    _mail(session, people.values(), subject, text, f"/social/channels/{channel.id}", now)


def _mail(session: Session, people: Iterable[User], subject: str, text: str, path: str, now: datetime) -> None:
    for person in people:
        outbox.add(
            session,
            kind="social_notice",
            to_address=person.email,
            to_name=person.name,
            subject=subject,
            text=f"{text}\n\n{gettext('Look at it here:')}\n{site_url()}{path}\n",
            now=now,
        )
