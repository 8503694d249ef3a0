"""DMARC and alignment in plain words."""

from campaigns.delivery.doctor import dmarc_record
from campaigns.delivery.doctor.dmarc_record import OBSOLETE, Policy, Unanswered, Walk
from campaigns.delivery.doctor.findings import Finding, Level, Record, Topic, quoted
from campaigns.delivery.doctor.names import Names, State
from campaigns.delivery.doctor.subject import Subject, domain_of

_LESS = {
    "none": "It only asks for reports (p=none); that is enough to be accepted, and no forgery is stopped yet.",
    "quarantine": "It asks others to put forgeries among the junk (p=quarantine).",
    "reject": "It asks others to refuse forgeries (p=reject).",
}


def check(names: Names, subject: Subject) -> list[Finding]:
    """Findings about DMARC and about whether the domains fit together."""
    try:
        walk = dmarc_record.walk(names, subject.domain)
    except Unanswered as error:
        return [_finding(Level.UNKNOWN, "We could not look for a DMARC record", str(error), "Try again in a while.")]
    made = _crowded(walk)
    policy = walk.policy
    if policy is None:
        return made or [_missing(subject.domain)]
    made += [*_of_policy(policy, walk), *_of_tags(policy), *_of_reports(names, policy)]
    return made + _alignment(names, subject, walk, policy)


def _missing(domain: str) -> Finding:
    sentence = "Without one Gmail, Yahoo and Microsoft refuse mail to many people."
    record = Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
    todo = "Ask whoever looks after the domain to publish this record, with an address that reads the reports:"
    return _finding(Level.STOP, f"{domain} has no DMARC record", sentence, todo, record)


def _crowded(walk: Walk) -> list[Finding]:
    return [
        _finding(
            Level.STOP, f"_dmarc.{domain} holds several DMARC records", "None of them counts.", "Keep a single one."
        )
        for domain in walk.crowded
    ]


def _of_policy(policy: Policy, walk: Walk) -> list[Finding]:
    is_own = policy.domain == walk.start
    tag = "p" if is_own or policy.tags.get("psd") == "y" else "sp"
    asked = policy.policy(tag)
    where = f"{walk.start} has a DMARC record" if is_own else f"The DMARC record of {policy.domain} holds here"
    sentence = f"{_LESS[asked]} {quoted(policy.text, 200)}"
    made = [_finding(Level.GOOD if asked != "none" else Level.NOTE, where, sentence)]
    if "p" not in policy.tags:
        text = "Newer receivers read that as p=none; older ones skip the record."
        made.append(_finding(Level.CAUTION, "The DMARC record does not say what to do (p)", text, "Add “p=none”."))
    if policy.tags.get("t") == "y":
        text = "“t=y” asks receivers to do one step less than the record says."
        made.append(_finding(Level.CAUTION, "The DMARC record is marked as a test", text, "Remove “t=y” when ready."))
    if policy.tags.get("psd") == "y" and is_own:
        text = "“psd=y” is for registries like .gov, under which others have their domains."
        made.append(_finding(Level.STOP, "The DMARC record claims to be a registry", text, "Remove “psd=y”."))
    return made


def _of_tags(policy: Policy) -> list[Finding]:
    made = []
    old = [tag for tag in OBSOLETE if tag in policy.tags]
    if old:
        text = f"{', '.join(old)}: RFC 9989 removed them in 2026, and newer receivers skip them."
        todo = "Remove them." + (" “pct” was for trying out; “t=y” does that now." if "pct" in old else "")
        made.append(_finding(Level.CAUTION, "The DMARC record has parts that no longer count", text, todo))
    if policy.faults:
        made.append(
            _finding(Level.CAUTION, "The DMARC record has a mistake", " ".join(policy.faults[:3]), "Correct that part.")
        )
    return made


def _of_reports(names: Names, policy: Policy) -> list[Finding]:
    if "rua" not in policy.tags:
        text = "So nobody learns who sends in your name."
        return [_finding(Level.CAUTION, "Nobody receives DMARC reports", text, "Add “rua=mailto:” and an address.")]
    made = []
    targets = [uri.strip() for uri in policy.tags["rua"].split(",")]
    if any("!" in uri for uri in targets):
        text = "A size after “!” in rua is skipped now."
        made.append(_finding(Level.CAUTION, "The DMARC record limits the size of reports", text, "Remove it."))
    for target in targets[:5]:
        made += _of_target(names, policy.domain, domain_of(target.partition("!")[0]))
    return made


def _of_target(names: Names, domain: str, target: str) -> list[Finding]:
    """Reports to another organization arrive only where that one agrees (RFC 9990)."""
    if not target or "." not in target or target == domain or target.endswith(f".{domain}"):
        return []
    try:
        if dmarc_record.walk(names, target).organization == dmarc_record.walk(names, domain).organization:
            return []
    except Unanswered:
        return []
    answer = names.ask(f"{domain}._report._dmarc.{target}", "TXT")
    if answer.state == State.FAILED or any(text.startswith("v=DMARC1") for text in answer.values):
        return []
    text = f"{target} must agree to receive them, by a record of its own."
    todo = f"Ask {target} to publish this record:"
    record = Record(f"{domain}._report._dmarc.{target}", "TXT", "v=DMARC1")
    return [_finding(Level.CAUTION, f"Reports to {target} may not be sent", text, todo, record)]


def _alignment(names: Names, subject: Subject, walk: Walk, policy: Policy) -> list[Finding]:
    made = [_fits(names, walk, subject.envelope_domain, policy.is_strict_spf, "bounces go to", "SPF")]
    made += [
        _fits(names, walk, key.domain, policy.is_strict_dkim, "our mail is signed as", "DKIM") for key in subject.keys
    ]
    return list(dict.fromkeys(made))


def _fits(names: Names, walk: Walk, domain: str, is_strict: bool, what: str, way: str) -> Finding:
    title = f"Readers see {walk.start}, {what} {domain}"
    try:
        fits = is_aligned(names, walk.start, domain, is_strict)
    except Unanswered as error:
        return Finding(Topic.ALIGNMENT, Level.UNKNOWN, title, str(error), "Try again in a while.")
    if fits:
        return Finding(Topic.ALIGNMENT, Level.GOOD, title, f"They belong together, so {way} counts for DMARC.")
    text = (
        f"They do not belong together{' exactly, as your record demands' if is_strict else ''}: {way} does not count."
    )
    todo = "Use the same domain for both, or one below the other."
    return Finding(Topic.ALIGNMENT, Level.STOP if way == "DKIM" else Level.CAUTION, title, text, todo)


def is_aligned(names: Names, author: str, other: str, is_strict: bool) -> bool:
    """Whether two domains count as one for DMARC; raises Unanswered."""
    author, other = author.lower(), other.lower()
    if author == other or is_strict:
        return author == other
    return dmarc_record.walk(names, author).organization == dmarc_record.walk(names, other).organization


def _finding(level: Level, title: str, text: str, todo: str = "", record: Record | None = None) -> Finding:
    return Finding(Topic.DMARC, level, title, text, todo, record)
