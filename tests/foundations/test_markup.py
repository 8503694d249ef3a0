"""Words that people write: what stays, what goes."""

import pytest

from campaigns.delivery import headers
from campaigns.markup import html_of, one_line, tidy


@pytest.mark.parametrize("odd", ["O\x92Brien", "O\x00Brien", "O\x02Brien", "O\u202eBrien", "O\x9fBrien"])
def test_no_control_character_of_any_kind_stays(odd: str) -> None:
    assert one_line(odd) == tidy(odd) == "OBrien"


def test_a_name_that_was_read_can_stand_in_a_mail_header() -> None:
    assert headers.mailbox("To", one_line("Jos\x82e \x85 N"), "a@example.org").startswith(b"To: ")


@pytest.mark.parametrize(
    "wild", ["<script>x</script>", "[a](javascript:x)", "![x](http://x.example/y.png)", "<img src=x onerror=y>"]
)
def test_markdown_brings_no_script_and_no_picture(wild: str) -> None:
    html = html_of(wild)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
