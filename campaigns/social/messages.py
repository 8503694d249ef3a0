"""What one message says on one network: the shape that is frozen, shown in previews and handed to networks. Pure."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Card:
    """What stands below a link: the title and description that its page gives itself."""

    url: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True)
class Shown:
    """One picture with its description; `alt` is empty only for decoration. `url` is where anybody can fetch it."""

    picture_id: int
    alt: str
    media_type: str
    width: int
    height: int
    digest: str
    url: str


@dataclass(frozen=True)
class Message:
    """The content of one message. `link` stands in `text` already where the network wants it there."""

    text: str
    link: str = ""
    card: Card | None = None
    pictures: tuple[Shown, ...] = ()
    warning: str = ""
    visibility: str = "public"
    language: str = "en"

    def to_json(self) -> dict[str, Any]:
        """As it is frozen."""
        return asdict(self)

    def with_text(self, text: str) -> "Message":
        """The same with another text."""
        return replace(self, text=text)


def read_message(data: dict[str, Any]) -> Message:
    """A frozen message again."""
    card = data.get("card")
    pictures = tuple(Shown(**one) for one in data.get("pictures", ()))
    return Message(**{**data, "card": Card(**card) if card else None, "pictures": pictures})


@dataclass(frozen=True)
class Published:
    """What a network says about a message that is out: its name there, and where people see it."""

    ref: dict[str, Any] = field(default_factory=dict)
    permalink: str = ""
