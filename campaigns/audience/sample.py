"""Labelled sample subscribers at addresses that cannot belong to anybody; one button takes them away again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience import memberships, people
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import MailingList, MembershipState, Subscriber
from campaigns.delivery.addresses import parse

# first name, last name, address, numbers of the lists in their order, whether they confirmed
PEOPLE = [
    ("Maya", "Johnson", "maya.johnson@example.org", (1, 2), True),
    ("José", "Núñez", "jose.nunez@example.org", (1, 3), True),
    ("Thùy", "Nguyễn", "thuy.nguyen@example.org", (1,), True),
    ("美玲", "陳", "meiling.chan@example.org", (1, 2), True),
    ("Siobhan", "O'Brien", "siobhan.obrien@example.org", (1, 4), True),
    ("Анна", "Петрова", "anna.petrova@example.org", (1,), True),
    ("ليلى", "حداد", "layla.haddad@example.org", (1, 3), True),
    ("Priya", "शर्मा", "priya.sharma@example.org", (1, 2, 3), True),
    ("지우", "김", "jiwoo.kim@example.org", (5,), True),
    ("Amara", "Okafor", "amara.okafor@example.org", (4,), True),
    ("Tala", "Santos-Cruz", "tala.santos@example.org", (2, 5), True),
    ("Deshawn", "Williams", "deshawn.williams@example.org", (1,), False),
]


def add(session: Session, now: datetime) -> None:
    """Put the sample people in the session, on the lists that there are."""
    in_order = select(MailingList.id).order_by(MailingList.position, MailingList.id)
    lists = dict(enumerate(session.scalars(in_order), 1))
    for first_name, last_name, text, numbers, is_confirmed in PEOPLE:
        address = parse(text)
        if people.find(session, address.key) is not None:
            continue
        made = people.add(session, address, now, first_name=first_name, last_name=last_name, is_sample=True)
        state = MembershipState.CONFIRMED if is_confirmed else MembershipState.PENDING
        for list_id in (lists[number] for number in numbers if number in lists):
            memberships.change(session, made.id, list_id, state, Channel.SYSTEM, now, event=Event.ADDED, basis="sample")


def remove(session: Session) -> None:
    """Delete the sample people, and nobody else."""
    people.forget(session, list(session.scalars(select(Subscriber.id).where(Subscriber.is_sample.is_(True)))))
