"""Blocks and what surrounds them as MJML, compiled to HTML that mail programs understand.

Only the structure goes through the compiler; all words and addresses are put in afterwards, so that nothing an
author types can be taken for markup, nor be changed by the compiler.
"""

import re
from html import escape

import mrml
from flask_babel import gettext

from campaigns.newsletters import frame as around
from campaigns.newsletters import links, prose, theme
from campaigns.newsletters.blocks import Block, Button, Divider, Heading, Image, Quote, Safety, Story, TextBlock
from campaigns.newsletters.frame import Frame
from campaigns.newsletters.merge import marked

_PLACE = re.compile(r"place-(\d+)-")
# After the preheader a mail program would show the first words of the page; these characters take no room.
_NOTHING = "&#847;&zwnj;&nbsp;" * 60


class Sheet:
    """MJML with numbered places, and what belongs in them."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.contents: list[str] = []

    def place(self, content: str) -> str:
        """A place for HTML that is already safe."""
        self.contents.append(content)
        return f"place-{len(self.contents) - 1}-"

    def value(self, text: str) -> str:
        """A place for plain words, in an element or in an attribute."""
        return self.place(escape(text))

    def text(self, content: str, look: str = "ink", padding: str = f"0 {theme.MARGIN}px 16px") -> str:
        """A part with prose."""
        kind = theme.TEXT[look]
        return f'<mj-text css-class="{look}" {kind} padding="{padding}">{self.place(content)}</mj-text>'

    def compiled(self, source: str) -> str:
        """The MJML as HTML, with everything in its place."""
        # Without this the compiler links a font of a third party, which would tell it who reads.
        page = mrml.to_html(source, None, mrml.RenderOptions(fonts={})).content
        return _PLACE.sub(lambda found: self.contents[int(found[1])], page)


def page(title: str, preheader: str, blocks: list[Block], frame: Frame) -> str:
    """The whole HTML of one language, with slots. `title` and `preheader` are marked already."""
    sheet = Sheet(frame)
    way = theme.direction(frame.language)
    parts = "".join(_block(sheet, block) for block in blocks)
    return sheet.compiled(
        f'<mjml lang="{escape(frame.language)}" dir="{way}"><mj-head>{_head(sheet, title, preheader, way)}</mj-head>'
        f'<mj-body css-class="paper" width="{theme.WIDTH}px" background-color="{theme.PAPER}">'
        f"{_section(_top(sheet), way)}{_section(_masthead(sheet) + parts, way, is_surface=True)}"
        f"{_section(_footer(sheet, blocks), way)}</mj-body></mjml>"
    )


def _head(sheet: Sheet, title: str, preheader: str, way: str) -> str:
    side = "right" if way == "rtl" else "left"
    return (
        '<mj-raw><meta name="color-scheme" content="light dark" />'
        '<meta name="supported-color-schemes" content="light dark" /></mj-raw>'
        f"<mj-title>{sheet.value(title)}</mj-title>"
        f"<mj-preview>{sheet.place(escape(preheader) + _NOTHING)}</mj-preview>"
        f'<mj-attributes><mj-all font-family="{theme.SANS}" />'
        f'<mj-text font-size="16px" line-height="1.6" align="{side}" />'
        f'<mj-button align="{side}" /><mj-image align="{side}" /></mj-attributes>'
        f"<mj-style>{theme.DARK}</mj-style>"
    )


def _section(inside: str, way: str, is_surface: bool = False) -> str:
    look = f'css-class="surface" background-color="{theme.SURFACE}"' if is_surface else ""
    return (
        f'<mj-section {look} direction="{way}" padding="{"24px 0 16px" if is_surface else "16px 0"}">'
        f"<mj-column>{inside}</mj-column></mj-section>"
    )


def _top(sheet: Sheet) -> str:
    """A small line that survives when a long message is cut: how to leave, where to read it, where to get help."""
    frame = sheet.frame
    read = f" &nbsp; {_link(frame.read_url, gettext('Read on the web'))}" if frame.read_url else ""
    leave = _link(frame.leave_url, around.leave_words(frame))
    return sheet.text(f"{leave}{read}<br>{_numbers(frame)}", "quiet", f"0 {theme.MARGIN}px")


def _masthead(sheet: Sheet) -> str:
    name = escape(sheet.frame.imprint.name)
    style = f"margin:0;font-family:{theme.SERIF};font-size:25px;line-height:1.3;font-weight:bold"
    return (
        sheet.text(f'<h1 style="{style}">{name}</h1>')
        + f'<mj-divider border-width="3px" border-color="{theme.EMBER}" padding="0 0 24px" />'
    )


def _footer(sheet: Sheet, blocks: list[Block]) -> str:
    frame, imprint = sheet.frame, sheet.frame.imprint
    address = [imprint.name, imprint.program_line, *imprint.postal_address.split("\n")]
    help_line = " ".join(filter(None, [_numbers(frame), escape(around.text_line(imprint))]))
    title = around.footer_title(blocks)
    choose = _link(frame.data_url, gettext("See or change what we keep about you"))
    paragraphs = [
        f"<strong>{escape(title)}</strong><br>{help_line}" if title else help_line,
        f"{escape(around.reason(frame))}<br>{_link(frame.leave_url, around.leave_words(frame))} &nbsp; {choose}",
        "<br>".join(escape(line) for line in address if line),
        escape(imprint.disclaimer),
        escape(gettext("We do not track what you open or click.")),
    ]
    return sheet.text("".join(f'<p style="margin:0 0 16px">{part}</p>' for part in paragraphs if part), "quiet")


def _numbers(frame: Frame) -> str:
    found = around.numbers(frame.imprint)
    # A line breaks between two numbers before it breaks inside one.
    whole = [f"{escape(label)} {_phone(number)}" for label, number in found]
    return " &nbsp; ".join(f'<span style="display:inline-block">{part}</span>' for part in whole)


def _phone(number: str) -> str:
    """A number in one piece, also at the end of a line."""
    return f'<span style="white-space:nowrap">{_link(around.phone(number), number)}</span>'


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}" style="{theme.LINK}">{escape(label)}</a>'


def _block(sheet: Sheet, block: Block) -> str:
    match block:
        case Heading():
            return _heading(sheet, block)
        case TextBlock():
            return sheet.text(prose.styled(prose.html(block.text)), padding=f"0 {theme.MARGIN}px") if block.text else ""
        case Image():
            return _image(sheet, block)
        case Button():
            return _button(sheet, block)
        case Quote():
            return _quote(sheet, block)
        case Divider():
            return (
                f'<mj-divider css-class="rule" border-width="1px" border-color="{theme.LINE}" '
                f'padding="8px {theme.MARGIN}px 24px" />'
            )
        case Safety():
            return _callout(sheet, block)
        case Story():
            return _story(sheet, block)


def _heading(sheet: Sheet, block: Heading) -> str:
    tag = f"h{block.level}"
    style = theme.STYLES[tag].replace("8px 0 12px", "0")
    return sheet.text(
        f'<{tag} style="{style}">{escape(marked(block.text))}</{tag}>', padding=f"8px {theme.MARGIN}px 12px"
    )


def _image(sheet: Sheet, block: Image) -> str:
    picture = sheet.frame.pictures.get(block.image)
    if picture is None:
        return ""
    link = links.safe(block.link)
    href = f' href="{sheet.value(link)}"' if link else ""
    alt = "" if block.is_decorative else block.alt
    width = min(theme.INNER, picture.width)
    below = 8 if block.caption else 24
    image = (
        f'<mj-image css-class="picture" font-size="16px" width="{width}px" padding="0 {theme.MARGIN}px {below}px" '
        f'border-radius="8px" src="{sheet.value(sheet.frame.image_base + picture.path)}" '
        f'alt="{sheet.value(alt)}"{href} />'
    )
    caption = sheet.text(escape(block.caption), "quiet", f"0 {theme.MARGIN}px 24px") if block.caption else ""
    return image + caption


def _button(sheet: Sheet, block: Button) -> str:
    if not block.label:
        return ""
    return (
        f'<mj-button css-class="action" background-color="{theme.TEAL}" color="{theme.ON_TEAL}" font-size="16px" '
        f'font-weight="bold" border-radius="8px" inner-padding="14px 24px" padding="8px {theme.MARGIN}px 24px" '
        f'href="{sheet.value(links.safe(block.url) or "#")}">{sheet.value(marked(block.label))}</mj-button>'
    )


def _quote(sheet: Sheet, block: Quote) -> str:
    lines = escape(marked(block.text)).replace("\n", "<br>")
    cite = f'<p style="{theme.CITE}">{escape(block.cite)}</p>' if block.cite else ""
    style = f"margin:0;padding:0 0 0 16px;border-left:3px solid {theme.EMBER};font-family:{theme.SERIF}"
    return sheet.text(
        f'<blockquote style="{style}"><p style="margin:0 0 8px;font-size:20px">{lines}</p>{cite}</blockquote>',
        padding=f"0 {theme.MARGIN}px 24px",
    )


def _story(sheet: Sheet, block: Story) -> str:
    url = links.web(block.url)
    title = _link(url, block.title) if url else escape(block.title)
    style = theme.STYLES["h3"].replace("8px 0 12px", "0")
    picture = Image(id=block.id, image=block.image, alt=block.alt, is_decorative=not block.alt, link=url)
    parts = [
        sheet.text(f'<h3 style="{style}">{title}</h3>', padding=f"8px {theme.MARGIN}px 8px"),
        _image(sheet, picture) if block.image else "",
    ]
    words = escape(around.quoted(block.text) if block.is_quoted else block.text).replace("\n", "<br>")
    if words and block.is_quoted:
        look = f"margin:0;padding:0 0 0 16px;border-left:3px solid {theme.LINE}"
        words = f'<blockquote style="{look}">{words}</blockquote>'
    parts.append(sheet.text(words, padding=f"0 {theme.MARGIN}px 8px") if words else "")
    parts.append(sheet.text(escape(block.source), "quiet", f"0 {theme.MARGIN}px 24px") if block.source else "")
    return "".join(parts)


def _callout(sheet: Sheet, block: Safety) -> str:
    imprint = sheet.frame.imprint
    lines = [f"{escape(label)} {_phone(number)}" for label, number in around.numbers(imprint)]
    lines += [escape(around.text_line(imprint))] if imprint.hotline_text else []
    title = escape(around.callout_title(block.title))
    return sheet.text(
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="border-collapse:separate"><tr>'
        f'<td class="callout ink" style="border:2px solid {theme.EDGE};border-radius:10px;padding:16px">'
        f'<div style="font-size:16px;line-height:1.6;color:{theme.INK}"><strong>{title}</strong><br>'
        f"{'<br>'.join(lines)}</div></td></tr></table>",
        padding=f"8px {theme.MARGIN}px 24px",
    )
