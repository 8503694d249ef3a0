"""DMARC records and where they are found: the tree walk of RFC 9989, 4.10."""

from dataclasses import dataclass, field

from campaigns.delivery.doctor.names import Names, State

OBSOLETE = ("pct", "rf", "ri")
POLICIES = ("none", "quarantine", "reject")
_LONGEST_WALK = 8


class Unanswered(Exception):
    """The name servers gave no usable answer; the text is a sentence."""


@dataclass(frozen=True)
class Policy:
    """A record: `domain` where it lies, its tags, and what is wrong with it in sentences. Bad values are dropped."""

    domain: str
    text: str
    tags: dict[str, str]
    faults: tuple[str, ...] = ()

    def policy(self, tag: str = "p") -> str:
        """What it asks for: `sp` falls back to `p`, `np` to `sp` (4.7); nothing said is "none"."""
        order = {"p": ("p",), "sp": ("sp", "p"), "np": ("np", "sp", "p")}[tag]
        return next((self.tags[one] for one in order if one in self.tags), "none")

    @property
    def is_strict_dkim(self) -> bool:
        """Whether the signature's domain must be exactly ours."""
        return self.tags.get("adkim", "r") == "s"

    @property
    def is_strict_spf(self) -> bool:
        """Whether the domain of bounces must be exactly ours."""
        return self.tags.get("aspf", "r") == "s"


@dataclass
class Walk:
    """A walk up the tree from `start`: the records found in order, the domains with more than one."""

    start: str
    found: list[Policy] = field(default_factory=list)
    crowded: list[str] = field(default_factory=list)

    @property
    def organization(self) -> str:
        """The organizational domain (4.10.2)."""
        for policy in self.found:
            if policy.tags.get("psd") == "n":
                return policy.domain
            if policy.tags.get("psd") == "y" and policy.domain != self.start:
                labels = self.start.split(".")
                return ".".join(labels[-policy.domain.count(".") - 2 :])
        return self.found[-1].domain if self.found else self.start

    @property
    def policy(self) -> Policy | None:
        """The record that holds for the start: its own, else the organization's, else that of the public suffix."""
        by_domain = {policy.domain: policy for policy in self.found}
        if self.start in by_domain:
            return by_domain[self.start]
        return by_domain.get(self.organization) or (self.found[-1] if self.found else None)


def walk(names: Names, domain: str) -> Walk:
    """Walk up from a domain until a record says where the organization ends; raises Unanswered."""
    made = Walk(domain.lower().rstrip("."))
    labels = made.start.split(".")
    steps = [labels]
    rest = labels[-7:] if len(labels) >= _LONGEST_WALK else labels[1:]
    steps += [rest[at:] for at in range(len(rest))]
    for step in steps[:_LONGEST_WALK]:
        here = ".".join(step)
        policies = _at(names, here)
        if len(policies) > 1:
            made.crowded.append(here)
        elif policies:
            made.found.append(policies[0])
            if policies[0].tags.get("psd") in ("y", "n"):
                break
    return made


def _at(names: Names, domain: str) -> list[Policy]:
    answer = names.ask(f"_dmarc.{domain}", "TXT")
    if answer.state == State.FAILED:
        raise Unanswered(answer.problem)
    read = (parse(domain, text) for text in answer.values)
    return [policy for policy in read if policy is not None]


def parse(domain: str, text: str) -> Policy | None:
    """A record, or None for a text that is none: the version must come first and be exactly DMARC1."""
    parts = [part.strip() for part in text.split(";")]
    name, _, version = parts[0].partition("=")
    if name.strip() != "v" or version.strip() != "DMARC1":
        return None
    tags: dict[str, str] = {}
    faults: list[str] = []
    for part in filter(None, parts[1:]):
        name, separator, value = part.partition("=")
        name, value = name.strip().lower(), value.strip()
        if not separator or name in tags:
            faults.append(f"The part “{_plain(part)}” is not understood.")
        elif not _is_allowed(name, value):
            faults.append(f"“{_plain(name)}” cannot be “{_plain(value)}”, so that receivers skip it.")
        else:
            tags[name] = value if name in ("rua", "ruf") else value.lower()
    return Policy(domain, text, tags, tuple(faults))


def _is_allowed(name: str, value: str) -> bool:
    allowed = {
        "p": POLICIES,
        "sp": POLICIES,
        "np": POLICIES,
        "t": ("y", "n"),
        "psd": ("y", "n", "u"),
        "adkim": ("r", "s"),
        "aspf": ("r", "s"),
    }.get(name)
    if name in ("rua", "ruf"):
        return all(":" in uri for uri in value.split(","))
    return allowed is None or value.lower() in allowed


def _plain(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text[:40])
