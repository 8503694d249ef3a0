"""How our mail is received, for the desk: reports as spam, and refusals for which our side is at fault. Pure."""

from datetime import timedelta

from campaigns.desk.health import Problem

LOOKED_AT = timedelta(days=30)
CAUTION, STOP = 0.001, 0.003
MANY_REFUSALS = 0.02


def problems(taken: int, complaints: int, refusals: int) -> list[Problem]:
    """What is wrong, of copies that servers took in 30 days, reports as spam among them, and policy refusals."""
    found = []
    rate = complaints / taken if taken else float(complaints > 0)
    if rate > CAUTION:
        line = "0.3 %" if rate > STOP else "0.1 %"
        people = "1 person" if complaints == 1 else f"{complaints:,} people"
        advice = (
            f"{people} of {taken:,} in 30 days, more than {line}. "
            + ("Mail providers may now refuse all our mail. Stop sending until you know why. " if rate > STOP else "")
            + "Look whether people know that they joined, and whether leaving is easy. Who reported is off every list."
        )
        found.append(Problem("Our mail is reported as spam", advice))
    if refusals and refusals > MANY_REFUSALS * max(taken, 50):
        text = "The reasons stand with each newsletter. No subscriber is at fault. Settings, Deliverability says more."
        found.append(Problem(f"{refusals:,} copies were refused because of our side", text))
    return found
