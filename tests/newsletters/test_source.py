"""From the launch over real SMTP to the reader: everybody once, with their own name and link; then the archive."""

import email
import email.policy
import io
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as Pillow
from sqlalchemy import select

import config
from campaigns import clock
from campaigns.audience import leaving, links
from campaigns.audience import queries as audience
from campaigns.audience.consent import Channel
from campaigns.audience.models import Membership, MembershipState, Subscriber
from campaigns.db import action, db
from campaigns.delivery import sender, suppression
from campaigns.delivery.models import OutboxMail, Run, RunState, SuppressionReason
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.newsletters import actions, queries
from campaigns.newsletters.actions import launching, sending
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning.models import ItemState
from campaigns.staff.models import User
from tests import make
from tests.newsletters import compose
from tests.pages import visit


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """A mail server of this test's own."""
    with SandboxServer(tmp_path / "mail") as running:
        settings = config.load().model_copy(update={"sandbox_port": running.port, "smtp_timeout_ms": 2_000})
        monkeypatch.setattr(config, "load", lambda: settings)
        yield running


@pytest.fixture
def pair(ctx: Flask) -> tuple[User, User]:
    """A writer and an approver."""
    return compose.people()


def work_off() -> None:
    """Send until nothing is left to do."""
    source = NewsletterSource()
    while sender.work({"newsletter": source}, lambda: False, threading.Event(), "test"):
        pass


def arrived(running: SandboxServer) -> dict[str, EmailMessage]:
    """The messages by address; everyone at most once."""
    running.store.sync()
    found: dict[str, EmailMessage] = {}
    for entry, raw in running.store.iter_raw():
        assert entry.envelope_to[0] not in found
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found[entry.envelope_to[0]] = message
    return found


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_everybody_gets_it_once_with_their_own_name_and_link(pair: tuple[User, User], sandbox: SandboxServer) -> None:
    zoe = make.subscriber("zoe@example.net", first_name="Zoë", last_name="O'Neil <z>")
    nobody = make.subscriber("nobody@example.net")
    newsletter = compose.launched(*pair)
    work_off()
    mails = arrived(sandbox)
    assert set(mails) == {"zoe@example.net", "nobody@example.net"}
    first = mails["zoe@example.net"]
    assert (first["Subject"], mails["nobody@example.net"]["Subject"]) == ("Signs, Zoë", "Signs, friend")
    assert "Dear Zoë," in body(first, "plain")
    assert "Dear Zoë," in body(first, "html")
    for person, message in ((zoe, first), (nobody, mails["nobody@example.net"])):
        link = message["List-Unsubscribe"].strip("<>")
        copy = links.read_leave_token(link.rpartition("/")[2])
        assert copy is not None
        assert (copy.subscriber_id, copy.list_ids) == (person.id, (make.first_list().id,))
        assert link in body(message, "plain")
        assert link in body(message, "html")
        assert (message["Precedence"], message["List-Unsubscribe-Post"]) == ("bulk", "List-Unsubscribe=One-Click")
        assert message["Reply-To"] == "office@example.org"
        assert not message.defects
    assert queries.get_newsletter(newsletter.id).state == ItemState.SENT
    notice = db.session.scalars(select(OutboxMail)).one()
    assert (notice.to_address, notice.subject) == (pair[0].email, "“December news” was sent")
    assert "2 copies were handed over." in notice.text


def test_the_head_of_a_message_is_right_byte_by_byte(pair: tuple[User, User], sandbox: SandboxServer) -> None:
    person = make.subscriber("zoe@example.net", first_name="Zoë")
    newsletter = compose.launched(*pair)
    work_off()
    sandbox.store.sync()
    (raw,) = (raw for _entry, raw in sandbox.store.iter_raw())
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = [line for line in head.split("\r\n") if not line.startswith(" ")]
    named = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    assert len(named) == len(lines), "a header stands twice"
    copy = links.leave_token(newsletter.run_id or 0, person.id, [make.first_list().id])
    # RFC 8058 asks for one unfolded, unencoded address, and for exactly these words behind it.
    assert named["List-Unsubscribe"].startswith("<http")
    assert named["List-Unsubscribe"].endswith(f"/u/{copy}>")
    assert named["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<[\w.-]{16,}@example\.org>", named["Message-ID"])
    assert named["List-Id"].endswith("<newsletter.example.org>")
    assert (named["Precedence"], named["MIME-Version"]) == ("bulk", "1.0")
    assert abs(parsedate_to_datetime(named["Date"]) - clock.now()) < timedelta(hours=1)
    assert b"zoe" not in named["Message-ID"].encode()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_who_left_paused_or_is_suppressed_after_the_launch_gets_nothing(
    pair: tuple[User, User], sandbox: SandboxServer
) -> None:
    gone, paused, refused, other, stays = (make.subscriber(f"{name}@example.net") for name in "abcde")
    without = make.mailing_list(position=9)
    compose.launched(*pair, minus=[without.id])

    @action
    def change() -> None:
        session = db.session()
        leaving.leave(session, gone.id, [make.first_list().id], Channel.ONE_CLICK, clock.now())
        session.get_one(Subscriber, paused.id).paused_until = clock.now() + timedelta(days=30)
        suppression.add(session, refused.address_key, SuppressionReason.COMPLAINT, clock.now())

    change()
    make.subscriber("late@example.net")
    assert other.id < stays.id
    _put_on(other.id, without.id)
    work_off()
    assert set(arrived(sandbox)) == {"e@example.net"}


def _put_on(subscriber_id: int, list_id: int) -> None:
    db.session.add(
        Membership(
            subscriber_id=subscriber_id, list_id=list_id, state=MembershipState.CONFIRMED, changed_at=clock.now()
        )
    )
    db.session.commit()


