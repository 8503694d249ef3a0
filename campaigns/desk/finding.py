"""Finding newsletters, people and campaigns by a few words, in every script."""

from dataclasses import dataclass, field

from sqlalchemy import select

from campaigns import search
from campaigns.audience import queries as audience
from campaigns.audience.models import Subscriber
from campaigns.db import db
from campaigns.newsletters.models import Newsletter
from campaigns.planning import queries as planning
from campaigns.planning.models import Campaign

SHOWN = 20
SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """What was found; `people_total` may be more than the people shown."""

    newsletters: list[Newsletter] = field(default_factory=list)
    people: list[Subscriber] = field(default_factory=list)
    people_total: int = 0
    campaigns: list[Campaign] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.newsletters or self.people or self.campaigns)


def find(question: str, with_people: bool) -> Found:
    """Everything that matches all words of the question; people only for those who keep the lists."""
    if len(question) < SHORTEST:
        return Found()
    people = audience.search_subscribers(question) if with_people else None
    return Found(
        newsletters=_newsletters(question),
        people=list(people.items[:SHOWN]) if people else [],
        people_total=people.total if people else 0,
        campaigns=planning.search_campaigns(question),
    )


def _newsletters(question: str) -> list[Newsletter]:
    parts = search.matching("newsletter", question)
    if not parts:
        return []
    found = select(Newsletter).where(Newsletter.binned_at.is_(None), *(Newsletter.id.in_(part) for part in parts))
    return list(db.session.scalars(found.order_by(Newsletter.changed_at.desc(), Newsletter.id).limit(SHOWN)))
