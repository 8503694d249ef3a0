"""The safety numbers with who answers them, in their fixed order: emergency, tip line, national hotline."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from campaigns.staff.models import Organization


@dataclass(frozen=True)
class Line:
    """One number: when to call it, who answers, when the office last checked it."""

    label: str
    number: str
    href: str
    who: str
    checked_on: date | None


def lines_of(organization: Organization) -> list[Line]:
    """The three numbers of the organization, explained."""
    emergency = Line(
        gettext("Somebody is in danger now"),
        organization.emergency,
        _tel(organization.emergency),
        gettext("Police, fire and medical help, at any hour."),
        organization.emergency_checked_on,
    )
    tip_line = Line(
        gettext("You saw or know something"),
        organization.tip_line,
        _tel(organization.tip_line),
        gettext("Our tip line. The %(office)s answers.", office=organization.office),
        organization.tip_line_checked_on,
    )
    text = (
        gettext(" You can also text %(number)s.", number=organization.hotline_text) if organization.hotline_text else ""
    )
    hotline = Line(
        organization.hotline_name,
        organization.hotline,
        _tel(organization.hotline),
        gettext("Independent of us and of the police, at any hour, in many languages.") + text,
        organization.hotline_checked_on,
    )
    return [emergency, tip_line, hotline]


def _tel(number: str) -> str:
    return "tel:" + "".join(c for c in number if c.isdigit() or c == "+")
