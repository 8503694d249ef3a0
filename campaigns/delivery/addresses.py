"""Email addresses: read strictly, kept as typed, compared normalized, known afterwards by a fingerprint alone."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext

from campaigns import tokens
from campaigns.errors import Invalid

LONGEST = 254
LOCAL_LONGEST = 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}


@dataclass(frozen=True)
class Address:
    """`typed` is what mail is sent to: the local part as typed, the domain as A-labels; `key` is what is compared."""

    typed: str
    key: str


def parse(text: str) -> Address:
    """The address in a text that holds nothing else; raises Invalid on "address" with a sentence that names the fault.

    Nobody is asked over the network whether the domain exists.
    """
    if len(text) > 4 * LONGEST:
        raise _invalid(gettext("This is too long for an email address."))
    text = unicodedata.normalize("NFC", text.strip())
    _refuse_odd(text)
    local, _, domain = text.rpartition("@")
    if not local.isascii():
        raise _invalid(
            gettext("Before the @ sign we can only use letters without accents, digits and signs like . - _ +.")
        )
    if not _LOCAL.fullmatch(local) or len(local) > LOCAL_LONGEST:
        raise _invalid(gettext("The part before the @ sign is not right. An address looks like name@example.org."))
    domain = _ascii_domain(domain.lower())
    if not domain:
        raise _invalid(gettext("The part after the @ sign is not right. An address looks like name@example.org."))
    if len(local) + 1 + len(domain) > LONGEST:
        raise _invalid(gettext("This is too long for an email address."))
    return Address(typed=f"{local}@{domain}", key=f"{local.casefold()}@{domain}")


def display(address: str) -> str:
    """An address as people read it: the domain in its own script."""
    local, _, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    return f"{local}@{_unicode_domain(domain)}"


def fingerprint(key: str) -> str:
    """What is kept of an address that we must not write to, and in limits: a peppered HMAC of its key."""
    return tokens.fingerprint("address", key)


def fingerprints(keys: Iterable[str]) -> list[str]:
    """The fingerprints of many."""
    return tokens.fingerprints("address", keys)


def _refuse_odd(text: str) -> None:
    if not text:
        raise _invalid(gettext("Enter an email address."))
    is_plain = text.isascii() and text.isprintable()
    if not is_plain and any(unicodedata.category(character) in _INVISIBLE for character in text):
        raise _invalid(gettext("This holds a line break or an invisible character. Please type the address again."))
    if " " in text or (not is_plain and any(character.isspace() for character in text)):
        raise _invalid(gettext("An email address has no spaces. Enter one address only."))
    if "@" not in text:
        raise _invalid(gettext("An email address has an @ sign, like name@example.org."))


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError:
        return ""


@lru_cache(maxsize=4096)
def _unicode_domain(domain: str) -> str:
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).domain
    except EmailNotValidError:
        return domain


def _invalid(sentence: str) -> Invalid:
    return Invalid({"address": sentence})
