"""From practice to real mail: what is missing, in order, and what the one step makes void."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns import clock
from campaigns.audience import memberships, requests
from campaigns.audience.actions import joining
from campaigns.audience.consent import Channel, Event
from campaigns.audience.models import Membership, MembershipState, RequestKind
from campaigns.db import action, db
from campaigns.delivery import addresses, mime, outbox, routes, runs
from campaigns.delivery.actions import relays
from campaigns.delivery.actions.relays import Wanted
from campaigns.delivery.models import OutboxMail, Run, RunState
from campaigns.delivery.queries import default_sender, relay
from campaigns.errors import Conflict, NotFound
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters import queries
from campaigns.newsletters.actions import approving, launching
from campaigns.newsletters.preparing import prepare
from campaigns.planning import queries as planning
from campaigns.planning.models import ItemState
from campaigns.staff.actions import links
from campaigns.staff.models import AuditEntry, RoleName
from campaigns.staff.queries import approvers, get_organization, get_user
from campaigns.start import actions, readiness
from tests import make, pages

PAGE = "/settings/going-live"
IN_ORDER = ["public_url", "postal_address", "sender", "relay", "approver"]


def missing() -> list[str]:
    db.session.expire_all()
    found = readiness.steps(get_organization(), default_sender(), relay(), approvers())
    assert [step.key for step in found] == IN_ORDER
    return [step.key for step in readiness.missing(found)]


def equip(tested: bool = True) -> int:
    """Everything an office needs; gives the administrator's id."""
    chief = make.user(RoleName.ADMINISTRATOR, name="Ana Ruiz")
    make.user(RoleName.APPROVER, name="Ben Okafor")
    organization = get_organization()
    organization.public_url = "https://news.example.org"
    organization.postal_address = "1 Main Street, Oakland, CA 94612"
    db.session.commit()
    relays.add(Wanted("mail.example.org", 587, "starttls", "office", "tidal-kelp"), chief.id, clock.now())
    server = relay()
    assert server
    if tested:
        relays.record_test(server.id, server.version, chief.id, clock.now())
    return chief.id


def approved_newsletter(chief: int) -> int:
    """A newsletter that one person wrote and approved in practice, on its way."""
    sender = default_sender()
    assert sender
    make.subscriber()
    text = {"id": "b1", "kind": "text", "text": "Ten quiet signs."}
    document = {
        "title": "December news",
        "sender_id": sender.id,
        "lists": [make.first_list().id],
        "send_zone": "America/Los_Angeles",
        "editions": {"en": {"subject": "Recognize the signs", "preheader": "Ten.", "blocks": [text]}},
    }
    made = newsletters.create_from(document, chief, clock.now())
    approving.submit(prepare(made, clock.now()), "", chief, clock.now())
    prepared = prepare(made, clock.now())
    approving.approve(prepared, prepared.content_hash, "", chief, clock.now())
    return made


def test_a_new_installation_lacks_all_but_the_sender_it_came_with(ctx: Flask) -> None:
    assert missing() == ["public_url", "postal_address", "relay", "approver"]


def test_each_thing_counts_only_when_it_is_really_there(ctx: Flask) -> None:
    equip(tested=False)
    assert missing() == ["relay"]
    organization = get_organization()
    organization.public_url, organization.postal_address = "http://news.example.org", " "
    db.session.commit()
    assert missing() == ["public_url", "postal_address", "relay"]


def test_a_writer_or_a_closed_account_is_no_second_person(ctx: Flask) -> None:
    make.user(RoleName.ADMINISTRATOR)
    make.user(RoleName.WRITER)
    make.user(RoleName.APPROVER, active=False)
    assert "approver" in missing()


def test_the_step_is_refused_with_the_names_of_what_is_missing(ctx: Flask) -> None:
    chief = equip(tested=False)
    with pytest.raises(Conflict, match="still missing: A mail server, tested"):
        actions.go_live(chief, clock.now())
    assert get_organization().is_practice


