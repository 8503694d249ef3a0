"""What every template may use: the organization, its safety numbers, the rail, the pause switch."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import gettext
from flask_login import current_user

from campaigns import clock
from campaigns.desk import needs
from campaigns.planning import queries as planning
from campaigns.planning.models import PlanItem
from campaigns.staff import queries as staff
from campaigns.staff import rules
from campaigns.staff.guards import me
from campaigns.staff.models import Organization, RoleName

AUDIENCE = {"subscribers", "subscriber", "bulk", "lists", "imports", "suppressions"}

NEWSLETTER_PAGES = {"newsletters", "editor", "preview", "review", "launch", "status", "copies"}

RADIO = {"radio", "episodes", "scripts", "shows", "stations", "radio_log", "changing", "packs", "letters"}
NEWS = {"stories", "digests", "sources", "source_adding", "digest_issues"}

SOCIAL = {
    "posts",
    "compose",
    "post_review",
    "publications",
    "post_imports",
    "wording",
    "channels",
    "connecting",
}

SETTINGS = {
    "settings",
    "organization",
    "team",
    "audit",
    "senders",
    "relay",
    "sending_rules",
    "tries",
    "bounces",
    "going_live",
    "doctor",
    "signing",
    "sandbox",
    "pause",
    "account",
    "security",
}

# (word, icon, endpoint, blueprints that mark it as current, role to see it)
RAIL = [
    ("Desk", "desk", "desk.home", {"desk"}, RoleName.VIEWER),
    ("Calendar", "calendar", "calendar.month", {"calendar", "campaigns"}, RoleName.VIEWER),
    ("Newsletters", "newsletter", "newsletters.index", NEWSLETTER_PAGES, RoleName.VIEWER),
    ("Social", "social", "posts.index", SOCIAL, RoleName.VIEWER),
    ("Radio", "radio", "radio.index", RADIO, RoleName.VIEWER),
    ("News", "news", "stories.index", NEWS, RoleName.VIEWER),
    ("Audience", "audience", "subscribers.index", AUDIENCE, RoleName.LIST_KEEPER),
    ("Settings", "settings", "settings.index", SETTINGS, RoleName.VIEWER),
]

NEW = [
    ("Newsletter", "newsletters.new", RoleName.WRITER),
    ("Social post", "compose.new", RoleName.WRITER),
    ("Subscriber", "subscribers.new", RoleName.LIST_KEEPER),
    ("Import", "imports.new", RoleName.LIST_KEEPER),
    ("Campaign", "campaigns.new", RoleName.WRITER),
    ("Source of news", "source_adding.new", RoleName.WRITER),
]

# The calendar offers these on each day, and says which in the address ("?on=2026-12-03").
TAKES_DAY = {"compose.new", "newsletters.new"}

LINKS = {
    "search_url": "search.results",
    "pause_url": "pause.show",
    "live_url": "going_live.show",
    "signout_url": "security.logout",
}


def init(app: Flask) -> None:
    """Fill the context of every template of the application."""
    app.context_processor(_for_everybody)


def _for_everybody() -> dict[str, Any]:
    organization = staff.get_organization()
    g.zone = organization.zone
    shared: dict[str, Any] = {"org": organization, "safety": safety_numbers(organization), "zone": organization.zone}
    if has_request_context() and g.get("is_staff_page"):
        shared |= {
            "rail": _rail(organization),
            "new_links": _new_links(),
            "pause": _pause(),
            "current_user": current_user,
        }
        shared |= {name: url_for(endpoint) for name, endpoint in LINKS.items() if _exists(endpoint)}
        if organization.is_practice and rules.has_role(current_user, RoleName.WRITER):
            shared["sandbox_url"] = url_for("sandbox.index")
        shared["account_links"] = [{"label": "My account", "url": url_for("account.show"), "icon": "people"}]
    return shared


def safety_numbers(organization: Organization) -> list[dict[str, str]]:
    """The numbers in their fixed order: emergency, tip line, national hotline (standards.md 5.4)."""
    return [
        {"label": gettext("In danger?"), "number": organization.emergency, "href": _tel(organization.emergency)},
        {"label": gettext("Tip line"), "number": organization.tip_line, "href": _tel(organization.tip_line)},
        {"label": gettext("National hotline"), "number": organization.hotline, "href": _tel(organization.hotline)},
    ]


def _tel(number: str) -> str:
    return "tel:" + "".join(c for c in number if c.isdigit() or c == "+")


def _exists(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _rail(organization: Organization) -> list[dict[str, Any]]:
    shown = []
    for word, icon, endpoint, blueprints, role in RAIL:
        if _exists(endpoint) and rules.has_role(current_user, role):
            shown.append(
                {
                    "label": word,
                    "icon": icon,
                    "url": url_for(endpoint),
                    "is_current": request.blueprint in blueprints,
                    "count": len(needs.of(me(), organization, clock.now())) if endpoint == "desk.home" else 0,
                }
            )
    return shown


def _new_links() -> list[dict[str, Any]]:
    return [
        {"label": word, "url": url_for(endpoint), "takes_day": endpoint in TAKES_DAY}
        for word, endpoint, role in NEW
        if _exists(endpoint) and rules.has_role(current_user, role)
    ]


def _pause() -> dict[str, Any] | None:
    state = planning.pause_state()
    if not state.is_on:
        return None
    return {"reason": state.reason, "by": staff.names_of([state.by_id or 0]).get(state.by_id or 0, ""), "at": state.at}


def item_url(pages: dict[str, str]) -> Callable[[PlanItem], str]:
    """A function that gives the address of a planned item's own page."""

    def address(item: PlanItem) -> str:
        return url_for(pages[item.kind], id=item.ref)

    return address
