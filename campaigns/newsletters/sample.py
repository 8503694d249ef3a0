"""The adder of labeled sample content: one draft that reads like the program's own newsletter."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience.models import MailingList
from campaigns.delivery.models import Sender
from campaigns.newsletters import drafts
from campaigns.newsletters.documents import read_document
from campaigns.newsletters.models import Newsletter
from campaigns.staff.models import Organization

BLOCKS: list[dict[str, Any]] = [
    {"id": "hello", "kind": "heading", "level": 2, "text": "Ten quiet signs that somebody needs help"},
    {
        "id": "opening",
        "kind": "text",
        "text": (
            "Dear {{ first_name | friend }},\n\n"
            "Most young people who are exploited live at home and go to school. This month a nurse, a bus driver and "
            "a teacher tell what they noticed, and what they did next.\n\n"
            "None of them was certain. All of them asked a question, listened, and made a call."
        ),
    },
    {
        "id": "signs",
        "kind": "text",
        "text": (
            "### What they noticed\n\n"
            "- Somebody else always speaks for the person, and holds their phone or papers.\n"
            "- New things that nobody can explain, and old friends who are no longer around.\n"
            "- Work that never ends, for a debt that never gets smaller.\n\n"
            "One sign alone means little. Several together are a reason to ask how somebody is."
        ),
    },
    {
        "id": "quote",
        "kind": "quote",
        "text": "I did not have to know what it was. I only had to say that I was worried.",
        "cite": "A bus driver, Oakland",
    },
    {"id": "help", "kind": "safety", "title": "Worried about someone?"},
    {"id": "line", "kind": "divider"},
    {"id": "room", "kind": "heading", "level": 3, "text": "We come to your school, clinic or congregation"},
    {
        "id": "invite",
        "kind": "text",
        "text": "Our trainings take an hour, cost nothing and are made for people who are busy.",
    },
    {"id": "button", "kind": "button", "label": "Ask for a training", "url": "https://www.heatwatch.org/"},
]


def add(session: Session, now: datetime, user_id: int | None) -> Newsletter:
    """Add the sample draft; returns it with its id."""
    lists = session.scalars(select(MailingList.id).order_by(MailingList.position, MailingList.id).limit(1)).all()
    sender = session.scalar(select(Sender.id).where(Sender.retired_at.is_(None)).order_by(Sender.is_default.desc()))
    organization = session.get_one(Organization, 1)
    document = read_document(
        {
            "title": "Sample: Ten quiet signs",
            "sender_id": sender,
            "lists": list(lists),
            "send_zone": organization.zone,
            "editions": {
                "en": {
                    "subject": "Ten quiet signs that somebody needs help",
                    "preheader": "A nurse, a bus driver and a teacher tell what they noticed.",
                    "blocks": BLOCKS,
                }
            },
        }
    )
    return drafts.add(session, document, user_id=user_id, is_sample=True, now=now)


def remove(session: Session) -> None:
    """Remove the sample draft, whatever became of it, unless it was sent."""
    question = select(Newsletter).where(Newsletter.is_sample.is_(True), Newsletter.run_id.is_(None))
    for newsletter in session.scalars(question):
        drafts.withdraw(session, newsletter)
