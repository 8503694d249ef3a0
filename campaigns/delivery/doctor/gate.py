"""The gate before a large mailing: no more than 100 people over a real mail server until its self-test has passed."""

from collections.abc import Sequence

from campaigns.delivery import queries as delivery
from campaigns.delivery.doctor import queries
from campaigns.delivery.doctor.models import TestState
from campaigns.delivery.doctor.subject import domain_of
from campaigns.delivery.models import Relay
from campaigns.staff.queries import get_organization

FREE_PEOPLE = 100
_OPEN = (TestState.PASSED, TestState.OVERRIDDEN)


def problem(address: str, people: int) -> str:
    """Why a mailing from that address to so many people may not leave, in a sentence; empty when it may.

    The sandbox of practice mode has no gate.
    """
    if people <= FREE_PEOPLE or get_organization().is_practice:
        return ""
    return sentence(domain_of(address), unproved(domain_of(address)))


def unproved(domain: str) -> list[Relay]:
    """The mail servers whose self-test has not passed for a domain as both are set now.

    One that is on hold carries nothing, so that it need not prove anything.
    """
    return [relay for relay in delivery.relays() if not relay.held_at and not is_open(domain, relay)]


def is_open(domain: str, relay: Relay) -> bool:
    """Whether mail of a domain may leave through a relay to any number of people."""
    test = queries.standing_test(domain, relay)
    return test is not None and test.state in _OPEN


def sentence(domain: str, relays: Sequence[Relay]) -> str:
    """What has to happen first; empty when nothing has."""
    if not relays:
        return ""
    through = ", ".join(dict.fromkeys(relay.name for relay in relays))
    return (
        f"The self-test of mail from {domain} through {through} has not passed as it is set now. Until it has, at most "
        f"{FREE_PEOPLE} people can get a newsletter. An administrator can run it under Settings, Deliverability."
    )
