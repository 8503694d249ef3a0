"""What an office needs before its mail reaches people, in order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.delivery.models import Relay, Sender
from campaigns.staff.models import Organization, User
from campaigns.staff.rules import is_web_address


@dataclass(frozen=True)
class Step:
    """One requirement: `key` names it, `text` says what it is for or how it stands."""

    key: str
    title: str
    text: str
    is_done: bool


def steps(
    organization: Organization, sender: Sender | None, relay: Relay | None, approvers: Sequence[User]
) -> list[Step]:
    """Every requirement in the order in which it is easiest met."""
    has_url = is_web_address(organization.public_url, needs_https=True)
    has_address = bool(organization.postal_address.strip())
    is_tested = relay is not None and relay.tested_at is not None
    return [
        Step(
            "public_url",
            "A public https address",
            organization.public_url if has_url else "Links in mail lead there: to join, to leave, to read again.",
            has_url,
        ),
        Step(
            "postal_address",
            "A postal address",
            organization.postal_address if has_address else "The law asks for one in every newsletter.",
            has_address,
        ),
        Step(
            "sender",
            "A sender",
            f"{sender.name} <{sender.address}>, answers go to {sender.reply_to}"
            if sender
            else "Who newsletters come from, and who reads the answers.",
            sender is not None,
        ),
        Step("relay", "A mail server, tested", _relay_text(relay), is_tested),
        Step(
            "approver",
            "A second person who may approve",
            "Nobody approves what they wrote themselves."
            if len(approvers) < 2
            else ", ".join(user.name for user in approvers),
            len(approvers) >= 2,
        ),
    ]


def missing(found: Sequence[Step]) -> list[Step]:
    """The requirements that are not met."""
    return [step for step in found if not step.is_done]


def _relay_text(relay: Relay | None) -> str:
    if relay is None:
        return "The server that carries our mail to the world."
    if relay.tested_at is None:
        return f"{relay.host} is set. Send yourself a test through it."
    return f"{relay.host} took a test message."
