"""The sandbox: what it accepts, what it refuses, what it keeps, and how it stops."""

import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from campaigns.delivery.sandbox import reading
from campaigns.delivery.sandbox.script import Drop
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.sandbox.session import Session
from campaigns.delivery.sandbox.store import INDEX, Reader, Store
from campaigns.errors import NotFound

MESSAGE = b"Subject: Hello\r\nMessage-ID: <1@example.org>\r\n\r\nBody\r\n"
ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def sandbox(folder: Path) -> Iterator[SandboxServer]:
    with SandboxServer(folder) as running:
        yield running


class Talk:
    """A raw conversation: bytes out, whole replies in."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")
        self.banner = self.reply()

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> str:
        lines = []
        while line := self.file.readline():
            lines.append(line.decode().rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def say(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def codes(self, count: int) -> list[str]:
        return [self.reply()[:3] for _ in range(count)]


def only(store: Store) -> bytes:
    ((_, raw),) = store.iter_raw()
    return raw


def test_it_offers_the_extensions_that_real_servers_offer(sandbox: SandboxServer) -> None:
    with Talk(sandbox.port) as talk:
        offered = {line[4:].split()[0] for line in talk.say("EHLO me").split("\n")[1:]}
    assert offered == {"PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING"}


def test_a_pipelined_group_is_answered_in_order_and_whole(sandbox: SandboxServer) -> None:
    with Talk(sandbox.port) as talk:
        talk.say("EHLO me")
        talk.send(ENVELOPE)
        assert talk.codes(3) == ["250", "250", "354"]
        talk.send(MESSAGE + b".\r\n" + ENVELOPE)
        assert talk.codes(4) == ["250", "250", "250", "354"]
        talk.send(b".\r\nQUIT\r\n")
        assert talk.codes(2) == ["250", "221"]
    assert [raw for _, raw in sandbox.store.iter_raw()] == [MESSAGE, b""]


@pytest.mark.parametrize("cut", range(1, 12))
def test_the_final_dot_is_found_wherever_the_network_cuts(sandbox: SandboxServer, cut: int) -> None:
    whole = b"a\r\n..b\r\n...\r\n.\r\n"
    with Talk(sandbox.port) as talk:
        talk.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk.say("EHLO me")
        talk.send(ENVELOPE)
        talk.codes(3)
        talk.send(whole[:cut])
        # The answer to a second session shows that the server has read on before the rest leaves.
        with Talk(sandbox.port) as other:
            assert other.say("NOOP").startswith("250")
        talk.send(whole[cut:])
        assert talk.codes(1) == ["250"]
    assert only(sandbox.store) == b"a\r\n.b\r\n..\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"a\n.\nb\r\n",
        b"a\r\n.\nMAIL FROM:<x@example.org>\r\n",
        b"a\n.\r\nb\r\n",
        b"a\r.\rb\r\n",
        b"a\r.\r\nb\r\n",
        b"bare\nline feed\r\n",
    ],
)
def test_no_second_message_can_be_smuggled_in_with_bare_line_ends(sandbox: SandboxServer, body: bytes) -> None:
    with Talk(sandbox.port) as talk:
        talk.say("EHLO me")
        talk.send(ENVELOPE)
        talk.codes(3)
        talk.send(body + b"\r\n.\r\n")
        assert talk.reply().startswith("550 5.6.0")
        assert talk.say("NOOP").startswith("250")
    assert sandbox.store.count() == 0


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\0\r\n", b"NOOP " + b"x" * 9000 + b"\r\n"])
def test_a_command_that_is_not_one_clean_line_ends_the_session(sandbox: SandboxServer, line: bytes) -> None:
    with Talk(sandbox.port) as talk:
        talk.send(line)
        assert talk.reply().startswith("500 5.5.2")
        assert talk.file.read() == b""


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["MAIL FROM:<a@example.org>"], "503"),
        (["EHLO me", "RCPT TO:<a@example.org>"], "503"),
        (["EHLO me", "DATA"], "503"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "DATA"], "554"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "MAIL FROM:<a@example.org>"], "503"),
        (["EHLO me", "MAIL TO:<a@example.org>"], "501"),
        (["EHLO me", "MAIL FROM:a@example.org"], "501"),
        (["EHLO me", "MAIL FROM:<>"], "250"),
        (["EHLO me", "MAIL FROM:<a@example.org> BODY=8BITMIME SMTPUTF8 SIZE=100"], "250"),
        (["EHLO me", "MAIL FROM:<a@example.org> BODY=BINARYMIME"], "555"),
        (["EHLO me", "MAIL FROM:<a@example.org> RET=HDRS ENVID=x"], "250"),
        (["EHLO me", "MAIL FROM:<a@example.org> HOLDFOR=100"], "555"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.com> NOTIFY=FAILURE"], "250"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.com> RRVS=x"], "555"),
        (["EHLO me", "MAIL FROM:<a@example.org> SIZE=99999999999"], "552"),
        (["EHLO me", "MAIL FROM:<ü@example.org>"], "553"),
        (["EHLO me", "MAIL FROM:<ü@example.org> SMTPUTF8"], "250"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "RCPT TO:<>"], "501"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "RSET", "RCPT TO:<a@example.org>"], "503"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "EHLO me", "MAIL FROM:<a@example.org>"], "250"),
        (["HELO me", "mail from:<a@example.org>", "rcpt to:<b@example.com>"], "250"),
        (["VRFY somebody"], "252"),
        (["NOOP", "RSET"], "250"),
        (["STARTTLS"], "500"),
        (["AUTH PLAIN AGEAYg=="], "500"),
        (["BURL imap://example.org"], "500"),
        (["BDAT 5"], "501"),
        (["BDAT five LAST"], "501"),
        (["BDAT 0 LAST"], "503"),
        (["EHLO me", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.com>", "DATA now"], "501"),
    ],
)
def test_commands_are_answered_as_rfc_5321_says(sandbox: SandboxServer, lines: list[str], answer: str) -> None:
    with Talk(sandbox.port) as talk:
        assert [talk.say(line) for line in lines][-1].startswith(answer)


def test_a_message_over_the_limit_is_read_to_its_end_and_refused(folder: Path) -> None:
    with SandboxServer(folder, max_size=1000) as sandbox, Talk(sandbox.port) as talk:
        talk.say("EHLO me")
        for size, answer in ((1001, "552"), (1_000_000, "552"), (1000, "250")):
            talk.send(ENVELOPE)
            talk.codes(3)
            talk.send(b"x" * (size - 2) + b"\r\n.\r\n")
            assert talk.reply()[:3] == answer
        assert sandbox.store.count() == 1


def test_a_client_that_says_nothing_is_sent_away(folder: Path) -> None:
    with SandboxServer(folder, timeout_s=0.05) as sandbox, Talk(sandbox.port) as talk:
        assert talk.reply().startswith("421 4.4.2")


def test_several_recipients_are_one_message(sandbox: SandboxServer) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.port) as client:
        client.sendmail("a@example.org", ["b@example.com", "c@example.com"], MESSAGE)
    (entry,) = sandbox.store.list()
    assert entry.envelope_to == ("b@example.com", "c@example.com")
    assert (entry.subject, entry.message_id, entry.size) == ("Hello", "1@example.org", len(MESSAGE))


def test_many_clients_at_once_lose_nothing(sandbox: SandboxServer) -> None:
    def send(client_number: int) -> None:
        with smtplib.SMTP("127.0.0.1", sandbox.port) as client:
            for number in range(20):
                client.sendmail("a@example.org", [f"c{client_number}n{number}@example.com"], MESSAGE)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    addresses = {entry.envelope_to for entry in sandbox.store.list(per_page=1000)}
    assert len(addresses) == sandbox.store.count() == 160


def test_a_disk_that_refuses_is_a_temporary_failure(folder: Path) -> None:
    with SandboxServer(folder) as sandbox, Talk(sandbox.port) as talk:
        sandbox.store.folder = folder / INDEX  # a file cannot hold files
        talk.say("EHLO me")
        talk.send(ENVELOPE)
        talk.codes(3)
        talk.send(b".\r\n")
        assert talk.reply().startswith("452 4.3.1")
        sandbox.store.folder = folder


def test_a_script_may_speak_of_the_nth_message_over_all_sessions(folder: Path) -> None:
    def script(state: str, session: Session, _argument: str) -> Drop | None:
        return Drop() if state == "MAIL" and session.server.accepted == 2 else None

    with SandboxServer(folder, script) as sandbox:
        for _ in range(2):
            with smtplib.SMTP("127.0.0.1", sandbox.port) as client:
                client.sendmail("a@example.org", ["b@example.com"], MESSAGE)
        with smtplib.SMTP("127.0.0.1", sandbox.port) as client, pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail("a@example.org", ["b@example.com"], MESSAGE)


# The store


def filled(folder: Path, count: int, **limits: int) -> Store:
    store = Store(folder, **limits)
    store.sync()
    for number in range(count):
        store.add("a@example.org", [f"n{number}@example.com"], b"Subject: No %d\r\n\r\nBody\r\n" % number)
    return store


def test_a_message_is_found_at_once_and_by_another_process_too(folder: Path) -> None:
    filled(folder, 1)
    assert Store(folder).count() == 1


def test_a_lost_index_is_made_again_from_the_files(folder: Path) -> None:
    store = filled(folder, 3)
    before = [(entry.envelope_to, entry.subject, entry.received_at) for entry in store.list()]
    (folder / INDEX).unlink()
    assert [(entry.envelope_to, entry.subject, entry.received_at) for entry in Store(folder).list()] == before


def test_a_file_that_somebody_removed_leaves_the_list(folder: Path) -> None:
    store = filled(folder, 3)
    (folder / store.list()[0].file).unlink()
    assert [entry.subject for entry in store.list()] == ["No 1", "No 0"]


def test_the_newest_come_first_in_pages(folder: Path) -> None:
    store = filled(folder, 7)
    pages = [[entry.subject for entry in store.list(page, 3)] for page in (1, 2, 3, 4)]
    assert pages == [["No 6", "No 5", "No 4"], ["No 3", "No 2", "No 1"], ["No 0"], []]


def test_search_finds_recipient_and_decoded_subject_in_any_case(folder: Path) -> None:
    store = filled(folder, 3)
    store.add("a@example.org", ["100%@example.com"], b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n")
    assert [entry.subject for entry in store.list(search="N1@EXAMPLE")] == ["No 1"]
    assert [entry.subject for entry in store.list(search="GRÜßE a@")] == ["Grüße"]
    assert [store.count("%"), store.count("example"), store.count("nothing")] == [1, 4, 0]


def test_who_may_not_see_everything_sees_newsletters_and_mail_to_themselves(folder: Path) -> None:
    store = filled(folder, 2)
    store.add("a@example.org", ["ann@example.com"], b"Precedence: bulk\r\nSubject: News\r\n\r\n")
    store.add("a@example.org", ["n1@example.com", "n0@example.com"], b"Subject: To two\r\n\r\n")
    store.add("a@example.org", ["n1@example.com.example.net"], b"Subject: Nearly\r\n\r\nPrecedence: bulk\r\n")
    reader = Reader("n1@example.com", sees_newsletters=True)
    assert [entry.subject for entry in store.list(reader=reader)] == ["News", "No 1"]
    assert [entry.subject for entry in store.list() if entry.is_for(reader)] == ["News", "No 1"]
    assert (store.count(reader=reader), store.count("news", reader), store.count("to two", reader)) == (2, 1, 0)
    alone = Reader("n1@example.com", sees_newsletters=False)
    assert [entry.subject for entry in store.list(reader=alone)] == ["No 1"]
    assert [entry.subject for entry in store.list() if entry.is_for(alone)] == ["No 1"]
    assert store.count() == 5


def test_the_oldest_go_when_there_are_too_many(folder: Path) -> None:
    store = filled(folder, 8, most_messages=5)
    assert [entry.subject for entry in store.list()] == [f"No {number}" for number in (7, 6, 5, 4, 3)]
    assert len(list(folder.glob("*.eml"))) == 5


def test_the_oldest_go_when_they_take_too_much_room(folder: Path) -> None:
    store = filled(folder, 8, most_bytes=3 * len(b"Subject: No 1\r\n\r\nBody\r\n"))
    assert [entry.subject for entry in store.list()] == ["No 7", "No 6", "No 5"]


def test_clearing_removes_files_and_list(folder: Path) -> None:
    store = filled(folder, 3)
    number = store.list()[0].id
    assert store.clear() == 3
    assert (store.count(), list(folder.glob("*.eml"))) == (0, [])
    with pytest.raises(NotFound):
        store.get(number)


def test_what_a_crash_left_half_written_is_swept_away(folder: Path) -> None:
    filled(folder, 1)
    (folder / ".half.eml.part").write_bytes(b"x")
    with SandboxServer(folder) as sandbox:
        assert sandbox.store.count() == 1
    assert not list(folder.glob(".*.part"))


def test_a_message_is_taken_apart_for_showing(folder: Path) -> None:
    store = filled(folder, 0)
    raw = (
        b'From: "A. B" <a@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC?=\r\n =?utf-8?q?=C3=9Fe?=\r\n'
        b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWort \xc3\xa4\r\n"
        b"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<p>=C3=A4</p>\r\n--x--\r\n"
    )
    store.add("a@example.org", ["b@example.com"], raw)
    message = store.get(store.list()[0].id)
    assert message.headers[:2] == (("From", '"A. B" <a@example.org>'), ("Subject", "Grüße"))
    assert message.header("subject") == "Grüße"
    assert (message.text.strip(), message.html.strip(), message.defects) == ("Wort ä", "<p>ä</p>", ())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no headers at all",
        b"Subject: =?nonsense?q?x?=\r\n\r\n",
        b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed\r\n\r\n--\r\n",
        bytes(range(256)),
    ],
)
def test_any_bytes_at_all_can_be_kept_and_shown(folder: Path, raw: bytes) -> None:
    store = filled(folder, 0)
    store.add("", ["b@example.com"], raw)
    (entry,) = store.list()
    assert store.raw(entry.id) == raw
    assert isinstance(reading.taken_apart(raw).text, str)


# The process


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def process(port: int, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "campaigns.delivery.sandbox", "--port", str(port), "--folder", str(folder)]
    with subprocess.Popen(command, cwd=config.ROOT, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            assert "takes mail on 127.0.0.1" in running.stderr.readline()
            yield running
        finally:
            running.kill()


def test_the_process_finishes_what_it_receives_and_ends_on_sigterm(
    process: "subprocess.Popen[str]", port: int, folder: Path
) -> None:
    with Talk(port) as busy, Talk(port) as idle:
        busy.say("EHLO me")
        busy.send(ENVELOPE)
        busy.codes(3)
        busy.send(b"Subject: In flight\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        assert idle.reply().startswith("421 4.3.2")
        busy.send(b"Body\r\n.\r\n")
        assert busy.codes(2) == ["250", "421"]
        assert process.wait(20) == 0
    assert [entry.subject for entry in Store(folder).list()] == ["In flight"]


def test_after_kill_9_every_message_that_was_answered_is_found(
    process: "subprocess.Popen[str]", port: int, folder: Path
) -> None:
    client = smtplib.SMTP("127.0.0.1", port)
    for number in range(30):
        client.sendmail("a@example.org", [f"n{number}@example.com"], MESSAGE)
    process.kill()
    process.wait(20)
    client.close()
    assert Store(folder).count() == 30


def test_a_port_that_is_taken_is_one_line_and_exit_code_2(sandbox: SandboxServer, folder: Path) -> None:
    command = ["-m", "campaigns.delivery.sandbox", "--port", str(sandbox.port), "--folder", str(folder)]
    done = subprocess.run([sys.executable, *command], cwd=config.ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "cannot start" in done.stderr
    assert "Traceback" not in done.stderr
