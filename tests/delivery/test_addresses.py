"""Addresses: what is read, what is refused and with which words, what is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.delivery.addresses import Address, display, fingerprint, parse
from campaigns.errors import Invalid


@pytest.mark.parametrize(
    ("text", "typed", "key"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        ("  Ann.Lee@Example.ORG ", "Ann.Lee@example.org", "ann.lee@example.org"),
        ("o'neil+news@sub.example.co.uk", "o'neil+news@sub.example.co.uk", "o'neil+news@sub.example.co.uk"),
        ("ann@Exämple.org", "ann@xn--exmple-cua.org", "ann@xn--exmple-cua.org"),
        ("ann@xn--exmple-cua.org", "ann@xn--exmple-cua.org", "ann@xn--exmple-cua.org"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp", "ann@xn--r8jz45g.jp"),
    ],
)
def test_an_address_is_kept_as_typed_and_compared_normalized(text: str, typed: str, key: str) -> None:
    assert parse(text) == Address(typed, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ann",
        "@example.org",
        "ann@",
        "ann@localhost",
        "ann@[127.0.0.1]",
        '"ann lee"@example.org',
        "Ann <ann@example.org>",
        "ann@example.org, bob@example.org",
        "ann@@example.org",
        "ann..lee@example.org",
        ".ann@example.org",
        "ann@-example.org",
        "josé@example.org",
        "ann\r\nBcc: bob@example.org",
        "ann\x00@example.org",
        "ann\u202e@example.org",
        "ann\u200b@example.org",
        "ann @example.org",
        "ann@example.org\u2028x",
        "a" * 65 + "@example.org",
        "ann@" + "a" * 64 + ".org",
        "ann@" + "a.b" * 100 + ".org",
        "a" * 1_000_000,
        "a@" * 500_000,
        "alice@example.org)bob@evil.example",
    ],
)
def test_what_is_no_plain_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert refused.value.fields["address"].endswith(".")


def test_an_accent_before_the_at_sign_is_named() -> None:
    with pytest.raises(Invalid, match="without accents"):
        parse("josé@example.org")


def test_people_see_the_domain_in_its_own_script() -> None:
    assert display("ann@xn--exmple-cua.org") == "ann@exämple.org"
    assert display("ann@example.org") == "ann@example.org"


def test_fingerprints_tell_nothing_and_agree() -> None:
    assert fingerprint(parse("Ann@Example.org").key) == fingerprint("ann@example.org")
    assert "ann" not in fingerprint("ann@example.org")


@given(st.text(max_size=400))
def test_any_text_is_an_ascii_address_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except Invalid:
        return
    assert found.typed.isascii()
    assert found.typed.count("@") == 1
    assert not any(character.isspace() or ord(character) < 33 for character in found.typed)
    assert parse(found.typed) == found
