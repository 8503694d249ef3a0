"""One language of a newsletter, rendered: subject, HTML and plain text from the same blocks, with slots for readers."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import force_locale

from campaigns.delivery import quoted
from campaigns.newsletters import article, merge, mjml, plain
from campaigns.newsletters.documents import Text
from campaigns.newsletters.frame import Frame

WARN_BYTES = 80 * 1024
MAX_BYTES = 100 * 1024


@dataclass(frozen=True)
class Rendered:
    """What mail programs get. While it holds slots it is for everybody; `fill` makes it one reader's."""

    subject: str
    preheader: str
    html: str
    text: str

    @property
    def slots(self) -> set[str]:
        """The names of all slots in it."""
        return merge.slots_of(self.subject + self.html + self.text)

    @property
    def encoded_size(self) -> int:
        """Bytes of the HTML as it travels; mail programs cut messages past some 102 KB."""
        return len(quoted.encode(self.html))

    def fill(self, values: Mapping[str, str]) -> "Rendered":
        """The same for one reader; a slot without a value becomes empty."""
        return Rendered(
            subject=merge.filled(self.subject, values),
            preheader=merge.filled(self.preheader, values),
            html=merge.filled_html(self.html, values),
            text=merge.filled(self.text, values),
        )


def render(text: Text, frame: Frame) -> Rendered:
    """Render one language; the words of the frame are in that language too. Never fails on an unfinished draft."""
    subject, preheader = merge.marked(text.subject), merge.marked(text.preheader)
    with force_locale(frame.language):
        return Rendered(
            subject=subject,
            preheader=preheader,
            html=mjml.page(subject, preheader, text.blocks, frame),
            text=plain.page(text.blocks, frame),
        )


def render_article(text: Text, frame: Frame) -> str:
    """The blocks for the archive page; merge fields show what stands there when a name is unknown."""
    with force_locale(frame.language):
        source = article.page(text.blocks, frame)
    return merge.filled_html(source, merge.values_of(merge.slots_of(source), {}))