def test_a_mail_server_changed_after_its_test_has_to_be_tested_again(ctx: Flask) -> None:
    chief = equip()
    assert missing() == []
    server = relay()
    assert server
    wanted = Wanted("other.example.org", 587, "starttls", "office", "tidal-kelp")
    relays.change(server.id, wanted, server.version, chief, clock.now())
    assert missing() == ["relay"]


def test_the_step_is_taken_once_and_written_down(ctx: Flask) -> None:
    chief = equip()
    now = clock.now()
    actions.go_live(chief, now)
    db.session.expire_all()
    assert get_organization().went_live_at == now
    route = routes.present()
    assert (route.is_sandbox, route.server.host) == (False, "mail.example.org")
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "office.went_live"))
    assert entry
    assert entry.user_id == chief
    with pytest.raises(Conflict, match="live already"):
        actions.go_live(chief, clock.now())


def test_what_practice_approved_is_a_draft_again_and_never_leaves(ctx: Flask) -> None:
    chief = equip()
    made = approved_newsletter(chief)
    assert queries.get_newsletter(made).state == ItemState.SCHEDULED
    actions.go_live(chief, clock.now())
    db.session.expire_all()
    newsletter = queries.get_newsletter(made)
    assert newsletter.state == ItemState.DRAFT
    assert "approved again" in newsletter.launch_note
    item = planning.get_item("newsletter", made)
    assert (item.state, item.approved_hash, planning.standing_approval(item)) == (ItemState.DRAFT, "", None)
    assert launching.launch_due(clock.now() + timedelta(minutes=5)) == 0
    assert db.session.scalar(select(Run.id)) is None


def test_mail_of_practice_that_waits_is_thrown_away(ctx: Flask) -> None:
    chief = equip()
    values = {"kind": "x", "to_address": "ann@example.org", "subject": "s", "text": "t", "now": clock.now()}
    action(lambda: outbox.add(db.session(), **values))()
    actions.go_live(chief, clock.now())
    assert db.session.scalar(select(OutboxMail.id)) is None


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED, RunState.STOPPED])
def test_a_practice_run_under_way_must_end_first(ctx: Flask, state: RunState) -> None:
    chief = equip()
    form = mime.Form(subject="s", html="", text="t", from_name="Office", from_address="news@example.org")
    begin = action(
        lambda: runs.add(
            db.session(), kind="newsletter", ref=1, forms={"en": form}, max_id=1, expected=1, now=clock.now()
        )
    )
    begun = begin()
    begun.state = state
    db.session.commit()
    with pytest.raises(Conflict, match="still being sent"):
        actions.go_live(chief, clock.now())
    db.session.expire_all()
    assert get_organization().is_practice


def test_everybody_confirms_their_address_once_more(ctx: Flask) -> None:
    chief = equip()
    assert get_user(chief).confirmed_at
    actions.go_live(chief, clock.now())
    db.session.expire_all()
    assert get_user(chief).confirmed_at is None


def test_a_join_confirmed_from_the_sandbox_waits_for_a_real_confirmation(ctx: Flask) -> None:
    chief = equip()
    mailing = make.first_list()
    by_link = make.subscriber(state=MembershipState.PENDING)
    by_hand = make.subscriber(state=MembershipState.PENDING)
    returned = make.subscriber(state=MembershipState.PENDING)
    confirmed = MembershipState.CONFIRMED

    @action
    def join() -> None:
        session, now = db.session(), clock.now()
        memberships.change(session, by_link.id, mailing.id, confirmed, Channel.WEB, now)
        memberships.change(session, by_hand.id, mailing.id, confirmed, Channel.STAFF, now, event=Event.ADDED)
        memberships.change(session, returned.id, mailing.id, confirmed, Channel.WEB, now)
        memberships.change(session, returned.id, mailing.id, MembershipState.LEFT, Channel.WEB, now)
        memberships.change(session, returned.id, mailing.id, confirmed, Channel.IMPORT, now, event=Event.IMPORTED)

    join()
    actions.go_live(chief, clock.now())
    states = {
        who.id: db.session.get_one(Membership, (who.id, mailing.id)).state for who in (by_link, by_hand, returned)
    }
    assert states == {by_link.id: MembershipState.PENDING, by_hand.id: confirmed, returned.id: confirmed}
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "office.went_live"))
    assert entry
    assert entry.details == {"joins_to_confirm": 1}


