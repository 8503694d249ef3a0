"""Looking copies up, sending failed ones again, deciding about uncertain ones, and correcting only those reached."""

import csv
import io
from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock
from campaigns.audience import queries as audience
from campaigns.db import action, db
from campaigns.delivery import queries as delivery
from campaigns.delivery.actions import batches
from campaigns.delivery.models import Delivery, OutboxMail, Outcome, Retry, Run, RunState
from campaigns.delivery.outcomes import Group
from campaigns.desk import needs
from campaigns.errors import Conflict
from campaigns.newsletters import actions, preparing, queries
from campaigns.newsletters.actions import launching
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning.models import ItemState
from campaigns.staff.models import AuditEntry, RoleName, User
from campaigns.staff.queries import get_organization
from tests import make, pages
from tests.newsletters import compose

CODES = {
    "address": (550, "5.1.1", "User unknown"),
    "policy": (554, "5.7.1", "blocked using zen.spamhaus.org"),
    "gave_up": (451, "4.7.1", "Greylisted"),
    "mailbox": (552, "5.2.2", "Mailbox full"),
}


def under_way(**changes: object) -> tuple[Newsletter, User, list[int]]:
    """A newsletter to eight people, handed out in one batch; with its approver."""
    author, approver = compose.people()
    ids = [make.subscriber(f"reader{number}@mail.example").id for number in range(1, 9)]
    return compose.launched(author, approver, **changes), approver, ids


def record(newsletter: Newsletter, outcomes: Iterable[str]) -> None:
    """Write down what became of each reader's copy, in their order: "sent", "uncertain" or one of the refusals."""
    run_id, source = newsletter.run_id or 0, NewsletterSource()
    batches.cut_batch(run_id, source.next_ids)
    claimed = batches.claim_batch(run_id, "test", clock.now())
    assert claimed is not None
    acks = []
    for place, said in enumerate(outcomes):
        code, enhanced, text = CODES.get(said, (0, "", ""))
        outcome = Outcome(said) if said in list(Outcome) else Outcome.FAILED
        to = f"reader{place + 1}@mail.example"
        is_uncertain = outcome == Outcome.UNCERTAIN
        ack = batches.Ack(
            place, claimed.ids[place], outcome, clock.now(), code, f"<{to}> {text}", is_uncertain, enhanced, to
        )
        acks.append(ack)
    batches.put_back(claimed.batch_id, "test", None, acks, clock.now())


@action
def end(newsletter_id: int, state: RunState = RunState.FINISHED) -> None:
    newsletter = db.session.get_one(Newsletter, newsletter_id)
    db.session.get_one(Run, newsletter.run_id).state = state
    newsletter.state = ItemState.SENT if state == RunState.FINISHED else ItemState.PAUSED
    newsletter.completed_at = clock.now()


MIXED = ("sent", "sent", "address", "policy", "gave_up", "mailbox", "uncertain", "uncertain")


@pytest.fixture
def mixed(app: Flask) -> tuple[str, User, int]:
    """The address of a newsletter with every outcome, its approver, and its id."""
    with app.app_context():
        newsletter, approver, _ = under_way(leaves_uncertain=True)
        record(newsletter, MIXED)
        end(newsletter.id)
        db.session.refresh(approver)
        return f"/newsletters/{newsletter.id}", approver, newsletter.id


def counts(app: Flask, newsletter_id: int) -> dict[str, int]:
    with app.app_context():
        found = delivery.group_counts(queries.get_newsletter(newsletter_id).run_id or 0)
        return {str(group): count for group, count in found.items() if count}


