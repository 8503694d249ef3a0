"""What mail that comes back means for a person: when we stop, when we wait, and what never touches them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.audience import returned
from campaigns.audience.actions import bouncing, suppressing
from campaigns.audience.models import MembershipState, Subscriber
from campaigns.db import action, db
from campaigns.delivery import suppression
from campaigns.delivery.addresses import Address, fingerprint
from campaigns.delivery.bounces import facts
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import Bounce, BounceKind
from campaigns.delivery.models import Run, SuppressionReason
from campaigns.desk import reputation
from campaigns.staff.models import RoleName
from tests import make, pages

NOW = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)
ADDRESS, MAILBOX, MOMENT = BounceKind.ADDRESS, BounceKind.MAILBOX, BounceKind.TEMPORARY


def fact(kind: BounceKind, days_ago: float, forgiven: bool = False) -> Bounce:
    return Bounce(kind=kind, at=NOW - timedelta(days=days_ago), forgiven_at=NOW if forgiven else None)


@pytest.mark.parametrize(
    ("told", "arrived", "stops"),
    [
        ([(ADDRESS, 0)], [], True),
        ([(ADDRESS, 0)], [20], False),
        ([(ADDRESS, 0)], [2], True),
        ([(ADDRESS, 0)], [120], True),
        ([(ADDRESS, 0), (ADDRESS, 0.1)], [20], False),
        ([(ADDRESS, 0), (ADDRESS, 7)], [20], True),
        ([(MAILBOX, 0), (MAILBOX, 15)], [], False),
        ([(MAILBOX, 0), (MAILBOX, 10), (MAILBOX, 20)], [], False),
        ([(MAILBOX, 0), (MAILBOX, 15), (MAILBOX, 31)], [], True),
        ([(MAILBOX, 0), (MAILBOX, 15), (MAILBOX, 31)], [10], False),
        ([(MOMENT, 0), (MOMENT, 15), (MOMENT, 31)], [], False),
        ([(MOMENT, 0), (MOMENT, 8), (MOMENT, 16), (MOMENT, 24), (MOMENT, 32)], [], True),
        ([(BounceKind.POLICY, day) for day in range(60)], [], False),
        ([(BounceKind.COMPLAINT, 0)], [20], True),
        ([], [], False),
    ],
)
def test_when_we_stop(told: list[tuple[BounceKind, float]], arrived: list[float], stops: bool) -> None:
    known = [fact(kind, days) for kind, days in told]
    taken = [NOW - timedelta(days=days) for days in arrived]
    assert returned.must_stop(known, taken, NOW) is stops
    assert returned.must_stop([fact(kind, days, forgiven=True) for kind, days in told], taken, NOW) is False


@action
def keep(*told: Fact) -> None:
    for one in told:
        facts.add(db.session(), one, clock.now())


def a_run() -> int:
    run = Run(kind="newsletter", ref=1, max_id=100, created_at=clock.now())
    db.session.add(run)
    db.session.commit()
    return run.id


def why(person: Subscriber) -> SuppressionReason | None:
    db.session.rollback()
    return suppression.reason_of(person.address_key)


def test_a_dead_address_is_written_to_no_more_and_may_be_allowed_again(ctx: Flask) -> None:
    run, dead, alive = a_run(), make.subscriber(), make.subscriber()
    keep(Fact(ADDRESS, "mailbox", "a", run, dead.id), Fact(BounceKind.POLICY, "mailbox", "b", run, alive.id))
    assert (bouncing.act_on_new(clock.now()), bouncing.act_on_new(clock.now())) == (2, 0)
    assert (why(dead), why(alive)) == (SuppressionReason.BOUNCED, None)
    suppressing.lift(Address(dead.address, dead.address_key), "They called us.", 1, clock.now())
    keep(Fact(MAILBOX, "mailbox", "c", run, dead.id))
    bouncing.act_on_new(clock.now())
    assert why(dead) is None


def test_who_complains_is_off_every_list_at_once(ctx: Flask) -> None:
    run, person = a_run(), make.subscriber()
    keep(Fact(BounceKind.COMPLAINT, "ses", "a", run, person.id))
    bouncing.act_on_new(clock.now())
    assert why(person) == SuppressionReason.COMPLAINT
    assert [each.state for each in audience.memberships_of([person.id])[person.id]] == [MembershipState.LEFT]


def test_anybody_can_write_to_the_mailbox_so_that_only_our_marks_change_somebody(ctx: Flask) -> None:
    person = make.subscriber()
    mark = fingerprint(person.address_key)
    keep(
        Fact(ADDRESS, "mailbox", "forged", fingerprint=mark),
        Fact(BounceKind.COMPLAINT, "mailbox", "f2", None, None, mark),
    )
    bouncing.act_on_new(clock.now())
    assert why(person) is None
    keep(Fact(ADDRESS, "ses", "signed", fingerprint=mark))
    bouncing.act_on_new(clock.now())
    assert why(person) == SuppressionReason.BOUNCED


def test_a_person_who_is_gone_is_no_trouble(ctx: Flask) -> None:
    keep(Fact(ADDRESS, "mailbox", "a", a_run(), 999_999))
    assert bouncing.act_on_new(clock.now()) == 1


def test_the_page_of_a_person_says_what_came_back_and_a_list_keeper_allows_again(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context():
        person = make.subscriber("bob@example.com")
        keep(Fact(ADDRESS, "mailbox", "a", a_run(), person.id, text="550 5.1.1 no such user"))
        bouncing.act_on_new(clock.now())
        keeper = make.user(RoleName.LIST_KEEPER)
        path = f"/audience/{person.id}"
    pages.sign_in(client, keeper)
    page = pages.visit(client, path)
    assert "Mail to this address comes back." in page.text
    assert "550 5.1.1 no such user" in page.text
    pages.submit(client, page, f"{path}/allow-again", why="")
    assert "Nothing was changed" in pages.visit(client, path).text
    pages.submit(client, page, f"{path}/allow-again", why="They called.")
    page = pages.visit(client, path)
    assert "We may write to this address again." in page.text
    assert "counts no longer" in page.text


@pytest.mark.parametrize(
    ("taken", "complaints", "refusals", "said"),
    [
        (10_000, 10, 0, ""),
        (10_000, 11, 0, "more than 0.1 %"),
        (10_000, 31, 0, "more than 0.3 %"),
        (500, 1, 0, "1 person of 500"),
        (0, 0, 0, ""),
        (1_000, 0, 20, ""),
        (1_000, 0, 21, "No subscriber is at fault"),
    ],
)
def test_the_desk_warns_when_our_mail_is_not_wanted(taken: int, complaints: int, refusals: int, said: str) -> None:
    told = " ".join(each.advice for each in reputation.problems(taken, complaints, refusals))
    assert said in told
    assert bool(told) == bool(said)
