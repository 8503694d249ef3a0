"""A post as one document: everything that people edit, and nothing else."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from campaigns import clock
from campaigns.errors import Invalid
from campaigns.markup import one_line, tidy

MAX_TEXT = 10_000
MAX_PICTURES = 10


def _words(most: int, clean: Callable[[str], str]) -> BeforeValidator:
    """Reads a text of at most `most` characters after cleaning; anything that is no text is refused."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("Please write text here.")
        text = clean(value) if len(value) <= 2 * most + 100 else value
        if len(text) > most:
            raise ValueError(f"That is too long: at most {most:,} characters fit here.")
        return text

    return BeforeValidator(check)


Text = Annotated[str, _words(MAX_TEXT, tidy)]
Line = Annotated[str, _words(200, one_line)]
Alt = Annotated[str, _words(5_000, tidy)]
Url = Annotated[str, _words(2_000, one_line)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PictureUse(_Part):
    """A picture of the post, by its token: a description, or the reason why it needs none."""

    token: Token
    alt: Alt = ""
    is_decorative: bool = False
    reason: Line = ""


class CardText(_Part):
    """What stands below the link."""

    title: Line = ""
    description: Annotated[str, _words(500, one_line)] = ""


class Variant(_Part):
    """How one channel says it. What is None, or missing in `alts`, is as in the post."""

    text: Text | None = None
    link: Url | None = None
    warning: Line = ""
    visibility: Annotated[str, Field(pattern=r"^[a-z_]{0,20}$")] = ""
    pictures: list[Token] | None = None
    alts: dict[Token, Alt] = {}


class Repeat(_Part):
    """How it comes again, in the wall time of its zone. Monday is 0; `days` count for weeks only."""

    every: Literal["day", "week", "month"] = "week"
    interval: Annotated[int, Field(ge=1, le=52)] = 1
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)] = []
    until: date | None = None

    @field_validator("days")
    @classmethod
    def _in_order(cls, value: list[int]) -> list[int]:
        return sorted(set(value))


class Document(_Part):
    """The post, its variants by channel, and its time: `send_wall` is local in `send_zone`, "" while none is chosen."""

    title: Line = ""
    text: Text = ""
    link: Url = ""
    card: CardText = CardText()
    language: Language = "en"
    is_thread: bool = False
    pictures: Annotated[list[PictureUse], Field(max_length=MAX_PICTURES)] = []
    channels: Annotated[list[int], Field(max_length=100)] = []
    variants: Annotated[dict[int, Variant], Field(max_length=100)] = {}
    send_mode: Literal["now", "at"] = "now"
    send_wall: str = ""
    send_zone: str
    lateness_minutes: Annotated[int, Field(ge=5, le=7 * 24 * 60)] = 60
    repeat: Repeat | None = None

    @field_validator("channels")
    @classmethod
    def _each_once(cls, value: list[int]) -> list[int]:
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
        """The local time to publish at, naive, or None."""
        return _wall(self.send_wall) if self.send_wall else None

    @property
    def send_at(self) -> datetime | None:
        """The instant to publish at, or None when it leaves once it is approved or no time is chosen yet."""
        wall = self.wall
        return clock.instant_of(wall, self.send_zone) if wall and self.send_mode == "at" else None

    @property
    def name(self) -> str:
        """What colleagues call it: its name, else its first words."""
        first = self.title or self.text.partition("\n")[0]
        return (first if len(first) <= 60 else f"{first[:59].rstrip()}…") or "Post without a text"

    def variant(self, channel_id: int) -> Variant:
        """How one channel says it; an empty one says it as the post."""
        return self.variants.get(channel_id) or Variant()

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return self.model_dump(mode="json")


def _wall(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError as error:
        raise ValueError("Choose a day and a time, such as December 3, 8:00 am.") from error


def read_document(data: object) -> Document:
    """The document in a dictionary; raises Invalid with a sentence per field, as "variants.3.link"."""
    try:
        return Document.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise Invalid({".".join(map(str, fault["loc"])): _sentence(fault) for fault in faults}) from error


def _sentence(fault: Any) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "too_long":
        return f"There is room for {fault['ctx']['max_length']} here."
    return "We could not read this. Please check it and try again."
