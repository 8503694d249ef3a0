"""SPF in plain words: whether the domain says who may send for it, and whether our mail server is among them."""

from campaigns.delivery.doctor import services, spf_record, spf_walk
from campaigns.delivery.doctor.findings import Finding, Level, Record, Topic, quoted
from campaigns.delivery.doctor.names import Names
from campaigns.delivery.doctor.spf_record import Broken
from campaigns.delivery.doctor.spf_walk import MOST_LOOKUPS, MOST_VOID, Survey, Unanswered, Verdict
from campaigns.delivery.doctor.subject import Subject, Whereabouts, is_ip

_ASK = "Ask whoever looks after the domain to publish this record:"
_CHANGE = "Ask whoever looks after the domain to change the record to this:"


def check(names: Names, subject: Subject, relay: Whereabouts) -> list[Finding]:
    """Findings about the SPF record of the domain that bounces go to."""
    domain = subject.envelope_domain
    try:
        texts = spf_walk.records_at(names, domain)
    except Unanswered as error:
        return [_finding(Level.UNKNOWN, "We could not look for an SPF record", str(error), "Try again in a while.")]
    if not texts:
        text = "Nobody can tell whether a server may send for it; Gmail, Yahoo and Microsoft ask for this record."
        record = Record(domain, "TXT", f"v=spf1 {_mention(subject, relay)} ~all")
        return [_finding(Level.STOP, f"{domain} has no SPF record", text, _ASK, record)]
    if len(texts) > 1:
        text = f"With several, none of them counts. They say: {'; '.join(quoted(one) for one in texts[:4])}."
        record = Record(domain, "TXT", _merged(texts))
        return [_finding(Level.STOP, f"{domain} has {len(texts)} SPF records", text, "Keep a single one:", record)]
    found = spf_walk.survey(names, domain, subject.address)
    return [*_of_record(domain, texts[0], found), *_of_relay(names, subject, relay, texts[0], found)]


def _of_record(domain: str, text: str, found: Survey) -> list[Finding]:
    made = []
    if found.problems:
        sentence = "Receivers treat such a record as broken. " + " ".join(found.problems[:3])
        made.append(_finding(Level.STOP, "The SPF record is broken", sentence, "Have that part put right."))
    if found.lookups > MOST_LOOKUPS:
        number = "more than 40" if found.lookups > 40 else str(found.lookups)
        sentence = (
            f"Reading it takes {number} look-ups, and receivers stop after {MOST_LOOKUPS}: it then counts as broken."
        )
        todo = "Remove services that no longer send for you, and replace “a” and “mx” by the addresses (ip4:...)."
        made.append(_finding(Level.STOP, "The SPF record is too long", sentence, todo))
    if len(found.voids) > MOST_VOID:
        sentence = f"Receivers stop after {MOST_VOID} such names. These lead nowhere: {_listed(found.voids)}."
        made.append(_finding(Level.STOP, "The SPF record names what is not there", sentence, "Remove these names."))
    elif found.voids:
        sentence = f"These lead nowhere: {_listed(found.voids)}. Receivers bear with {MOST_VOID} of them."
        made.append(_finding(Level.CAUTION, "The SPF record names what is not there", sentence, "Remove these names."))
    if found.unanswered:
        sentence = " ".join(dict.fromkeys(found.unanswered[:3]))
        made.append(_finding(Level.UNKNOWN, "A part of the SPF record could not be read", sentence, "Try again later."))
    if found.has_ptr:
        sentence = "“ptr” is slow and some receivers skip it (RFC 7208, 5.5)."
        made.append(_finding(Level.CAUTION, "The SPF record uses “ptr”", sentence, "Name the addresses instead."))
    made += _of_ending(text)
    if not made:
        title = f"{domain} has a sound SPF record"
        made.append(_finding(Level.GOOD, title, f"It takes {found.lookups} of {MOST_LOOKUPS} look-ups. {quoted(text)}"))
    return made


def _of_ending(text: str) -> list[Finding]:
    try:
        terms = spf_record.parse(text)
    except Broken:
        return []
    ends = [term for term in terms if term.kind == "all"]
    if ends and ends[0].qualifier == "+":
        return [
            _finding(
                Level.STOP,
                "The SPF record lets everybody send",
                "It ends in “+all”, so that anybody may write in your name.",
                "Change the end to “~all”.",
            )
        ]
    if (ends and ends[0].qualifier == "?") or not (ends or any(term.kind == "redirect" for term in terms)):
        title = "The SPF record does not say what happens to others"
        return [_finding(Level.CAUTION, title, "Forged mail is then not held against the forger.", "End it in “~all”.")]
    return []


