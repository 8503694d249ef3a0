"""Facts: each report counts once, those about nobody are not kept, and what is settled is not asked for again."""

from datetime import timedelta

from flask import Flask

from campaigns import clock
from campaigns.db import action, db
from campaigns.delivery.bounces import facts, queries
from campaigns.delivery.bounces.facts import Fact
from campaigns.delivery.bounces.models import SMTP, BounceKind
from campaigns.delivery.models import Run


def a_run() -> int:
    run = Run(kind="newsletter", ref=1, max_id=100, created_at=clock.now())
    db.session.add(run)
    db.session.commit()
    return run.id


@action
def keep(*all_facts: Fact) -> list[bool]:
    return [facts.add(db.session(), fact, clock.now()) for fact in all_facts]


@action
def settle(ids: list[int]) -> None:
    facts.settle(db.session(), ids, clock.now())


@action
def forgive(recipient_id: int | None, fingerprint: str) -> None:
    facts.forgive(db.session(), recipient_id, fingerprint, clock.now())


def test_the_same_report_counts_once_and_one_about_nobody_is_not_kept(ctx: Flask) -> None:
    run = a_run()
    first = Fact(BounceKind.ADDRESS, "mailbox", "m1", run, 7, "f7", 550, "5.1.1", "no such user")
    other = Fact(BounceKind.ADDRESS, "mailbox", "m1", run, 8)
    nobody = Fact(BounceKind.ADDRESS, "mailbox", "m2")
    assert keep(first, first, other, nobody) == [True, False, True, False]
    assert queries.counts_of(run)[BounceKind.ADDRESS] == 2


def test_what_was_refused_on_the_spot_did_not_come_back_later(ctx: Flask) -> None:
    run = a_run()
    keep(Fact(BounceKind.MAILBOX, SMTP, f"{run}:7", run, 7), Fact(BounceKind.MAILBOX, "mailbox", "m1", run, 8))
    assert queries.counts_of(run)[BounceKind.MAILBOX] == 1


def test_complaints_are_counted_for_each_run_and_a_person_once(ctx: Flask) -> None:
    run = a_run()
    assert queries.complaints_of(run) == 0
    keep(
        Fact(BounceKind.COMPLAINT, "ses", "a", run, 7),
        Fact(BounceKind.COMPLAINT, "mailbox", "b", run, 7, "f7"),
        Fact(BounceKind.COMPLAINT, "ses", "c", run, None, "f9"),
        Fact(BounceKind.TEMPORARY, "ses", "d", run, 8),
        Fact(BounceKind.COMPLAINT, "ses", "e", None, None, "f10"),
    )
    assert queries.complaints_of(run) == 2


def test_what_is_settled_is_not_new_any_more(ctx: Flask) -> None:
    run = a_run()
    keep(Fact(BounceKind.ADDRESS, "ses", "a", run, 7), Fact(BounceKind.ADDRESS, "ses", "b", run, 8))
    new = queries.unsettled(10)
    settle([new[0].id])
    assert [each.recipient_id for each in queries.unsettled(10)] == [8]


def test_what_is_forgiven_stays_to_be_seen(ctx: Flask) -> None:
    run = a_run()
    keep(Fact(BounceKind.ADDRESS, "ses", "a", run, 7, "f7"), Fact(BounceKind.ADDRESS, "ses", "b", None, None, "f8"))
    forgive(None, "f7")
    (theirs,) = queries.facts_about(7, "f7")
    (others,) = queries.facts_about(99, "f8", since=clock.now() - timedelta(days=1))
    assert theirs.forgiven_at
    assert others.forgiven_at is None


def test_a_refusal_heard_while_sending_counts_once(ctx: Flask) -> None:
    run = a_run()

    @action
    def refuse() -> bool:
        return facts.add_refusal(
            db.session(),
            kind=BounceKind.ADDRESS,
            run_id=run,
            recipient_id=7,
            fingerprint="f7",
            code=550,
            status="5.1.1",
            text="no such user",
            now=clock.now(),
        )

    assert (refuse(), refuse()) == (True, False)
