"""Blocks as the archive page shows them: plain semantic HTML without styles, made by us from cleaned words alone."""

from html import escape

from campaigns.newsletters import frame as around
from campaigns.newsletters import links, prose
from campaigns.newsletters.blocks import Block, Button, Divider, Heading, Image, Quote, Safety, Story, TextBlock
from campaigns.newsletters.frame import Frame
from campaigns.newsletters.merge import marked


def page(blocks: list[Block], frame: Frame) -> str:
    """The blocks of one language, with slots; images by their address on our own site."""
    return "\n".join(part for part in (_block(block, frame) for block in blocks) if part)


def _block(block: Block, frame: Frame) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(marked(block.text))}</h{block.level}>" if block.text else ""
        case TextBlock():
            return prose.html(block.text)
        case Image():
            return _figure(block, frame)
        case Button():
            return (
                f"<p>{_link(links.safe(block.url), marked(block.label), 'btn btn-primary')}</p>" if block.label else ""
            )
        case Quote():
            return _quote(block)
        case Divider():
            return "<hr>"
        case Safety():
            return _callout(block, frame)
        case Story():
            return _story(block, frame)


def _link(url: str, label: str, look: str = "") -> str:
    kind = f' class="{look}"' if look else ""
    return f'<a href="{escape(url)}"{kind}>{escape(label)}</a>'


def _figure(block: Image, frame: Frame) -> str:
    picture = frame.pictures.get(block.image)
    if picture is None:
        return ""
    alt = "" if block.is_decorative else block.alt
    size = f'width="{picture.width}" height="{picture.height}"'
    image = f'<img src="{escape(picture.path)}" alt="{escape(alt)}" {size} loading="lazy">'
    link = links.safe(block.link)
    image = f'<a href="{escape(link)}">{image}</a>' if link else image
    caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
    return f"<figure>{image}{caption}</figure>"


def _quote(block: Quote) -> str:
    lines = escape(marked(block.text)).replace("\n", "<br>")
    cite = f"<footer>{escape(block.cite)}</footer>" if block.cite else ""
    return f"<blockquote><p>{lines}</p>{cite}</blockquote>"


def _story(block: Story, frame: Frame) -> str:
    url = links.web(block.url)
    title = _link(url, block.title) if url else escape(block.title)
    words = escape(around.quoted(block.text) if block.is_quoted else block.text).replace("\n", "<br>")
    text = f"<blockquote><p>{words}</p></blockquote>" if block.is_quoted else f"<p>{words}</p>"
    picture = _figure(Image(id=block.id, image=block.image, alt=block.alt, is_decorative=not block.alt), frame)
    source = f'<p class="credit">{escape(block.source)}</p>' if block.source else ""
    return f"<section><h3>{title}</h3>{picture}{text if words else ''}{source}</section>"


def _callout(block: Safety, frame: Frame) -> str:
    imprint = frame.imprint
    lines = [f"{escape(label)} {_link(around.phone(number), number)}" for label, number in around.numbers(imprint)]
    lines += [escape(around.text_line(imprint))] if imprint.hotline_text else []
    title = escape(around.callout_title(block.title))
    return f'<div class="help-box"><p><strong>{title}</strong><br>{"<br>".join(lines)}</p></div>'
