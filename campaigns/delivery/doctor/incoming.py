"""Whether answers and bounces come to us encrypted: MTA-STS (RFC 8461) and the reports about it (RFC 8460).

Neither is needed to send, so that a domain without them is fine. A policy that does not fit loses mail, and is not.
"""

import re
from dataclasses import dataclass

from campaigns import http
from campaigns.delivery.doctor.findings import Finding, Level, Record, Topic, quoted
from campaigns.delivery.doctor.names import Answer, Names, State
from campaigns.delivery.doctor.subject import Subject
from campaigns.errors import OutsideError
from campaigns.vetting import Blocked

# Where senders look for the policy of a domain (RFC 8461, 3.3); no redirect counts.
ADDRESS = "https://mta-sts.{domain}/.well-known/mta-sts.txt"
_LIMITS = http.Limits(seconds=10, wire_bytes=64_000, decoded_bytes=64_000, redirects=0)
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LONGEST_AGE = 31_557_600
_REPORT = re.compile(r"(mailto:[^\s@,!]+@[^\s@,!]+|https://\S+)")


@dataclass(frozen=True)
class Policy:
    """What a domain asks of those who send to it: "enforce", "testing" or "none", and the mail servers it names."""

    mode: str
    hosts: tuple[str, ...]


def check(names: Names, subject: Subject) -> list[Finding]:
    """Findings about the domain that readers see; asks the name system, and the web server of the policy."""
    domain = subject.domain
    return [_policy(names, domain), _reports(names, domain)]


def read_policy(text: str) -> Policy:
    """A policy file; raises ValueError with a sentence for one that senders do not accept (RFC 8461, 3.2)."""
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if line.strip() and not colon:
            raise ValueError(f"A line has no colon: {quoted(line)}.")
        values.setdefault(name.strip(), []).append(value.strip())
    # Of a field that may stand once, the first counts.
    version, mode, age = (values.get(name, [""])[0] for name in ("version", "mode", "max_age"))
    if version != "STSv1":
        raise ValueError("It does not say “version: STSv1”.")
    if mode not in ("enforce", "testing", "none"):
        raise ValueError("Its mode is none of enforce, testing and none.")
    if not (age.isascii() and age.isdigit() and int(age[:9]) <= _LONGEST_AGE):
        raise ValueError("Its max_age is no number of seconds up to a year.")
    hosts = tuple(host.rstrip(".").lower() for host in values.get("mx", []) if host)
    if not hosts and mode != "none":
        raise ValueError("It names no mail server (mx).")
    return Policy(mode, hosts)


def fits(host: str, patterns: tuple[str, ...]) -> bool:
    """Whether a mail server is one of those that a policy names; "*.example.org" stands for one label."""
    host = host.rstrip(".").lower()
    return any(host == one or (one.startswith("*.") and host.partition(".")[2] == one[2:]) for one in patterns)


def _policy(names: Names, domain: str) -> Finding:
    answer = names.ask(f"_mta-sts.{domain}", "TXT")
    if answer.state == State.FAILED:
        return _finding(Level.UNKNOWN, "We could not look for MTA-STS", answer.problem, "Try again later.")
    records = _tagged(answer, "STSv1")
    if not records:
        text = "Whoever sits between two mail servers could have answers and bounces sent in the clear. Sending works "
        text += "without it; your mail provider can tell you whether it offers it."
        return _finding(Level.NOTE, f"{domain} does not insist on encryption (MTA-STS)", text)
    if len(records) > 1:
        text = "More than one counts as none."
        return _finding(Level.CAUTION, f"{domain} has {len(records)} MTA-STS records", text, "Keep one of them.")
    if not _ID.fullmatch(records[0].get("id", "")):
        text = "Its id must be 1 to 32 letters and digits; senders skip the record."
        return _finding(Level.CAUTION, f"The MTA-STS record of {domain} is not valid", text, "Have it corrected.")
    return _fetched(names, domain)


