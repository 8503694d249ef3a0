"""Transcripts: WebVTT read into cues and paragraphs, other text made safe. Pure."""

import html
import re

from campaigns import markup
from campaigns.errors import Invalid

LONGEST = 400_000
_TIMES = re.compile(r"^(?:\d+:)?\d\d:\d\d[.,]\d{3}\s+-->\s+(?:\d+:)?\d\d:\d\d[.,]\d{3}")
_VOICE = re.compile(r"<v(?:\.[^\s>]+)*\s+([^>]+)>")
_TAG = re.compile(r"<[^>]*>")


def read(text: str) -> tuple[str, str]:
    """What somebody pasted or uploaded as (WebVTT, HTML); the first is empty unless it was WebVTT.

    Raises Invalid for WebVTT without a cue and for a text that is too long.
    """
    text = markup.tidy(text.removeprefix("\ufeff"))
    if len(text) > LONGEST:
        raise Invalid({"transcript": "The transcript is too long: at most 400,000 characters fit here."})
    if not text.startswith("WEBVTT"):
        return "", markup.clean(text) if re.search(r"</(p|h\d|li)>", text) else markup.html_of(text)
    paragraphs = _paragraphs(text)
    if not paragraphs:
        raise Invalid({"transcript": "The file says that it is WebVTT, and holds no line that is spoken."})
    return text, "".join(paragraphs)


def _paragraphs(text: str) -> list[str]:
    found: list[str] = []
    speaker = ""
    for block in re.split(r"\n{2,}", text):
        lines = block.split("\n")
        start = next((at for at, line in enumerate(lines) if _TIMES.match(line)), None)
        if start is None:
            continue
        said = " ".join(lines[start + 1 :])
        voice = _VOICE.search(said)
        words = html.escape(html.unescape(_TAG.sub("", said)).strip())
        if not words:
            continue
        if voice and voice[1].strip() != speaker:
            speaker = voice[1].strip()
            words = f"<strong>{html.escape(speaker)}:</strong> {words}"
        elif found:
            # The same person goes on: a paragraph for each cue of two seconds would be hard to read.
            found[-1] = found[-1].removesuffix("</p>") + f" {words}</p>"
            continue
        found.append(f"<p>{words}</p>")
    return found
