"""Each copy of a newsletter: look it up, have it in a report, send it again, decide about it, follow it up."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, search
from campaigns.audience import queries as audience
from campaigns.audience.people import SEARCH_KIND
from campaigns.delivery import outcomes, rules
from campaigns.delivery import queries as delivery
from campaigns.delivery.outcomes import Group
from campaigns.newsletters import actions, queries, report
from campaigns.newsletters import rules as newsletter_rules
from campaigns.newsletters.forms import posted_number
from campaigns.newsletters.models import Newsletter
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.rules import has_role
from campaigns.web.paging import asked_page

bp = Blueprint("copies", __name__)

# Shown also when nobody is there; the others only with somebody in them.
ALWAYS = (Group.SENT, Group.WAITING)


@bp.get("/<int:id>/deliveries")
def index(id: int) -> str:
    """Each copy with its outcome; names, addresses and the search for them are for list keepers only."""
    newsletter = queries.get_newsletter(id)
    run_id, group, q = newsletter.run_id or 0, _group(request.args.get("outcome", "")), ""
    if is_keeper := has_role(me(), RoleName.LIST_KEEPER):
        q = request.args.get("q", "").strip()[:200]
    among = search.matching(SEARCH_KIND, q)
    if group == Group.WAITING:
        page = delivery.waiting(run_id, asked_page(), among)
    else:
        page = delivery.deliveries(run_id, group, asked_page(), among)
    people = audience.recipients([row.recipient_id for row in page.items]) if is_keeper else []
    counts = delivery.group_counts(run_id) if run_id else dict.fromkeys(Group, 0)
    return render_template(
        "staff/newsletters/deliveries.html",
        newsletter=newsletter,
        page=page,
        group=group,
        q=q,
        is_keeper=is_keeper,
        people={person.id: person for person in people},
        counts={one: counts[one] for one in Group if counts[one] or one in ALWAYS or one == group},
        total=sum(counts.values()),
        groups=outcomes.GROUPS,
        group_of=outcomes.group_of,
        sentence_of=outcomes.sentence_of,
        plan=rules.plan_words(delivery.tries()),
        retriable=sum(counts[one] for one in outcomes.RETRIABLE),
        may_steer=has_role(me(), RoleName.APPROVER) and newsletter_rules.may_retry(newsletter.state),
    )


@bp.post("/<int:id>/deliveries/report")
def have_report(id: int) -> ResponseReturnValue:
    """The copies as CSV; with addresses for list keepers, which the audit log keeps, otherwise with numbers."""
    newsletter = queries.get_newsletter(id)
    group = _group(request.form.get("outcome", ""))
    with_addresses = has_role(me(), RoleName.LIST_KEEPER)
    if with_addresses and newsletter.run_id:
        actions.record_report(id, group or "", me().id, clock.now())
    body = stream_with_context(report.lines(newsletter.run_id or 0, group, with_addresses))
    headers = {"Content-Disposition": f'attachment; filename="copies-{id}-{group or "all"}.csv"'}
    return Response(body, mimetype="text/csv", headers=headers)


@bp.post("/<int:id>/retry")
@needs(RoleName.APPROVER)
def retry(id: int) -> ResponseReturnValue:
    """Send again what was given up or refused because of us."""
    count = actions.retry(id, me().id, clock.now())
    flash(f"{_copies(count)} sent again now. This page shows how it goes.", "success")
    return redirect(url_for("status.show", id=id), 303)


@bp.post("/<int:id>/decide/again")
@needs(RoleName.APPROVER)
def send_again(id: int) -> ResponseReturnValue:
    """Send one uncertain copy again, or all that wait for a decision."""
    return _decided(id, actions.send_again, "sent again now.")


@bp.post("/<int:id>/decide/leave")
@needs(RoleName.APPROVER)
def leave(id: int) -> ResponseReturnValue:
    """Leave one uncertain copy as it is, or all that wait for a decision."""
    return _decided(id, actions.leave, "left as they are. You can still send them again.")


@bp.post("/<int:id>/follow-up")
@needs(RoleName.WRITER)
def follow_up(id: int) -> ResponseReturnValue:
    """Begin a correction to exactly those who got it."""
    made = actions.follow_up(id, me().id, clock.now())
    flash(
        "This is a draft to exactly the people who got it. Write what is right, then send it for approval.", "success"
    )
    return redirect(url_for("editor.edit", id=made), 303)


def _decided(id: int, act: Callable[[int, list[int] | None, int, datetime], int], done: str) -> ResponseReturnValue:
    reader = posted_number(request.form.get("reader"))
    count = act(id, [reader] if reader else None, me().id, clock.now())
    flash(f"{_copies(count)} {done}", "success")
    left = delivery.group_counts(_run_id(queries.get_newsletter(id)))[Group.UNDECIDED]
    if left:
        return redirect(url_for("copies.index", id=id, outcome=Group.UNDECIDED), 303)
    return redirect(url_for("status.show", id=id), 303)


def _run_id(newsletter: Newsletter) -> int:
    return newsletter.run_id or 0


def _copies(count: int) -> str:
    return "1 copy is" if count == 1 else f"{count:,} copies are"


def _group(text: str) -> Group | None:
    return Group(text) if text in list(Group) else None
