"""The door to the web against real servers on loopback: what it refuses, what it cuts, what it keeps."""

import gzip
import ipaddress
import socket
import ssl
import zlib
from pathlib import Path

import pytest

import config
from campaigns import http, vetting
from campaigns.errors import OutsideError
from tests.websites import Asked, Says, Website, allow_inside

INSIDE = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3",
    "100.64.0.1", "100.100.100.200", "192.0.0.8", "192.0.2.5", "192.88.99.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1",
    "5f00::1", "100::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_a_network_is_never_public(address: str) -> None:
    assert not vetting.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert vetting.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://0/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/", "http://169.254.169.254/x", "http://[fe80::1%25lo]/",
        "file:///etc/passwd", "ftp://example.org/", "http://user:pass@8.8.8.8/", "http://8.8.8.8:8080/",
        "http://8.8.8.8:22/", "http://8.8.8.8:99999/", "http:///x", "http://[::1", "javascript:alert(1)", "",
        "//example.org/", "gopher://8.8.8.8/", "http://a b/",
    ],
)  # fmt: skip
def test_what_is_inside_or_no_web_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(vetting.Blocked) as refused:
        http.get(url)
    assert refused.value.outcome == "failed"
    assert not isinstance(refused.value, OSError)
    assert str(refused.value).endswith(".")


def test_an_answer_is_kept_with_its_headers_and_we_say_who_asks(website: Website) -> None:
    website.pages["/x"] = Says(gzip.compress(b"hello"), 404, {"Content-Encoding": "gzip", "ETag": 'W/"a"'})
    answer = http.get(f"{website.url}/x", {"Accept": "text/plain"})
    assert (answer.status, answer.body, answer.headers["etag"], answer.is_ok) == (404, b"hello", 'W/"a"', False)
    (asked,) = website.asked
    assert asked.headers["accept-encoding"] == "gzip"
    assert "HEATWatch" in asked.headers["user-agent"]
    assert not {"cookie", "referer"} & set(asked.headers)


def test_json_and_forms_are_posted_and_a_redirect_of_a_post_is_an_answer(website: Website) -> None:
    website.pages["/p"] = lambda asked: Says(b'{"got": ' + asked.body + b"}", 302, {"Location": "/q"})
    answer = http.request("POST", f"{website.url}/p", json={"a": 1})
    assert (answer.status, answer.json(), answer.hops) == (302, {"got": {"a": 1}}, ())
    assert website.paths() == ["/p"]
    with pytest.raises(OutsideError):
        http.Answer("u", 200, {}, b"<html>").json()


def test_redirects_are_followed_and_remembered_and_secrets_stay_with_their_origin(website: Website) -> None:
    other = website.url.replace("127.0.0.1", "localhost")
    website.pages["/a"] = Says(status=301, headers={"Location": "/b"})
    website.pages["/b"] = Says(status=302, headers={"Location": f"{other}/c"})
    website.pages["/c"] = Says(b"end")
    answer = http.get(f"{website.url}/a", {"Authorization": "Bearer secret", "X-Plain": "1"})
    assert (answer.body, answer.url) == (b"end", f"{other}/c")
    assert [(hop.status, hop.target) for hop in answer.hops] == [(301, f"{website.url}/b"), (302, f"{other}/c")]
    assert [asked.headers.get("authorization") for asked in website.asked] == ["Bearer secret", "Bearer secret", None]
    assert website.asked[2].headers["x-plain"] == "1"


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:1/", "http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "http://x:y@8.8.8.8/"]
)
def test_every_hop_is_vetted(website: Website, target: str) -> None:
    website.pages["/a"] = Says(status=302, headers={"Location": target})
    with pytest.raises(vetting.Blocked):
        http.get(f"{website.url}/a")


def test_going_around_in_circles_ends(website: Website) -> None:
    website.pages["/a"] = Says(status=302, headers={"Location": "/a"})
    with pytest.raises(http.Unreachable, match="circles"):
        http.get(f"{website.url}/a")
    assert len(website.asked) == 6


