"""What must never be in a log is masked; what helps to find a fault stays."""

import logging

import pytest

from campaigns import logs

TOKEN = "Zm9vYmFy0123456789-abcdefgh_ijklmnop"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f"GET /u/{TOKEN} failed", "GET /u/[token] failed"),
        ("GET /search?q=Ana+Ruiz&page=2 failed", "GET /search?... failed"),
        ("550 no such user <ana.ruiz+news@mail.example.org>", "550 no such user <[address]>"),
        ("cannot reach postgresql://outreach:hush@db.example.org/x", "cannot reach postgresql://db.example.org/x"),
        ('File "/srv/campaigns/audience/actions/joining.py", line 12, in ask_to_join',) * 2,
        ("run 17: The mail server at mail.example.org did not answer within 10 seconds.",) * 2,
    ],
)
def test_a_line_is_masked(line: str, masked: str) -> None:
    assert logs.redact(line) == masked


def test_a_traceback_is_masked_too() -> None:
    formatter = logs.RedactingFormatter(logs.FORMAT)
    try:
        raise ValueError(f"https://example.org/p/{TOKEN}")
    except ValueError as error:
        record = logging.LogRecord("web", logging.ERROR, __file__, 1, "oh", (), (type(error), error, None))
    assert TOKEN not in formatter.format(record)
