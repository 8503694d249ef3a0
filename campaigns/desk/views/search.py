"""The search of the top bar."""

from flask import Blueprint, render_template, request

from campaigns.desk import finding
from campaigns.markup import one_line
from campaigns.staff.guards import me
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role

bp = Blueprint("search", __name__)

LONGEST = 200


@bp.get("")
def results() -> str:
    """What was found, by kind."""
    asked = one_line(request.args.get("q", ""))[:LONGEST]
    may_keep_lists = has_role(me(), RoleName.LIST_KEEPER)
    return render_template(
        "staff/search/results.html",
        q=asked,
        found=finding.find(asked, with_people=may_keep_lists),
        is_short=0 < len(asked) < finding.SHORTEST,
        may_keep_lists=may_keep_lists,
    )
