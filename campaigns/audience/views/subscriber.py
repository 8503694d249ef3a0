"""One person: what is known, where they stand, what happened; and what a list keeper can do."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.audience import queries, rules
from campaigns.audience.actions import subscribers, suppressing
from campaigns.audience.forms import AddressForm, PutOnForm, SubscriberForm
from campaigns.audience.models import MembershipState, Subscriber
from campaigns.delivery import outcomes, suppression
from campaigns.delivery import queries as delivery
from campaigns.delivery.addresses import Address, fingerprint
from campaigns.delivery.bounces import queries as bounces
from campaigns.delivery.bounces.words import WORDS as BOUNCE_WORDS
from campaigns.errors import Conflict, Invalid, Refused
from campaigns.staff.guards import me, needs
from campaigns.staff.models import RoleName
from campaigns.staff.queries import get_organization, names_of
from campaigns.web.forms import show_errors
from campaigns.web.paging import asked_page

bp = Blueprint("subscriber", __name__)

RECENT = 10


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """The page of a person."""
    subscriber = queries.get_subscriber(id)
    history = queries.history_of(id)
    sent = delivery.history_of(id, per_page=RECENT)
    held = queries.memberships_of([id])[id]
    suppressed = suppression.find(subscriber.address_key)
    return render_template(
        "staff/audience/subscribers/show.html",
        subscriber=subscriber,
        held=held,
        is_waiting=any(each.state == MembershipState.PENDING for each in held),
        is_paused=rules.is_paused(subscriber.paused_until, clock.now()),
        suppressed=suppressed,
        why=suppression.SENTENCE.get(suppressed.reason, "") if suppressed else "",  # type: ignore[call-overload]
        history=history,
        staff=names_of([each.user_id for each in history if each.user_id]),
        copies=sent,
        waiting=delivery.waiting_of(id),
        sent=_sent(id, [copy.run_id for copy in sent.items]),
        came_back=bounces.facts_about(id, fingerprint(subscriber.address_key), limit=20),
        bounce_words=BOUNCE_WORDS,
        names={each.id: each.name for each in queries.lists(with_archived=True)},
        bases=rules.IMPORT_BASES,
    )


@bp.get("/<int:id>/mail")
def mail(id: int) -> str:
    """Everything that was sent to a person, and what became of it."""
    page = delivery.history_of(id, asked_page())
    return render_template(
        "staff/audience/subscribers/mail.html",
        subscriber=queries.get_subscriber(id),
        page=page,
        waiting=delivery.waiting_of(id) if page.page == 1 else [],
        sent=_sent(id, [copy.run_id for copy in page.items]),
    )


def _sent(id: int, run_ids: list[int]) -> dict[str, Any]:
    """What the rows of mail sent to a person need beside the copies."""
    runs = {*run_ids, *(copy.run_id for copy in delivery.waiting_of(id))}
    return {
        "titles": delivery.titles(runs),
        "groups": outcomes.GROUPS,
        "group_of": outcomes.group_of,
        "sentence_of": outcomes.sentence_of,
    }


@bp.get("/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    """The form for names, language and pause."""
    subscriber = queries.get_subscriber(id)
    return _show_edit(subscriber, _edit_form(subscriber))


@bp.post("/<int:id>/edit")
def update(id: int) -> ResponseReturnValue:
    """Keep names, language and pause."""
    subscriber = queries.get_subscriber(id)
    form = _edit_form(subscriber)
    if not form.validate():
        return _show_edit(subscriber, form, 400)
    subscribers.change(
        id,
        version=form.version.data or 0,
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        language=form.language.data,
        paused_until=form.paused_until.instant(get_organization().zone),
        user_id=me().id,
        now=clock.now(),
    )
    flash("Saved.", "good")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.get("/<int:id>/address")
def edit_address(id: int) -> ResponseReturnValue:
    """The form for a new address."""
    return _show_address(queries.get_subscriber(id), AddressForm())


@bp.post("/<int:id>/address")
def change_address(id: int) -> ResponseReturnValue:
    """Ask at the new address."""
    subscriber = queries.get_subscriber(id)
    form = AddressForm()
    if not form.validate():
        return _show_address(subscriber, form, 400)
    try:
        subscribers.ask_address_change(id, form.address.value, me().id, clock.now())
    except Invalid as error:
        show_errors(form, error)
        return _show_address(subscriber, form, 400)
    flash("We wrote to the new address. It is used once they press the button there.", "good")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.get("/<int:id>/lists")
def choose_lists(id: int) -> ResponseReturnValue:
    """The form that puts a person on more lists."""
    subscriber = queries.get_subscriber(id)
    return _show_lists(subscriber, _lists_form(id))


@bp.post("/<int:id>/lists")
def put_on_lists(id: int) -> ResponseReturnValue:
    """Put a person on more lists."""
    subscriber = queries.get_subscriber(id)
    form = _lists_form(id)
    if not form.validate():
        return _show_lists(subscriber, form, 400)
    is_agreed = form.how.data == "agreed"
    try:
        subscribers.put_on_lists(
            id,
            form.lists.data or [],
            basis=form.basis.data,
            is_agreed=is_agreed,
            user_id=me().id,
            now=clock.now(),
        )
    except (Invalid, Refused) as error:
        show_errors(form, Invalid(str(error)))
        return _show_lists(subscriber, form, 400)
    flash("Done. A list that they left themselves asks them by mail first.", "good")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.post("/<int:id>/take-off")
def take_off(id: int) -> ResponseReturnValue:
    """Take a person off a list."""
    subscribers.take_off_list(id, request.form.get("list", 0, type=int), me().id, clock.now())
    flash("They are off the list.", "good")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.post("/<int:id>/resend")
def resend(id: int) -> ResponseReturnValue:
    """Mail the confirmation once more."""
    try:
        subscribers.resend(id, me().id, clock.now())
        flash("The confirmation is on its way.", "good")
    except (Conflict, Invalid, Refused) as error:
        flash(str(error), "caution")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.post("/<int:id>/suppress")
def suppress(id: int) -> ResponseReturnValue:
    """Write to this person no more."""
    subscriber = queries.get_subscriber(id)
    suppressing.suppress(Address(subscriber.address, subscriber.address_key), me().id, clock.now())
    flash("We will no longer write to this address.", "good")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.post("/<int:id>/allow-again")
@needs(RoleName.LIST_KEEPER)
def allow_again(id: int) -> ResponseReturnValue:
    """Write to this person again, for a stated reason."""
    subscriber = queries.get_subscriber(id)
    why = request.form.get("why", "").strip()[:500]
    if not why:
        flash("Say why we may write again; the audit log keeps it. Nothing was changed.", "caution")
    else:
        suppressing.lift(Address(subscriber.address, subscriber.address_key), why, me().id, clock.now())
        flash("We may write to this address again.", "good")
    return redirect(url_for("subscriber.show", id=id), 303)


@bp.post("/<int:id>/erase")
@needs(RoleName.LIST_KEEPER)
def erase(id: int) -> ResponseReturnValue:
    """Erase everything about a person."""
    subscribers.erase(id, me().id, clock.now())
    flash("Everything about this person is erased. Their address will not get mail from us.", "good")
    return redirect(url_for("subscribers.index"), 303)


def _edit_form(subscriber: Subscriber) -> SubscriberForm:
    until = subscriber.paused_until
    is_paused = rules.is_paused(until, clock.now())
    return SubscriberForm(
        data={
            "version": subscriber.version,
            "first_name": subscriber.first_name,
            "last_name": subscriber.last_name,
            "language": subscriber.language,
            "paused_until": clock.wall_time_of(until, get_organization().zone).date() if until and is_paused else None,
        }
    )


def _lists_form(subscriber_id: int) -> PutOnForm:
    held = queries.memberships_of([subscriber_id])[subscriber_id]
    on = {each.list_id for each in held if each.state == MembershipState.CONFIRMED}
    form = PutOnForm()
    form.lists.offer([each for each in queries.lists() if each.id not in on])
    return form


def _show_edit(subscriber: Subscriber, form: SubscriberForm, status: int = 200) -> ResponseReturnValue:
    return render_template("staff/audience/subscribers/edit.html", subscriber=subscriber, form=form), status


def _show_address(subscriber: Subscriber, form: AddressForm, status: int = 200) -> ResponseReturnValue:
    return render_template("staff/audience/subscribers/address.html", subscriber=subscriber, form=form), status


def _show_lists(subscriber: Subscriber, form: PutOnForm, status: int = 200) -> ResponseReturnValue:
    return render_template("staff/audience/subscribers/lists.html", subscriber=subscriber, form=form), status
