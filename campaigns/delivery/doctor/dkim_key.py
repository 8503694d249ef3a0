"""The public key of a DKIM selector as the name system has it (RFC 6376, 3.6; RFC 8463)."""

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from campaigns.delivery.doctor.findings import quoted
from campaigns.delivery.doctor.names import Names, State

WANTED_BITS = 2048
LEAST_BITS = 1024
_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,250}[a-zA-Z0-9])?")


class NoKey(Exception):
    """There is no usable key; `is_lasting` is False when the name system merely did not answer. A sentence."""

    def __init__(self, sentence: str, is_lasting: bool = True) -> None:
        self.is_lasting = is_lasting
        super().__init__(sentence)


@dataclass(frozen=True)
class PublicKey:
    """A key from a record. `flags` are those of `t=`; `text` is the `p=` without white space."""

    algorithm: str
    key: RSAPublicKey | Ed25519PublicKey
    flags: frozenset[str]
    text: str

    @property
    def bits(self) -> int:
        """The length of the key; Ed25519 has 256, which are worth more than 2048 of RSA."""
        return self.key.key_size if isinstance(self.key, RSAPublicKey) else 256

    @property
    def is_long_enough(self) -> bool:
        """Whether nobody frowns at its length."""
        return self.algorithm == "ed25519" or self.bits >= WANTED_BITS

    def verifies(self, signature: bytes, signed: bytes, digest: bytes) -> bool:
        """Whether a signature over data (whose SHA-256 is `digest`) was made with this key."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, signed, PKCS1v15(), SHA256())
            else:
                self.key.verify(signature, digest)
        except (InvalidSignature, ValueError):
            return False
        return True


def record_name(domain: str, selector: str) -> str:
    """Where the record of a selector lies."""
    return f"{selector}._domainkey.{domain}"


def tags(text: str) -> dict[str, str]:
    """A list of `tag=value` parts; of a tag that stands twice the whole list is void: then an empty dictionary."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, separator, value = part.partition("=")
        if not part.strip():
            continue
        if not separator or name.strip() in found:
            return {}
        found[name.strip()] = value.strip()
    return found


def find(names: Names, domain: str, selector: str) -> PublicKey:
    """The key that the name system has for a selector; raises NoKey."""
    if not (_NAME.fullmatch(selector) and _NAME.fullmatch(domain)):
        raise NoKey("The name of the key is not a name that can be looked up.")
    where = record_name(domain, selector)
    answer = names.ask(where, "TXT")
    if answer.state == State.FAILED:
        raise NoKey(answer.problem, is_lasting=False)
    if answer.is_void:
        raise NoKey(f"There is no record at {where}.")
    if len(answer.values) > 1:
        raise NoKey(f"There are {len(answer.values)} records at {where}, and only one is allowed.")
    return read(answer.values[0])


def read(text: str) -> PublicKey:
    """A record as a key; raises NoKey with what is wrong with it."""
    found = tags(text)
    if not found or found.get("v", "DKIM1") != "DKIM1" or ("v" in found and next(iter(found)) != "v"):
        raise NoKey("The record is not a DKIM key.")
    if "p" not in found:
        raise NoKey("The record holds no key (p=).")
    material = re.sub(r"\s+", "", found["p"])
    if not material:
        raise NoKey("The key was withdrawn: its p= is empty.")
    if "sha256" not in found.get("h", "sha256").replace(" ", "").split(":"):
        raise NoKey("The record does not allow SHA-256, and nothing else is accepted any more.")
    if not {"*", "email"} & set(found.get("s", "*").replace(" ", "").split(":")):
        raise NoKey("The record says that the key is not for mail (s=).")
    algorithm = found.get("k", "rsa").lower()
    flags = frozenset(found.get("t", "").replace(" ", "").split(":")) - {""}
    return PublicKey(algorithm, _key(algorithm, material), flags, material)


def _key(algorithm: str, material: str) -> RSAPublicKey | Ed25519PublicKey:
    try:
        raw = base64.b64decode(material, validate=True)
        if algorithm == "ed25519":
            return Ed25519PublicKey.from_public_bytes(raw)
        if algorithm == "rsa":
            key = load_der_public_key(raw)
            if isinstance(key, RSAPublicKey):
                return key
    except (binascii.Error, ValueError, TypeError) as error:
        raise NoKey("The key in the record is damaged, as happens when a part is cut off on copying.") from error
    except Exception as error:
        # The library has errors of its own for keys of kinds that it does not know.
        raise NoKey("The key in the record is of a kind that nobody can use.") from error
    raise NoKey(f"The key in the record is of the unknown kind {quoted(algorithm, 20)}.")
