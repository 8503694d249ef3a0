"""A whole checkup of one sender and one relay: every look-up and every question, within a time that people wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from campaigns.delivery.doctor import (
    dkim,
    dmarc,
    encryption,
    incoming,
    mail_hosts,
    one_click,
    spf,
    subject,
    time_server,
)
from campaigns.delivery.doctor.findings import Finding, by_topic
from campaigns.delivery.doctor.names import Names
from campaigns.delivery.doctor.subject import Subject
from campaigns.delivery.servers import SmtpServer


@dataclass(frozen=True)
class Questions:
    """What to ask beside the name system: the relay (None while none is set), the one-click address, a time server."""

    server: SmtpServer | None
    one_click_url: str
    time_server: tuple[str, int]


def carry_out(names: Names, about: Subject, questions: Questions, now: datetime) -> list[Finding]:
    """All findings in the order in which people read them. Talks to the outside; never raises for what it finds."""
    asked: list[Callable[[], list[Finding]]] = [
        lambda: _by_name(names, about),
        lambda: incoming.check(names, about),
        lambda: encryption.check(questions.server, now),
        lambda: one_click.check(questions.one_click_url),
        lambda: time_server.check(*questions.time_server),
    ]
    # They wait for different machines, so that a slow one does not add to the others.
    with ThreadPoolExecutor(len(asked)) as pool:
        found = [finding for part in pool.map(lambda ask: ask(), asked) for finding in part]
    return [finding for group in by_topic(found).values() for finding in group]


def _by_name(names: Names, about: Subject) -> list[Finding]:
    relay = subject.whereabouts(names, about.relay_host)
    return [
        *spf.check(names, about, relay),
        *dkim.check(names, about),
        *dmarc.check(names, about),
        *mail_hosts.check(names, about, relay),
    ]