def test_a_link_mailed_to_the_sandbox_does_not_work_any_more(ctx: Flask) -> None:
    chief = equip()
    address = addresses.parse("ann@example.org")
    values = {"list_ids": [make.first_list().id]}
    token = action(lambda: requests.add(db.session(), RequestKind.JOIN, address, clock.now(), **values))()
    actions.go_live(chief, clock.now())
    assert not joining.confirm(token, clock.now())


# The page


def test_an_invitation_that_lay_in_the_sandbox_opens_no_account(ctx: Flask) -> None:
    chief = equip()
    texts: list[str] = []
    links.invite(
        "guest@example.org",
        "Guest",
        [RoleName.APPROVER],
        chief,
        lambda _session, **mail: texts.append(mail["text"]),
        clock.now(),
    )
    token = re.findall(r"/welcome/(\S+)", texts[0])[0]
    actions.go_live(chief, clock.now())
    with pytest.raises(NotFound):
        links.make_account(token, "", "Guest", "no hash", clock.now())


def test_an_administrator_fills_the_gaps_on_the_page_and_goes_live(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = get_user(equip())
        organization = get_organization()
        organization.public_url = organization.postal_address = ""
        db.session.commit()
    pages.sign_in(client, chief)
    page = pages.visit(client, PAGE)
    assert "2 things are still missing" in page.text
    save = {"version": page.values["version"], "public_url": "https://news.example.org/"}
    assert pages.submit(client, page, f"{PAGE}/public-url", **save).status_code == 303
    page = pages.visit(client, PAGE)
    save = {"version": page.values["version"], "postal_address": "1 Main Street\nOakland, CA 94612"}
    assert pages.submit(client, page, f"{PAGE}/postal-address", **save).status_code == 303
    page = pages.visit(client, PAGE)
    assert "Let mail reach people from now on?" in page.text
    assert pages.submit(client, page, PAGE).status_code == 303
    page = pages.visit(client, PAGE)
    assert "The office is live" in page.text
    assert "Practice mode" not in page.text


def test_a_fault_is_said_beside_its_field(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, chief)
    page = pages.visit(client, PAGE)
    answer = pages.submit(client, page, f"{PAGE}/public-url", version=page.values["version"], public_url="news")
    assert answer.status_code == 400
    shown = pages.check(answer, is_public=False)
    assert "There is a problem" in shown.text
    assert shown.values["public_url"] == "news"
    answer = pages.submit(client, page, f"{PAGE}/public-url", version="999", public_url="https://news.example.org")
    assert answer.status_code == 409
    assert "Somebody else changed this" in pages.check(answer, is_public=False).text


def test_a_press_too_early_says_what_is_missing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        chief = make.user(RoleName.ADMINISTRATOR)
    pages.sign_in(client, chief)
    page = pages.visit(client, PAGE)
    answer = pages.submit(client, page, PAGE)
    assert answer.status_code == 409
    assert "A public https address" in pages.check(answer, is_public=False).text


def test_others_may_look_and_have_no_button(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        equip()
        viewer = make.user(RoleName.VIEWER)
    pages.sign_in(client, viewer)
    page = pages.visit(client, PAGE)
    assert "An administrator can take the step" in page.text
    assert "Go live now" not in page.text
    assert pages.submit(client, pages.visit(client, "/account"), PAGE).status_code == 403
