"""Signing by this program: keys made here, their records to publish, turned on, renewed and turned off."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock
from campaigns.db import end_reading
from campaigns.delivery import signing
from campaigns.delivery.doctor import actions, dkim, dkim_key, queries
from campaigns.delivery.doctor.dkim_key import NoKey
from campaigns.delivery.doctor.models import DkimKey, KeyState
from campaigns.delivery.doctor.subject import Key
from campaigns.errors import Invalid, NotFound
from campaigns.staff.guards import me

bp = Blueprint("signing", __name__)


@bp.get("")
def show() -> str:
    """The keys of one domain, with their records."""
    domain = _domain()
    keys = queries.keys_of(domain)
    return render_template(
        "staff/delivery/signing/show.html",
        domain=domain,
        domains=_domains(),
        keys=[(key, dkim.record_of(_public(key))) for key in keys],
        is_on=any(key.state == KeyState.ACTIVE for key in keys),
        waiting={key.algorithm for key in keys if key.state == KeyState.NEW},
        costs={algorithm: signing.cost(algorithm) for algorithm in signing.ALGORITHMS},
        states=KeyState,
    )


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Make a key."""
    domain, algorithm = _domain(), request.form.get("algorithm", "")
    if algorithm not in signing.ALGORITHMS:
        raise Invalid("Choose the kind of key.")
    end_reading()
    actions.add_key(domain, signing.new_key(algorithm), me().id, clock.now())
    flash("The key is made. Publish its record; then turn it on.", "success")
    return _back(domain)


@bp.post("/<int:id>/on")
def turn_on(id: int) -> ResponseReturnValue:
    """Sign with a key, once its record can be found."""
    key = queries.get_key(id)
    domain, selector, public, names = key.domain, key.selector, key.public, queries.names()
    end_reading()
    try:
        problem = "" if dkim_key.find(names, domain, selector).text == public else "The record holds another key."
    except NoKey as error:
        problem = str(error)
    if problem:
        flash(f"{problem} A new record can take an hour to be seen. Nothing was changed.", "error")
        return _back(domain)
    actions.activate_key(id, me().id, clock.now())
    flash("Mail is signed from now on. The self-test is needed once more: it shows whether it arrives so.", "success")
    return _back(domain)


@bp.post("/<int:id>/off")
def turn_off(id: int) -> ResponseReturnValue:
    """Sign with a key no longer."""
    key = queries.get_key(id)
    actions.retire_key(id, me().id, clock.now())
    flash("This key signs no longer. Leave its record published for a week, for mail that is on its way.", "success")
    return _back(key.domain)


@bp.post("/<int:id>/remove")
def remove(id: int) -> ResponseReturnValue:
    """Forget a key."""
    key = queries.get_key(id)
    domain = key.domain
    actions.remove_key(id, me().id, clock.now())
    flash("The key is gone. Its record can be taken out of the name system.", "success")
    return _back(domain)


def _public(key: DkimKey) -> Key:
    return Key(key.domain, key.selector, key.algorithm, key.public, is_ours=True)


def _domains() -> list[str]:
    return list(dict.fromkeys(way.domain for way in queries.ways()))


def _domain() -> str:
    domains = _domains()
    asked = request.args.get("domain", "") or (domains[0] if domains else "")
    if asked not in domains:
        raise NotFound("No sender has that domain.")
    return asked


def _back(domain: str) -> ResponseReturnValue:
    return redirect(url_for("signing.show", domain=domain), 303)
