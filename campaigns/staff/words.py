"""The audit log in words. Pure."""

from typing import Any

# What the name of an action alone would say badly; all others are read from their name: "newsletter.approved".
SENTENCES = {
    "account.signed_in": "Signed in",
    "account.signed_out": "Signed out",
    "account.link_made": "Made a sign-in link on the machine",
    "account.reset_asked": "Asked for a new password",
    "account.password_reset": "Chose a new password by a mailed link",
    "account.password_changed": "Changed the password",
    "account.sessions_ended": "Ended all other sessions",
    "account.address_confirmed": "Confirmed the address",
    "account.invitation_withdrawn": "Withdrew the invitation",
    "account.invited": "Invited somebody",
    "account.invited_again": "Mailed the invitation again",
    "account.deactivated": "Closed the account",
    "account.reactivated": "Opened the account again",
    "organization.number_checked": "Checked a safety number",
    "office.went_live": "Took the office live",
    "sandbox.emptied": "Emptied the mail sandbox",
    "pause.on": "Paused everything",
    "pause.off": "Let everything run again",
    "sample.removed": "Removed the sample content",
}
KINDS = {"user": "Account"}


def sentence(action: str) -> str:
    """What was done: "Approved", "Signed in"."""
    if action in SENTENCES:
        return SENTENCES[action]
    return action.rpartition(".")[2].replace("_", " ").capitalize()


def kind(object_kind: str) -> str:
    """What it was done to: "Newsletter", "Account"."""
    return KINDS.get(object_kind, object_kind.replace("_", " ").capitalize())


def details(values: dict[str, Any]) -> str:
    """The details of an entry in one line; what is empty is left out."""
    return "; ".join(f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in values.items() if value)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    if value is True:
        return "yes"
    return str(value).replace("_", " ")
