"""Whether the address behind every unsubscribe header answers from outside as mail providers need it (RFC 8058)."""

from urllib.parse import urlsplit

from campaigns import http
from campaigns.delivery.doctor.findings import Finding, Level, Topic
from campaigns.errors import OutsideError
from campaigns.vetting import Blocked

_LIMITS = http.Limits(seconds=10, wire_bytes=500_000, decoded_bytes=2_000_000, redirects=0)
_BODY = {"List-Unsubscribe": "One-Click"}


def check(url: str) -> list[Finding]:
    """Ask an address that stands for nobody: by GET, which must only show a page, and by POST, which must say done."""
    if not url.startswith("https://"):
        text = "Mail providers use the one-click address only with https. Until the office has its public address, "
        text += "newsletters carry one of this machine."
        todo = "Set the public https address under Settings, Going live."
        return [_finding(Level.STOP, "The site has no public https address", text, todo)]
    host = urlsplit(url).hostname or ""
    try:
        shown, done = http.request("GET", url, limits=_LIMITS), http.request("POST", url, data=_BODY, limits=_LIMITS)
    except Blocked as error:
        text = f"{error} From inside your network it may look different than from outside."
        todo = "Open the site from outside, for example on a phone without Wi-Fi."
        return [_finding(Level.UNKNOWN, f"We could not ask {host}", text, todo)]
    except OutsideError as error:
        todo = "Ask whoever runs the web server why the site does not answer."
        return [_finding(Level.STOP, "The one-click address does not answer", str(error), todo)]
    text = f"{host} answers a mail provider’s POST at once, and GET only shows a page."
    return [*_of_get(shown), *_of_post(done)] or [_finding(Level.GOOD, "Leaving with one click works", text)]


def _of_get(answer: http.Answer) -> list[Finding]:
    if answer.status != 200:
        text = f"It answers {answer.status} where it should show a page with buttons."
        return [_finding(Level.STOP, "The unsubscribe page does not open", text, _todo(answer))]
    if b'name="form_token"' not in answer.body:
        text = "What answers is not our page with its buttons: another site, or a page put before it."
        return [_finding(Level.STOP, "Somebody else answers for the unsubscribe page", text, _todo(answer))]
    if "Set-Cookie" in answer.headers:
        text = "Our pages set none, so that something before them does."
        return [_finding(Level.CAUTION, "The unsubscribe page sets a cookie", text, _todo(answer))]
    return []


def _of_post(answer: http.Answer) -> list[Finding]:
    if answer.status in http.REDIRECTS:
        text = f"It redirects ({answer.status}). Mail providers do not follow, and show no button any more."
        return [_finding(Level.STOP, "One click does not unsubscribe", text, _todo(answer))]
    if answer.status != 200:
        text = f"It answers {answer.status} to a mail provider’s POST, where only 200 counts."
        return [_finding(Level.STOP, "One click does not unsubscribe", text, _todo(answer))]
    return []


def _todo(answer: http.Answer) -> str:
    if answer.status in (401, 403, 429):
        return "Ask whoever runs the web server to let requests to /u/ through without a sign-in, check or limit."
    return "Ask whoever runs the web server to pass requests to /u/ on to this program unchanged."


def _finding(level: Level, title: str, text: str, todo: str = "") -> Finding:
    return Finding(Topic.ONE_CLICK, level, title, text, todo)