def test_a_name_is_resolved_once_and_nothing_resolves_it_again(
    website: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["127.0.0.1", "10.0.0.1"]
    looked: list[str] = []

    def rebinding(host: str, port: int, *_rest: object, **_more: object) -> list[object]:
        looked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(looked) - 1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    website.pages["/x"] = Says(b"once")
    assert http.get(f"http://rebind.example:{website.port}/x").body == b"once"
    assert looked == ["rebind.example"]
    with pytest.raises(vetting.Blocked):
        http.get(f"http://rebind.example:{website.port}/x")


def test_one_internal_address_among_good_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def mixed(_host: str, port: int, *_rest: object, **_more: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with pytest.raises(vetting.Blocked, match=r"mixed\.example"):
        http.get("http://mixed.example/")


def test_a_proxy_of_the_environment_is_not_used(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    website.pages["/x"] = Says(b"direct")
    assert http.get(f"{website.url}/x").body == b"direct"


def test_only_the_named_internal_host_and_port_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    with Website() as site, Website() as other:
        site.pages["/x"] = Says(b"inside")
        for targets, is_open in (
            (f"127.0.0.1:{site.port}", True),
            (f"127.0.0.0/8:{site.port}", True),
            ("127.0.0.1:*", True),
            (f"localhost:{site.port}", False),
            (f"127.0.0.2:{site.port}", False),
            (f"127.0.0.1:{other.port}", False),
            ("", False),
        ):
            allow_inside(monkeypatch, targets)
            if is_open:
                assert http.get(f"{site.url}/x").body == b"inside", targets
            else:
                with pytest.raises(vetting.Blocked):
                    http.get(f"{site.url}/x")
    monkeypatch.undo()
    config.load.cache_clear()


@pytest.mark.parametrize("text", ["host", "host:", ":80", "host:0", "host:70000", "host:x"])
def test_a_broken_list_of_internal_hosts_stops_the_program_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        config.Settings(internal_hosts=text)


def test_a_bomb_is_cut_by_what_it_unpacks_to(website: Website) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(100)) + packer.flush()
    assert len(bomb) < 150_000
    website.pages["/bomb"] = Says(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(http.TooLarge, match="10 MB"):
        http.get(f"{website.url}/bomb")


def test_an_endless_answer_is_cut_by_what_arrives(website: Website) -> None:
    def pour(asked: Asked) -> None:
        while True:
            asked.write(b"x" * 65_536)

    website.pages["/endless"] = Says(stream=pour)
    with pytest.raises(http.TooLarge):
        http.get(f"{website.url}/endless", limits=http.Limits(wire_bytes=1_000_000))


def drip(site: Website, piece: bytes) -> Says:
    def slowly(asked: Asked) -> None:
        while not site.stop.wait(0.01):
            asked.write(piece)

    return Says(stream=slowly, raw=piece != b"x")


@pytest.mark.parametrize("piece", [b"x", b"HTTP/1.1 200 OK\r\nX-A: ", b"H"])
def test_an_answer_that_drips_ends_at_the_deadline_of_the_whole_request(website: Website, piece: bytes) -> None:
    website.pages["/slow"] = drip(website, piece)
    with pytest.raises(http.Unreachable, match=r"within 0\.3 seconds") as late:
        http.get(f"{website.url}/slow", limits=http.Limits(seconds=0.3))
    assert late.value.outcome == "retry"


def test_a_look_up_that_hangs_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch, website: Website) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: website.stop.wait(5) or [])
    with pytest.raises(http.Unreachable, match=r"within 0\.2 seconds"):
        http.get("http://hangs.example/", limits=http.Limits(seconds=0.2))


def test_what_may_have_been_acted_on_is_unknown_and_what_never_left_is_not(website: Website) -> None:
    website.pages["/post"] = Says(b"short", headers={"Content-Length": "100"})
    with pytest.raises(http.Unreachable, match="broke off") as cut:
        http.request("POST", f"{website.url}/post", data=b"x")
    assert cut.value.outcome == "unknown"
    with pytest.raises(http.Unreachable, match="broke off") as looked:
        http.get(f"{website.url}/post")
    assert looked.value.outcome == "retry"
    website.__exit__()
    with pytest.raises(http.Unreachable, match="cannot be reached") as never:
        http.request("POST", f"{website.url}/post", data=b"x")
    assert never.value.outcome == "retry"


def test_a_name_that_does_not_exist_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_arguments: object, **_more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(http.Unreachable, match=r"no machine with the name “gone\.example”"):
        http.get("http://gone.example/")


def test_noise_instead_of_an_answer_is_a_sentence(website: Website) -> None:
    for number, noise in enumerate((b"\x00\xff" * 50, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip")):
        website.pages[f"/{number}"] = Says(noise, raw=True)
        with pytest.raises(OutsideError):
            http.get(f"{website.url}/{number}")


def test_a_protected_address_needs_a_certificate_that_fits_its_name(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Website(tls=tls) as site:
        site.pages["/x"] = Says(b"protected")
        site.pages["/down"] = Says(status=301, headers={"Location": "http://127.0.0.1/"})
        allow_inside(monkeypatch, f"127.0.0.1:{site.port}, localhost:{site.port}, 127.0.0.1:80")
        with pytest.raises(http.Unreachable, match="valid certificate") as refused:
            http.request("POST", f"{site.url}/x", data=b"x")
        assert refused.value.outcome == "retry"
        http._certificates.cache_clear()
        monkeypatch.setattr("certifi.where", lambda: str(certificate))
        assert http.get(f"{site.url}/x").body == b"protected"
        with pytest.raises(http.Unreachable, match="valid certificate"):
            http.get(f"https://localhost:{site.port}/x")
        with pytest.raises(vetting.Blocked, match="unprotected"):
            http.get(f"{site.url}/down")
    monkeypatch.undo()
    config.load.cache_clear()
    http._certificates.cache_clear()
