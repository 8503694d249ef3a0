"""A place without an interface that we may use: somebody copies the text, posts it, and enters where it is."""

from collections.abc import Mapping
from typing import Any

from campaigns.social import counting
from campaigns.social.counting import Measure
from campaigns.social.messages import Message
from campaigns.social.networks.port import Field, Network, Takes

LONGEST = 5_000


class Manual(Network):
    """The channel that asks a person."""

    name = "manual"
    label = "By hand"
    takes = Takes(pictures=10, alt_limit=5_000)
    fields = (Field("handle", "Where it is", "What you call the place, like “Nextdoor, Fruitvale”.", is_secret=False),)
    steps = (
        "Nothing has to be connected. When the time of a post comes, it waits here for one of you.",
        "Copy the text and save the pictures, post them yourself, then press “I posted it” and enter the link.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """Characters, with a limit that only keeps it readable, unless one was entered for this place."""
        return [Measure(counting.graphemes(message.text), int(limits.get("characters", LONGEST)))]
