"""From approved to sent: send, stop, launch, hold, and what happens while it is under way."""

from collections.abc import Callable
from datetime import datetime

from campaigns.audience import queries as audience
from campaigns.db import action, db
from campaigns.delivery import runs
from campaigns.delivery.doctor import gate
from campaigns.delivery.models import RunState
from campaigns.delivery.queries import get_run
from campaigns.errors import Conflict, Invalid
from campaigns.markup import one_line
from campaigns.newsletters import drafts, notices, rules
from campaigns.newsletters.deciding import READ_AGAIN, current, record, set_launch
from campaigns.newsletters.models import Compiled, Newsletter
from campaigns.newsletters.preparing import Prepared
from campaigns.newsletters.queries import KIND
from campaigns.planning import queries as planning
from campaigns.planning.models import Approval, ItemState
from campaigns.planning.rules import covers
from campaigns.staff.queries import get_organization

MISSED_NOTE = "Its time passed more than an hour ago, so it was not sent. Choose another time."
TOO_LATE = "What it announces had begun, so it was not sent."
PAUSED_NOTE = "Everything is paused. It leaves once somebody resumes, within an hour of its time."
VOID_NOTE = "It was approved in another form, for another time or for practice. Please send it for approval again."


@action
def send(
    prepared: Prepared, confirmed_people: int | None, user_id: int, now: datetime, outside: str | None = None
) -> None:
    """Let an approved newsletter go: in a minute, or at its own time when that is later.

    Raises Invalid when the number of people is more than a tenth off the approved one and `confirmed_people` does not
    name it, when its own time has passed, or while the self-test of the mail server is due; Conflict when the approval
    does not cover what stands now.
    """
    newsletter = current(db.session(), prepared)
    if not rules.may_send(newsletter.state):
        raise Conflict("This newsletter cannot be sent now. Please look at where it stands.")
    approval = _standing(newsletter, prepared)
    if approval is None:
        raise Conflict(VOID_NOTE)
    send_at = prepared.document.send_at
    if send_at is not None and rules.is_missed(send_at, now):
        raise Invalid({"send_wall": "Its time has passed. Take it back, choose another time and ask for approval."})
    if rules.count_differs(approval.people, prepared.people) and confirmed_people != prepared.people:
        raise Invalid({"people": _count_note(approval.people, prepared.people)})
    if closed := gate.problem(prepared.from_address, prepared.people):
        raise Invalid(closed)
    newsletter.launch_confirmed_count = prepared.people
    set_launch(db.session(), newsletter, send_at, outside, user_id, now)
    newsletter.launch_note = ""
    move(newsletter, ItemState.SCHEDULED, "newsletter.send", user_id, now, {"people": prepared.people})


