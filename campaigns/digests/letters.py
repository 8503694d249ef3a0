"""Mails about digests: an issue waits for its approver, could not be made, or leaves under a standing approval."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from campaigns.delivery import outbox
from campaigns.digests.models import Digest, DigestIssue
from campaigns.staff.models import User
from campaigns.staff.queries import approvers, get_organization, site_url


def handed(session: Session, digest: Digest, issue: DigestIssue, notes: Iterable[str], now: datetime) -> None:
    """Ask the approver to read an issue."""
    lines = [
        gettext(
            "“%(name)s” has a new issue with %(count)s stories. It waits for you: nothing is sent before you approve "
            "it.",
            name=digest.name,
            count=issue.story_count,
        ),
        *notes,
    ]
    _write(
        session,
        issue,
        _approvers(digest),
        gettext("Please read: %(name)s", name=digest.name),
        lines,
        now,
    )


def reminded(session: Session, digest: Digest, issue: DigestIssue, is_last: bool, now: datetime) -> None:
    """Ask again; the last time everybody who may approve."""
    to = approvers() if is_last else _approvers(digest)
    lines = [gettext("An issue of “%(name)s” still waits to be approved. Nothing was sent.", name=digest.name)]
    _write(session, issue, to, gettext("Still waiting: %(name)s", name=digest.name), lines, now)


def told(session: Session, digest: Digest, issue: DigestIssue, sentence: str, now: datetime) -> None:
    """Tell who keeps the digest, and its approver, what became of an issue."""
    keeper = session.get(User, digest.changed_by_id) if digest.changed_by_id else None
    people = {user.id: user for user in [*_approvers(digest), *([keeper] if keeper else [])]}
    subject = gettext("About the digest “%(name)s”", name=digest.name)
    _write(session, issue, list(people.values()), subject, [sentence], now)


def _approvers(digest: Digest) -> list[User]:
    """The named one; everybody who may approve it when that person is gone or wrote the rule."""
    is_practice = get_organization().is_practice
    able = [user for user in approvers() if is_practice or user.id != digest.changed_by_id]
    return [user for user in able if user.id == digest.approver_id] or able


def _write(
    session: Session,
    issue: DigestIssue,
    people: Iterable[User],
    subject: str,
    lines: Iterable[str],
    now: datetime,
) -> None:
    where = f"{site_url()}/news/digests/issues/{issue.id}"
    for user in people:
        if user.active:
            outbox.add(
                session,
                kind="digest_notice",
                to_address=user.email,
                to_name=user.name,
                subject=subject,
                text="\n\n".join([*lines, f"{gettext('Look at it here:')}\n{where}"]) + "\n",
                now=now,
            )
