"""The pause switch and campaigns, on each engine."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.planning import actions, queries
from campaigns.planning.models import ItemState
from campaigns.staff.models import AuditEntry, RoleName
from tests import make
from tests.planning import plans


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_pausing_needs_a_reason_and_is_written_down(ctx: Flask) -> None:
    user = make.user(RoleName.APPROVER)
    assert not queries.is_paused()
    with pytest.raises(Invalid):
        actions.pause(" ", user.id, clock.now())
    actions.pause("The wrong list was chosen.", user.id, clock.now())
    state = queries.pause_state()
    assert (queries.is_paused(), state.reason, state.by_id) == (True, "The wrong list was chosen.", user.id)
    actions.resume(user.id, clock.now())
    assert not queries.is_paused()
    assert audited()[-2:] == ["pause.on", "pause.off"]


def test_resuming_what_runs_is_a_conflict(ctx: Flask) -> None:
    with pytest.raises(Conflict):
        actions.resume(make.user().id, clock.now())


def test_what_stops_is_counted(ctx: Flask) -> None:
    plans.item(state=ItemState.SENDING)
    plans.item(state=ItemState.SCHEDULED)
    plans.item(state=ItemState.DRAFT)
    assert (queries.leaving().sending, queries.leaving().ahead, queries.leaving().mails) == (1, 1, 0)


def test_a_campaign_is_found_by_the_beginning_of_its_words(ctx: Flask) -> None:
    user = make.user()
    made = actions.create_campaign(
        "Día de los Muertos", "Reach families", date(2026, 10, 1), date(2026, 11, 2), user.id, clock.now()
    )
    assert [campaign.id for campaign in queries.search_campaigns("dia fam")] == [made]
    assert queries.search_campaigns("--") == []
    assert audited()[-1] == "campaign.created"


def test_a_stale_change_of_a_campaign_overwrites_nothing(ctx: Flask) -> None:
    user, now = make.user(), clock.now()
    made = actions.create_campaign("January", "", None, None, user.id, now)
    actions.change_campaign(made, 1, "January, awareness", "", None, None, user.id, now)
    with pytest.raises(Conflict):
        actions.change_campaign(made, 1, "Mine", "", None, None, user.id, now)
    assert queries.get_campaign(made).name == "January, awareness"


def test_a_campaign_cannot_end_before_it_begins(ctx: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_campaign("X", "", date(2026, 2, 2), date(2026, 2, 1), make.user().id, clock.now())
    assert set(refused.value.fields) == {"ends_on"}


def test_an_archived_campaign_is_hidden_and_comes_back(ctx: Flask) -> None:
    user, now = make.user(), clock.now()
    made = actions.create_campaign("Over", "", None, None, user.id, now)
    actions.archive_campaign(made, user.id, now)
    assert queries.campaigns() == []
    assert queries.count_archived_campaigns() == 1
    assert [campaign.id for campaign in queries.campaigns(with_archived=True)] == [made]
    actions.restore_campaign(made, user.id, now)
    assert [campaign.id for campaign in queries.campaigns()] == [made]


def test_progress_counts_the_items_of_a_campaign_that_have_ended(ctx: Flask) -> None:
    made = actions.create_campaign("Goal", "", None, None, make.user().id, clock.now())
    plans.item(state=ItemState.SENT, campaign_id=made)
    plans.item(state=ItemState.DRAFT, campaign_id=made)
    plans.item(state=ItemState.SENT)
    progress = queries.progress_of_campaigns()[made]
    assert (progress.items, progress.done) == (2, 1)
    assert len(queries.items_of_campaign(made)) == 2


def test_an_unknown_campaign_is_not_found(ctx: Flask) -> None:
    with pytest.raises(NotFound):
        queries.get_campaign(404)
