"""Blocks and what surrounds them as plain text, from the same source as the HTML."""

from flask_babel import gettext

from campaigns.newsletters import frame as around
from campaigns.newsletters import links, prose
from campaigns.newsletters.blocks import Block, Button, Divider, Heading, Image, Quote, Safety, Story, TextBlock
from campaigns.newsletters.frame import Frame
from campaigns.newsletters.merge import marked

RULE = "-" * prose.COLUMNS


def page(blocks: list[Block], frame: Frame) -> str:
    """The whole plain text of one language, with slots."""
    parts = [_top(frame), *(_block(block, frame) for block in blocks), RULE, _footer(blocks, frame)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _top(frame: Frame) -> str:
    return "\n".join(
        [frame.imprint.name, "", f"{around.leave_words(frame)}:", frame.leave_url, *_numbers(frame), "", RULE]
    )


def _numbers(frame: Frame) -> list[str]:
    return [f"{label} {number}" for label, number in around.numbers(frame.imprint)]


def _help(frame: Frame, title: str) -> str:
    lines = [title, *_numbers(frame), around.text_line(frame.imprint)]
    return "\n".join(filter(None, lines))


def _footer(blocks: list[Block], frame: Frame) -> str:
    imprint = frame.imprint
    read = [f"{gettext('Read on the web')}:", frame.read_url] if frame.read_url else []
    parts = [
        _help(frame, around.footer_title(blocks)),
        "\n".join([prose.wrapped(around.reason(frame)), f"{around.leave_words(frame)}:", frame.leave_url]),
        "\n".join([f"{gettext('See or change what we keep about you')}:", frame.data_url, *read]),
        "\n".join(filter(None, [imprint.name, prose.wrapped(imprint.program_line), imprint.postal_address])),
        prose.wrapped(imprint.disclaimer),
        gettext("We do not track what you open or click."),
    ]
    return "\n\n".join(filter(None, parts))


def _block(block: Block, frame: Frame) -> str:
    match block:
        case Heading():
            return prose.titled(prose.wrapped(marked(block.text)), block.level) if block.text else ""
        case TextBlock():
            return prose.plain(prose.html(block.text))
        case Image():
            return _image(block, frame)
        case Button():
            return "\n".join(filter(None, [marked(block.label), _address(block.url)]))
        case Quote():
            return _quote(block)
        case Divider():
            return "* * *"
        case Safety():
            return _help(frame, around.callout_title(block.title))
        case Story():
            return _story(block)


def _image(block: Image, frame: Frame) -> str:
    if block.image not in frame.pictures:
        return ""
    told = gettext("[Image: %(alt)s]", alt=block.alt) if block.alt and not block.is_decorative else ""
    return "\n".join(filter(None, [prose.wrapped(told), prose.wrapped(block.caption), _address(block.link)]))


def _quote(block: Quote) -> str:
    lines = prose.wrapped(marked(block.text), "> ")
    return f"{lines}\n> - {block.cite}" if block.cite else lines


def _story(block: Story) -> str:
    words = prose.wrapped(around.quoted(block.text), "> ") if block.is_quoted else prose.wrapped(block.text)
    parts = [words if block.text else "", prose.wrapped(block.source), links.web(block.url)]
    title = [prose.titled(prose.wrapped(block.title), 3)] if block.title else []
    return "\n".join([*title, *filter(None, parts)])


def _address(url: str) -> str:
    safe = links.safe(url)
    return safe.removeprefix("mailto:").removeprefix("tel:")