def test_every_copy_can_be_looked_up_by_outcome_and_by_address(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    address, _, _ = mixed
    with app.app_context():
        keeper = make.user(RoleName.ADMINISTRATOR)
        writer = make.user(RoleName.WRITER)
    pages.sign_in(client, keeper)
    status = pages.visit(client, f"{address}/status").text
    for words in (
        "Refused because of us",
        "No such address",
        "Mailbox full or off",
        "Given up",
        "2 copies wait for your",
    ):
        assert words in status
    page = pages.visit(client, f"{address}/deliveries?outcome=policy")
    assert "reader4@mail.example" in page.text
    assert "reader3@mail.example" not in page.text
    assert "it is on a block list" in page.text
    assert "“554 5.7.1 <[address]> blocked using zen.spamhaus.org”" in page.text
    found = pages.visit(client, f"{address}/deliveries?q=reader3").text
    assert "1 copy for “reader3”" in found
    assert "There is no such address." in found
    assert "Nobody found" in pages.visit(client, f"{address}/deliveries?q=nobody").text
    pages.sign_in(client, writer)
    page = pages.visit(client, f"{address}/deliveries?q=reader3")
    assert "8 copies" in page.text, "who may not see addresses cannot search by them"
    assert "mail.example" not in page.html


def test_the_report_holds_addresses_for_list_keepers_only_and_no_formula(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    address, approver, newsletter_id = mixed
    with app.app_context():
        _say(newsletter_id, Group.ADDRESS, "=HYPERLINK(1)")
        _wait(newsletter_id, make.subscriber("late@mail.example").id)
        keeper = make.user(RoleName.LIST_KEEPER)
    pages.sign_in(client, keeper)
    page = pages.visit(client, f"{address}/deliveries")
    answer = pages.submit(client, page, f"{address}/deliveries/report")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 9
    by_reader = {row["Reader"]: row for row in rows}
    assert by_reader["reader3@mail.example"]["The mail server's words"] == "'=HYPERLINK(1)"
    assert by_reader["reader6@mail.example"]["Code"] == "552 5.2.2"
    assert by_reader["late@mail.example"]["Outcome"] == "To be tried again"
    assert by_reader["late@mail.example"]["Next try"]
    pages.sign_in(client, approver)
    answer = pages.submit(client, page, f"{address}/deliveries/report", outcome="policy")
    assert "Reader 4" in answer.get_data(as_text=True)
    assert "@" not in answer.get_data(as_text=True)
    with app.app_context():
        reports = [entry.details for entry in _audit("newsletter.report")]
        assert [details["group"] for details in reports] == ["all"]


@action
def _say(newsletter_id: int, group: Group, text: str) -> None:
    run_id = queries.get_newsletter(newsletter_id).run_id or 0
    for row in delivery.deliveries(run_id, group).items:
        row.text = text


@action
def _wait(newsletter_id: int, reader: int) -> None:
    run_id = queries.get_newsletter(newsletter_id).run_id or 0
    now = clock.now()
    made = Retry(run_id=run_id, recipient_id=reader, attempts=2, first_at=now, next_at=now + timedelta(minutes=15))
    made.cause, made.code, made.text = "greylist", 451, "Come back later"
    db.session.add(made)


def _audit(what: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == what)))


