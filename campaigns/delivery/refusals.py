"""The adder of refusals: each goes to whom it concerns.

What lies with an address or its mailbox is kept as a bounce. What lies with us is counted on the run, never against a
reader, and stops the run when going on would make it worse.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from campaigns.delivery import replies, rules, watch
from campaigns.delivery.addresses import fingerprint
from campaigns.delivery.bounces import facts
from campaigns.delivery.bounces.models import BounceKind
from campaigns.delivery.models import Run, RunState
from campaigns.delivery.replies import Cause, Kind, Verdict
from campaigns.delivery.watch import Seen

if TYPE_CHECKING:
    from campaigns.delivery.actions.batches import Ack

Verdicts = Mapping[int, Verdict]
_BOUNCES = {
    Kind.ADDRESS: BounceKind.ADDRESS,
    Kind.MAILBOX: BounceKind.MAILBOX,
    Kind.TEMPORARY: BounceKind.TEMPORARY,
    Kind.UNKNOWN: BounceKind.UNKNOWN,
}


def judge(acks: Iterable["Ack"]) -> dict[int, Verdict]:
    """What each refusal means, by recipient."""
    return {ack.recipient_id: replies.read(ack.code, ack.text, ack.enhanced) for ack in acks if ack.code >= 400}


def cause_of(verdicts: Verdicts, ack: "Ack") -> str:
    """The cause as it is stored; a server that went away instead of answering could not be reached."""
    verdict = verdicts.get(ack.recipient_id)
    if verdict is None:
        return str(Cause.NETWORK) if ack.outcome is None else ""
    return str(verdict.cause)


def write_down(
    session: Session, run: Run, acks: Sequence["Ack"], verdicts: Verdicts, final: Collection[int], now: datetime
) -> None:
    """Give each refusal to whom it concerns, in the caller's transaction; `final` are those not tried again."""
    for ack in acks:
        verdict = verdicts.get(ack.recipient_id)
        if verdict is None:
            continue
        kind = _BOUNCES.get(verdict.kind)
        if kind is None:
            run.refused += 1
        elif ack.recipient_id in final and ack.to:
            _keep(session, run, ack, kind, now)
    if run.watch is not None or any(verdict.is_alarming for verdict in verdicts.values()):
        _watch(run, acks, verdicts)


def _keep(session: Session, run: Run, ack: "Ack", kind: BounceKind, now: datetime) -> None:
    facts.add_refusal(
        session,
        kind=kind,
        run_id=run.id,
        recipient_id=ack.recipient_id,
        fingerprint=fingerprint(ack.to.casefold()),
        code=ack.code,
        status=ack.enhanced,
        text=rules.told(ack.text),
        now=now,
    )


def _watch(run: Run, acks: Sequence["Ack"], verdicts: Verdicts) -> None:
    seen = []
    for ack in acks:
        verdict = verdicts.get(ack.recipient_id)
        sentence = verdict.sentence if verdict is not None and verdict.is_alarming else ""
        if ack.to and ack.code:
            seen.append(Seen(ack.to.rpartition("@")[2].lower(), ack.at, sentence))
    run.watch, reason = watch.after(run.watch, seen)
    if reason and run.state == RunState.RUNNING:
        run.state, run.reason = RunState.STOPPED, reason
