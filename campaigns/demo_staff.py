"""The people and the newsletter of the demo: two accounts, made as an office makes them, and a draft from a file."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_security import hash_password
from sqlalchemy.orm import Session

from campaigns import tokens
from campaigns.delivery.actions import senders
from campaigns.delivery.queries import default_sender
from campaigns.newsletters import actions
from campaigns.staff.actions import links
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization


def add_staff(now: datetime) -> tuple[int, int]:
    """The first administrator, who writes, and an approver who follows an invitation; gives their ids."""
    token = links.first_link(now)
    if token is None:
        raise RuntimeError("the throwaway installation already has an account")
    password = hash_password(tokens.random_token())
    author = links.make_account(token, "ana@example.org", "Ana Ruiz", password, now)
    mails: list[str] = []

    def keep(_session: Session, *, text: str, **_: Any) -> None:
        mails.append(text)

    links.invite("ben@example.org", "Ben Okafor", [RoleName.APPROVER], author, keep, now)
    found = re.search(r"/welcome/(\S+)", mails[0])
    if found is None:
        raise RuntimeError("the invitation holds no link")
    approver = links.make_account(found[1], "", "Ben Okafor", password, now)
    senders.add(name="H.E.A.T. Watch", address="news@example.org", reply_to="info@example.org", user_id=author, now=now)
    return author, approver


def compose(file: Path, title: str, list_id: int, author: int, now: datetime) -> int:
    """A draft with the words of a file, for one list; gives its id."""
    content = json.loads(file.read_text(encoding="utf-8"))
    sender = default_sender()
    document = {
        "title": title,
        "sender_id": sender.id if sender else None,
        "lists": [list_id],
        "send_zone": get_organization().zone,
        "editions": {"en": {name: content[name] for name in ("subject", "preheader", "blocks")}},
    }
    return actions.create_from(document, author, now)
