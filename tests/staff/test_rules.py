"""Decisions about waiting, addresses and passwords, by tables."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.staff import passwords, rules
from campaigns.staff.rules import is_own_path, is_web_address, wait_of_account, wait_of_network

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (10, 15), (50, 15)]
)
def test_an_account_waits_longer_after_each_failure(tries: int, minutes: int) -> None:
    assert wait_of_account([NOW] * tries, NOW) == minutes * MINUTE


def test_the_wait_runs_from_the_last_failure_and_a_day_forgives() -> None:
    assert wait_of_account([NOW - 3 * MINUTE] * 6, NOW) == timedelta(0)
    assert wait_of_account([NOW - timedelta(hours=24)] * 50, NOW) == timedelta(0)


def test_a_network_waits_until_it_has_fewer_than_30_failures_in_15_minutes() -> None:
    assert wait_of_network([NOW] * 29, NOW) == timedelta(0)
    assert wait_of_network([NOW - 10 * MINUTE] + [NOW] * 29, NOW) == 5 * MINUTE
    assert wait_of_network([NOW - 16 * MINUTE] * 100, NOW) == timedelta(0)


@pytest.mark.parametrize(
    ("target", "is_ours"),
    [
        ("/desk", True),
        ("/newsletters/4?tab=2&x=%2F", True),
        ("", False),
        ("desk", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("/x\\y", False),
        ("\\/evil.example", False),
        ("/\t/evil.example", False),
        (" /desk", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_a_path_of_our_own_may_be_followed_after_sign_in(target: str, is_ours: bool) -> None:
    assert is_own_path(target) is is_ours


@pytest.mark.parametrize(
    ("address", "is_right"),
    [
        ("https://news.example.org", True),
        ("https://example.org:8443/letters", True),
        ("http://example.org", False),
        ("https://", False),
        ("https://user@example.org", False),
        ("https://example.org?x=1", False),
        ("https://example.org#x", False),
        ("https://exa mple.org", False),
        ("https://example.org:port", False),
        ("https://[::1", False),
        ("ftp://example.org", False),
    ],
)
def test_a_public_address_is_a_plain_https_address(address: str, is_right: bool) -> None:
    assert is_web_address(address, needs_https=True) is is_right


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "password1234",
        "Password!2026",
        "welcome-password-1",
        "123456789012",
        "abcdefghijklm",
        "qwertyuiopas",
        "aaaaaaaaaaaaaa",
        "ababababababab",
        "ana.ruiz@example.org",
        "AnaRuiz12345",
        "x" * 257,
    ],
)
def test_weak_passwords_are_refused_with_a_sentence(password: str) -> None:
    found = passwords.faults(password, "Ana Ruiz", "ana.ruiz@example.org")
    assert len(found) == 1
    assert found[0].endswith(".")


@pytest.mark.parametrize(
    "password", ["blue otter swims far", "correct horse battery", "T9#kf02!lqPz", "пять синих слонов"]
)
def test_good_passwords_are_taken(password: str) -> None:
    assert passwords.faults(password, "Ana Ruiz", "ana.ruiz@example.org") == []


def test_every_role_is_explained_and_grants_itself() -> None:
    assert set(rules.VERBS) == set(rules.GRANTS) == set(rules.RoleName)
    assert all(role in granted for role, granted in rules.GRANTS.items())
