"""Everything secret that travels or rests: sealed links, form tokens, fingerprints of addresses, secrets at rest.

Each purpose has a key of its own (HKDF, RFC 5869), so that a token made for one thing opens nothing else.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import config

FORM_AGE_MIN = timedelta(seconds=3)
FORM_AGE_MAX = timedelta(hours=2)


@lru_cache(maxsize=64)
def _key(secret: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def key_for(purpose: str) -> bytes:
    """32 bytes that serve this purpose alone."""
    return _key(config.load().secret_key, purpose, 32)


@lru_cache(maxsize=32)
def _cipher(secret: bytes, purpose: str) -> AESSIV:
    return AESSIV(_key(secret, f"seal:{purpose}", 64))


def seal(purpose: str, *numbers: int) -> str:
    """Whole numbers (0 to 2**63) as one URL-safe token that hides and authenticates them; it never expires.

    AES-SIV (RFC 5297): the same numbers give the same token, and nobody can make or read one without the key.
    """
    return sealer(purpose)(*numbers)


def sealer(purpose: str) -> Callable[..., str]:
    """What `seal` does for this purpose, its key opened once for many."""
    encrypt = _cipher(config.load().secret_key, purpose).encrypt
    return lambda *numbers: _text(encrypt(struct.pack(f">{len(numbers)}Q", *numbers), None))


def unseal(purpose: str, token: str) -> tuple[int, ...] | None:
    """The numbers in a token of that purpose, or None for anything that we did not seal."""
    try:
        plain = _cipher(config.load().secret_key, purpose).decrypt(_bytes(token), None)
    except (InvalidTag, ValueError):
        return None
    return struct.unpack(f">{len(plain) // 8}Q", plain)


def random_token() -> str:
    """A fresh token of 192 random bits for a link; store only its `digest`."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What is stored of a random token: enough to recognize it, useless to whoever reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(form: str, at: datetime) -> str:
    """A signed, dated token for a public form, which has no session. `at` is the instant the page was made."""
    stamp = int(at.timestamp())
    return f"{stamp:x}.{_mac('form', f'{form}:{stamp}'.encode(), 16)}"


def check_form_token(form: str, token: str, at: datetime) -> str | None:
    """None when the token is this form's own and its age is right; else "forged", "early" or "late"."""
    stamp_text, _, mac = token.partition(".")
    try:
        stamp = int(stamp_text, 16)
        made = datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return "forged"
    if not hmac.compare_digest(mac, _mac("form", f"{form}:{stamp}".encode(), 16)):
        return "forged"
    if at - made < FORM_AGE_MIN:
        return "early"
    return "late" if at - made > FORM_AGE_MAX else None


def fingerprint(kind: str, value: str) -> str:
    """The peppered HMAC of an address or a client network, 64 hex digits.

    The pepper lies outside the database, so that the stored value says nothing to whoever holds a copy of it.
    """
    return fingerprints(kind, [value])[0]


def fingerprints(kind: str, values: Iterable[str]) -> list[str]:
    """What `fingerprint` says of many values."""
    key = _key(config.load().pepper, f"fingerprint:{kind}", 32)
    return [hmac.digest(key, value.encode(), "sha256").hex() for value in values]


def encrypt(purpose: str, text: str) -> str:
    """A secret as it rests in the database (Fernet under the key of its purpose)."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def decrypt(purpose: str, sealed: str) -> str | None:
    """The secret again, or None when the key of this installation does not open it."""
    try:
        return _fernet(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key_for(f"rest:{purpose}")))


def _mac(purpose: str, message: bytes, size: int) -> str:
    return _text(hmac.new(key_for(purpose), message, hashlib.sha256).digest()[:size])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
