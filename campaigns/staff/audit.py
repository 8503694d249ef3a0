"""The adder of the audit log: who did what to what. Ids and values only, never names, addresses or secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaigns.staff.models import AuditEntry


def add(
    session: Session,
    *,
    user_id: int | None,
    action: str,
    object_kind: str,
    object_id: int | None,
    details: dict[str, Any] | None = None,
    now: datetime,
) -> AuditEntry:
    """Put one entry in the session; `user_id` None stands for the program itself."""
    entry = AuditEntry(at=now, user_id=user_id, action=action, object_kind=object_kind, object_id=object_id)
    entry.details = details or {}
    session.add(entry)
    return entry
