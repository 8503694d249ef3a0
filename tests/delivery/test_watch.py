"""When refusals that lie with us stop a newsletter: by domain, and by how fast they come."""

from datetime import timedelta

from campaigns import clock
from campaigns.delivery import watch
from campaigns.delivery.watch import Seen

NOW = clock.now()
NO = "They do not trust our mail server."


def no(domain: str = "mail.example", seconds: float = 0) -> Seen:
    return Seen(domain, NOW + timedelta(seconds=seconds), NO)


def yes(domain: str = "mail.example") -> Seen:
    return Seen(domain, NOW)


def test_nothing_is_kept_while_nobody_refuses() -> None:
    assert watch.after(None, [yes()] * 500) == (None, "")


def test_more_than_two_in_a_hundred_of_the_last_200_to_a_domain_stop_it() -> None:
    first, reason = watch.after(None, [no(), *[yes()] * 150, no(), no(), no()])
    assert reason == "", "four of 200 are two in a hundred, and not more"
    _, reason = watch.after(first, [no()])
    assert "of the last 155 copies to mail.example, 5 were refused" in reason
    assert NO in reason


def test_what_lies_longer_back_than_200_copies_counts_no_longer() -> None:
    before, _ = watch.after(None, [no()] * 4)
    later, _ = watch.after(before, [yes()] * 197)
    assert watch.after(later, [no()])[1] == "", "four are left among the last 200"
    assert watch.after(before, [yes()] * 195 + [no()])[1] != ""


def test_other_domains_are_judged_apart() -> None:
    seen = [no(f"d{number % 10}.example", number * 60) for number in range(40)]
    assert watch.after(None, seen)[1] == ""


def test_more_than_fifty_within_ten_minutes_stop_it_whatever_the_domain() -> None:
    kept, reason = watch.after(None, [no(f"d{number}.example", number) for number in range(50)])
    assert reason == ""
    assert "more than 50 copies were refused within ten minutes" in watch.after(kept, [no("last.example", 599)])[1]
    assert watch.after(kept, [no("last.example", 601)])[1] == ""


def test_what_is_kept_stays_small() -> None:
    kept, _ = watch.after(None, [no(f"d{number}.example", number * 60) for number in range(1_000)])
    assert kept
    assert len(kept["domains"]) <= watch.MOST_DOMAINS
    assert len(kept["times"]) == 51
