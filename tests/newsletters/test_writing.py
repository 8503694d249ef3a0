"""Nobody's text is lost: versions, conflicts, undo and redo, copies, the bin."""

import io
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from PIL import Image as Pillow
from sqlalchemy import func, select

from campaigns import clock
from campaigns.db import db
from campaigns.delivery.queries import default_sender
from campaigns.errors import Conflict, Invalid, NotFound, Refused
from campaigns.newsletters import actions, queries
from campaigns.newsletters.actions.writing import Changed
from campaigns.newsletters.models import Image, Revision
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff.models import AuditEntry
from tests import make
from tests.newsletters import compose

LATER = timedelta(seconds=30)


def say(newsletter_id: int, subject: str, user_id: int, version: int | None = None) -> int:
    """Save another subject."""
    document = queries.get_document(newsletter_id).to_json()
    document["editions"]["en"]["subject"] = subject
    present = queries.get_newsletter(newsletter_id).version
    return actions.save(newsletter_id, present if version is None else version, document, user_id, clock.now())


def subject(newsletter_id: int) -> str:
    return queries.get_document(newsletter_id).text("en").subject


def test_a_new_newsletter_begins_with_the_first_list_and_the_default_sender(ctx: Flask) -> None:
    author, sender = make.user(), default_sender()
    made = actions.create("December", author.id, clock.now())
    document = queries.get_document(made)
    assert sender is not None
    assert (document.sender_id, document.lists) == (sender.id, [make.first_list().id])
    item = planning.get_item("newsletter", made)
    assert (item.state, item.title, item.due_at) == (ItemState.DRAFT, "December", None)


def test_a_day_of_the_calendar_is_its_time(ctx: Flask) -> None:
    made = actions.create("December", None, clock.now(), day=date(2030, 12, 3))
    assert queries.get_document(made).send_wall == "2030-12-03T09:00"
    assert planning.get_item("newsletter", made).due_at == queries.get_document(made).send_at


def test_a_name_is_needed(ctx: Flask) -> None:
    with pytest.raises(Invalid):
        actions.create(" ", None, clock.now())


def test_saving_the_same_again_changes_nothing(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author)
    assert actions.save(made, 1, queries.get_document(made).to_json(), author.id, clock.now()) == 1


def test_a_second_editor_gets_both_texts_and_nothing_is_overwritten(ctx: Flask) -> None:
    ana, ben = compose.people()
    made = compose.draft(ana)
    assert say(made, "From Ana", ana.id, version=1) == 2
    with pytest.raises(Changed) as clash:
        say(made, "From Ben", ben.id, version=1)
    assert clash.value.theirs["editions"]["en"]["subject"] == "From Ana"
    assert (clash.value.by_id, clash.value.version) == (ana.id, 2)
    assert subject(made) == "From Ana"


def test_a_save_whose_answer_was_lost_can_be_sent_again(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author)
    assert say(made, "Once", author.id, version=1) == 2
    assert say(made, "Once", author.id, version=1) == 2


def test_undo_and_redo_walk_through_the_steps_a_person_made(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author)
    first = subject(made)
    with time_machine.travel(clock.now(), tick=False) as travel:
        for words in ("one", "two"):
            travel.shift(LATER)
            version = say(made, words, author.id)
        version = actions.undo(made, version, author.id, clock.now())
        assert subject(made) == "one"
        version = actions.undo(made, version, author.id, clock.now())
        assert subject(made) == first
        assert not queries.may_undo(made)
        version = actions.redo(made, version, author.id, clock.now())
        assert subject(made) == "one"
        travel.shift(LATER)
        version = say(made, "three", author.id)
        assert not queries.may_redo(made)
        version = actions.undo(made, version, author.id, clock.now())
        assert subject(made) == "one"
        version = actions.redo(made, version, author.id, clock.now())
        assert subject(made) == "three"
        with pytest.raises(Invalid):
            actions.redo(made, version, author.id, clock.now())


def test_what_is_typed_in_one_go_is_one_step(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author)
    with time_machine.travel(clock.now(), tick=False) as travel:
        for words in ("o", "on", "one"):
            travel.shift(timedelta(seconds=2))
            version = say(made, words, author.id)
        assert db.session.scalar(select(func.count()).select_from(Revision)) == 2
        actions.undo(made, version, author.id, clock.now())
    assert subject(made) == "Signs, {{ first_name | friend }}"


def test_another_persons_words_are_a_step_of_their_own(ctx: Flask) -> None:
    ana, ben = compose.people()
    made = compose.draft(ana)
    say(made, "ana", ana.id)
    version = say(made, "ben", ben.id)
    actions.undo(made, version, ben.id, clock.now())
    assert subject(made) == "ana"
    assert queries.authors_of(queries.get_newsletter(made)) == {ana.id, ben.id}


def test_a_copy_is_a_draft_without_a_time(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author, send_mode="at", send_wall="2030-12-03T08:00")
    copy = queries.get_document(actions.duplicate(made, author.id, clock.now()))
    assert (copy.title, copy.send_mode, copy.send_wall) == ("Copy of December news", "now", "")
    assert copy.editions == queries.get_document(made).editions


def test_the_bin_keeps_for_thirty_days(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author)
    actions.bin(made, author.id, clock.now())
    assert queries.search_newsletters().items == []
    assert [each.id for each in queries.binned().items] == [made]
    with pytest.raises(Refused):
        say(made, "x", author.id)
    assert actions.purge_bin(clock.now() + timedelta(days=29)) == 0
    actions.restore(made, author.id, clock.now())
    assert [each.id for each in queries.search_newsletters().items] == [made]
    actions.bin(made, author.id, clock.now())
    assert actions.purge_bin(clock.now() + timedelta(days=31)) == 1
    with pytest.raises(NotFound):
        queries.get_newsletter(made)


def test_what_is_scheduled_does_not_go_to_the_bin(ctx: Flask) -> None:
    made = compose.approved(*compose.people()) if make.subscriber() else 0
    with pytest.raises(Conflict):
        actions.bin(made, make.user().id, clock.now())


def test_unknown_senders_and_lists_are_refused(ctx: Flask) -> None:
    author = make.user()
    with pytest.raises(Invalid) as refused:
        compose.draft(author, sender_id=999)
    assert list(refused.value.fields) == ["sender_id"]
    with pytest.raises(Invalid) as refused:
        compose.draft(author, minus=[999])
    assert list(refused.value.fields) == ["minus"]


def test_newsletters_are_found_by_words_of_their_text(ctx: Flask) -> None:
    made = compose.draft(make.user())
    assert [each.id for each in queries.search_newsletters("gui sig").items] == [made]
    assert queries.search_newsletters("sandwich").items == []
    assert queries.search_newsletters(state="sent").items == []
    assert queries.state_counts() == {"draft": 1}


def test_the_same_picture_is_kept_once(ctx: Flask) -> None:
    out = io.BytesIO()
    Pillow.new("RGB", (20, 10), "teal").save(out, "PNG")
    first = actions.add_image(out.getvalue(), None, clock.now())
    assert actions.add_image(out.getvalue(), None, clock.now()).token == first.token
    assert db.session.scalar(select(func.count()).select_from(Image)) == 1


def test_what_people_did_is_in_the_audit_log(ctx: Flask) -> None:
    author = make.user()
    made = compose.draft(author)
    actions.bin(made, author.id, clock.now())
    said = select(AuditEntry.action).where(AuditEntry.object_kind == "newsletter").order_by(AuditEntry.id)
    found = db.session.scalars(said).all()
    assert found == ["newsletter.created", "newsletter.binned"]
