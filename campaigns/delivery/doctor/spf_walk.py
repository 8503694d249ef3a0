"""Walks through SPF records: what a receiver decides for one address, and what the whole tree of records costs.

Both go by RFC 7208: ten look-ups, two void ones, ten hosts behind an `mx`; anything beyond makes the record void.
"""

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.delivery.doctor import spf_record
from campaigns.delivery.doctor.names import Names, State
from campaigns.delivery.doctor.spf_record import ASKING, Broken, Term

MOST_LOOKUPS = 10
MOST_VOID = 2
_MOST_HOSTS = 10
# To say how far a record is beyond the limit we look further than a receiver would, and not without end.
_ENOUGH = 40
_ANYBODY = "192.0.2.1"
_VERDICTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class Verdict(StrEnum):
    """What a receiver makes of one address."""

    PASS = "pass"  # noqa: S105 - a word of RFC 7208
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"


class Unanswered(Exception):
    """The name servers gave no usable answer; the text is a sentence."""


@dataclass
class Survey:
    """The whole tree of a record: `texts` are the records seen by domain, `problems` sentences about broken parts."""

    lookups: int = 0
    voids: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    domains: list[str] = field(default_factory=list)
    has_ptr: bool = False


def records_at(names: Names, domain: str) -> list[str]:
    """The SPF records at a domain; raises Unanswered."""
    answer = names.ask(domain, "TXT")
    if answer.state == State.FAILED:
        raise Unanswered(answer.problem)
    return [text for text in answer.values if spf_record.is_spf(text)]


def survey(names: Names, domain: str, sender: str) -> Survey:
    """Look at a record and everything it includes, as if nothing matched on the way."""
    found = Survey()
    _look(names, domain.lower(), sender, found, ())
    return found


def _look(names: Names, domain: str, sender: str, found: Survey, above: tuple[str, ...]) -> None:
    found.domains.append(domain)
    if domain in above:
        found.problems.append(f"The record of {domain} leads back to itself.")
        return
    try:
        texts = records_at(names, domain)
        if len(texts) != 1:
            if above:
                found.problems.append(f"{domain} is included and has {'no' if not texts else 'several'} SPF records.")
                found.voids += [] if texts else [domain]
            return
        found.texts[domain] = texts[0]
        terms = spf_record.parse(texts[0])
    except Unanswered as error:
        found.unanswered.append(str(error))
        return
    except Broken as error:
        found.problems.append(f"{error} It stands in the record of {domain}.")
        return
    for term in _in_force(terms):
        if term.kind not in ASKING:
            continue
        found.lookups += 1
        found.has_ptr = found.has_ptr or term.kind == "ptr"
        if found.lookups > _ENOUGH:
            return
        target = spf_record.expand(term.target, domain, _ANYBODY, sender).lower() or domain
        if term.kind in ("include", "redirect"):
            _look(names, target, sender, found, (*above, domain))
        elif term.kind in ("a", "mx") and "%" not in term.target:
            _look_at_hosts(names, term.kind, target, found)


def _look_at_hosts(names: Names, kind: str, target: str, found: Survey) -> None:
    answer = names.addresses(target) if kind == "a" else names.ask(target, "MX")
    if answer.state == State.FAILED:
        found.unanswered.append(answer.problem)
    elif answer.is_void:
        found.voids.append(target)
    elif kind == "mx" and len(answer.values) > _MOST_HOSTS:
        found.problems.append(f"{target} has more than ten mail hosts, which “mx” does not allow.")


def _in_force(terms: list[Term]) -> list[Term]:
    """The terms that count: up to `all`, and `redirect` only where there is no `all`."""
    mechanisms = [term for term in terms if term.kind != "redirect"]
    kinds = [term.kind for term in mechanisms]
    if "all" in kinds:
        return mechanisms[: kinds.index("all") + 1]
    return mechanisms + [term for term in terms if term.kind == "redirect"]


class _Judge:
    """One evaluation with its counts (RFC 7208, 4)."""

    def __init__(self, names: Names, address: str, sender: str) -> None:
        self.names, self.address, self.sender = names, address, sender
        self.ip = ipaddress.ip_address(address)
        self.lookups = self.voids = 0

    def verdict(self, domain: str) -> str:
        texts = records_at(self.names, domain)
        if not texts:
            return Verdict.NONE
        if len(texts) > 1:
            raise Broken(f"{domain} has several SPF records.")
        for term in _in_force(spf_record.parse(texts[0])):
            if term.kind in ASKING:
                self.lookups += 1
                if self.lookups > MOST_LOOKUPS:
                    raise Broken("More than ten look-ups are needed.")
            target = spf_record.expand(term.target, domain, self.address, self.sender).lower() or domain
            if term.kind == "redirect":
                return self._inside(target)
            if self._matches(term, target):
                return _VERDICTS[term.qualifier]
        return Verdict.NEUTRAL

    def _inside(self, domain: str) -> str:
        found = self.verdict(domain)
        if found == Verdict.NONE:
            raise Broken(f"{domain} is named and has no SPF record.")
        return found

    def _matches(self, term: Term, target: str) -> bool:
        match term.kind:
            case "all":
                return True
            case "ip4" | "ip6":
                return self.ip in ipaddress.ip_network(term.target)
            case "include":
                return self._inside(target) == Verdict.PASS
            case "a":
                return self._is_among(self._hosts(target), term)
            case "mx":
                hosts = [value.split()[-1] for value in self._asked(target, "MX")]
                if len(hosts) > _MOST_HOSTS:
                    raise Broken(f"{target} has more than ten mail hosts.")
                return any(self._is_among(self._hosts(host), term) for host in hosts if host != ".")
            case "exists":
                return bool(self._asked(target, "A"))
        return self._is_named(target)

    def _is_named(self, target: str) -> bool:
        """`ptr`: whether a name of the address, confirmed by its own look-up, lies at or below the target."""
        named = self.names.reverse(self.address).values[:_MOST_HOSTS]
        fitting = [name for name in named if f".{name.rstrip('.').lower()}".endswith(f".{target}")]
        return any(self.address in self._hosts(name) for name in fitting)

    def _hosts(self, name: str) -> tuple[str, ...]:
        return self._asked(name, "A" if self.ip.version == 4 else "AAAA")

    def _asked(self, name: str, kind: str) -> tuple[str, ...]:
        answer = self.names.ask(name, kind)
        if answer.state == State.FAILED:
            raise Unanswered(answer.problem)
        if answer.is_void:
            self.voids += 1
            if self.voids > MOST_VOID:
                raise Broken("More than two names in it lead nowhere.")
        return answer.values

    def _is_among(self, hosts: tuple[str, ...], term: Term) -> bool:
        length = term.four if self.ip.version == 4 else term.six
        return any(self.ip in ipaddress.ip_network(f"{host}/{length}", strict=False) for host in hosts)


def verdict(names: Names, domain: str, address: str, sender: str) -> Verdict:
    """What a receiver decides about mail of `sender` that comes from an IP address."""
    try:
        return Verdict(_Judge(names, address, sender).verdict(domain.lower()))
    except Unanswered:
        return Verdict.TEMPERROR
    except (Broken, RecursionError):
        return Verdict.PERMERROR
