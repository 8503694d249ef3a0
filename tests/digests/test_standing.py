"""A standing approval covers one digest of our own sources exactly as it was, after two hours in view."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns import clock
from campaigns.db import db
from campaigns.digests.actions import digests, issues, sources, standing
from campaigns.digests.models import Digest, IssueState, StandingApproval, Trust
from campaigns.digests.queries import digests as queries
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters import preparing
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff.models import Organization, RoleName, User
from tests import make
from tests.digests import issues as office
from tests.digests import news
from tests.digests.issues import TITLES
from tests.newsletters import compose
from tests.websites import Says, Website

pytestmark = pytest.mark.usefixtures("ctx")


def template(made: Digest) -> str:
    office.fresh()
    return preparing.template_hash(made.sender_id)


def own_digest(website: Website, **values: object) -> tuple[Digest, User, User]:
    """A digest of our own sources with two stories, in a live office."""
    compose.go_live()
    author, approver = office.people()
    ours = news.feed("Our office", Trust.OWN)
    for title in TITLES[:2]:
        office.told(website, ours, title)
    return office.digest(author, approver, only_own=True, **values), author, approver


def stands(made: Digest, approver: User, days: int = 90) -> StandingApproval:
    """A standing approval that both agreed to."""
    admin = make.user(RoleName.ADMINISTRATOR)
    number = standing.record(made.id, approver.id, days, template(made), admin.id, clock.now())
    standing.agree(number, template(made), approver.id, clock.now())
    return db.session.get_one(StandingApproval, number)


def soon(made: Digest) -> None:
    """Let the digest be due now, so that what the clock of the program says is about now."""
    made.next_at = clock.now()
    db.session.commit()


def make_issue(made: Digest) -> None:
    soon(office.get(made.id))
    issues.work(clock.now())


def test_an_issue_waits_two_hours_in_view_and_then_leaves_by_itself(website: Website) -> None:
    made, _, approver = own_digest(website)
    agreed = stands(made, approver)
    make_issue(made)
    draft = office.newsletter(office.issue(made))
    assert draft.state == ItemState.SCHEDULED
    assert draft.launch_at is not None
    assert timedelta(hours=2) <= draft.launch_at - clock.now() + timedelta(seconds=30) < timedelta(hours=2, minutes=2)
    approval = planning.last_approval(planning.get_item("newsletter", draft.id))
    assert approval is not None
    assert (approval.approver_id, f"standing approval number {agreed.id}" in approval.comment) == (approver.id, True)
    assert newsletters.launch_due(clock.now() + timedelta(hours=1, minutes=55)) == 0
    leaves_at = draft.launch_at + timedelta(minutes=1)
    assert newsletters.launch_due(leaves_at) == 1
    issues.work(leaves_at)
    assert office.issue(made).state == IssueState.SENT


def test_anybody_can_stop_it_in_these_two_hours(website: Website) -> None:
    made, author, approver = own_digest(website)
    stands(made, approver)
    make_issue(made)
    draft = office.newsletter(office.issue(made))
    newsletters.stop(draft.id, author.id, clock.now())
    assert newsletters.launch_due(clock.now() + timedelta(hours=3)) == 0


def test_it_counts_only_once_the_named_approver_agreed(website: Website) -> None:
    made, author, approver = own_digest(website)
    admin = make.user(RoleName.ADMINISTRATOR)
    number = standing.record(made.id, approver.id, 30, template(made), admin.id, clock.now())
    with pytest.raises(Refused):
        standing.agree(number, template(made), author.id, clock.now())
    make_issue(made)
    assert office.newsletter(office.issue(made)).state == ItemState.IN_REVIEW


def change_rule(made: Digest, author: User) -> None:
    digests.change(made.id, made.version, {"most": 9}, author.id, clock.now())


def change_source(_made: Digest, _author: User) -> None:
    news.feed("Another of ours", Trust.OWN)


def change_look(_made: Digest, _author: User) -> None:
    db.session.get_one(Organization, 1).tip_line = "1-555-0100"
    db.session.commit()


def take_role_away(made: Digest, _author: User) -> None:
    found = queries.standing(made.id)
    assert found is not None
    db.session.get_one(User, found.approver_id).active = False
    db.session.commit()


def run_out(made: Digest, _author: User) -> None:
    found = queries.standing(made.id)
    assert found is not None
    found.expires_at = clock.now()
    db.session.commit()


def take_back(made: Digest, author: User) -> None:
    found = queries.standing(made.id)
    assert found is not None
    standing.revoke(found.id, author.id, clock.now())


@pytest.mark.parametrize("change", [change_rule, change_source, change_look, take_role_away, run_out, take_back])
def test_any_change_voids_it_and_a_person_is_asked(website: Website, change: object) -> None:
    made, author, approver = own_digest(website)
    agreed = stands(made, approver)
    make.user(RoleName.APPROVER, name="Cy Ott")
    change(office.get(made.id), author)  # type: ignore[operator]
    make_issue(made)
    one = office.issue(made)
    assert office.newsletter(one).state == ItemState.IN_REVIEW
    assert one.standing_id is None
    office.fresh()
    kept = db.session.get_one(StandingApproval, agreed.id)
    assert kept.voided_at is not None
    assert kept.void_reason
    assert any(subject.startswith("Please read") for subject in office.mails())


def test_a_dead_link_or_somebody_elses_report_needs_a_person_without_voiding_it(website: Website) -> None:
    made, _, approver = own_digest(website)
    agreed = stands(made, approver)
    path = office.entry_of(db.session.scalars(select(office.Story)).first()).url.removeprefix(website.url)  # type: ignore[arg-type]
    website.pages[path] = Says(status=410)
    make_issue(made)
    one = office.issue(made)
    assert office.newsletter(one).state == ItemState.IN_REVIEW
    assert "leads nowhere" in one.note
    assert office.newsletter(one).send_mode == "now"
    office.fresh()
    assert db.session.get_one(StandingApproval, agreed.id).voided_at is None


def test_a_late_issue_needs_a_person(website: Website) -> None:
    made, _, approver = own_digest(website)
    stands(made, approver)
    made = office.get(made.id)
    made.next_at = clock.now() - timedelta(hours=5)
    db.session.commit()
    issues.work(clock.now())
    assert office.newsletter(office.issue(made)).state == ItemState.IN_REVIEW


def test_a_story_that_a_paper_reports_too_never_leaves_by_itself(website: Website) -> None:
    made, _, approver = own_digest(website)
    stands(made, approver)
    news.entry(news.feed("The Tribune"), TITLES[0], f"{TITLES[0]}. More was said.")
    news.place()
    make_issue(made)
    one = office.issue(made)
    assert TITLES[0] not in [row.title for row in office.printed(one)]


def test_it_is_refused_for_other_sources_too_long_or_whoever_wrote_the_rule(website: Website) -> None:
    made, author, approver = own_digest(website)
    admin = make.user(RoleName.ADMINISTRATOR)
    for days in (0, 91):
        with pytest.raises(Invalid):
            standing.record(made.id, approver.id, days, template(made), admin.id, clock.now())
    with pytest.raises(Invalid, match="may not approve"):
        standing.record(made.id, author.id, 30, template(made), admin.id, clock.now())
    writes_and_approves = make.user(RoleName.APPROVER)
    digests.change(made.id, office.get(made.id).version, {"most": 8}, writes_and_approves.id, clock.now())
    with pytest.raises(Invalid, match="wrote the rule"):
        standing.record(made.id, writes_and_approves.id, 30, template(made), admin.id, clock.now())
    open_to_all = office.digest(author, approver, name="Everything")
    with pytest.raises(Invalid, match="own sources"):
        standing.record(open_to_all.id, approver.id, 30, template(open_to_all), admin.id, clock.now())


def test_agreeing_to_what_changed_meanwhile_is_refused(website: Website) -> None:
    made, _, approver = own_digest(website)
    admin = make.user(RoleName.ADMINISTRATOR)
    number = standing.record(made.id, approver.id, 30, template(made), admin.id, clock.now())
    news.feed("Another of ours", Trust.OWN)
    with pytest.raises(Conflict):
        standing.agree(number, template(made), approver.id, clock.now())


def test_one_from_practice_does_not_count_once_the_office_is_live(website: Website) -> None:
    author, approver = office.people()
    ours = news.feed("Our office", Trust.OWN)
    office.told(website, ours, TITLES[0])
    made = office.digest(author, approver, only_own=True)
    stands(made, approver)
    compose.go_live()
    make_issue(made)
    assert office.newsletter(office.issue(made)).state == ItemState.IN_REVIEW


def test_giving_a_source_to_others_is_a_change_too(website: Website) -> None:
    made, author, approver = own_digest(website)
    stands(made, approver)
    feed = db.session.scalars(select(news.Feed)).first()
    assert feed is not None
    values = sources.Values(url=feed.url, title=feed.title, trust=Trust.PRESS)
    sources.change(feed.id, feed.version, values, author.id, clock.now())
    make_issue(made)
    assert office.issue(made).state == IssueState.SKIPPED
