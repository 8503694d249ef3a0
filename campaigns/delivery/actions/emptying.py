"""What the emptying of the sandbox leaves in the audit log; the messages themselves lie in files."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.staff import audit


@action
def record_emptied(messages: int, user_id: int, now: datetime) -> None:
    """Note that somebody emptied the sandbox of so many messages."""
    audit.add(
        db.session(),
        user_id=user_id,
        action="sandbox.emptied",
        object_kind="sandbox",
        object_id=None,
        details={"messages": messages},
        now=now,
    )
