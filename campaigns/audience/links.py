"""Addresses that we mail to people. Each token opens one thing: a newsletter's own link can only leave and pause."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from campaigns import tokens

# Letters and newsletters ask here for the beginning of their links.
from campaigns.staff.queries import site_url as site_url

LEAVE = "leave"
NOBODY = 0


@dataclass(frozen=True)
class Copy:
    """What a newsletter's own link stands for: one run, one subscriber, the lists through which the copy came."""

    run_ref: int
    subscriber_id: int
    list_ids: tuple[int, ...]

    @property
    def is_test(self) -> bool:
        """Whether it was a test send, which has no subscriber."""
        return self.subscriber_id == NOBODY


def leave_token(run_ref: int, subscriber_id: int, list_ids: list[int] | tuple[int, ...]) -> str:
    """The token of one copy: sealed, the same each time, not to be guessed; it never expires."""
    return tokens.seal(LEAVE, run_ref, subscriber_id, *list_ids)


def leave_tokens(run_ref: int) -> Callable[[int, Iterable[int]], str]:
    """What `leave_token` does for the copies of one run: from the subscriber and the lists to the token."""
    seal = tokens.sealer(LEAVE)
    return lambda subscriber_id, list_ids: seal(run_ref, subscriber_id, *list_ids)


def test_token() -> str:
    """The token in a test send; its page says that it is a test."""
    return tokens.seal(LEAVE, NOBODY, NOBODY)


def test_leave_url() -> str:
    """The address in a message that stands for nobody: its page says so, and leaving by it changes nothing."""
    return leave_url(site_url(), test_token())


def read_leave_token(token: str) -> Copy | None:
    """What a token stands for; None for one that we did not seal."""
    numbers = tokens.unseal(LEAVE, token)
    if numbers is None or len(numbers) < 2:
        return None
    return Copy(numbers[0], numbers[1], numbers[2:])


def leave_url(public_url: str, token: str) -> str:
    """The address of the page, and of the one-click POST, of one copy."""
    return f"{public_url.rstrip('/')}/u/{token}"
