"""In-app signing: what a real SMTP server received is verified by dkimpy, and by our own verifier."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.delivery import canonical, mime, signing
from campaigns.delivery.doctor import dkim_key, signatures
from campaigns.delivery.doctor.dkim_key import NoKey
from campaigns.delivery.sandbox.server import SandboxServer
from campaigns.delivery.signing import Signature, Signer
from campaigns.delivery.smtp import Connection, SmtpServer
from campaigns.errors import OutsideError
from tests.nameserver import NameServer, serving

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
DOMAIN = "example.org"
KEYS = {algorithm: signing.new_key(algorithm) for algorithm in signing.ALGORITHMS}
ZONE = {(f"s-{name}._domainkey.{DOMAIN}", "TXT"): [f"v=DKIM1; k={name}; p={key.public}"] for name, key in KEYS.items()}


def signer(*algorithms: str) -> Signer:
    return Signer(DOMAIN, [Signature(f"s-{one}", signing.opened(KEYS[one].private_sealed)) for one in algorithms])


def newsletter(subject: str = "Recognize the signs", name: str = "Nguyễn Văn An") -> bytes:
    form = mime.Form(
        subject=subject,
        html="<p>Xin chào.  Two  spaces, a dot:</p>\n.\n<p>" + "word " * 200 + "</p>\n\n\n",
        text="Hello\n.leading dot\n\ttab \n\n",
        from_name="H.E.A.T. Watch — Outreach",
        from_address=f"news@{DOMAIN}",
        reply_to=f"office@{DOMAIN}",
        list_id="Newsletter <newsletter.example.org>",
        unsubscribe_slot="leave",
        is_bulk=True,
    )
    values = {"leave": "https://news.example.org/u/" + "x" * 90}
    return mime.compile_form(form, DOMAIN).message("reader@example.net", name, values, f"abc@{DOMAIN}", NOW)


def received(message: bytes, folder: Path) -> bytes:
    """The message after a real SMTP server took it."""
    with SandboxServer(folder) as server:
        with Connection(SmtpServer("127.0.0.1", server.port, "none")) as connection:
            assert connection.send(f"news@{DOMAIN}", "reader@example.net", message).is_accepted
        server.store.sync()
        return next(raw for _, raw in server.store.iter_raw())


def by_dkimpy(message: bytes) -> bool:
    """Whether every signature holds for dkimpy."""
    table = {f"{name}.".encode(): values[0].encode() for (name, _), values in ZONE.items()}

    def look_up(name: bytes, **_: object) -> bytes | None:
        return table.get(name)

    checker = dkim.DKIM(message)
    count = len(message_from_bytes(message).get_all("DKIM-Signature", []))
    return bool(count) and all(checker.verify(number, dnsfunc=look_up) for number in range(count))


@pytest.fixture(scope="module")
def server():
    with serving(ZONE) as running:
        yield running


@pytest.mark.parametrize("algorithms", [("rsa",), ("ed25519",), ("rsa", "ed25519")])
def test_what_a_mail_server_received_is_signed_for_dkimpy_and_for_us(
    tmp_path: Path, server: NameServer, algorithms: tuple[str, ...]
) -> None:
    raw = received(signer(*algorithms).sign(newsletter(), NOW), tmp_path)
    assert by_dkimpy(raw)
    found = signatures.verify(raw, server.names())
    assert [one.problem for one in found] == [""] * len(algorithms)
    for one in found:
        assert (one.domain, one.has_length) == (DOMAIN, False)
        for name in ("list-unsubscribe", "list-unsubscribe-post", "from", "to", "subject", "date", "message-id"):
            assert one.covers(name, 2), f"{name} can be added without breaking the signature"
        assert one.covers("feedback-id")
    assert all(len(line) < 80 for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n") if line.startswith(b"\t"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: raw.replace(b"Recognize", b"Recognise"), "header was changed"),
        (lambda raw: raw.replace(b"Xin", b"Yin"), "text of the message was changed"),
        (lambda raw: raw.replace(b"MIME-Version", b"Subject: Buy\r\nMIME-Version"), "header was changed"),
        (lambda raw: raw.replace(b"MIME-Version", b"Cc: all@example.net\r\nMIME-Version"), "header was changed"),
        (lambda raw: raw.replace(b"/u/xx", b"/u/yx"), "header was changed"),
        (lambda raw: raw.replace(b"s=s-rsa", b"s=other"), "no record"),
        (lambda raw: raw.replace(b"\tbh=", b"\tbx="), "bh is missing"),
        (lambda raw: raw.replace(b"a=rsa-sha256", b"a=rsa-sha1"), "SHA-1"),
        (lambda raw: raw.replace(b"v=1;", b"v=1; l=10;"), "changed"),
        (lambda raw: raw.replace(b"v=1;", b"v=1; i=@evil.example;"), "outside its own domain"),
        (lambda raw: raw.replace(b"v=1;", b"v=2;"), "unknown version"),
        (lambda raw: raw.replace(b"\tb=", b"\tb=!!"), "damaged"),
        (lambda raw: raw.replace(b"\tb=", b"\tb=AAAA"), "header was changed"),
    ],
)
def test_a_change_on_the_way_is_found_and_said(
    server: NameServer, change: Callable[[bytes], bytes], words: str
) -> None:
    raw = change(signer("rsa").sign(newsletter(), NOW))
    (found,) = signatures.verify(raw, server.names())
    assert not found.is_valid
    assert words in found.problem


def test_harmless_changes_of_white_space_in_headers_are_borne(server: NameServer) -> None:
    raw = signer("rsa", "ed25519").sign(newsletter(), NOW)
    raw = b"Received: from x\r\n\tby y\r\n" + raw.replace(b"Subject: ", b"SUBJECT:  \r\n ")
    raw = raw.replace(b"\r\n\th=", b" \r\n  h=")
    assert [one.problem for one in signatures.verify(raw, server.names())] == ["", ""]
    assert by_dkimpy(raw)


@pytest.mark.parametrize("form", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"])
def test_signatures_of_others_verify_in_every_form(server: NameServer, form: str) -> None:
    head, body = (part.encode() for part in form.split("/"))
    pem = signing.tokens.decrypt("dkim", KEYS["rsa"].private_sealed).encode()
    message = newsletter() + b"spaces  at the end \t\r\n\r\n\r\n"
    signature = dkim.sign(message, b"s-rsa", DOMAIN.encode(), pem, canonicalize=(head, body))
    (found,) = signatures.verify(signature + message, server.names())
    assert found.problem == ""
    assert not found.covers("list-unsubscribe-post"), "dkimpy leaves it out by default, which we must notice"


def test_messages_without_a_body_or_with_nothing_but_empty_lines_are_signed(server: NameServer) -> None:
    for body in (b"", b"\r\n\r\n\r\n", b"a", b"a\r\n\r\n"):
        raw = signer("ed25519").sign(b"From: a@example.org\r\nTo: b@example.net\r\n\r\n" + body, NOW)
        assert [one.problem for one in signatures.verify(raw, server.names())] == [""]


@settings(max_examples=40, deadline=None)
@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60),
)
def test_whatever_people_write_the_signature_holds(subject: str, name: str) -> None:
    assert by_dkimpy(signer("ed25519").sign(newsletter(subject, name), NOW))


def test_a_key_rests_encrypted_and_a_lost_secret_is_a_sentence() -> None:
    sealed = KEYS["rsa"].private_sealed
    assert "PRIVATE" not in sealed
    assert signing.tokens.decrypt("relay", sealed) is None
    with pytest.raises(OutsideError, match="can no longer be read"):
        signing.opened(sealed[:-4] + "AAAA")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=DKIM1; p=", "withdrawn"),
        ("v=DKIM1; k=rsa", "no key"),
        ("k=rsa; v=DKIM1; p=abc", "not a DKIM key"),
        ("v=DKIM2; p=abc", "not a DKIM key"),
        ("v=DKIM1; p=abc; p=def", "not a DKIM key"),
        ("v=DKIM1; k=rsa; p=CUT", "damaged"),
        ("v=DKIM1; k=rsa; p=!!!", "damaged"),
        ("v=DKIM1; k=rsa; p=ED", "damaged"),
        ("v=DKIM1; k=dsa; p=RSA", "unknown kind"),
        ("v=DKIM1; h=sha1; p=RSA", "SHA-256"),
        ("v=DKIM1; s=tlsrpt; p=RSA", "not for mail"),
        ("<script>alert(1)</script>", "not a DKIM key"),
        ("\x00" * 3000, "not a DKIM key"),
    ],
)
def test_a_record_that_holds_no_usable_key_says_why(record: str, words: str) -> None:
    # The keys are fresh ones, and workers must agree on the names of tests.
    rsa, ed25519 = KEYS["rsa"].public, KEYS["ed25519"].public
    for mark, key in {"=RSA": rsa, "=ED": ed25519, "=CUT": rsa[:200]}.items():
        record = record.replace(mark, f"={key}")
    with pytest.raises(NoKey, match=words):
        dkim_key.read(record)


def test_hostile_messages_cost_no_time(server: NameServer) -> None:
    signature = (
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s-rsa; h=from; bh=AA==; b=AA==\r\n"
    )
    bodies = (b" " * 1_500_000 + b"x", b" \t\r\n" * 400_000, b"\r\n" * 700_000, b";b" * 700_000)
    start = time.process_time()
    for body in bodies:
        signatures.verify(signature * 50 + b"From: x\r\n\r\n" + body, server.names())
        signatures.verify(b"DKIM-Signature: " + body.replace(b"\r\n", b"\r\n ") + b"\r\n\r\n", server.names())
        canonical.simple_body(body)
    # A generous bound on the processor, which only something that grows with the square would pass.
    assert time.process_time() - start < 20


def test_the_list_of_signed_fields_has_no_line_that_is_too_long() -> None:
    raw = signer("rsa").sign(newsletter(), NOW)
    field = canonical.split(raw)[0][0]
    listed = re.search(rb"h=([^;]*);", field)
    assert listed
    assert b"list-unsubscribe-post:list-unsubscribe-post" in re.sub(rb"\s", b"", listed[1])