def test_who_waits_is_listed_with_the_next_try_and_why(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    address, approver, newsletter_id = mixed
    with app.app_context():
        reader = make.subscriber("late@mail.example").id
        _wait(newsletter_id, reader)
        keeper = make.user(RoleName.LIST_KEEPER)
    pages.sign_in(client, approver)
    text = pages.visit(client, f"{address}/deliveries?outcome=waiting").text
    assert "2 tries so far" in text
    assert "asks strangers to come back later" in text
    assert "We try again after 5 minutes" in text
    pages.sign_in(client, keeper)
    for where in (f"/audience/{reader}", f"/audience/{reader}/mail"):
        text = pages.visit(client, where).text
        assert "Tried 2 times, again" in text
        assert "To be tried again" in text


def test_the_page_of_a_subscriber_tells_what_became_of_each_mail(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    with app.app_context():
        found = audience.matching_ids("reader3")[0]
        _many(found)
        keeper = make.user(RoleName.LIST_KEEPER)
    pages.sign_in(client, keeper)
    page = pages.visit(client, f"/audience/{found}")
    assert "All 61" in page.text
    first = pages.visit(client, f"/audience/{found}/mail")
    assert "There is no such address." in first.text
    assert "1 to 50 of 61 copies" in first.text
    assert "51 to 61 of 61 copies" in pages.visit(client, f"/audience/{found}/mail?page=2").text


@action
def _many(reader: int) -> None:
    for number in range(60):
        run = Run(kind="newsletter", ref=1_000 + number, max_id=1, created_at=clock.now())
        db.session.add(run)
        db.session.flush()
        at = clock.now() - timedelta(days=number + 1)
        db.session.add(Delivery(run_id=run.id, recipient_id=reader, at=at, outcome=Outcome.SENT))


def test_failed_copies_are_sent_again_with_one_button_that_names_the_count(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    address, approver, newsletter_id = mixed
    pages.sign_in(client, approver)
    page = pages.visit(client, f"{address}/deliveries?outcome=policy")
    assert "Send 2 failed copies again?" in page.text
    assert "Send to 2 people again" in page.text
    assert pages.submit(client, page, f"{address}/retry").status_code == 303
    assert counts(app, newsletter_id) == {"sent": 2, "waiting": 2, "address": 1, "mailbox": 1, "undecided": 2}
    with app.app_context():
        newsletter = queries.get_newsletter(newsletter_id)
        assert newsletter.state == ItemState.SENDING
        run = delivery.get_run(newsletter.run_id or 0)
        assert (run.state, run.failed, run.refused) == (RunState.RUNNING, 2, 0)
        assert [one.id for one in queries.archived().items] == [newsletter_id], "it stays in the archive meanwhile"
        with pytest.raises(Conflict):
            actions.retry(newsletter_id, approver.id, clock.now())
    assert "2 copies are sent again now." in pages.visit(client, f"{address}/status").text


def test_a_person_decides_about_uncertain_copies_one_by_one_or_all_at_once(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    address, approver, newsletter_id = mixed
    pages.sign_in(client, approver)
    page = pages.visit(client, f"{address}/deliveries?outcome=undecided")
    assert "Send it again to 2 people?" in page.text
    with app.app_context():
        run_id = queries.get_newsletter(newsletter_id).run_id or 0
        first, second = delivery.recipients_in(run_id, [Group.UNDECIDED])
    assert pages.submit(client, page, f"{address}/decide/leave", reader=first).status_code == 303
    assert counts(app, newsletter_id)["left"] == 1
    page = pages.visit(client, f"{address}/deliveries?outcome=left")
    assert "somebody here decided not to send it again" in page.text
    assert pages.submit(client, page, f"{address}/decide/again", reader=first).status_code == 303
    assert pages.submit(client, page, f"{address}/decide/again").status_code == 303
    assert counts(app, newsletter_id)["waiting"] == 2
    assert "undecided" not in counts(app, newsletter_id)
    with app.app_context():
        rows = list(db.session.scalars(select(Retry)))
        assert {(row.recipient_id, row.is_wanted) for row in rows} == {(first, True), (second, True)}
    assert pages.submit(client, page, f"{address}/decide/leave").status_code == 409


def test_the_desk_says_what_was_refused_because_of_us_and_what_waits_for_a_decision(
    app: Flask, mixed: tuple[str, User, int]
) -> None:
    with app.app_context():
        texts = [need.text for need in needs.of(mixed[1], get_organization(), clock.now())]
        assert any(
            "1 copy was refused because of us." in text and "2 may have arrived or not" in text for text in texts
        )
        actions.leave(mixed[2], None, mixed[1].id, clock.now())
        actions.retry(mixed[2], mixed[1].id, clock.now())
        assert needs.of(mixed[1], get_organization(), clock.now()) == []


def test_the_author_hears_once_of_refusals_because_of_us_and_of_a_stop(ctx: Flask) -> None:
    newsletter, approver, _ = under_way()
    record(newsletter, ("sent", "policy"))
    assert launching.notice_trouble(clock.now()) == 1
    assert launching.notice_trouble(clock.now()) == 0
    mail = db.session.scalars(select(OutboxMail)).one()
    assert mail.subject == "“December news” is being refused by some"
    assert "1 x They do not trust our mail server" in mail.text
    assert "No reader is counted as unreachable." in mail.text

    @action
    def stop() -> None:
        run = db.session.get_one(Run, newsletter.run_id)
        run.state, run.reason = RunState.STOPPED, "Stopped by itself: too many."

    stop()
    assert launching.notice_trouble(clock.now()) == 1
    assert queries.get_newsletter(newsletter.id).state == ItemState.PAUSED
    assert queries.get_newsletter(newsletter.id).launch_note == "Stopped by itself: too many."
    actions.resume(newsletter.id, approver.id, clock.now())
    assert delivery.get_run(newsletter.run_id or 0).state == RunState.RUNNING


def test_a_correction_goes_to_exactly_those_who_were_reached(ctx: Flask) -> None:
    newsletter, approver, ids = under_way()
    author = db.session.get_one(User, newsletter.author_id)
    record(newsletter, ("sent", "sent", "address", "sent"))
    with pytest.raises(Conflict, match="Pause it first"):
        actions.follow_up(newsletter.id, author.id, clock.now())
    actions.pause(newsletter.id, "A wrong number", approver.id, clock.now())
    made = actions.follow_up(newsletter.id, author.id, clock.now())
    document = queries.get_document(made)
    assert (document.reached, document.text("en").subject) == (
        newsletter.id,
        "Correction: Signs, {{ first_name | friend }}",
    )
    prepared = preparing.prepare(made, clock.now())
    assert prepared.people == 3
    assert not prepared.is_ready, "it has no words yet, so nobody sends it by accident"
    actions.save(made, 1, {**document.to_json(), "editions": {"en": compose.ENGLISH}}, author.id, clock.now())
    make.subscriber("somebody.new@mail.example")
    hash_of_reached = preparing.prepare(made, clock.now()).content_hash
    actions.submit(preparing.prepare(made, clock.now()), "", author.id, clock.now())
    compose.approve(made, approver)
    actions.launch_due(compose.a_minute_later())
    run = delivery.get_run(queries.get_newsletter(made).run_id or 0)
    reached = [ids[0], ids[1], ids[3]]
    assert NewsletterSource().next_ids(run, 0, 100) == reached
    first_run = newsletter.run_id or 0
    untouched = [one for one in ids if one not in {row.recipient_id for row in delivery.deliveries(first_run).items}]
    assert sorted([*reached, ids[2], *untouched]) == ids
    everybody = {**queries.get_document(made).to_json(), "reached": None, "title": "To all"}
    other = actions.create_from(everybody, author.id, clock.now())
    assert preparing.prepare(other, clock.now()).content_hash != hash_of_reached, "an approval covers who gets it"


def test_a_correction_is_begun_shown_and_widened_on_its_pages(
    app: Flask, client: FlaskClient, mixed: tuple[str, User, int]
) -> None:
    address, approver, newsletter_id = mixed
    pages.sign_in(client, approver)
    page = pages.visit(client, f"{address}/status")
    assert "goes to exactly the 2 people who got it" in page.text
    answer = pages.submit(client, page, f"{address}/follow-up")
    editor = answer.headers["Location"].partition("#")[0]
    page = pages.visit(client, editor)
    assert "Newsletter (only who got “December news”) 2 people" in page.text
    with app.app_context():
        made = db.session.scalars(select(Newsletter.id).order_by(Newsletter.id.desc())).first() or 0
        lists = [make.first_list().id]
    sent = {"title": "Correction", "subject": "Sorry", "send_mode": "now", "version": page.values["version"]}
    autosave = f"{editor.removesuffix('/edit')}/autosave"
    kept = pages.submit(client, page, autosave, **sent, lists=lists, reached=newsletter_id)
    assert "only who got “December news”" in kept.get_json()["words"]["to"]
    sent["version"] = kept.get_json()["version"]
    wide = pages.submit(client, page, autosave, **sent, lists=lists, doubt="leave")
    assert wide.get_json()["words"]["to-extra"] == "8 people"
    assert wide.get_json()["words"]["doubt"] == "Leave it to a person"
    with app.app_context():
        assert queries.get_document(made).reached is None
        assert queries.get_document(made).leaves_uncertain
    bad = {**sent, "version": wide.get_json()["version"], "reached": 999}
    answer = pages.submit(client, page, autosave, **bad)
    assert answer.status_code == 400
    assert "was never sent" in answer.get_json()["errors"]["reached"]


def test_what_happens_in_doubt_is_part_of_the_approval_and_goes_with_the_run(ctx: Flask) -> None:
    author, approver = compose.people()
    make.subscriber()
    usual = compose.draft(author)
    left = actions.create_from(
        {**queries.get_document(usual).to_json(), "leaves_uncertain": True}, author.id, clock.now()
    )
    assert preparing.prepare(usual, clock.now()).content_hash != preparing.prepare(left, clock.now()).content_hash
    actions.submit(preparing.prepare(left, clock.now()), "", author.id, clock.now())
    compose.approve(left, approver)
    actions.launch_due(compose.a_minute_later())
    assert delivery.get_run(queries.get_newsletter(left).run_id or 0).leaves_uncertain
