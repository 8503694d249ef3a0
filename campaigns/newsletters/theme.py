"""How a newsletter looks: colors, type and the styles that mail programs understand, light and dark."""

PAPER, SURFACE, LINE, EDGE = "#FBFAF7", "#FFFEFC", "#DEDAD2", "#857F73"
INK, QUIET, TEAL, EMBER = "#1F2430", "#565C68", "#0F5C5C", "#C9822B"
ON_TEAL = "#FDFDFC"
WIDTH, MARGIN = 600, 24
INNER = WIDTH - 2 * MARGIN

SANS = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
SERIF = "Charter, 'Iowan Old Style', Georgia, serif"

# What stands around the newsletter is smaller than the newsletter.
TEXT = {
    "ink": f'color="{INK}"',
    "quiet": f'color="{QUIET}" font-size="14px" line-height="1.5"',
}

CITE = f"margin:0;font-family:{SANS};font-size:14px;color:{QUIET}"
LINK = f"color:{TEAL};text-decoration:underline"
# Mail programs drop style sheets more often than they drop the style of one element.
STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "li": "margin:0 0 8px",
    "blockquote": f"margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid {EMBER}",
    "h2": f"margin:8px 0 12px;font-family:{SERIF};font-size:25px;line-height:1.3;font-weight:bold",
    "h3": f"margin:8px 0 12px;font-family:{SERIF};font-size:20px;line-height:1.3;font-weight:bold",
    "code": "font-family:Consolas,Menlo,monospace",
    "a": LINK,
}

DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  body, .paper { background: #14181C !important; background-color: #14181C !important; }
  .surface, .surface > table { background: #1C2227 !important; background-color: #1C2227 !important; }
  .ink div, .ink h1, .ink h2, .ink h3, .ink p { color: #ECEAE4 !important; }
  .quiet div, .quiet p { color: #A9B0B8 !important; }
  .ink a, .quiet a { color: #74CBC5 !important; }
  .picture img { color: #A9B0B8 !important; }
  .rule p { border-top-color: #343C43 !important; }
  .callout { border-color: #75808A !important; }
  .action td, .action a { background: #74CBC5 !important; color: #14181C !important; }
}
"""

RIGHT_TO_LEFT = {"ar", "fa", "he", "ps", "ur", "yi"}


def direction(language: str) -> str:
    """ "rtl" or "ltr"."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
