"""Where answers and bounces go (MX, null MX), and what the mail server is called by the world (PTR), in plain words."""

from campaigns.delivery.doctor import services
from campaigns.delivery.doctor.findings import Finding, Level, Record, Topic
from campaigns.delivery.doctor.names import Names, State
from campaigns.delivery.doctor.subject import Subject, Whereabouts, domain_of


def check(names: Names, subject: Subject, relay: Whereabouts) -> list[Finding]:
    """Findings about every domain that must be able to receive, and about the relay's own name."""
    wanted: dict[str, list[str]] = {}
    uses = ((subject.domain, "sender"), (domain_of(subject.reply_to), "answers"), (subject.envelope_domain, "bounces"))
    for domain, what in uses:
        wanted.setdefault(domain, []).append(what)
    made = [_receives(names, domain, ", ".join(what)) for domain, what in wanted.items() if domain]
    return made + _named(names, subject.relay_host, relay)


def _receives(names: Names, domain: str, what: str) -> Finding:
    answer = names.ask(domain, "MX")
    title = f"{domain} takes mail ({what})"
    if answer.state == State.FAILED:
        return _mx(Level.UNKNOWN, f"We could not see whether {domain} takes mail", answer.problem, "Try again later.")
    if answer.state == State.ABSENT:
        text = "Many providers refuse mail from a domain that does not exist."
        return _mx(Level.STOP, f"There is no domain {domain} ({what})", text, "Look at the address of the sender.")
    hosts = sorted((value.split() for value in answer.values), key=lambda pair: int(pair[0]))
    if any(host == "." for _, host in hosts):
        text = "It says so itself (a null MX, RFC 7505), so that nobody can answer and providers refuse our mail."
        return _mx(Level.STOP, f"{domain} takes no mail ({what})", text, "Have the record “MX 0 .” replaced.")
    if not hosts:
        if names.addresses(domain).values:
            text = "It has no MX record; its web address stands in for one, which some providers do not accept."
            return _mx(Level.CAUTION, title, text, "Have an MX record published that names your mail server.")
        text = "It has neither an MX record nor an address. Answers would come back, and providers refuse such mail."
        return _mx(Level.STOP, f"{domain} takes no mail ({what})", text, "Have an MX record published.")
    lost = [host for _, host in hosts[:5] if names.addresses(host).is_void]
    if len(lost) == len(hosts[:5]):
        text = f"Its MX records name what is not there: {', '.join(host.rstrip('.') for host in lost)}."
        return _mx(Level.STOP, f"{domain} takes no mail ({what})", text, "Have the MX records corrected.")
    if lost:
        text = f"One of its MX records names what is not there: {lost[0].rstrip('.')}."
        return _mx(Level.CAUTION, title, text, "Have that record removed.")
    return _mx(Level.GOOD, title, f"At {hosts[0][1].rstrip('.')}.")


def _named(names: Names, host: str, relay: Whereabouts) -> list[Finding]:
    service = services.service_of(host)
    if service is not None:
        return [_ptr(Level.GOOD, f"{service.name} takes care of its names", "Its machines have names that fit.")]
    if not relay.public:
        if not relay.has_inner:
            return []
        text = "It sends to the world from another address, which must have a name too; here we cannot see it."
        todo = "Ask whoever runs the server whether the reverse name (PTR) of its public address leads back to it."
        return [_ptr(Level.NOTE, f"{host} has an address inside your network", text, todo)]
    return [_leads_back(names, host, address) for address in relay.public[:4]]


def _leads_back(names: Names, host: str, address: str) -> Finding:
    answer = names.reverse(address)
    record = Record(address, "PTR", f"{host}.")
    todo = "Ask whoever gave you the address (often the Internet provider) to set this reverse name:"
    if answer.state == State.FAILED:
        return _ptr(Level.UNKNOWN, f"We could not look for the name of {address}", answer.problem, "Try again later.")
    if not answer.values:
        text = "Gmail and others refuse mail from an address without a name (PTR), if it is the one that sends."
        return _ptr(Level.CAUTION, f"The address {address} of {host} has no name", text, todo, record)
    named = [value.rstrip(".").lower() for value in answer.values[:10]]
    back = [name for name in named if address in names.addresses(name).values]
    if not back:
        text = f"Its name {named[0]} does not lead back to it. Gmail and others ask for that."
        return _ptr(Level.CAUTION, f"The name of {address} does not fit", text, todo, record)
    return _ptr(Level.GOOD, f"The address {address} is called {back[0]}", "The name leads back to the address.")


def _mx(level: Level, title: str, text: str, todo: str = "") -> Finding:
    return Finding(Topic.MX, level, title, text, todo)


def _ptr(level: Level, title: str, text: str, todo: str = "", record: Record | None = None) -> Finding:
    return Finding(Topic.ADDRESS, level, title, text, todo, record)
