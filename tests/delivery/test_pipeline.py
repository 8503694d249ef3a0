"""Many messages over several connections, against a real server that misbehaves at every step: nobody lost or twice."""

import asyncio
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from campaigns.delivery.pipeline.letter import Letter, Result
from campaigns.delivery.pipeline.pool import Pool
from campaigns.delivery.sandbox.script import Drop, Script, Stall
from campaigns.delivery.sandbox.server import EXTENSIONS, SandboxServer
from campaigns.delivery.sandbox.session import Session
from campaigns.delivery.servers import SmtpServer

FROM = "news@example.org"
PIPELINED = tuple(name for name in EXTENSIONS if name != "CHUNKING")
WITHOUT = tuple(name for name in PIPELINED if name != "PIPELINING")
WAYS = pytest.mark.parametrize(
    "extensions", [EXTENSIONS, PIPELINED, WITHOUT], ids=["whole messages", "pipelined", "lockstep"]
)


def named(state: str, extensions: tuple[str, ...]) -> str:
    """The command that stands in place of DATA where whole messages are told."""
    return "BDAT" if state == "DATA" and extensions == EXTENSIONS else state


def server_of(sandbox: SandboxServer, **changes: object) -> SmtpServer:
    values = {"host": "127.0.0.1", "port": sandbox.port, "security": "none", "timeout_ms": 5_000}
    return SmtpServer(**(values | changes))  # type: ignore[arg-type]


def letters(count: int) -> list[Letter]:
    return [
        Letter(n, FROM, f"p{n}@example.com", f"Message-ID: <{n}@example.org>\r\n\r\nBody {n}\r\n".encode())
        for n in range(count)
    ]


def carried(server: SmtpServer, what: list[Letter], connections: int = 1) -> tuple[dict[int, Result], list[int], str]:
    """What became of each letter, the positions that no connection took before all were gone, and the trouble."""
    results: dict[int, Result] = {}
    with Pool(server, connections) as pool:
        pool.hand(what)
        back: list[int] = []
        while pool.open:
            for result in pool.collect(pool.open, 0.01):
                assert result.letter.position not in results
                results[result.letter.position] = result
            if pool.is_dead:
                back += [letter.position for letter in pool.withdraw()]
        return results, back, str(pool.trouble or "")


def codes(results: dict[int, Result]) -> dict[int, int | None]:
    return {position: result.reply.code if result.reply else None for position, result in sorted(results.items())}


def arrived(sandbox: SandboxServer) -> Counter[str]:
    return Counter(entry.envelope_to[0] for entry, _raw in sandbox.store.iter_raw())


def once(state: str, action: str | Drop | Stall, argument: str = "", after: int = 0, times: int = 1) -> Script:
    """A script that acts at one state so many times, when so many messages were accepted."""
    left = [times]

    def script(now: str, session: Session, rest: str) -> str | Drop | Stall | None:
        if now != state or argument not in rest or session.server.accepted < after or not left[0]:
            return None
        left[0] -= 1
        return action

    return script


@pytest.mark.usefixtures("either_loop")
@WAYS
def test_everything_arrives_once_byte_for_byte_over_several_connections(
    tmp_path: Path, extensions: tuple[str, ...]
) -> None:
    greeted = []

    def note(state: str, _session: Session, argument: str) -> None:
        if state == "EHLO":
            greeted.append(argument)

    what = letters(300)
    with SandboxServer(tmp_path, note, extensions=extensions) as sandbox:
        results, back, trouble = carried(server_of(sandbox), what, connections=5)
        raws = {entry.envelope_to[0]: raw for entry, raw in sandbox.store.iter_raw()}
        assert set(arrived(sandbox).values()) == {1}
    assert raws == {letter.to: letter.message for letter in what}
    assert set(codes(results).values()) == {250}
    assert (back, trouble, len(greeted)) == ([], "", 5)


