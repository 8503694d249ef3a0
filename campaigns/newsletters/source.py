"""Who gets a newsletter, and with which words: what delivery asks while it sends a run of kind "newsletter"."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.audience import links
from campaigns.audience import queries as audience
from campaigns.audience.queries import Reader
from campaigns.db import end_reading
from campaigns.delivery import queries as delivery
from campaigns.delivery import suppression
from campaigns.delivery.models import Run
from campaigns.delivery.sender import Recipient
from campaigns.newsletters import merge, queries, rules
from campaigns.newsletters.actions import sending
from campaigns.newsletters.preparing import LEAVE_SLOT, LISTS_SLOT


@dataclass(frozen=True)
class _Terms:
    """What holds for all copies of one run."""

    lists: list[int]
    minus: list[int]
    rhythm: str
    list_names: dict[int, str]
    base: str
    values_of: Callable[[Mapping[str, str]], dict[str, str]]
    token_of: Callable[[int, Iterable[int]], str]


class NewsletterSource:
    """Delivery's `Source` for newsletters. What a run needs throughout is read once."""

    def __init__(self) -> None:
        self._terms: dict[int, _Terms] = {}
        # Who was asked about last, by run: `read` follows upon `may_send` and need not ask the same again.
        self._asked: dict[int, tuple[list[Reader], dict[int, list[int]]]] = {}

    def next_ids(self, run: Run, after: int, n: int) -> list[int]:
        """The audience as its rule gives it now, up to who had joined at launch."""
        rule = queries.get_newsletter(run.ref).audience_rule
        lists, minus, rhythm = rule.get("lists", []), rule.get("minus", []), rule.get("rhythm", "")
        among = queries.reached_by(rule.get("reached"))
        return audience.audience_ids(lists, minus, after, n, run.created_at, run.max_id, rhythm, among)

    def read(self, run: Run, ids: list[int]) -> list[Recipient]:
        """Addresses and values; who is on none of the lists any more is left out."""
        terms, wanted = self._terms_of(run), set(ids)
        readers, through = self._asked.pop(run.id, ([], {}))
        if not wanted <= {reader.id for reader in readers}:
            readers, through = self._ask(run, ids)
        return [
            _recipient(reader, through[reader.id], terms)
            for reader in readers
            if reader.id in wanted and reader.id in through
        ]

    def may_send(self, run: Run, ids: list[int], now: datetime) -> set[int]:
        """Who is still on a list, on none of those left out, not paused, and not suppressed."""
        if not ids or rules.is_stale(queries.stale_at(run.ref), now):
            return set()
        minus = self._terms_of(run).minus
        readers, through = self._asked[run.id] = self._ask(run, ids)
        without = audience.lists_through(ids, minus) if minus else {}
        people = [
            reader
            for reader in readers
            if reader.id in through
            and reader.id not in without
            and (reader.paused_until is None or reader.paused_until <= now)
        ]
        refused = suppression.among(reader.address_key for reader in people)
        return {reader.id for reader in people if reader.address_key not in refused}

    def finished(self, run: Run, now: datetime) -> None:
        """Write it down and tell the author."""
        self._terms.pop(run.id, None)
        self._asked.pop(run.id, None)
        newsletter_id, run_id = run.ref, run.id
        end_reading()
        sending.finish(newsletter_id, run_id, now)

    def _ask(self, run: Run, ids: list[int]) -> tuple[list[Reader], dict[int, list[int]]]:
        terms = self._terms_of(run)
        return audience.readers(ids), audience.lists_through(ids, terms.lists, terms.rhythm)

    def _terms_of(self, run: Run) -> _Terms:
        if run.id not in self._terms:
            rule = queries.get_newsletter(run.ref).audience_rule
            forms = delivery.forms_of(run.id).values()
            self._terms[run.id] = _Terms(
                lists=rule.get("lists", []),
                minus=rule.get("minus", []),
                rhythm=rule.get("rhythm", ""),
                list_names={entry.id: entry.name for entry in audience.lists(with_archived=True)},
                base=links.site_url(),
                values_of=merge.reader_of({name for form in forms for name in form.slots}),
                token_of=links.leave_tokens(run.id),
            )
        return self._terms[run.id]


def _recipient(reader: Reader, list_ids: list[int], terms: _Terms) -> Recipient:
    values = terms.values_of({"first_name": reader.first_name, "last_name": reader.last_name})
    values[LEAVE_SLOT] = links.leave_url(terms.base, terms.token_of(reader.id, list_ids))
    values[LISTS_SLOT] = ", ".join(terms.list_names[list_id] for list_id in list_ids)
    name = f"{reader.first_name} {reader.last_name}".strip()
    return Recipient(reader.id, reader.address, name, reader.language, values)
