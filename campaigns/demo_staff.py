"""The people and the newsletter of the demo: two accounts, made as an office makes them, and a draft from a file."""

import json
import re
import threading
from datetime import datetime
from pathlib import Path

from flask_security import hash_password

from campaigns import tokens
from campaigns.delivery import outbox, sender
from campaigns.delivery.queries import default_sender
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.newsletters import actions
from campaigns.planning.queries import is_paused
from campaigns.staff.actions import links
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization


def add_staff(sandbox: SandboxServer, now: datetime) -> tuple[int, int]:
    """The first administrator, who writes, and an approver who follows an invitation by mail; gives their ids."""
    token = links.first_link(now)
    if token is None:
        raise RuntimeError("the throwaway installation already has an account")
    password = hash_password(tokens.random_token())
    author = links.make_account(token, "ana@example.org", "Ana Ruiz", password, now)
    links.invite("ben@example.org", "Ben Okafor", [RoleName.APPROVER], author, outbox.add, now)
    sender.send_mails(is_paused, threading.Event())
    invitation = sandbox.store.get(sandbox.store.list()[0].id)
    found = re.search(r"/welcome/(\S+)", invitation.text)
    if found is None:
        raise RuntimeError("the invitation holds no link")
    return author, links.make_account(found[1], "", "Ben Okafor", password, now)


def compose(file: Path, title: str, list_id: int, author: int, now: datetime) -> int:
    """A draft with the words of a file, for one list; gives its id."""
    content = json.loads(file.read_text(encoding="utf-8"))
    from_whom = default_sender()
    document = {
        "title": title,
        "sender_id": from_whom.id if from_whom else None,
        "lists": [list_id],
        "send_zone": get_organization().zone,
        "editions": {"en": {name: content[name] for name in ("subject", "preheader", "blocks")}},
    }
    return actions.create_from(document, author, now)
