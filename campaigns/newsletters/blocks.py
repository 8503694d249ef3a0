"""The blocks that a newsletter is made of. An unfinished block is fine here; `rules.py` says what is still missing."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from campaigns.errors import Invalid
from campaigns.markup import one_line, tidy

MAX_BLOCKS = 100


def _words(most: int, clean: Callable[[str], str]) -> BeforeValidator:
    """Reads a text of at most `most` characters after cleaning; anything that is no text is refused."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("Please write text here.")
        # Whoever sends megabytes is refused before the costly cleaning.
        text = clean(value) if len(value) <= 2 * most + 100 else value
        if len(text) > most:
            raise ValueError(f"That is too long: at most {most:,} characters fit here.")
        return text

    return BeforeValidator(check)


Line = Annotated[str, _words(200, one_line)]
Label = Annotated[str, _words(80, one_line)]
Alt = Annotated[str, _words(300, one_line)]
Url = Annotated[str, _words(2000, one_line)]
Passage = Annotated[str, _words(20_000, tidy)]
Words = Annotated[str, _words(2000, tidy)]


def _level(value: object) -> object:
    return int(value) if isinstance(value, str) and value in ("2", "3") else value


class _Block(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]{1,16}$")


class Heading(_Block):
    """A heading; level 1 is the masthead's."""

    kind: Literal["heading"] = "heading"
    level: Annotated[Literal[2, 3], BeforeValidator(_level)] = 2
    text: Line = ""


class TextBlock(_Block):
    """Paragraphs, lists and links, written in Markdown."""

    kind: Literal["text"] = "text"
    text: Passage = ""


class Image(_Block):
    """A picture of ours, by its token; it needs a description unless it only decorates."""

    kind: Literal["image"] = "image"
    image: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    alt: Alt = ""
    is_decorative: bool = False
    caption: Alt = ""
    link: Url = ""


class Button(_Block):
    """A link that stands out."""

    kind: Literal["button"] = "button"
    label: Label = ""
    url: Url = ""


class Quote(_Block):
    """Somebody's words, and who said them."""

    kind: Literal["quote"] = "quote"
    text: Words = ""
    cite: Line = ""


class Divider(_Block):
    """A line between two parts."""

    kind: Literal["divider"] = "divider"


class Safety(_Block):
    """Where to get help; the numbers are the organization's."""

    kind: Literal["safety"] = "safety"
    title: Line = ""


class Story(_Block):
    """Somebody else's news as it was when it was taken: a headline, some words, where it stands, whose it is.

    What a source wrote is never read as Markdown nor for merge fields. `story` and `source_hash` say to those above
    what it was taken from; a picture is one of ours, by its token.
    """

    kind: Literal["story"] = "story"
    title: Alt = ""
    text: Words = ""
    is_quoted: bool = False
    url: Url = ""
    source: Alt = ""
    image: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    alt: Alt = ""
    story: Annotated[int, Field(ge=0)] = 0
    source_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$")] = ""


Block = Annotated[
    Heading | TextBlock | Image | Button | Quote | Divider | Safety | Story,
    Field(discriminator="kind"),
]
Blocks = Annotated[list[Block], Field(max_length=MAX_BLOCKS)]

KINDS = {
    "heading": "Heading",
    "text": "Text",
    "image": "Image",
    "button": "Button",
    "quote": "Quote",
    "divider": "Divider",
    "safety": "Where to get help",
    "story": "News story",
}
# What is taken from elsewhere cannot begin empty.
TAKEN = ("story",)
ADDABLE = {kind: word for kind, word in KINDS.items() if kind not in TAKEN}


class Shapes:
    """The validators, made once."""

    blocks: ClassVar[TypeAdapter[list[Block]]] = TypeAdapter(Blocks)


def read_blocks(data: object) -> list[Block]:
    """The blocks in a list of dictionaries; raises Invalid with a sentence per field, as "2.url"."""
    try:
        return Shapes.blocks.validate_python(data)
    except ValidationError as error:
        raise Invalid(sentences(error)) from error


def new_block(kind: str) -> dict[str, Any]:
    """An empty block of that kind with an id of its own; raises Invalid for a kind that does not exist."""
    if kind not in KINDS:
        raise Invalid("There is no such block.")
    return read_blocks([{"kind": kind, "id": secrets.token_hex(6)}])[0].model_dump()


def sentences(error: ValidationError) -> dict[str, str]:
    """What pydantic found, as a field and a sentence for the person who writes."""
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        # The discriminator stands in the path of a block's field ("2", "button", "url"); people do not need it.
        path = [str(part) for at, part in enumerate(fault["loc"]) if not (part in KINDS and at and _is_no(fault, at))]
        found[".".join(path)] = _sentence(fault)
    return found


def _is_no(fault: Any, at: int) -> bool:
    return isinstance(fault["loc"][at - 1], int)


def _sentence(fault: Any) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "too_long":
        return f"A newsletter has room for {MAX_BLOCKS} blocks."
    return "We could not read this. Please reload the page and try again."
