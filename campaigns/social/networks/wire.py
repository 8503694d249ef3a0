"""Asking a network over the web: every way in which that can go wrong becomes one of the words of `port.py`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import config
from campaigns import http
from campaigns.errors import OutsideError
from campaigns.http import Answer, Limits, TooLarge, Unreachable
from campaigns.social.networks.port import Account, NotTaken, TryLater, Unsure
from campaigns.vetting import Blocked

LONGEST_WAIT = timedelta(hours=24)


def ask(
    method: str,
    url: str,
    *,
    now: datetime,
    is_harmless: bool = False,
    headers: Mapping[str, str] | None = None,
    data: bytes | Mapping[str, str] | None = None,
    json: Any = None,
    files: Any = None,
) -> Answer:
    """One request; gives every answer but 429 and 5xx. What is `is_harmless` may be repeated without a second look."""
    limits = Limits(seconds=config.load().network_timeout_ms / 1000, redirects=0)
    try:
        answer = http.request(method, url, headers=headers, data=data, json=json, files=files, limits=limits)
    except Blocked as error:
        raise NotTaken(str(error)) from error
    except TooLarge as error:
        raise (NotTaken if is_harmless else Unsure)(str(error)) from error
    except Unreachable as error:
        if error.outcome == "unknown" and not is_harmless:
            raise Unsure(str(error)) from error
        raise TryLater(str(error)) from error
    if answer.status == 429:
        raise TryLater("The network asked us to wait.", waits_until(answer.headers, now) or _in_body(answer, now))
    if answer.status >= 500:
        sentence = f"The network had a fault of its own ({answer.status})."
        raise TryLater(sentence, waits_until(answer.headers, now)) if is_harmless else Unsure(sentence)
    return answer


def read(answer: Answer) -> dict[str, Any]:
    """The JSON object in an answer; one that cannot be read says nothing about what was done."""
    try:
        found = answer.json()
    except OutsideError as error:
        raise Unsure("The network answered something that we cannot read.") from error
    if not isinstance(found, dict):
        raise Unsure("The network answered something that we cannot read.")
    return found


def told(answer: Answer) -> dict[str, Any]:
    """The JSON object in an answer that refuses; an empty one when there is none."""
    try:
        found = answer.json()
    except OutsideError:
        return {}
    return found if isinstance(found, dict) else {}


def waits_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the network wants to hear from us again, from whichever header it uses; None when it does not say."""
    after = headers.get("Retry-After", "").strip()
    if after.isdigit():
        return now + min(timedelta(seconds=int(after)), LONGEST_WAIT)
    if after:
        return _within(_date(after), now)
    for name in ("X-RateLimit-Reset", "RateLimit-Reset"):
        if text := headers.get(name, "").strip():
            return _within(_instant(text, now), now)
    return None


def _in_body(answer: Answer, now: datetime) -> datetime | None:
    """Telegram says the seconds in the body."""
    seconds = (told(answer).get("parameters") or {}).get("retry_after")
    return now + min(timedelta(seconds=seconds), LONGEST_WAIT) if isinstance(seconds, int) else None


def mind_budget(account: Account, answer: Answer) -> None:
    """Note on the account when a network says that we have used up what it allows for now."""
    headers = answer.headers
    left = headers.get("X-RateLimit-Remaining") or headers.get("RateLimit-Remaining") or ""
    if left.strip() == "0":
        account.free_at = waits_until(headers, account.now())


def _instant(text: str, now: datetime) -> datetime | None:
    if text.isdigit():
        number = int(text)
        # Some count seconds from now, others from 1970.
        return now + timedelta(seconds=number) if number < 1_000_000 else datetime.fromtimestamp(number, UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _within(at: datetime | None, now: datetime) -> datetime | None:
    return min(at, now + LONGEST_WAIT) if at is not None and at > now else None
