"""What helps writing: sets of hashtags, and rules that tag links."""

import re
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import one_line
from campaigns.social.models import HashtagSet, LinkRule
from campaigns.staff import audit

Row = TypeVar("Row", HashtagSet, LinkRule)
_TAG = re.compile(r"#?([^\W_][\w]*)")
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")
_VALUE = re.compile(r"(?:[A-Za-z0-9._~-]|\{network\}|\{channel\}|\{campaign\})*")
_LABELS = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign"}


@action
def save_hashtags(set_id: int | None, name: str, tags: str, user_id: int, now: datetime) -> int:
    """Keep a set of hashtags under a name; returns its id."""
    name = one_line(name)[:60]
    words = [f"#{word}" for word in dict.fromkeys(_TAG.findall(one_line(tags)))]
    if not name:
        raise Invalid({"name": "Give the set a name."})
    if not words:
        raise Invalid({"tags": "Write at least one hashtag, like #EndTrafficking."})
    other = db.session.scalar(select(HashtagSet.id).where(HashtagSet.name == name))
    if other is not None and other != set_id:
        raise Conflict("Another set has this name already.")
    row = _get(HashtagSet, set_id) if set_id else HashtagSet(name=name, tags="", version=0)
    row.name, row.tags, row.version = name, " ".join(words)[:1_000], row.version + 1
    db.session.add(row)
    db.session.flush()
    _record("hashtags.saved", "hashtag_set", row.id, user_id, now)
    return row.id


@action
def remove_hashtags(set_id: int, user_id: int, now: datetime) -> None:
    """Forget a set; posts keep their hashtags."""
    db.session.delete(_get(HashtagSet, set_id))
    _record("hashtags.removed", "hashtag_set", set_id, user_id, now)


@action
def save_link_rule(
    rule_id: int | None, domain: str, source: str, medium: str, campaign: str, user_id: int, now: datetime
) -> int:
    """Tag the links to a domain and to what lies under it; returns the id of the rule."""
    domain = one_line(domain).lower().removeprefix("https://").removeprefix("http://").strip("/")
    if not _DOMAIN.fullmatch(domain):
        raise Invalid({"domain": "Enter the name of a site, like heatwatch.org."})
    values = {"source": one_line(source), "medium": one_line(medium), "campaign": one_line(campaign)}
    for field, value in values.items():
        if not _VALUE.fullmatch(value) or len(value) > 100:
            told = "letters, digits, dots and hyphens, or {network}, {channel} and {campaign}"
            raise Invalid({field: f"For {_LABELS[field]} use {told}."})
    other = db.session.scalar(select(LinkRule.id).where(LinkRule.domain == domain))
    if other is not None and other != rule_id:
        raise Conflict("There is a rule for this site already.")
    row = _get(LinkRule, rule_id) if rule_id else LinkRule(domain=domain, version=0)
    row.domain, row.version = domain, row.version + 1
    row.source, row.medium, row.campaign = values["source"], values["medium"], values["campaign"]
    db.session.add(row)
    db.session.flush()
    _record("link_rule.saved", "link_rule", row.id, user_id, now)
    return row.id


@action
def remove_link_rule(rule_id: int, user_id: int, now: datetime) -> None:
    """Tag the links to this site no more. Posts that were approved with tags need a new approval."""
    db.session.delete(_get(LinkRule, rule_id))
    _record("link_rule.removed", "link_rule", rule_id, user_id, now)


def _get(table: type[Row], row_id: int | None) -> Row:
    found = db.session.get(table, row_id, with_for_update=True)
    if found is None:
        raise NotFound()
    return found


def _record(what: str, kind: str, row_id: int, user_id: int, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind=kind, object_id=row_id, now=now)