@action
def stop(newsletter_id: int, user_id: int, now: datetime) -> None:
    """Stop the launch; it stays approved. Raises Conflict when it has left."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    if not rules.may_stop(newsletter.state):
        raise Conflict("It is too late to stop it here: it is on its way. You can pause the sending.")
    newsletter.launch_at, newsletter.launch_note = None, ""
    move(newsletter, ItemState.APPROVED, "newsletter.stopped", user_id, now)


@action
def launch(prepared: Prepared, now: datetime) -> int | None:
    """Begin the sending of what was prepared if everything still holds, and return the run's id.

    Otherwise the newsletter is held, missed or given back, with a sentence and a mail to its author, and None returned.
    """
    newsletter = drafts.locked(db.session(), prepared.newsletter_id)
    is_waiting = newsletter.state in (ItemState.SCHEDULED, ItemState.HELD)
    if not is_waiting or newsletter.launch_at is None or newsletter.launch_at > now or newsletter.binned_at:
        return None
    if newsletter.version != prepared.version:
        return None
    approval = _standing(newsletter, prepared)
    if approval is None:
        _give_back(newsletter, VOID_NOTE, now)
        return None
    if rules.is_missed(newsletter.launch_at, now) or rules.is_stale(newsletter.stale_at, now):
        _miss(newsletter, now)
        return None
    if planning.is_paused():
        _hold(newsletter, PAUSED_NOTE, now, keeps_time=True)
        return None
    expected = newsletter.launch_confirmed_count or approval.people
    if rules.count_differs(expected, prepared.people):
        _hold(newsletter, _count_note(expected, prepared.people), now, keeps_time=False)
        return None
    if closed := gate.problem(prepared.from_address, prepared.people):
        _hold(newsletter, closed, now, keeps_time=False)
        return None
    return _begin(newsletter, prepared, now)


def _begin(newsletter: Newsletter, prepared: Prepared, now: datetime) -> int:
    session = db.session()
    for language, form in prepared.forms.items():
        session.add(
            Compiled(
                newsletter_id=newsletter.id,
                language=language,
                subject=form.subject,
                html=form.html,
                text=form.text,
                archive_subject=prepared.subjects[language],
                archive_html=prepared.articles[language],
                at=now,
            )
        )
    run = runs.add(
        session,
        kind=KIND,
        ref=newsletter.id,
        forms=prepared.forms,
        max_id=audience.max_subscriber_id(),
        expected=prepared.people,
        ignores_hours=bool(newsletter.outside_reason),
        leaves_uncertain=newsletter.leaves_uncertain,
        now=now,
    )
    newsletter.run_id, newsletter.sent_at, newsletter.launch_at, newsletter.launch_note = run.id, now, None, ""
    move(newsletter, ItemState.SENDING, "newsletter.launched", None, now, {"run": run.id, "people": prepared.people})
    return run.id


def _standing(newsletter: Newsletter, prepared: Prepared) -> Approval | None:
    """The approval that covers what was prepared, or None."""
    item = planning.get_item(KIND, newsletter.id)
    approval = planning.standing_approval(item)
    is_covered = covers(approval, prepared.content_hash, get_organization().is_practice)
    return approval if is_covered and item.approved_hash == prepared.content_hash else None


def _give_back(newsletter: Newsletter, note: str, now: datetime) -> None:
    drafts.to_draft(db.session(), newsletter, now)
    newsletter.launch_note = note
    move(newsletter, ItemState.DRAFT, "newsletter.given_back", None, now)
    notices.add(db.session(), newsletter, "was not sent", note, now)


def _miss(newsletter: Newsletter, now: datetime) -> None:
    newsletter.launch_at = None
    newsletter.launch_note = TOO_LATE if rules.is_stale(newsletter.stale_at, now) else MISSED_NOTE
    move(newsletter, ItemState.MISSED, "newsletter.missed", None, now)
    notices.add(db.session(), newsletter, "was not sent", newsletter.launch_note, now)


def _hold(newsletter: Newsletter, note: str, now: datetime, keeps_time: bool) -> None:
    is_new = newsletter.state != ItemState.HELD or newsletter.launch_note != note
    if not is_new:
        return
    newsletter.launch_note = note
    if not keeps_time:
        newsletter.launch_at = None
    move(newsletter, ItemState.HELD, "newsletter.held", None, now)
    notices.add(db.session(), newsletter, "waits for you", note, now)


def _count_note(approved: int, people: int) -> str:
    return f"It was approved for {approved:,} people and would go to {people:,} now. Please look, and send it again."


@action
def pause(newsletter_id: int, reason: str, user_id: int, now: datetime) -> None:
    """Hold the sending before the next group of mails."""
    newsletter = _under_way(newsletter_id, rules.may_pause)
    reason = one_line(reason)[:300]
    runs.pause(db.session(), newsletter.run_id or 0, reason)
    newsletter.launch_note = reason
    move(newsletter, ItemState.PAUSED, "newsletter.paused", user_id, now)


@action
def resume(newsletter_id: int, user_id: int, now: datetime) -> None:
    """Let a held sending go on with what was launched; nobody gets it twice."""
    newsletter = _under_way(newsletter_id, rules.may_resume)
    runs.resume(db.session(), newsletter.run_id or 0)
    newsletter.launch_note = ""
    move(newsletter, ItemState.SENDING, "newsletter.resumed", user_id, now)


@action
def send_rest(newsletter_id: int, user_id: int, now: datetime) -> None:
    """Let the rest follow the first part without waiting longer."""
    newsletter = _under_way(newsletter_id, rules.may_pause)
    runs.end_first_part(db.session(), newsletter.run_id or 0)
    record(db.session(), newsletter, "newsletter.rest_followed", user_id, now)


@action
def cancel(newsletter_id: int, user_id: int, now: datetime) -> None:
    """End the sending for good; who has it keeps it."""
    newsletter = _under_way(newsletter_id, rules.may_cancel)
    runs.cancel(db.session(), newsletter.run_id or 0, now)
    newsletter.launch_note = "A person canceled the sending."
    move(newsletter, ItemState.CANCELED, "newsletter.canceled", user_id, now)


@action
def finish(newsletter_id: int, run_id: int, now: datetime) -> None:
    """Write down that the run has ended, and tell the author; told again, nothing happens."""
    newsletter = drafts.locked(db.session(), newsletter_id)
    run = get_run(run_id)
    if newsletter.run_id != run_id or newsletter.state not in (ItemState.SENDING, ItemState.PAUSED, ItemState.CANCELED):
        return
    if run.state == RunState.FINISHED:
        newsletter.launch_note = ""
        newsletter.completed_at = newsletter.completed_at or now
        move(newsletter, ItemState.SENT, "newsletter.sent", None, now, {"sent": run.sent, "failed": run.failed})
    what = "was sent" if run.state == RunState.FINISHED else "was canceled"
    notices.add(db.session(), newsletter, what, notices.counts(run), now)


@action
def note_trouble(newsletter_id: int, reason: str, has_stopped: bool, now: datetime) -> None:
    """Write down that the mail server keeps failing, or that the sending stopped by itself; tell the author once each.

    That it stopped is told also where the author heard of a failing mail server before.
    """
    newsletter = drafts.locked(db.session(), newsletter_id)
    if newsletter.state != ItemState.SENDING or (newsletter.launch_note and not has_stopped):
        return
    newsletter.launch_note = reason or "The mail server does not take our mail."
    state = ItemState.PAUSED if has_stopped else ItemState.SENDING
    move(newsletter, state, "newsletter.troubled", None, now)
    notices.add(db.session(), newsletter, "has stopped" if has_stopped else "is stuck", newsletter.launch_note, now)


def _under_way(newsletter_id: int, may: Callable[[str], bool]) -> Newsletter:
    newsletter = drafts.locked(db.session(), newsletter_id)
    if not may(newsletter.state):
        raise Conflict(READ_AGAIN)
    return newsletter


def move(
    newsletter: Newsletter,
    state: ItemState,
    what: str,
    user_id: int | None,
    now: datetime,
    details: dict[str, object] | None = None,
) -> None:
    """Give a newsletter its next state, on the calendar and in the audit log too, in the present transaction."""
    newsletter.state = state
    drafts.plan(db.session(), newsletter, now)
    record(db.session(), newsletter, what, user_id, now, details)
