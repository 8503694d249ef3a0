"""The message of a self-test: made and sent like a newsletter, with a word in its subject to know it by."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from campaigns.delivery import mime

# Without vowels and look-alikes: a word that says nothing by chance, and can be read out on the phone.
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
_WORD = re.compile(rf"self-test ([{_LETTERS}]{{10}})\b", re.IGNORECASE)
SUBJECT = "Newsletter self-test {word}"
_TEXT = """Hello,

this is the self-test of the newsletter program of {office}. It left like a newsletter does.

What to do now: show the source of this message ("Show original" in Gmail, "View source" or "View message source"
elsewhere), copy all of it, and paste it on the page Settings, Deliverability. A saved .eml file can be uploaded there.

The word of this test is {word}.

To leave, as a reader would: {leave}
"""
_LEAVE = "leave_url"


@dataclass(frozen=True)
class Sent:
    """What we know of a test that was sent."""

    word: str
    from_address: str
    one_click_url: str
    message_id: str
    sent_at: datetime


def new_word() -> str:
    """A word for one test."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def word_in(text: str) -> str:
    """The word of the test that a subject belongs to; empty when it belongs to none."""
    match = _WORD.search(" ".join(text.split())[:998])
    return match[1].lower() if match else ""


def message(sent: Sent, from_name: str, reply_to: str, list_id: str, office: str, to_address: str) -> bytes:
    """The bytes, with every header that a newsletter has; raises HeaderInjection."""
    text = _TEXT.format(office=office, word=sent.word, leave=mime.slot(_LEAVE))
    paragraphs = "".join(f"<p>{part}</p>" for part in text.strip().split("\n\n"))
    form = mime.Form(
        subject=SUBJECT.format(word=sent.word),
        html=f'<!doctype html><html lang="en"><head><title>Self-test</title></head><body>{paragraphs}</body></html>',
        text=text,
        from_name=from_name,
        from_address=sent.from_address,
        reply_to=reply_to,
        list_id=list_id,
        unsubscribe_slot=_LEAVE,
        is_bulk=True,
    )
    skeleton = mime.compile_form(form, sent.message_id.rpartition("@")[2])
    date = sent.sent_at.replace(microsecond=0)
    return skeleton.message(to_address, "", {_LEAVE: sent.one_click_url}, sent.message_id, date)