def _fetched(names: Names, domain: str) -> Finding:
    address = ADDRESS.format(domain=domain)
    title = f"The MTA-STS policy of {domain} does not count"
    todo = f"Have the file at {address} put right, or the record _mta-sts.{domain} removed."
    try:
        answer = http.get(address, limits=_LIMITS)
    except Blocked as error:
        text = f"{error} From inside your network it may look different than from outside."
        return _finding(Level.UNKNOWN, f"We could not read the MTA-STS policy of {domain}", text)
    except OutsideError as error:
        return _finding(Level.CAUTION, title, str(error), todo)
    if answer.status != 200:
        text = f"Its address answers {answer.status}, where only 200 counts."
        return _finding(Level.CAUTION, title, text, todo)
    try:
        policy = read_policy(answer.body.decode("ascii", "replace"))
    except ValueError as error:
        return _finding(Level.CAUTION, title, str(error), todo)
    return _held_against(names.ask(domain, "MX"), domain, policy)


def _held_against(answer: Answer, domain: str, policy: Policy) -> Finding:
    """The policy beside the mail servers that there are."""
    hosts = [value.split()[-1].rstrip(".") for value in answer.values]
    strange = [host for host in hosts if host and not fits(host, policy.hosts)]
    if policy.mode == "none":
        return _finding(Level.NOTE, f"{domain} has turned MTA-STS off", "Its policy says “mode: none”.")
    if strange and policy.mode == "enforce":
        text = (
            f"Its policy does not name {strange[0]}. Gmail, Microsoft and others bring no answer and no bounce there."
        )
        todo = f"Have the policy name it (mx: {strange[0]}), and the id of the record _mta-sts.{domain} changed."
        return _finding(Level.STOP, f"Mail to {domain} is lost", text, todo)
    if strange:
        text = f"It does not name {strange[0]}. Once the policy is enforced, mail to it would be lost."
        return _finding(Level.CAUTION, f"The MTA-STS policy of {domain} does not fit", text, "Have it corrected.")
    if policy.mode == "testing":
        text = "Senders report what fails, and send all the same."
        return _finding(Level.NOTE, f"{domain} tries out MTA-STS", text)
    text = "Senders that know MTA-STS bring answers and bounces encrypted or not at all."
    return _finding(Level.GOOD, f"{domain} insists on encryption", text)


def _reports(names: Names, domain: str) -> Finding:
    name = f"_smtp._tls.{domain}"
    record = Record(name, "TXT", f"v=TLSRPTv1; rua=mailto:postmaster@{domain}")
    answer = names.ask(name, "TXT")
    if answer.state == State.FAILED:
        return _finding(Level.UNKNOWN, "We could not look for TLS-RPT", answer.problem, "Try again later.")
    records = _tagged(answer, "TLSRPTv1")
    if not records:
        text = (
            "Large providers would tell you when they cannot reach you encrypted (TLS-RPT). Sending works without it."
        )
        todo = "If somebody will read the reports, publish:"
        return Finding(Topic.INCOMING, Level.NOTE, "Nobody hears of failed encryption", text, todo, record)
    if len(records) > 1:
        text = "More than one counts as none."
        return _finding(Level.CAUTION, f"{domain} has {len(records)} TLS-RPT records", text, "Keep one of them.")
    targets = [target.strip() for target in records[0].get("rua", "").split(",") if target.strip()]
    if not targets or not all(_REPORT.fullmatch(target) for target in targets):
        text = "Its rua must be “mailto:” and an address, or an address that begins with https."
        todo = "Have it corrected, for example:"
        title = f"The TLS-RPT record of {domain} is not valid"
        return Finding(Topic.INCOMING, Level.CAUTION, title, text, todo, record)
    return _finding(Level.GOOD, "Failed encryption is reported", f"Reports go to {quoted(targets[0])}.")


def _tagged(answer: Answer, version: str) -> list[dict[str, str]]:
    """The records of that version among others at a name, as fields."""
    found = []
    for value in answer.values:
        first, *rest = (part.strip() for part in value.split(";"))
        if first.replace(" ", "") == f"v={version}":
            pairs = (part.partition("=") for part in rest if part)
            found.append({name.strip(): text.strip() for name, _, text in pairs})
    return found


def _finding(level: Level, title: str, text: str, todo: str = "") -> Finding:
    return Finding(Topic.INCOMING, level, title, text, todo)
