"""The adder of issues: stories are chosen, taken in the ledger and written into a draft newsletter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.delivery.models import Sender
from campaigns.delivery.queries import default_sender
from campaigns.digests import composing, ledger, recipe
from campaigns.digests.composing import Said
from campaigns.digests.models import Correction, Digest, DigestIssue, Entry, IssueState, PrintedStory, Story
from campaigns.digests.queries import corrections as corrections_of
from campaigns.digests.queries import digests as queries
from campaigns.digests.recipe import Section
from campaigns.errors import Conflict
from campaigns.newsletters import drafts, rules
from campaigns.newsletters.documents import read_document
from campaigns.newsletters.models import Newsletter
from campaigns.newsletters.queries import document_of
from campaigns.staff.queries import get_organization, site_url

# Of a digest that never left, what was sent in the last weeks.
FIRST_REACH = timedelta(days=31)


@dataclass(frozen=True)
class Found:
    """What an issue would hold now."""

    sections: list[Section]
    newsletters: list[Newsletter]
    unread: list[tuple[str, str]]

    @property
    def count(self) -> int:
        """How many things there are to read."""
        return sum(len(section.stories) for section in self.sections) + len(self.newsletters)


def choose(digest: Digest, now: datetime) -> Found:
    """What an issue of this digest would hold now; reads only."""
    sections = recipe.choose(queries.recipe_of(digest), queries.candidates(digest, now))
    sent = _newsletters(digest, now) if digest.has_newsletters else []
    return Found(sections, sent, queries.failed_sources(digest, now))


def add(session: Session, digest: Digest, issue: DigestIssue, found: Found, now: datetime) -> Newsletter:
    """Write what was found into a draft newsletter, take its stories, and note on the issue what it holds."""
    title = composing.subject(digest, issue.slot_at)
    sender_id = _sender_id(session, digest)
    empty = read_document(composing.document(digest, title, [], sender_id, ""))
    newsletter = drafts.add(session, empty, user_id=digest.changed_by_id, now=now)
    issue.newsletter_id = newsletter.id
    words = _take(session, digest, issue, found, newsletter.id, now)
    waiting = corrections_of.waiting_for(digest.id)
    said = [_correction(digest, one.text, printed) for one, printed in waiting]
    for one, _ in waiting:
        one.issue_id = issue.id
    content = composing.blocks(
        digest, found.sections, words, said, _said(digest, found.newsletters), [name for name, _ in found.unread]
    )
    preview = next((one.title for section in found.sections for one in section.stories if one.story_id in words), "")
    document = composing.document(digest, title, content, sender_id, preview)
    drafts.change(session, newsletter, read_document(document), user_id=digest.changed_by_id, now=now)
    issue.story_count = len(words) + len(found.newsletters)
    issue.failed_sources = [sentence for _, sentence in found.unread]
    return newsletter


def drop(session: Session, issue: DigestIssue, now: datetime) -> None:
    """Put the draft of an issue in the bin; its stories are free at once."""
    newsletter = drafts.locked(session, issue.newsletter_id or 0)
    if not rules.may_bin(newsletter.state):
        raise Conflict("This issue is on its way or was sent. Stop it on the page of its newsletter first.")
    drafts.put_away(session, newsletter, now)
    ledger.settle(session, newsletter, now)
    end_without(session, issue)


def end_without(session: Session, issue: DigestIssue) -> None:
    """End an issue that says nothing to anybody; the next one says its corrections."""
    issue.state, issue.note = IssueState.DROPPED, "Its draft was thrown away, and its stories are free again."
    for one in _corrections(session, issue):
        one.issue_id = None


def end_sent(session: Session, issue: DigestIssue, newsletter: Newsletter) -> None:
    """End an issue that left; what was taken out of it by hand is left for the next one."""
    issue.state, issue.sent_at = IssueState.SENT, newsletter.sent_at
    held = {block.id for text in document_of(newsletter).editions.values() for block in text.blocks}
    for number, one in enumerate(_corrections(session, issue)):
        if f"{composing.CORRECTION}{number}" in held:
            one.said_at = newsletter.sent_at
        else:
            one.issue_id = None


def _corrections(session: Session, issue: DigestIssue) -> list[Correction]:
    """The corrections that an issue took, in the order in which it says them."""
    return list(session.scalars(select(Correction).where(Correction.issue_id == issue.id).order_by(Correction.id)))


def set_time(session: Session, newsletter: Newsletter, send_at: datetime | None, zone: str, now: datetime) -> None:
    """Let a draft leave at an instant, rounded up to the minute, or once somebody approves it (None)."""
    before = document_of(newsletter)
    values: dict[str, object] = {"send_mode": "now", "send_wall": ""}
    if send_at is not None:
        wall = clock.wall_time_of(send_at + timedelta(seconds=59), zone).replace(second=0, microsecond=0)
        values = {"send_mode": "at", "send_wall": wall.strftime("%Y-%m-%dT%H:%M"), "send_zone": zone}
    wanted = read_document({**before.to_json(), **values})
    if wanted != before:
        drafts.change(session, newsletter, wanted, user_id=None, now=now)


def _take(
    session: Session, digest: Digest, issue: DigestIssue, found: Found, newsletter_id: int, now: datetime
) -> dict[int, ledger.Taken]:
    ids = [story.story_id for section in found.sections for story in section.stories]
    lead = select(Story.id, Entry.id.label("entry_id"), Entry.content_hash).join(Entry, Entry.id == Story.lead_id)
    leads = {row.id: row for row in session.execute(lead.where(Story.id.in_(ids)))}
    words = {}
    for section in found.sections:
        for story in section.stories:
            row = leads.get(story.story_id)
            one = composing.taken(digest, story, row.entry_id if row else None, row.content_hash if row else "")
            # Stories that share an article, by a merge that came too late, are printed once.
            if ledger.take(session, newsletter_id, one, digest.rhythm, now, issue.id) is not None:
                words[story.story_id] = one
    return words


def _correction(digest: Digest, text: str, printed: PrintedStory) -> Said:
    day = clock.wall_time_of(printed.printed_at or printed.taken_at, digest.zone)
    credit = f"Correction to what we printed on {day:%B} {day.day}, {day.year}"
    return Said(printed.title, text, printed.url, credit)


def _newsletters(digest: Digest, now: datetime) -> list[Newsletter]:
    last = queries.last_issue(digest.id, IssueState.SENT)
    since = last.sent_at if last is not None and last.sent_at is not None else now - FIRST_REACH
    return queries.newsletters_since(digest, since)


def _said(digest: Digest, newsletters: list[Newsletter]) -> list[Said]:
    office, base = get_organization().name, site_url()
    found = []
    for one in newsletters:
        day = clock.wall_time_of(one.sent_at or one.created_at, digest.zone)
        credit = f"{office}, {day:%B} {day.day}, {day.year}"
        found.append(Said(one.title, "", f"{base}/read/{one.slug}", credit))
    return found


def _sender_id(session: Session, digest: Digest) -> int | None:
    named = session.get(Sender, digest.sender_id) if digest.sender_id else None
    if named is not None and named.retired_at is None:
        return named.id
    usual = default_sender()
    return usual.id if usual else None