def test_a_text_and_the_next_envelope_leave_together(tmp_path: Path) -> None:
    seen: list[tuple[bytes, ...]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while data := await reader.read(65_536):
            lines = data.split(b"\r\n")[:-1]
            seen.append(tuple(line[:4] for line in lines))
            for line in lines:
                answer = {b"EHLO": b"250-hello\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
                if line[:4] in (b"EHLO", b"MAIL", b"RCPT", b"DATA", b"QUIT") or line == b".":
                    writer.write(answer.get(line[:4], b"250 ok\r\n"))
        writer.close()

    async def main() -> None:
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        server = SmtpServer("127.0.0.1", listener.sockets[0].getsockname()[1], "none")
        await asyncio.to_thread(carried, server, letters(3))
        listener.close()
        await listener.wait_closed()

    with ThreadPoolExecutor(1) as thread:
        # A browser of other tests keeps a loop running in this thread.
        thread.submit(asyncio.run, main()).result()
    envelope, text = (b"MAIL", b"RCPT", b"DATA"), (b"Mess", b"", b"Body", b".")
    assert seen == [(b"EHLO",), envelope, text + envelope, text + envelope, text, (b"QUIT",)]


@WAYS
@pytest.mark.parametrize("state", ["MAIL", "RCPT", "DATA", "body"])
def test_somebody_greylisted_or_refused_costs_nobody_else_their_message(
    tmp_path: Path, extensions: tuple[str, ...], state: str
) -> None:
    later = "451 4.7.1 Greylisted, come back later"
    script = once(named(state, extensions), later, after=3)
    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:
        results, _, _ = carried(server_of(sandbox), letters(10))
        assert sorted(codes(results).values()) == [250] * 9 + [451]  # type: ignore[type-var]
        told = next(result.reply for result in results.values() if result.reply and result.reply.code == 451)
        assert (told.enhanced, told.text) == ("4.7.1", "Greylisted, come back later")
        assert len(arrived(sandbox)) == 9
        assert set(arrived(sandbox).values()) == {1}


@WAYS
@pytest.mark.parametrize("answer_to_data", [None, "354 Go on"], ids=["refused too", "354 all the same"])
def test_a_refused_recipient_inside_a_group_is_the_only_one_refused(
    tmp_path: Path, extensions: tuple[str, ...], answer_to_data: str | None
) -> None:
    def script(state: str, session: Session, argument: str) -> str | None:
        if state == "RCPT" and any(f"<p{n}@" in argument for n in (0, 4, 5, 9)):
            return "550 5.1.1 No such person"
        if state == "DATA" and not session.recipients and answer_to_data:
            # From here on the server waits for a text, and takes only a lone dot as its end.
            session.sender = None
            lone_dots.append(argument)
            return answer_to_data
        if state == "." and answer_to_data:
            return "554 5.5.1 No valid recipients"
        return None

    lone_dots: list[str] = []
    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:
        results, back, trouble = carried(server_of(sandbox), letters(10))
        assert [n for n, code in codes(results).items() if code == 550] == [0, 4, 5, 9]
        assert [n for n, code in codes(results).items() if code == 250] == [1, 2, 3, 6, 7, 8]
        assert (set(arrived(sandbox).values()), len(arrived(sandbox))) == ({1}, 6)
    assert (back, trouble) == ([], "")
    assert len(lone_dots) == (4 if answer_to_data and extensions == PIPELINED else 0)


@WAYS
@pytest.mark.parametrize("state", ["MAIL", "RCPT", "DATA", "body", "RSET"])
def test_after_421_the_rest_takes_a_new_connection(tmp_path: Path, extensions: tuple[str, ...], state: str) -> None:
    bye = once(named(state, extensions), "421 4.3.2 Closing down", after=3)

    def script(now: str, session: Session, argument: str) -> str | Drop | Stall | None:
        if state == "RSET" and now == "RCPT" and "<p3@" in argument:
            return "550 5.1.1 No such person"
        return bye(now, session, argument)

    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:
        results, back, _ = carried(server_of(sandbox), letters(10))
        others = {"MAIL": [], "RSET": [550]}.get(state, [421])
        assert sorted(code or 0 for code in codes(results).values()) == [250] * (10 - len(others)) + others
        assert back == []
        assert set(arrived(sandbox).values()) == {1}
        assert len(arrived(sandbox)) == 10 - len(others)


def test_a_server_that_always_says_421_is_quoted_and_everything_stays_here(tmp_path: Path) -> None:
    with SandboxServer(tmp_path, once("MAIL", "421 4.7.0 Too many", times=1_000)) as sandbox:
        results, back, trouble = carried(server_of(sandbox), letters(20), connections=3)
    assert (results, sorted(back)) == ({}, list(range(20)))
    assert trouble == "The mail server at 127.0.0.1 turned us away: 421 Too many"


@WAYS
@pytest.mark.parametrize("state", ["MAIL", "RCPT", "DATA", "body", "stored"])
@pytest.mark.parametrize("action", [Drop(), Stall()], ids=["drops", "stalls"])
def test_a_connection_lost_at_any_point_loses_nobody_and_only_what_was_handed_over_is_unknown(
    tmp_path: Path, extensions: tuple[str, ...], state: str, action: Drop | Stall
) -> None:
    script = once(named(state, extensions), action, after=3)
    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:
        results, back, _ = carried(server_of(sandbox, timeout_ms=200), letters(10))
        unknown = [n for n, result in results.items() if result.is_unknown]
        assert back == []
        # The first and the one behind it, whose text was handed over too, where none waits for leave.
        expected = [3, 4] if extensions == EXTENSIONS else [3] if state in ("body", "stored") else []
        assert unknown == expected
        sent = [f"p{n}@example.com" for n, code in codes(results).items() if code == 250]
        assert len(sent) + len(unknown) == 10
        assert set(arrived(sandbox).values()) == {1}
        surely = set(sent) | ({f"p{n}@example.com" for n in unknown[:1]} if state == "stored" else set())
        assert set(arrived(sandbox)) == surely


@pytest.mark.parametrize("state", ["RSET", "QUIT"])
@pytest.mark.parametrize("action", [Drop(), Stall()], ids=["drops", "stalls"])
def test_a_connection_lost_between_two_messages_costs_nobody_anything(
    tmp_path: Path, state: str, action: Drop | Stall
) -> None:
    lost = once(state, action)

    def script(now: str, session: Session, argument: str) -> str | Drop | Stall | None:
        if now == "RCPT" and "<p3@" in argument:
            return "550 5.1.1 No such person"
        return lost(now, session, argument)

    with SandboxServer(tmp_path, script, extensions=PIPELINED) as sandbox:
        results, back, _ = carried(server_of(sandbox, timeout_ms=200), letters(10))
        assert ([n for n, code in codes(results).items() if code == 250], back) == ([0, 1, 2, 4, 5, 6, 7, 8, 9], [])
        assert set(arrived(sandbox).values()) == {1}


@pytest.mark.parametrize("state", ["connect", "EHLO", "AUTH"])
def test_a_server_that_says_421_before_it_takes_anything_is_quoted_and_everything_stays_here(
    tmp_path: Path, state: str
) -> None:
    script, signed = once(state, "421 4.3.2 Come back", times=1_000), {"username": "office", "password": "secret"}
    with SandboxServer(tmp_path, script, users={"office": "secret"}) as sandbox:
        results, back, trouble = carried(server_of(sandbox, **signed), letters(20), connections=3)
    assert (results, sorted(back)) == ({}, list(range(20)))
    assert "421" in trouble


@pytest.mark.parametrize("state", ["connect", "EHLO"])
@pytest.mark.parametrize("action", [Drop(), Stall()], ids=["drops", "never says a word"])
def test_a_server_that_does_not_greet_is_trouble_and_everything_stays_here(
    tmp_path: Path, state: str, action: Drop | Stall
) -> None:
    with SandboxServer(tmp_path, once(state, action, times=1_000)) as sandbox:
        results, back, trouble = carried(server_of(sandbox, timeout_ms=100), letters(30), connections=3)
    assert (results, sorted(back)) == ({}, list(range(30)))
    expected = "ended the connection" if action == Drop() else "did not answer within 0.1 seconds"
    assert expected in trouble


def test_somebody_at_whom_the_server_always_breaks_off_is_left_for_later_and_the_rest_goes_on(tmp_path: Path) -> None:
    script = once("RCPT", Drop(), argument="<p4@", times=1_000)
    with SandboxServer(tmp_path, script, extensions=PIPELINED) as sandbox:
        results, back, _ = carried(server_of(sandbox), letters(30), connections=2)
        assert (results[4].reply, results[4].is_unknown) == (None, False)
        assert len(arrived(sandbox)) + len(back) == 29
        assert set(arrived(sandbox).values()) == {1}


def test_who_was_in_doubt_goes_alone_so_that_nobody_else_is_in_doubt_for_them(tmp_path: Path) -> None:
    def script(state: str, _session: Session, argument: str) -> str | Drop | None:
        if state == "RCPT" and "<p2@" in argument:
            return "550 5.1.1 No such person"
        return Drop() if state == "RCPT" and "<p4@" in argument else None

    what = letters(9)
    with SandboxServer(tmp_path, script) as sandbox:
        results, back, _ = carried(server_of(sandbox), what)
        doubtful = [n for n, result in results.items() if result.is_unknown]
        assert (doubtful, back) == ([4, 5], [])
        again = [Letter(n, FROM, what[n].to, what[n].message, goes_alone=True) for n in doubtful]
        # The refusal ahead of them leaves nothing behind on the connection.
        other = Letter(9, FROM, "p9@example.com", b"Subject: x\r\n\r\n")
        results, back, _ = carried(server_of(sandbox), [letters(3)[2], *again, other])
        assert [n for n, result in results.items() if result.is_unknown] == []
        assert (results[4].reply, codes(results)[2], codes(results)[5], codes(results)[9]) == (None, 550, 250, 250)
        assert set(arrived(sandbox).values()) == {1}
        assert len(arrived(sandbox)) == 8


def test_two_whole_messages_are_under_way_before_the_first_is_answered() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"250-hello\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
        held = b""
        while held.count(b"Body ") < 2:
            held += await reader.read(65_536)
        commands.extend(re.findall(rb"RSET|MAIL|RCPT|BDAT \d+ LAST", held))
        writer.write(b"250 fine\r\n" * 8)
        await reader.readline()
        writer.write(b"221 bye\r\n")
        writer.close()

    async def main() -> dict[int, Result]:
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        server = SmtpServer("127.0.0.1", listener.sockets[0].getsockname()[1], "none", timeout_ms=5_000)
        results, _, _ = await asyncio.to_thread(carried, server, letters(2))
        listener.close()
        await listener.wait_closed()
        return results

    commands: list[bytes] = []
    with ThreadPoolExecutor(1) as thread:
        assert codes(thread.submit(asyncio.run, main()).result()) == {0: 250, 1: 250}
    assert commands == [b"RSET", b"MAIL", b"RCPT", b"BDAT %d LAST" % len(letters(1)[0].message)] * 2


def test_a_server_that_allows_fewer_connections_gets_fewer(tmp_path: Path) -> None:
    live: set[Session] = set()

    def script(state: str, session: Session, _argument: str) -> str | None:
        if state == "connect" and len(live) == 2:
            return "421 4.7.0 Too many connections"
        live.add(session)
        return None

    with SandboxServer(tmp_path, script) as sandbox:
        results, back, _ = carried(server_of(sandbox), letters(100), connections=5)
        assert (set(codes(results).values()), len(results), back) == ({250}, 100, [])


def test_a_refused_sender_is_trouble_with_the_server_and_nobody_is_refused(tmp_path: Path) -> None:
    with SandboxServer(tmp_path, once("MAIL", "530 5.7.0 Sign in first", times=1_000)) as sandbox:
        results, back, trouble = carried(server_of(sandbox), letters(20), connections=2)
    assert (results, len(back)) == ({}, 20)
    assert "refused our sender address: 530 Sign in first" in trouble


@WAYS
@pytest.mark.parametrize(("state", "line"), [("RCPT", "gibberish"), ("RCPT", "354 Go on"), ("DATA", "250 2.0.0 Fine")])
def test_an_answer_out_of_place_never_counts_as_sent_nor_against_the_recipient(
    tmp_path: Path, extensions: tuple[str, ...], state: str, line: str
) -> None:
    is_whole = extensions == EXTENSIONS
    if is_whole and state == "DATA":
        state, line = "BDAT", "354 Go on"
    with SandboxServer(tmp_path, once(state, line, times=1_000), extensions=extensions) as sandbox:
        results, back, trouble = carried(server_of(sandbox), letters(10), connections=2)
        assert not arrived(sandbox)
    # Whole messages were handed over by then: two on each connection.
    assert all(result.is_unknown for result in results.values())
    assert (len(results), len(back)) == ((4, 6) if is_whole else (0, 10))
    assert "makes no sense" in trouble


@WAYS
def test_nonsense_as_the_answer_to_a_text_leaves_it_unknown(tmp_path: Path, extensions: tuple[str, ...]) -> None:
    with SandboxServer(tmp_path, once("stored", "gibberish", after=3), extensions=extensions) as sandbox:
        results, back, _ = carried(server_of(sandbox), letters(8))
        unknown = [n for n, result in results.items() if result.is_unknown]
        assert unknown == ([3, 4] if extensions == EXTENSIONS else [3])
        assert set(arrived(sandbox).values()) == {1}
        assert len(set(arrived(sandbox)) | {f"p{n}@example.com" for n in unknown}) + len(back) == 8


def test_an_address_in_another_script_leaves_where_the_server_takes_it(tmp_path: Path) -> None:
    what = letters(3)
    what[1].to = "李雷@example.com"
    for extensions, expected in ((EXTENSIONS, 250), (("PIPELINING",), 553)):
        with SandboxServer(tmp_path / str(expected), extensions=extensions) as sandbox:
            assert codes(carried(server_of(sandbox), what)[0]) == {0: 250, 1: expected, 2: 250}


def test_a_text_beyond_ascii_is_announced_as_such(tmp_path: Path) -> None:
    asked = []

    def note(state: str, _session: Session, argument: str) -> None:
        if state == "MAIL":
            asked.append(argument.partition("> ")[2])

    what = letters(2)
    what[1].message = "Subject: x\r\n\r\nGrüße\r\n".encode()
    with SandboxServer(tmp_path, note) as sandbox:
        assert set(codes(carried(server_of(sandbox), what)[0]).values()) == {250}
    size, beyond = len(what[0].message), len(what[1].message)
    assert asked == [f"SIZE={size} RET=HDRS", f"SIZE={beyond} BODY=8BITMIME RET=HDRS"]


@WAYS
def test_a_report_is_asked_for_a_failure_alone_and_names_whom_it_is_about(
    tmp_path: Path, extensions: tuple[str, ...]
) -> None:
    asked: dict[str, list[str]] = {"MAIL": [], "RCPT": []}

    def note(state: str, _session: Session, argument: str) -> None:
        if state in asked:
            asked[state].append(argument.partition("> ")[2])

    what = letters(3)
    what[0].to, what[0].envelope_id = "ann+news=1@example.com", "k3v=+"
    what[1].to = "李雷@example.com"
    with SandboxServer(tmp_path, note, extensions=extensions) as sandbox:
        assert set(codes(carried(server_of(sandbox), what)[0]).values()) == {250}
    assert [line.partition(" ")[2] for line in asked["MAIL"]] == [
        "RET=HDRS ENVID=k3v+3D+2B",
        "SMTPUTF8 RET=HDRS",
        "RET=HDRS",
    ]
    assert asked["RCPT"] == [
        "NOTIFY=FAILURE ORCPT=rfc822;ann+2Bnews+3D1@example.com",
        "NOTIFY=FAILURE",
        "NOTIFY=FAILURE ORCPT=rfc822;p2@example.com",
    ]
    plain = tuple(name for name in extensions if name != "DSN")
    asked["RCPT"].clear()
    with SandboxServer(tmp_path / "without", note, extensions=plain) as sandbox:
        assert set(codes(carried(server_of(sandbox), letters(2))[0]).values()) == {250}
    assert asked["RCPT"] == ["", ""]


def test_nobody_listening_is_one_plain_sentence(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as sandbox:
        server = server_of(sandbox)
    assert carried(server, letters(3))[2] == f"Nothing answers at 127.0.0.1, port {server.port}."


@pytest.mark.parametrize("extensions", [(), ("SIZE",)])
@pytest.mark.parametrize("state", ["none", "EHLO"])
def test_a_server_of_long_ago_takes_mail_too(tmp_path: Path, extensions: tuple[str, ...], state: str) -> None:
    script = once(state, "500 5.5.1 We do not know that command", times=1_000)
    with SandboxServer(tmp_path, script, extensions=extensions) as sandbox:
        assert set(codes(carried(server_of(sandbox), letters(5))[0]).values()) == {250}


def test_letters_that_no_connection_took_come_back(tmp_path: Path) -> None:
    silent = once("connect", Stall(), times=1_000)
    with SandboxServer(tmp_path, silent) as sandbox, Pool(server_of(sandbox, timeout_ms=300), 1) as pool:
        pool.hand(letters(5))
        while pool.waiting == 5:
            pool.collect(1, 0.01)
        assert [letter.position for letter in pool.withdraw()] == [1, 2, 3, 4]
        assert pool.open == 1
