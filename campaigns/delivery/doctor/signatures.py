"""Verifies the DKIM signatures of a received message (RFC 6376, 6), and says what is wrong with those that fail."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from campaigns.delivery import canonical
from campaigns.delivery.doctor import dkim_key
from campaigns.delivery.doctor.dkim_key import NoKey, PublicKey
from campaigns.delivery.doctor.names import Names

_MOST = 10
_NEEDED = ("v", "a", "d", "s", "h", "bh", "b")


@dataclass(frozen=True)
class Signature:
    """One signature. `problem` is a sentence for one that does not hold; `is_open` when the name system was silent."""

    domain: str
    selector: str
    algorithm: str
    covered: tuple[str, ...]
    has_length: bool
    key: PublicKey | None
    problem: str = ""
    is_open: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether it holds."""
        return not self.problem

    def covers(self, name: str, times: int = 1) -> bool:
        """Whether a header field is signed, at least so many times."""
        return self.covered.count(name) >= times


def verify(message: bytes, names: Names) -> list[Signature]:
    """Every signature of a message whose lines end in CRLF, the topmost first; at most ten are looked at."""
    fields, body = canonical.split(message)
    signatures = [field for field in fields if canonical.name_of(field) == b"dkim-signature"]
    return [_verified(field, fields, body, names) for field in signatures[:_MOST]]


def _verified(field: bytes, fields: list[bytes], body: bytes, names: Names) -> Signature:
    tags = dkim_key.tags(field.partition(b":")[2].decode("ascii", "replace").replace("\r\n", ""))
    tags = {name: re.sub(r"\s+", "", value) for name, value in tags.items()}
    covered = tuple(name.lower() for name in tags.get("h", "").split(":") if name)
    about = (tags.get("d", "").lower(), tags.get("s", ""), tags.get("a", ""), covered, "l" in tags)
    problem = _form_problem(tags, covered)
    if problem:
        return Signature(*about, None, problem)
    try:
        key = dkim_key.find(names, about[0], about[1])
    except NoKey as error:
        return Signature(*about, None, str(error), is_open=not error.is_lasting)
    return Signature(*about, key, _proof_problem(field, tags, covered, fields, body, key))


def _form_problem(tags: dict[str, str], covered: tuple[str, ...]) -> str:
    missing = [name for name in _NEEDED if not tags.get(name)]
    if missing:
        return f"It is not complete: {', '.join(missing)} is missing."
    if tags["v"] != "1":
        return "It is of an unknown version."
    if tags["a"] == "rsa-sha1":
        return "It uses SHA-1, which nobody accepts any more."
    if tags["a"] not in ("rsa-sha256", "ed25519-sha256"):
        return "It uses an unknown algorithm."
    if "from" not in covered:
        return "It does not cover the sender (From)."
    identity = tags.get("i", "@" + tags["d"]).rpartition("@")[2].lower()
    if not f".{identity}".endswith("." + tags["d"].lower()):
        return "It names somebody outside its own domain (i=)."
    if not set(tags.get("c", "").split("/")) <= {"", "simple", "relaxed"}:
        return "It uses an unknown canonical form."
    return ""


def _proof_problem(
    field: bytes, tags: dict[str, str], covered: tuple[str, ...], fields: list[bytes], body: bytes, key: PublicKey
) -> str:
    head_form, _, body_form = tags.get("c", "simple").partition("/")
    content = canonical.relaxed_body(body) if body_form == "relaxed" else canonical.simple_body(body)
    if "l" in tags:
        content = content[: int(tags["l"])] if tags["l"].isdecimal() and len(tags["l"]) < 12 else b""
    try:
        wanted, signature = (base64.b64decode(tags[one], validate=True) for one in ("bh", "b"))
    except (binascii.Error, ValueError):
        return "It is damaged."
    if hashlib.sha256(content).digest() != wanted:
        return "The text of the message was changed on the way."
    if tags["a"].partition("-")[0] != key.algorithm:
        return "The key in its record is of another kind."
    if "s" in key.flags and tags.get("i", "").rpartition("@")[2].lower() not in ("", tags["d"].lower()):
        return "Its record allows no subdomain (t=s)."
    is_relaxed = head_form == "relaxed"
    last = canonical.without_signature(field)
    signed = b"".join(_form(one, is_relaxed) + b"\r\n" for one in _covered(fields, covered)) + _form(last, is_relaxed)
    if key.verifies(signature, signed, hashlib.sha256(signed).digest()):
        return ""
    return "A header was changed on the way, or the key in its record is another one."


def _form(field: bytes, is_relaxed: bool) -> bytes:
    return canonical.relaxed_field(field) if is_relaxed else field


def _covered(fields: list[bytes], covered: tuple[str, ...]) -> list[bytes]:
    """The fields that are signed, each name from the bottom up (5.4.2)."""
    left: dict[str, list[bytes]] = {}
    for field in fields:
        left.setdefault(canonical.name_of(field).decode("ascii", "replace"), []).append(field)
    return [left[name].pop() for name in covered if left.get(name)]
