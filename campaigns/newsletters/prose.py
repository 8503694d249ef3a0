"""Markdown of a text block as mail HTML with its styles, and as plain text with whole addresses."""

import re
import textwrap
from html.parser import HTMLParser

from campaigns.markup import html_of
from campaigns.newsletters import theme
from campaigns.newsletters.merge import filled, marked, slots_of, values_of

COLUMNS = 72
_TAG = re.compile(rf"<({'|'.join(theme.STYLES)})(?=[ >])")
_TOP_HEADING = re.compile(r"(?m)^( {0,3})#(?=[ \t])")
_LOW_HEADING = re.compile(r"(?m)^( {0,3})#{4,6}(?=[ \t])")


def html(markdown: str) -> str:
    """Safe HTML with slots for the merge fields; headings begin at the second level, as the masthead is the first."""
    source = _LOW_HEADING.sub(r"\1###", _TOP_HEADING.sub(r"\1##", markdown))
    return html_of(marked(source)).strip()


def styled(source: str) -> str:
    """The same with the style of each element inside it."""
    return _TAG.sub(lambda found: f'<{found[1]} style="{theme.STYLES[found[1]]}"', source)


def plain(source: str) -> str:
    """HTML of ours as plain text: 72 columns, each address whole on its own line, headings underlined."""
    reader = _Plain()
    reader.feed(source)
    reader.close()
    return "\n\n".join(reader.finished())


def wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    """One paragraph in lines; a word longer than a line stays whole, as an address must."""
    lines = [
        textwrap.fill(
            line,
            COLUMNS,
            initial_indent=(first if first is not None and not at else indent),
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for at, line in enumerate(text.split("\n"))
    ]
    return "\n".join(lines)


def titled(text: str, level: int) -> str:
    """A heading, underlined as far as it is wide for a reader without a name."""
    seen = filled(text, values_of(slots_of(text), {}))
    longest = min(COLUMNS, max(len(line) for line in seen.split("\n")))
    return f"{text}\n{('=' if level == 2 else '-') * longest}"


class _Plain(HTMLParser):
    """Collects paragraphs, and the addresses of each paragraph's links for the lines below it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.lists: list[int | None] = []
        self.is_new_item = False
        self.is_in_list = False
        self.quotes = 0
        self.link = ("", 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "h2", "h3", "ul", "ol", "blockquote"):
            self._end_paragraph()
        if tag in ("ul", "ol"):
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self.is_new_item = True
        elif tag == "blockquote":
            self.quotes += 1
        elif tag == "br":
            self.text = self.text.rstrip() + "\n"
        elif tag == "a":
            self.link = (dict(attrs).get("href") or "", len(self.text))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._note_link()
        elif tag in ("h2", "h3"):
            text, self.text = self.text.strip(), ""
            self.parts.append(titled(text, int(tag[1])))
            self._add_links("")
        elif tag in ("p", "li", "ul", "ol", "blockquote"):
            self._end_paragraph()
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self.is_in_list = bool(self.lists)
        elif tag == "blockquote":
            self.quotes -= 1

    def handle_data(self, data: str) -> None:
        self.text += re.sub(r"[ \t\r\n]+", " ", data)

    def finished(self) -> list[str]:
        """The paragraphs, each with the lines of its links."""
        self._end_paragraph()
        return self.parts

    def _note_link(self) -> None:
        address, start = self.link
        bare = re.sub(r"^(mailto|tel|sms):", "", address)
        if bare and self.text[start:].strip() != bare:
            self.links.append(bare)

    def _end_paragraph(self) -> None:
        text, self.text = self.text.strip(), ""
        if not text:
            self._add_links("")
            return
        indent = first = "> " * self.quotes + "  " * max(0, len(self.lists) - 1)
        if self.lists:
            bullet = self._bullet() if self.is_new_item else "  "
            indent, first = indent + " " * len(bullet), indent + bullet
        self.is_new_item = False
        lines = wrapped(text, indent, first)
        if self.is_in_list:
            self.parts[-1] += f"\n{lines}"
        else:
            self.parts.append(lines)
        self.is_in_list = bool(self.lists)
        self._add_links(indent)

    def _bullet(self) -> str:
        number = self.lists[-1]
        if number is None:
            return "- "
        self.lists[-1] = number + 1
        return f"{number}. "

    def _add_links(self, indent: str) -> None:
        if self.links and self.parts:
            self.parts[-1] += "".join(f"\n{indent}{address}" for address in self.links)
        self.links = []
