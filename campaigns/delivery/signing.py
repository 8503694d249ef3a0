"""Signs our mail with DKIM where an administrator turned that on (RFC 6376, 8301, 8463): one step on a ready message.

The form is relaxed/simple: our bodies are quoted-printable and pass every relay unchanged, and the hash of such a body
costs nothing beside it. Header fields that many messages share are brought into canonical form once.
"""

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from campaigns import tokens
from campaigns.delivery import canonical
from campaigns.errors import OutsideError

RSA, ED25519 = "rsa", "ed25519"
ALGORITHMS = (RSA, ED25519)
# Each is listed once more than it stands there, so that nobody can add one without breaking the signature.
SIGNED = (
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"list-id",
    b"list-help",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"feedback-id",
)
_BITS = 2048
_KEPT_FIELDS = 4096
_FOLD_AT = 72
_PURPOSE = "dkim"
PKCS1_SHA256 = (PKCS1v15(), SHA256())
PEM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass(frozen=True)
class NewKey:
    """A fresh key: `private` rests encrypted, `public` is the `p=` of its record."""

    algorithm: str
    private_sealed: str
    public: str


@dataclass(frozen=True)
class Signature:
    """One way to sign: a selector and the private key."""

    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey


class Signer:
    """Signs messages of one domain, once with each key. For one thread."""

    def __init__(self, domain: str, signatures: Sequence[Signature]) -> None:
        self.domain = domain
        self._signatures = list(signatures)
        self._fields: dict[bytes, bytes] = {}
        self._lists: dict[tuple[bytes, ...], tuple[str, tuple[int, ...]]] = {}

    def sign(self, message: bytes, now: datetime) -> bytes:
        """The message with a DKIM-Signature for each key at its head. Its lines end in CRLF."""
        fields, body = canonical.split(message)
        digest = base64.b64encode(hashlib.sha256(canonical.simple_body(body)).digest()).decode()
        listed, places = self._listed(tuple(canonical.name_of(field) for field in fields))
        signed = b"".join(self._relaxed(fields[place]) for place in places)
        stamp = int(now.timestamp())
        made = (self._signature(one, listed, signed, digest, stamp) for one in self._signatures)
        return b"".join(made) + message

    def _signature(self, one: Signature, listed: str, signed: bytes, digest: str, stamp: int) -> bytes:
        algorithm = RSA if isinstance(one.key, RSAPrivateKey) else ED25519
        head = (
            f"DKIM-Signature: v=1; a={algorithm}-sha256; c=relaxed/simple;\r\n"
            f"\td={self.domain}; s={one.selector}; t={stamp};\r\n"
            f"\th={listed};\r\n"
            f"\tbh={digest};\r\n"
            f"\tb="
        ).encode("ascii")
        whole = signed + canonical.relaxed_field(head)
        if isinstance(one.key, RSAPrivateKey):
            raw = one.key.sign(whole, *PKCS1_SHA256)
        else:
            raw = one.key.sign(hashlib.sha256(whole).digest())
        text = base64.b64encode(raw)
        pieces = [text[at : at + _FOLD_AT] for at in range(0, len(text), _FOLD_AT)]
        return head + b"\r\n\t".join(pieces) + b"\r\n"

    def _relaxed(self, field: bytes) -> bytes:
        found = self._fields.get(field)
        if found is None:
            if len(self._fields) >= _KEPT_FIELDS:
                self._fields.clear()
            found = self._fields[field] = canonical.relaxed_field(field) + b"\r\n"
        return found

    def _listed(self, names: tuple[bytes, ...]) -> tuple[str, tuple[int, ...]]:
        """The value of `h=` for a message with those fields, and the places of the fields in that order."""
        found = self._lists.get(names)
        if found is None:
            words: list[bytes] = []
            places: list[int] = []
            for wanted in SIGNED:
                # Of a field that stands several times, the last is signed first (5.4.2).
                here = [place for place in reversed(range(len(names))) if names[place] == wanted]
                places += here
                words += [wanted] * (len(here) + 1)
            found = self._lists[names] = (_folded([word.decode("ascii") for word in words]), tuple(places))
        return found


def _folded(words: list[str]) -> str:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _FOLD_AT:
            lines.append("")
        lines[-1] += word + ":"
    return "\r\n\t ".join(lines).rstrip(":")


def new_key(algorithm: str) -> NewKey:
    """Make a key; an RSA one takes a moment."""
    key: RSAPrivateKey | Ed25519PrivateKey
    if algorithm == RSA:
        key = rsa.generate_private_key(65_537, _BITS)
        encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    else:
        key = Ed25519PrivateKey.generate()
        encoding, form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    private = key.private_bytes(*PEM)
    public = base64.b64encode(key.public_key().public_bytes(encoding, form)).decode()
    return NewKey(algorithm, tokens.encrypt(_PURPOSE, private.decode()), public)


@lru_cache(maxsize=16)
def opened(private_sealed: str) -> RSAPrivateKey | Ed25519PrivateKey:
    """A private key as it rests in the database; raises OutsideError when this installation's key does not open it."""
    text = tokens.decrypt(_PURPOSE, private_sealed)
    if text is None:
        raise OutsideError("The key that signs our mail can no longer be read. Please make a new one.", "retry")
    # It is our own; checking its numbers again would take longer than a hundred signatures.
    key = serialization.load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise OutsideError("The key that signs our mail is of a kind that we do not use.", "failed")
    return key


@lru_cache(maxsize=4)
def cost(algorithm: str) -> float:
    """What one signature of a usual newsletter costs on this machine, in milliseconds: the median of a few."""
    key = rsa.generate_private_key(65_537, _BITS) if algorithm == RSA else Ed25519PrivateKey.generate()
    signer = Signer("example.org", [Signature("s", key)])
    message = b"From: a@example.org\r\nSubject: News\r\n\r\n" + (b"x" * 74 + b"=\r\n") * 340
    now = datetime.fromtimestamp(0).astimezone()
    spent = []
    for _ in range(15):
        start = time.perf_counter()
        signer.sign(message, now)
        spent.append(time.perf_counter() - start)
    return sorted(spent)[len(spent) // 2] * 1000
