"""Finding newsletters, posts, people and campaigns by a few words, in every script."""

from dataclasses import dataclass, field

from campaigns import search
from campaigns.audience import queries as audience
from campaigns.audience.models import Subscriber
from campaigns.newsletters import queries as newsletters
from campaigns.newsletters.models import Newsletter
from campaigns.planning import queries as planning
from campaigns.planning.models import Campaign
from campaigns.social import queries as social
from campaigns.social.models import Post

SHOWN = 20
SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """What was found; `people_total` may be more than the people shown."""

    newsletters: list[Newsletter] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    people: list[Subscriber] = field(default_factory=list)
    people_total: int = 0
    campaigns: list[Campaign] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.newsletters or self.posts or self.people or self.campaigns)


def find(question: str, with_people: bool) -> Found:
    """Everything that matches all words of the question; people only for those who keep the lists."""
    if len(question) < SHORTEST or not search.words_of(question):
        return Found()
    people = audience.search_subscribers(question) if with_people else None
    return Found(
        newsletters=list(newsletters.search_newsletters(question).items[:SHOWN]),
        posts=list(social.search_posts(question).items[:SHOWN]),
        people=list(people.items[:SHOWN]) if people else [],
        people_total=people.total if people else 0,
        campaigns=planning.search_campaigns(question),
    )
