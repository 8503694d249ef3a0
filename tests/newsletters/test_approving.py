"""Two people and the exact content, from asking for approval to the launch."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.audience.models import MailingList, MembershipState
from campaigns.db import action, db
from campaigns.delivery.models import OutboxMail, Run, RunForm
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.newsletters import actions, preparing, queries
from campaigns.newsletters.models import Compiled
from campaigns.planning import actions as planning_actions
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff.models import Organization, User
from tests import make
from tests.newsletters import compose


@pytest.fixture
def pair(ctx: Flask) -> tuple[User, User]:
    """A writer and an approver in a live office with ten readers."""
    compose.go_live()
    for number in range(10):
        make.subscriber(f"reader{number}@example.net")
    return compose.people()


def state(newsletter_id: int) -> str:
    return queries.get_newsletter(newsletter_id).state


def edit(newsletter_id: int, user: User, **changes: object) -> None:
    document = queries.get_document(newsletter_id).to_json()
    version = queries.get_newsletter(newsletter_id).version
    actions.save(newsletter_id, version, {**document, **changes}, user.id, clock.now())


def test_an_unfinished_draft_cannot_be_submitted(pair: tuple[User, User]) -> None:
    made = compose.draft(pair[0], lists=[])
    with pytest.raises(Invalid, match="No list is chosen"):
        actions.submit(preparing.prepare(made, clock.now()), "", pair[0].id, clock.now())


def test_what_changed_since_it_was_prepared_is_not_submitted(pair: tuple[User, User]) -> None:
    made = compose.draft(pair[0])
    prepared = preparing.prepare(made, clock.now())
    edit(made, pair[0], title="Other")
    with pytest.raises(Conflict):
        actions.submit(prepared, "", pair[0].id, clock.now())


def test_an_approved_newsletter_leaves_after_a_minute(pair: tuple[User, User]) -> None:
    made = compose.approved(*pair)
    assert (state(made), actions.launch_due(clock.now())) == (ItemState.SCHEDULED, 0)
    assert 55 <= queries.waiting_seconds(queries.get_newsletter(made), clock.now()) <= 60
    assert actions.launch_due(compose.a_minute_later()) == 1
    assert state(made) == ItemState.SENDING
    run = db.session.scalars(select(Run)).one()
    assert (run.kind, run.ref, run.expected) == ("newsletter", made, 10)
    assert actions.launch_due(compose.a_minute_later()) == 0


def test_what_was_launched_is_what_was_approved(pair: tuple[User, User]) -> None:
    made = compose.submitted(pair[0])
    prepared = preparing.prepare(made, clock.now())
    compose.approve(made, pair[1])
    actions.launch_due(compose.a_minute_later())
    row = db.session.scalars(select(Compiled)).one()
    form = db.session.scalars(select(RunForm)).one()
    assert (row.html, row.text) == (prepared.forms["en"].html, prepared.forms["en"].text)
    assert form.form == json.loads(prepared.forms["en"].to_json())
    assert form.form["list_id"].endswith(".example.org>")


def test_nobody_approves_their_own_work(pair: tuple[User, User]) -> None:
    made = compose.submitted(pair[1])
    assert not queries.may_decide(queries.get_newsletter(made), pair[1].id)
    with pytest.raises(Refused):
        compose.approve(made, pair[1])
    assert state(made) == ItemState.IN_REVIEW


def test_who_changed_a_word_is_an_author_too(pair: tuple[User, User]) -> None:
    made = compose.draft(pair[0])
    edit(made, pair[1], title="Better")
    actions.submit(preparing.prepare(made, clock.now()), "", pair[0].id, clock.now())
    with pytest.raises(Refused):
        compose.approve(made, pair[1])


def test_one_person_may_play_both_parts_in_practice(ctx: Flask) -> None:
    author = make.user()
    make.subscriber()
    made = compose.approved(author, author)
    decision = queries.last_decision(made)
    assert decision is not None
    assert decision.is_practice
    assert actions.launch_due(compose.a_minute_later()) == 1


def test_a_newcomer_sends_the_first_one_without_any_setting(ctx: Flask) -> None:
    author = make.user()
    make.subscriber()
    made = actions.create("My first", author.id, clock.now())
    document = queries.get_document(made).to_json()
    document["editions"]["en"] = {"subject": "Hello", "blocks": compose.BLOCKS}
    actions.save(made, 1, document, author.id, clock.now())
    actions.submit(preparing.prepare(made, clock.now()), "", author.id, clock.now())
    compose.approve(made, author)
    assert actions.launch_due(compose.a_minute_later()) == 1
    assert db.session.scalars(select(RunForm)).one().form["from_address"] == "info@heatwatch.org"


def test_a_practice_approval_is_worth_nothing_once_the_office_is_live(ctx: Flask) -> None:
    author, approver = compose.people()
    make.subscriber()
    made = compose.approved(author, approver)
    compose.go_live()
    assert actions.launch_due(compose.a_minute_later()) == 0
    assert state(made) == ItemState.DRAFT
    assert "approval again" in queries.get_newsletter(made).launch_note


def test_what_was_not_seen_is_not_approved(pair: tuple[User, User]) -> None:
    made = compose.submitted(pair[0])
    with pytest.raises(Conflict):
        actions.approve(preparing.prepare(made, clock.now()), "0" * 64, "", pair[1].id, clock.now())


@pytest.mark.parametrize("change", [{"title": "Other"}, {"send_mode": "at", "send_wall": "2035-01-01T08:00"}])
def test_any_change_voids_the_approval(pair: tuple[User, User], change: dict) -> None:
    made = compose.approved(*pair)
    edit(made, pair[0], **change)
    assert state(made) == ItemState.DRAFT
    assert planning.standing_approval(planning.get_item("newsletter", made)) is None
    assert actions.launch_due(compose.a_minute_later()) == 0


def test_a_changed_footer_is_not_what_was_approved(pair: tuple[User, User]) -> None:
    made = compose.approved(*pair)

    @action
    def move() -> None:
        db.session.get_one(Organization, 1).postal_address = "Somewhere else"

    move()
    assert actions.launch_due(compose.a_minute_later()) == 0
    assert state(made) == ItemState.DRAFT


def test_the_review_shows_what_changed_since_the_last_approval(pair: tuple[User, User]) -> None:
    made = compose.submitted(pair[0])
    assert queries.changes_since_approval(made) is None
    compose.approve(made, pair[1])
    edit(made, pair[0], title="January news")
    changed = queries.changes_since_approval(made)
    assert changed is not None
    assert [(each.what, each.before, each.after) for each in changed] == [("Name", "December news", "January news")]


def test_asking_for_changes_gives_it_back_with_a_word(pair: tuple[User, User]) -> None:
    made = compose.submitted(pair[0])
    with pytest.raises(Invalid):
        actions.ask_for_changes(made, " ", pair[1].id, clock.now())
    actions.ask_for_changes(made, "Shorter, please.", pair[1].id, clock.now())
    decision = queries.last_decision(made)
    assert decision is not None
    assert (state(made), decision.is_approved, decision.comment) == (ItemState.DRAFT, False, "Shorter, please.")


def test_stop_keeps_it_from_leaving_and_send_lets_it_go(pair: tuple[User, User]) -> None:
    made = compose.approved(*pair)
    actions.stop(made, pair[0].id, clock.now())
    assert actions.launch_due(compose.a_minute_later()) == 0
    assert state(made) == ItemState.APPROVED
    actions.send(preparing.prepare(made, clock.now()), None, pair[1].id, clock.now())
    assert actions.launch_due(compose.a_minute_later()) == 1
    with pytest.raises(Conflict):
        actions.stop(made, pair[0].id, clock.now())


def test_a_time_is_kept_and_an_hour_later_it_is_missed(pair: tuple[User, User]) -> None:
    tomorrow = clock.wall_time_of(clock.now() + timedelta(days=1), "America/New_York").isoformat()
    made = compose.approved(*pair, send_mode="at", send_wall=tomorrow, send_zone="America/New_York")
    send_at = queries.get_document(made).send_at
    assert send_at is not None
    assert queries.get_newsletter(made).launch_at == send_at
    assert actions.launch_due(send_at - timedelta(seconds=1)) == 0
    assert actions.launch_due(send_at + timedelta(minutes=61)) == 0
    assert state(made) == ItemState.MISSED
    assert [mail.to_address for mail in db.session.scalars(select(OutboxMail))] == [pair[0].email]
    actions.take_back(made, pair[0].id, clock.now())
    assert state(made) == ItemState.DRAFT


def test_while_everything_is_paused_it_is_held_and_goes_on_afterwards(pair: tuple[User, User]) -> None:
    made = compose.approved(*pair)
    planning_actions.pause("A false alarm", pair[1].id, clock.now())
    assert actions.launch_due(compose.a_minute_later()) == 0
    assert actions.launch_due(compose.a_minute_later()) == 0
    assert state(made) == ItemState.HELD
    planning_actions.resume(pair[1].id, clock.now())
    assert actions.launch_due(compose.a_minute_later()) == 1


def test_a_tenth_more_people_than_approved_is_asked_about(pair: tuple[User, User]) -> None:
    made = compose.approved(*pair)
    for _ in range(2):
        make.subscriber()
    assert actions.launch_due(compose.a_minute_later()) == 0
    assert state(made) == ItemState.HELD
    prepared = preparing.prepare(made, clock.now())
    with pytest.raises(Invalid, match="10 people and would go to 12"):
        actions.send(prepared, None, pair[1].id, clock.now())
    actions.send(prepared, 12, pair[1].id, clock.now())
    assert actions.launch_due(compose.a_minute_later()) == 1


def test_a_paused_or_canceled_run_follows(pair: tuple[User, User]) -> None:
    newsletter = compose.launched(*pair)
    actions.pause(newsletter.id, "A typo", pair[1].id, clock.now())
    assert (state(newsletter.id), db.session.scalars(select(Run.state)).one()) == (ItemState.PAUSED, "paused")
    actions.resume(newsletter.id, pair[1].id, clock.now())
    actions.cancel(newsletter.id, pair[1].id, clock.now())
    assert (state(newsletter.id), db.session.scalars(select(Run.state)).one()) == (ItemState.CANCELED, "canceled")
    with pytest.raises(Conflict):
        actions.resume(newsletter.id, pair[1].id, clock.now())


def test_what_is_on_its_way_cannot_be_changed(pair: tuple[User, User]) -> None:
    newsletter = compose.launched(*pair)
    with pytest.raises(Refused):
        edit(newsletter.id, pair[0], title="Too late")
    with pytest.raises(Conflict):
        actions.take_back(newsletter.id, pair[0].id, clock.now())


def test_a_test_goes_to_confirmed_staff_only_and_says_so(pair: tuple[User, User]) -> None:
    made = compose.draft(pair[0])
    stranger = make.user()
    _unconfirm(stranger.id)
    prepared = preparing.prepare(made, clock.now())
    with pytest.raises(Invalid):
        actions.send_test(prepared, [pair[1].id, stranger.id], pair[0].id, clock.now())
    assert actions.send_test(prepared, [pair[1].id], pair[0].id, clock.now()) == 1
    mail = db.session.scalars(select(OutboxMail)).one()
    assert mail.subject == "[Test] Signs, Ben"
    assert "a test: nothing happens" in mail.text
    assert "a test: nothing happens" in mail.html
    assert (mail.to_address, mail.from_address, mail.reply_to) == (
        pair[1].email,
        "news@example.org",
        "office@example.org",
    )


@action
def _unconfirm(user_id: int) -> None:
    db.session.get_one(User, user_id).confirmed_at = None


def test_an_archived_list_is_noticed(pair: tuple[User, User]) -> None:
    made = compose.draft(pair[0])

    @action
    def archive() -> None:
        db.session.get_one(MailingList, make.first_list().id).archived_at = clock.now()

    archive()
    assert "archived" in " ".join(problem.title for problem in preparing.prepare(made, clock.now()).problems)


def test_the_count_leaves_out_who_is_on_a_list_without(pair: tuple[User, User]) -> None:
    other = make.mailing_list(position=9)
    make.subscriber("both@example.net", make.first_list(), other)
    make.subscriber("pending@example.net", state=MembershipState.PENDING)
    made = compose.draft(pair[0], minus=[other.id])
    assert preparing.prepare(made, clock.now()).people == 10


def test_a_preview_is_one_readers_own(pair: tuple[User, User]) -> None:
    made = compose.draft(pair[0])
    reader = make.subscriber(first_name="Zoë")
    assert preparing.preview(made).subject == "Signs, friend"
    shown = preparing.preview(made, reader_id=reader.id)
    assert shown.subject == "Signs, Zoë"
    assert "\x02" not in shown.html + shown.text
