"""Newsletters for tests, as far along as a test needs them."""

from datetime import datetime

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery.models import SendingRules
from campaigns.newsletters import actions, preparing, queries, rules
from campaigns.newsletters.models import Newsletter
from campaigns.staff.models import Organization, RoleName, User
from tests import make

BLOCKS = [
    {"id": "hello", "kind": "heading", "level": 2, "text": "Signs"},
    {
        "id": "body",
        "kind": "text",
        "text": "Dear {{ first_name | friend }},\n\nRead [the guide](https://example.org/g).",
    },
]
ENGLISH = {"subject": "Signs, {{ first_name | friend }}", "preheader": "Read", "blocks": BLOCKS}


def people() -> tuple[User, User]:
    """A writer and an approver."""
    return make.user(RoleName.WRITER, name="Ana Ruiz"), make.user(RoleName.APPROVER, name="Ben Ho")


def draft(author: User, **changes: object) -> int:
    """A finished draft to the first list; makes the sender too."""
    document = {
        "title": "December news",
        "sender_id": make.sender().id,
        "lists": [make.first_list().id],
        "send_zone": "America/Los_Angeles",
        "editions": {"en": ENGLISH},
    }
    return actions.create_from({**document, **changes}, author.id, clock.now())


def submitted(author: User, **changes: object) -> int:
    """One that waits for approval."""
    made = draft(author, **changes)
    actions.submit(preparing.prepare(made, clock.now()), "", author.id, clock.now())
    return made


def approve(newsletter_id: int, approver: User) -> None:
    """Approve what stands now."""
    prepared = preparing.prepare(newsletter_id, clock.now())
    actions.approve(prepared, prepared.content_hash, "", approver.id, clock.now())


def approved(author: User, approver: User, **changes: object) -> int:
    """One in its minute before the launch."""
    made = submitted(author, **changes)
    approve(made, approver)
    return made


def a_minute_later() -> datetime:
    """When an approved newsletter leaves."""
    return clock.now() + rules.STOP_WINDOW


def launched(author: User, approver: User, **changes: object) -> Newsletter:
    """One on its way."""
    made = approved(author, approver, **changes)
    actions.launch_due(a_minute_later())
    return queries.get_newsletter(made)


@action
def go_live(at: datetime | None = None, has_hours: bool = False) -> None:
    """The office is live, with everything it needs for that; newsletters leave at any hour unless `has_hours`."""
    sending_rules = SendingRules.usual()
    sending_rules.has_hours = has_hours
    db.session.merge(sending_rules)
    organization = db.session.get_one(Organization, 1)
    organization.went_live_at = at or clock.now()
    organization.postal_address = "1225 Fallon Street"
    organization.public_url = "https://news.example.org"
