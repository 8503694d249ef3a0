"""The way to every settings page, each for those who may open it."""

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, url_for

from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization
from campaigns.staff.rules import has_role

bp = Blueprint("settings", __name__)


@dataclass(frozen=True)
class Entry:
    """One settings page: its endpoint is named here, because some of them lie in domains above."""

    title: str
    text: str
    icon: str
    endpoint: str
    role: RoleName
    role_when_live: RoleName | None = None


ENTRIES = [
    Entry("My account", "Your name, your password, your sessions.", "person", "account.show", RoleName.VIEWER),
    Entry(
        "Organization",
        "Names, address, safety numbers, disclaimer, time zone.",
        "shield",
        "organization.show",
        RoleName.ADMINISTRATOR,
    ),
    Entry("Team", "Who works here, what each may do, invitations.", "team", "team.index", RoleName.ADMINISTRATOR),
    Entry(
        "Senders",
        "Who newsletters come from, and who reads the answers.",
        "newsletter",
        "senders.index",
        RoleName.ADMINISTRATOR,
    ),
    Entry(
        "Sending hours and limits",
        "When newsletters leave, how a large one begins, limits of one domain.",
        "clock",
        "sending_rules.show",
        RoleName.ADMINISTRATOR,
    ),
    Entry("Mail servers", "The servers that carry our mail.", "send", "relay.index", RoleName.ADMINISTRATOR),
    Entry(
        "Deliverability",
        "Whether mail providers believe that our mail is ours, and what to do.",
        "shield",
        "doctor.show",
        RoleName.VIEWER,
    ),
    Entry(
        "Trying again",
        "What happens when a mail server says “later”.",
        "undo",
        "tries.show",
        RoleName.ADMINISTRATOR,
    ),
    Entry(
        "Bounces and complaints",
        "Where mail comes back to, and the services that report it.",
        "undo",
        "bounces.show",
        RoleName.ADMINISTRATOR,
    ),
    Entry("Going live", "What is missing before mail reaches people.", "check", "going_live.show", RoleName.VIEWER),
    Entry(
        "Mail sandbox",
        "The mail of practice mode.",
        "sandbox",
        "sandbox.index",
        RoleName.WRITER,
        RoleName.ADMINISTRATOR,
    ),
    Entry("Pause", "The switch that stops everything.", "pause", "pause.show", RoleName.VIEWER),
    Entry("Audit log", "Who did what to what.", "audit", "audit.index", RoleName.ADMINISTRATOR),
]


@bp.get("")
def index() -> str:
    """The settings pages that this person may open."""
    is_live = not get_organization().is_practice
    shown = [
        (entry, url_for(entry.endpoint))
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions
        and has_role(me(), (is_live and entry.role_when_live) or entry.role)
    ]
    return render_template("staff/staff/settings/index.html", entries=shown)
