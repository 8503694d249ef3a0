"""Writes about the organization: every value, and the day on which somebody tried a safety number."""

from collections.abc import Mapping
from datetime import date, datetime

from campaigns import clock
from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.markup import one_line, tidy
from campaigns.staff import addresses, audit, rules
from campaigns.staff.models import Organization

REQUIRED = {
    "name": "Enter the name that readers know.",
    "office": "Enter the name of the office.",
    "emergency": "Enter the emergency number.",
    "tip_line": "Enter the tip line.",
    "hotline_name": "Enter the name of the hotline.",
    "hotline": "Enter the number of the hotline.",
}
PASSAGES = ("postal_address", "disclaimer")
NUMBERS = ("emergency", "tip_line", "hotline")
CHECKED = {number: f"{number}_checked_on" for number in NUMBERS}


@action
def change(values: Mapping[str, str], version: int, user_id: int, now: datetime) -> None:
    """Change what the organization says about itself; `values` may hold any of its texts.

    A number that changes has not been tried. Raises Invalid; Conflict when somebody saved since `version`.
    """
    organization = _get()
    if organization.version != version:
        raise Conflict("Somebody else changed this while you were writing. Your text was not saved over theirs.")
    clean = _checked(values, organization)
    changed = [name for name, value in clean.items() if getattr(organization, name) != value]
    for name in changed:
        setattr(organization, name, clean[name])
        if name in CHECKED:
            setattr(organization, CHECKED[name], None)
    if "hotline_text" in changed:
        organization.hotline_checked_on = None
    organization.version += 1
    _record("organization.changed", changed, user_id, now)


@action
def check_number(number: str, day: date, user_id: int, now: datetime) -> None:
    """Note that somebody called a safety number that day, and that it is right."""
    if number not in CHECKED:
        raise NotFound()
    setattr(_get(), CHECKED[number], day)
    _record("organization.number_checked", [number], user_id, now)


def _get() -> Organization:
    organization = db.session.get(Organization, 1, with_for_update=True)
    if organization is None:
        raise NotFound("This installation has not been set up yet.")
    return organization


def _checked(values: Mapping[str, str], organization: Organization) -> dict[str, str]:
    # The name stands in mail headers, where a line break would stop every mail.
    clean = {name: tidy(value) if name in PASSAGES else one_line(value) for name, value in values.items()}
    faults = {name: sentence for name, sentence in REQUIRED.items() if name in clean and not clean[name]}
    if "email" in clean:
        try:
            addresses.normalized(clean["email"])
        except Invalid as error:
            faults |= error.fields
    if "zone" in clean:
        try:
            clock.zone(clean["zone"])
        except Invalid as error:
            faults |= error.fields
    if "public_url" in clean:
        clean["public_url"] = clean["public_url"].rstrip("/")
        faults |= _public_url_faults(clean["public_url"], is_live=not organization.is_practice)
    if "exit_url" in clean and not rules.is_web_address(clean["exit_url"], needs_https=True):
        faults["exit_url"] = "Enter a web address that begins with https://."
    if "postal_address" in clean and not clean["postal_address"] and not organization.is_practice:
        faults["postal_address"] = "Newsletters must carry a postal address."
    if faults:
        raise Invalid(faults)
    return clean


def _public_url_faults(address: str, is_live: bool) -> dict[str, str]:
    if not address and not is_live:
        return {}
    if not rules.is_web_address(address, needs_https=is_live):
        return {"public_url": "Enter the address of this site as readers see it, like https://news.example.org."}
    return {}


def _record(what: str, fields: list[str], user_id: int, now: datetime) -> None:
    audit.add(
        db.session(),
        user_id=user_id,
        action=what,
        object_kind="organization",
        object_id=1,
        details={"fields": fields},
        now=now,
    )
