"""What stands around the blocks of every newsletter: the organization, its numbers, and where the links lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from campaigns.newsletters.blocks import Block, Safety


@dataclass(frozen=True)
class Picture:
    """What rendering needs to know of an uploaded image; `path` is its address below ours."""

    path: str
    width: int
    height: int
    digest: str


@dataclass(frozen=True)
class Imprint:
    """The organization as the newsletter names it."""

    name: str
    program_line: str
    postal_address: str
    disclaimer: str
    emergency: str
    tip_line: str
    hotline_name: str
    hotline: str
    hotline_text: str


@dataclass(frozen=True)
class Frame:
    """Everything beside the blocks. `base` is our public address, `image_base` too ("" in a preview).

    `leave_url` and `list_names` (why somebody gets it) are slots but in a preview; `read_url` may be empty.
    """

    imprint: Imprint
    language: str
    base: str
    image_base: str
    leave_url: str
    read_url: str
    list_names: str
    pictures: Mapping[str, Picture]
    is_test: bool = False

    @property
    def data_url(self) -> str:
        """Where readers ask for a link to see and change everything."""
        return f"{self.base}/p"


def phone(number: str) -> str:
    """A number as a link that telephones understand."""
    return "tel:" + "".join(c for c in number if c.isdigit() or c == "+")


def numbers(imprint: Imprint) -> list[tuple[str, str]]:
    """The safety numbers in their fixed order, each with the words before it."""
    found = [(gettext("In danger:"), imprint.emergency), (gettext("Tip line:"), imprint.tip_line)]
    if imprint.hotline:
        found.append((gettext("%(name)s:", name=imprint.hotline_name), imprint.hotline))
    return [(label, number) for label, number in found if number]


def text_line(imprint: Imprint) -> str:
    """How to reach the hotline without speaking; "" when it has no such number."""
    return gettext("Or text %(number)s.", number=imprint.hotline_text) if imprint.hotline_text else ""


def quoted(words: str) -> str:
    """Somebody else's words between quotation marks; "" when there are none."""
    return gettext("“%(words)s”", words=words) if words else ""


def callout_title(title: str) -> str:
    """The heading of the safety callout."""
    return title or gettext("Need help, or worried about someone?")


def footer_title(blocks: Sequence[Block]) -> str:
    """The heading over the numbers in the footer; none where a callout said the same just before."""
    return "" if any(isinstance(block, Safety) for block in blocks) else callout_title("")


def reason(frame: Frame) -> str:
    """Why somebody gets this newsletter."""
    if frame.is_test:
        return gettext("This is a test, sent to staff only.")
    return gettext("You get this because you are on our list: %(lists)s.", lists=frame.list_names)


def leave_words(frame: Frame) -> str:
    """The words of the link that leaves."""
    return gettext("Leave this list (a test: nothing happens)") if frame.is_test else gettext("Leave this list")