def test_a_reader_of_two_lists_leaves_both_through_their_one_copy(
    pair: tuple[User, User], sandbox: SandboxServer
) -> None:
    first, second, third = make.first_list(), make.mailing_list(position=8), make.mailing_list(position=9)
    make.subscriber("both@example.net", first, second, third)
    compose.launched(*pair, lists=[first.id, second.id])
    work_off()
    message = arrived(sandbox)["both@example.net"]
    copy = links.read_leave_token(message["List-Unsubscribe"].strip("<>").rpartition("/")[2])
    assert copy is not None
    assert set(copy.list_ids) == {first.id, second.id}
    assert f"on our list: {first.name}, {second.name}." in " ".join(body(message, "plain").split())


def test_a_mail_server_that_does_not_answer_is_told_to_the_author_once(pair: tuple[User, User]) -> None:
    make.subscriber()
    newsletter = compose.launched(*pair)

    @action
    def fail() -> None:
        run = db.session.get_one(Run, newsletter.run_id)
        run.failures, run.reason = 3, "The mail server did not answer."

    fail()
    assert launching.notice_trouble(clock.now()) == 1
    assert launching.notice_trouble(clock.now()) == 0
    assert db.session.scalars(select(OutboxMail)).one().subject == "“December news” is stuck"
    assert queries.get_newsletter(newsletter.id).launch_note == "The mail server did not answer."


def test_refused_copies_are_told_to_the_author(pair: tuple[User, User], sandbox: SandboxServer) -> None:
    sandbox.script = lambda state, _session, rest: "550 5.1.1 Unknown" if state == "RCPT" and "gone@" in rest else None
    make.subscriber("gone@example.net")
    make.subscriber("here@example.net")
    compose.launched(*pair)
    work_off()
    notice = db.session.scalars(select(OutboxMail)).one()
    assert "1 copy was handed over." in notice.text
    assert "1 was refused; the page says why." in notice.text


def test_a_canceled_run_is_told_too(pair: tuple[User, User], sandbox: SandboxServer) -> None:
    make.subscriber()
    newsletter = compose.launched(*pair)
    actions.cancel(newsletter.id, pair[1].id, clock.now())
    work_off()
    assert arrived(sandbox) == {}
    assert db.session.get_one(Run, newsletter.run_id).state == RunState.CANCELED
    assert db.session.scalars(select(OutboxMail)).one().subject == "“December news” was canceled"


def sent(app: Flask, mode: str = "listed", note: str = "") -> str:
    """The slug of a newsletter that was sent."""
    with app.app_context():
        author, approver = compose.people()
        make.subscriber("r@example.net", first_name="Secret")
        newsletter = compose.launched(author, approver)
        _finish(newsletter.id, newsletter.run_id or 0)
        if mode != "listed":
            actions.set_archive(newsletter.id, mode, note, approver.id, clock.now())
        return newsletter.slug


def _finish(newsletter_id: int, run_id: int) -> None:
    @action
    def end() -> None:
        db.session.get_one(Run, run_id).state = RunState.FINISHED

    end()
    sending.finish(newsletter_id, run_id, clock.now())


def test_the_archive_shows_what_was_sent_without_a_name(app: Flask, client: FlaskClient) -> None:
    slug = sent(app)
    listed = visit(client, "/read", is_public=True)
    assert "Signs, friend" in listed.text
    page = visit(client, f"/read/{slug}", is_public=True)
    assert "Dear friend" in page.text
    assert "Secret" not in page.text
    assert "\x02" not in page.text


@pytest.mark.parametrize(("mode", "status"), [("unlisted", 200), ("withdrawn", 410)])
def test_it_can_be_hidden_or_withdrawn(app: Flask, client: FlaskClient, mode: str, status: int) -> None:
    slug = sent(app, mode, "A number in it was wrong.")
    assert "Signs" not in client.get("/read").get_data(as_text=True)
    answer = client.get(f"/read/{slug}")
    assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (status, "noindex")
    assert ("A number in it was wrong." in answer.get_data(as_text=True)) is (mode == "withdrawn")


def test_what_was_not_sent_cannot_be_read(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        slug = queries.get_newsletter(compose.draft(make.user())).slug
    assert client.get(f"/read/{slug}").status_code == 404
    assert client.get("/read/nothing").status_code == 404


def test_practice_newsletters_leave_the_archive_when_the_office_goes_live(app: Flask, client: FlaskClient) -> None:
    slug = sent(app)
    with app.app_context():
        compose.go_live(at=clock.now() + timedelta(hours=1))
    assert client.get(f"/read/{slug}").status_code == 404


def test_pictures_are_served_for_keeps(app: Flask, client: FlaskClient) -> None:
    out = io.BytesIO()
    Pillow.new("RGB", (20, 10), "teal").save(out, "PNG")
    with app.app_context():
        token = actions.add_image(out.getvalue(), None, clock.now()).token
    answer = client.get(f"/i/{token}.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert client.get(f"/i/{token}.jpg", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/i/{token}.png").status_code == 404
    assert client.get("/i/other.jpg").status_code == 404


def test_the_audience_of_a_run_is_counted_like_it_is_sent(pair: tuple[User, User]) -> None:
    ids = [make.subscriber().id for _ in range(5)]
    newsletter = compose.launched(*pair)
    run = db.session.get_one(Run, newsletter.run_id)
    source = NewsletterSource()
    assert source.next_ids(run, 0, 3) + source.next_ids(run, ids[2], 10) == ids
    assert run.expected == audience.count_audience([make.first_list().id], [], clock.now())