def _of_relay(names: Names, subject: Subject, relay: Whereabouts, text: str, found: Survey) -> list[Finding]:
    host, service = subject.relay_host, services.service_of(subject.relay_host)
    if not host:
        return []
    if subject.has_proved_spf:
        return [_finding(Level.GOOD, f"Mail through {host} passes SPF", "The last self-test arrived with that result.")]
    if service is not None and service.include:
        if service.include in found.domains:
            return [_finding(Level.GOOD, f"The SPF record names {service.name}", f"It includes {service.include}.")]
        return [_missing(subject, relay, text, f"The SPF record does not name {service.name}", Level.STOP)]
    if relay.problem:
        title = f"We do not know where {host} is"
        return [_finding(Level.UNKNOWN, title, relay.problem, "Look at the name under Settings, Mail servers.")]
    if not relay.public:
        title = f"{host} has an address inside your network"
        sentence = "The world sees another address of it, which we cannot tell from here."
        return [_finding(Level.UNKNOWN, title, sentence, "Run the self-test: it shows whether SPF passes.")]
    return _of_addresses(names, subject, relay, text)


def _of_addresses(names: Names, subject: Subject, relay: Whereabouts, text: str) -> list[Finding]:
    host = subject.relay_host
    verdicts = {one: spf_walk.verdict(names, subject.envelope_domain, one, subject.address) for one in relay.public[:8]}
    if Verdict.TEMPERROR in verdicts.values():
        title = f"We could not tell whether {host} may send"
        return [_finding(Level.UNKNOWN, title, "The name servers did not answer everything.", "Try again later.")]
    if Verdict.PERMERROR in verdicts.values():
        title = f"The SPF record says nothing usable about {host}"
        return [_finding(Level.STOP, title, "Because it is broken, see above.", "Put the record right first.")]
    refused = [address for address, one in verdicts.items() if one != Verdict.PASS]
    if not refused:
        sentence = f"Mail from {_listed(list(verdicts))} passes."
        return [_finding(Level.GOOD, f"The SPF record names {host}", sentence)]
    return [_missing(subject, relay, text, f"The SPF record does not name {host}", Level.STOP, refused)]


def _missing(
    subject: Subject, relay: Whereabouts, text: str, title: str, level: Level, refused: list[str] | None = None
) -> Finding:
    where = f" at {_listed(refused)}" if refused else ""
    sentence = f"Mail from the server{where} does not pass, so that providers may refuse it or put it among the junk."
    todo = f"{_CHANGE[:-1]}. If the server sends from other addresses than it takes mail at, the self-test says so."
    return _finding(level, title, sentence, todo, Record(subject.envelope_domain, "TXT", _with(text, subject, relay)))


def _mention(subject: Subject, relay: Whereabouts) -> str:
    """The term that names our mail server."""
    host, service = subject.relay_host, services.service_of(subject.relay_host)
    if service is not None and service.include:
        return f"include:{service.include}"
    if host and not is_ip(host) and host != "localhost" and relay.public:
        return f"a:{host}"
    if relay.public:
        return " ".join(f"{'ip6' if ':' in one else 'ip4'}:{one}" for one in relay.public)
    return "mx"


def _with(text: str, subject: Subject, relay: Whereabouts) -> str:
    """The record with our mail server in it, before what it says about everybody else."""
    words = text.split()
    at = next(
        (place for place, word in enumerate(words) if word.lower().lstrip("+-~?") == "all" or "redirect=" in word),
        len(words),
    )
    return " ".join([*words[:at], _mention(subject, relay), *words[at:]])


def _merged(texts: list[str]) -> str:
    """Several records as one: every term once, and the mildest end of all."""
    words = [word for text in texts for word in text.split()[1:]]
    ends = [word for word in words if word.lower().lstrip("+-~?") == "all"]
    kept = [word for word in dict.fromkeys(words) if word not in ends]
    end = next((mild for mild in ("?all", "~all", "-all") if mild in ends), "~all")
    return " ".join([spf_record.VERSION, *kept, end])


def _listed(names: list[str]) -> str:
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")


def _finding(level: Level, title: str, text: str, todo: str = "", record: Record | None = None) -> Finding:
    return Finding(Topic.SPF, level, title, text, todo, record)
