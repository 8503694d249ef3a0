"""Who gets a newsletter, and with which words: what delivery asks while it sends a run of kind "newsletter"."""

from datetime import datetime

from campaigns.audience import links
from campaigns.audience import queries as audience
from campaigns.audience.models import Subscriber
from campaigns.db import end_reading
from campaigns.delivery import queries as delivery
from campaigns.delivery import suppression
from campaigns.delivery.models import Run
from campaigns.delivery.sender import Recipient
from campaigns.newsletters import merge, queries, rules
from campaigns.newsletters.actions import sending
from campaigns.newsletters.preparing import LEAVE_SLOT, LISTS_SLOT


class NewsletterSource:
    """Delivery's `Source` for newsletters. What a run needs throughout is read once."""

    def __init__(self) -> None:
        self._slots: dict[int, set[str]] = {}

    def next_ids(self, run: Run, after: int, n: int) -> list[int]:
        """The audience as its rule gives it now, up to who had joined at launch."""
        lists, minus, rhythm = _rule(run)
        among = queries.reached_by(queries.get_newsletter(run.ref).audience_rule.get("reached"))
        return audience.audience_ids(lists, minus, after, n, run.created_at, run.max_id, rhythm, among)

    def read(self, run: Run, ids: list[int]) -> list[Recipient]:
        """Addresses and values; who is on none of the lists any more is left out."""
        lists, _, rhythm = _rule(run)
        through = audience.lists_through(ids, lists, rhythm)
        names = {entry.id: entry.name for entry in audience.lists(with_archived=True)}
        base = links.site_url()
        return [
            self._recipient(run, person, through[person.id], names, base)
            for person in audience.recipients(ids)
            if person.id in through
        ]

    def may_send(self, run: Run, ids: list[int], now: datetime) -> set[int]:
        """Who is still on a list, on none of those left out, not paused, and not suppressed."""
        if not ids or _is_stale(run, now):
            return set()
        lists, minus, rhythm = _rule(run)
        through = audience.lists_through(ids, lists, rhythm)
        without = audience.lists_through(ids, minus) if minus else {}
        people = [
            person
            for person in audience.recipients(ids)
            if person.id in through
            and person.id not in without
            and (person.paused_until is None or person.paused_until <= now)
        ]
        refused = suppression.among(person.address_key for person in people)
        return {person.id for person in people if person.address_key not in refused}

    def finished(self, run: Run, now: datetime) -> None:
        """Write it down and tell the author."""
        self._slots.pop(run.id, None)
        newsletter_id, run_id = run.ref, run.id
        end_reading()
        sending.finish(newsletter_id, run_id, now)

    def _recipient(
        self, run: Run, person: Subscriber, list_ids: list[int], names: dict[int, str], base: str
    ) -> Recipient:
        name = f"{person.first_name} {person.last_name}".strip()
        known = {"first_name": person.first_name, "last_name": person.last_name}
        values = merge.values_of(self._slots_of(run), known)
        values[LEAVE_SLOT] = links.leave_url(base, links.leave_token(run.id, person.id, list_ids))
        values[LISTS_SLOT] = ", ".join(names[list_id] for list_id in list_ids)
        return Recipient(person.id, person.address, name, person.language, values)

    def _slots_of(self, run: Run) -> set[str]:
        if run.id not in self._slots:
            forms = delivery.forms_of(run.id).values()
            self._slots[run.id] = {name for form in forms for name in form.slots}
        return self._slots[run.id]


def _is_stale(run: Run, now: datetime) -> bool:
    """Whether it would announce what is over by now."""
    return rules.is_stale(queries.get_newsletter(run.ref).stale_at, now)


def _rule(run: Run) -> tuple[list[int], list[int], str]:
    rule = queries.get_newsletter(run.ref).audience_rule
    return rule.get("lists", []), rule.get("minus", []), rule.get("rhythm", "")
