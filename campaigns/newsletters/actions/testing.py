"""Test sends, to confirmed addresses of staff only."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from campaigns.db import action, db
from campaigns.delivery import outbox
from campaigns.delivery.mime import Form
from campaigns.errors import Invalid
from campaigns.newsletters import preparing
from campaigns.newsletters.deciding import record
from campaigns.newsletters.preparing import Prepared
from campaigns.newsletters.queries import get_newsletter
from campaigns.newsletters.render import Rendered
from campaigns.staff.models import User
from campaigns.staff.queries import users


def send_test(prepared: Prepared, user_ids: list[int], user_id: int, now: datetime) -> int:
    """Send every language to these members of staff, with their own names in it; gives to how many.

    Raises Invalid when one of them has no confirmed address. Rendering comes first, then one transaction.
    """
    if not user_ids:
        raise Invalid({"people": "Choose at least one person."})
    mails = {}
    for person in users():
        if person.id in set(user_ids):
            first, _, last = person.name.partition(" ")
            mails[person.id] = preparing.test_mails(prepared, {"first_name": first, "last_name": last})
    return _queue(prepared, user_ids, mails, user_id, now)


@action
def _queue(
    prepared: Prepared,
    user_ids: list[int],
    mails: Mapping[int, Mapping[str, Rendered]],
    user_id: int,
    now: datetime,
) -> int:
    people = list(db.session.scalars(select(User).where(User.id.in_(user_ids), User.active.is_(True))))
    unconfirmed = [person.name for person in people if person.confirmed_at is None]
    if unconfirmed or len(people) != len(set(user_ids)):
        raise Invalid({"people": "A test goes only to colleagues whose address is confirmed."})
    for person in people:
        for language, mail in mails[person.id].items():
            _queue_one(person, mail, prepared.forms[language], now)
    newsletter = get_newsletter(prepared.newsletter_id)
    record(db.session(), newsletter, "newsletter.tested", user_id, now, {"people": len(people)})
    return len(people)


def _queue_one(person: User, mail: Rendered, form: Form, now: datetime) -> None:
    queued = outbox.add(
        db.session(),
        kind="newsletter_test",
        to_address=person.email,
        to_name=person.name,
        from_name=form.from_name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        now=now,
    )
    queued.from_address, queued.reply_to = form.from_address, form.reply_to or ""
