"""Writes of packs: everything that announces an episode, drafted at once; the lines of a show; newsletter blocks."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from campaigns.db import action, db
from campaigns.errors import Conflict, Invalid
from campaigns.newsletters import drafts as newsletters
from campaigns.newsletters import queries as newsletter_queries
from campaigns.newsletters import rules as newsletter_rules
from campaigns.newsletters.blocks import read_blocks
from campaigns.planning.models import ItemState
from campaigns.playbooks import drafting, queries, words
from campaigns.playbooks.models import Announcement, Playbook
from campaigns.playbooks.rules import Line, read_lines
from campaigns.radio import planned, scripts
from campaigns.radio import queries as radio
from campaigns.radio.models import Script
from campaigns.radio.words import SCRIPTS
from campaigns.staff import audit


@action
def set_lines(show_id: int, version: int, lines: Sequence[Line], user_id: int, now: datetime) -> None:
    """Give a show lines of its own. What was drafted stays as it is. Raises Invalid, Conflict."""
    radio.get_show(show_id)
    checked = read_lines([asdict(line) for line in lines])
    stored = db.session.get(Playbook, show_id, with_for_update=True)
    if (stored.version if stored else 0) != version:
        raise Conflict("Somebody changed this playbook while you were typing. Please look at the page again.")
    if stored is None:
        stored = Playbook(show_id=show_id, version=0)
        db.session.add(stored)
    stored.lines = [asdict(line) for line in checked]
    stored.version += 1
    stored.changed_at = now
    _audit("playbook.changed", "show", show_id, user_id, now)


@action
def make(episode_id: int, user_id: int | None, now: datetime) -> tuple[int, list[str]]:
    """Draft everything that is not there yet: returns how many drafts were made, and why others were not.

    Repeats and broadcasts that are over or off are passed over.
    """
    session = db.session()
    episode = radio.get_episode(episode_id)
    if episode.binned_at is not None:
        raise Conflict("This episode is in the bin. Take it out first.")
    show = radio.get_show(episode.show_id)
    made = _scripts(episode_id, show.words_a_minute, user_id, now)
    problems: list[str] = []
    first_runs = [one for one in radio.broadcasts_of_episode(episode_id) if not one.airing.is_repeat]
    ahead = [one for one in first_runs if one.broadcast.starts_at > now and not queries.is_off(one)]
    if not ahead:
        problems.append("No broadcast lies ahead. Choose one on the schedule to carry the episode.")
    for one in ahead:
        there = {(each.kind, each.days, each.minutes) for each in queries.announcements_of([one.broadcast.id])}
        for line in queries.lines_of(show.id):
            if (line.kind, line.days, line.minutes) not in there:
                added = drafting.add(session, one, line, user_id, now)
                made += isinstance(added, Announcement)
                problems += [added] if isinstance(added, str) else []
    _audit("pack.made", "episode", episode_id, user_id, now)
    return made, list(dict.fromkeys(problems))


@action
def add_block(episode_id: int, newsletter_id: int, user_id: int, now: datetime) -> None:
    """Put the episode at the end of a newsletter that can still be changed. Raises Invalid, Conflict."""
    session = db.session()
    found = radio.broadcasts_of_episode(episode_id)
    ahead = [one for one in found if one.broadcast.starts_at > now and not queries.is_off(one)]
    if not ahead:
        raise Invalid("No broadcast of this episode lies ahead, so there is nothing to announce.")
    newsletter = newsletters.locked(session, newsletter_id)
    if not newsletter_rules.may_edit(newsletter.state) or newsletter.binned_at is not None:
        raise Conflict("That newsletter can no longer be changed.")
    document = newsletter_queries.document_of(newsletter)
    language = "en" if "en" in document.editions else min(document.editions)
    text = document.text(language)
    blocks = read_blocks(words.block(queries.facts_of(ahead[0]), f"ep{episode_id}n{len(text.blocks)}"))
    editions = document.editions | {language: text.model_copy(update={"blocks": [*text.blocks, *blocks]})}
    changed = document.model_copy(update={"editions": editions})
    newsletters.change(session, newsletter, changed, user_id=user_id, now=now)
    _audit("newsletter.episode_added", "newsletter", newsletter_id, user_id, now)


def _scripts(episode_id: int, words_a_minute: int, user_id: int | None, now: datetime) -> int:
    session = db.session()
    episode = radio.get_episode(episode_id)
    show = radio.get_show(episode.show_id)
    there = radio.scripts_of(episode_id)
    missing = [kind for kind in SCRIPTS if kind not in there]
    for kind in missing:
        script = Script(
            episode_id=episode_id,
            kind=kind,
            text=scripts.first_draft(kind, episode, show),
            words_a_minute=words_a_minute,
            state=ItemState.DRAFT,
            author_id=user_id,
            changed_at=now,
        )
        session.add(script)
        session.flush()
        planned.put_script(session, script, episode, now)
    return len(missing)


def _audit(what: str, kind: str, number: int, user_id: int | None, now: datetime) -> None:
    audit.add(db.session(), user_id=user_id, action=what, object_kind=kind, object_id=number, now=now)
