"""A newsletter as one document: everything that people edit, and nothing else."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.newsletters.blocks import Blocks, Line, sentences

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
Ids = Annotated[list[int], Field(max_length=200)]


class Text(BaseModel):
    """One language version."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    subject: Line = ""
    preheader: Line = ""
    blocks: Blocks = []

    @field_validator("blocks")
    @classmethod
    def _ids_differ(cls, value: Blocks) -> Blocks:
        if len({block.id for block in value}) != len(value):
            raise ValueError("Two blocks carry the same mark. Please reload the page.")
        return value


class Document(BaseModel):
    """All languages, the audience and the time. `send_wall` is local time in `send_zone`, "" while none is chosen.

    `rhythm` is "" for readers who get each newsletter, otherwise what those who get it chose on these lists. `reached`
    is another newsletter, when this one is only for those who got it. With `leaves_uncertain` a copy that may have
    left before a crash is left to a person.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: Line
    sender_id: int | None = None
    lists: Ids = []
    minus: Ids = []
    rhythm: Annotated[str, Field(pattern=r"^[a-z]{0,16}$")] = ""
    reached: Annotated[int, Field(ge=1)] | None = None
    leaves_uncertain: bool = False
    send_mode: Literal["now", "at"] = "now"
    send_wall: str = ""
    send_zone: str
    editions: Annotated[dict[Language, Text], Field(max_length=20)]

    @field_validator("title")
    @classmethod
    def _has_title(cls, value: str) -> str:
        if not value:
            raise ValueError("Give the newsletter a name, so that your colleagues can find it.")
        return value

    @field_validator("lists", "minus")
    @classmethod
    def _in_order(cls, value: list[int]) -> list[int]:
        return sorted(set(value))

    @field_validator("send_wall")
    @classmethod
    def _wall_time(cls, value: str) -> str:
        return _wall(value).strftime("%Y-%m-%dT%H:%M") if value else ""

    @field_validator("send_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            clock.zone(value)
        except Invalid as error:
            raise ValueError(str(error)) from error
        return value

    @property
    def wall(self) -> datetime | None:
        """The local time to send at, naive, or None."""
        return _wall(self.send_wall) if self.send_wall else None

    @property
    def send_at(self) -> datetime | None:
        """The instant to send at, or None when it leaves once a person sends it or no time is chosen yet."""
        wall = self.wall
        return clock.instant_of(wall, self.send_zone) if wall and self.send_mode == "at" else None

    def text(self, language: str) -> Text:
        """One language version; an empty one when there is none."""
        return self.editions.get(language) or Text()

    def to_json(self) -> dict[str, Any]:
        """As stored in a revision and sent to the editor."""
        return self.model_dump(mode="json")


def _wall(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError as error:
        raise ValueError("Choose a day and a time, such as December 3, 8:00 am.") from error


def read_document(data: object) -> Document:
    """The document in a dictionary; raises Invalid with a sentence per field, as "editions.en.blocks.2.url"."""
    try:
        return Document.model_validate(data)
    except ValidationError as error:
        raise Invalid(sentences(error)) from error


def empty_document(title: str, sender_id: int | None, lists: list[int], zone: str) -> Document:
    """What a new newsletter begins with: one empty English version."""
    return read_document(
        {"title": title, "sender_id": sender_id, "lists": lists, "send_zone": zone, "editions": {"en": {}}}
    )
