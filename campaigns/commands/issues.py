"""`python3 run.py digest ...`: what a digest would hold now, and its draft made at once."""

import argparse
import sys

from campaigns import clock
from campaigns.db import end_reading
from campaigns.digests import composing, drafting
from campaigns.digests.actions import handing, issues
from campaigns.digests.models import Digest, IssueState
from campaigns.digests.queries import checks
from campaigns.digests.queries import digests as queries
from campaigns.digests.recipe import credit, quotation
from campaigns.errors import NotFound
from campaigns.staff.queries import site_url

GOOD, NOTHING_MADE = 0, 1


def digest(arguments: list[str]) -> int:
    """Carry out one of them; 0 when there is an issue, 1 when there is none, 2 when it cannot be understood."""
    parser = argparse.ArgumentParser(prog="run.py digest", description="Digests of news.")
    parts = parser.add_subparsers(required=True, metavar="preview | run")
    for name, act, words in (
        ("preview", _preview, "show what the next issue would hold now; changes nothing"),
        ("run", _run, "make the draft now and hand it to its approver; sends nothing"),
    ):
        one = parts.add_parser(name, help=words)
        one.add_argument("name", help="the digest's name, or the last part of its address")
        one.set_defaults(run=act)
    try:
        asked = parser.parse_args(arguments)
    except SystemExit as error:
        return 0 if error.code in (0, None) else 2
    return int(asked.run(_find(asked.name)))


def _find(name: str) -> Digest:
    found = queries.find_by_name(name)
    if found is None:
        known = ", ".join(f"“{one.name}”" for one in queries.digests()) or "there is none yet"
        raise NotFound(f"There is no digest “{name}”. The digests are: {known}.")
    return found


def _preview(found: Digest) -> int:
    now = clock.now()
    held = drafting.choose(found, now)
    print(composing.subject(found, now))
    for section in held.sections:
        if section.title:
            print(f"\n{section.title}")
        for story in section.stories:
            print(f"\n  {story.title}")
            if words := story.summary or quotation(story.text, found.quote_words):
                print(f"    {words}")
            print(f"    {credit(found.credit, story.source, story.author, story.at, found.zone)}\n    {story.url}")
    for newsletter in held.newsletters:
        print(f"\n  Our newsletter: {newsletter.title}")
    for _, sentence in held.unread:
        print(f"\n  Not read: {sentence}")
    end_reading()
    little = "" if held.count >= found.least else f" It wants at least {found.least}."
    print(f"\n{held.count} to read.{little}")
    return GOOD if held.count >= found.least else NOTHING_MADE


def _run(found: Digest) -> int:
    print(f"Making a draft of “{found.name}” ...", flush=True)
    made = issues.prepare_now(found.id, clock.now())
    issue = queries.get_issue(made)
    if issue.state == IssueState.DRAFTED:
        print(f"  {issue.story_count} chosen.", flush=True)
        handing.hand_over(made, clock.now(), _say)
        sys.stdout.write("\n")
    issue = queries.get_issue(made)
    for sentence in [*checks.sentences(made), *issue.failed_sources, *([issue.note] if issue.note else [])]:
        print(f"  {sentence}")
    where = f"{site_url()}/news/digests/issues/{made}"
    is_handed = issue.state == IssueState.HANDED
    end_reading()
    print(f"It waits for its approver: {where}" if is_handed else f"No draft was handed over: {where}")
    return GOOD if is_handed else NOTHING_MADE


def _say(done: int, total: int) -> None:
    sys.stdout.write(f"\r  links looked at: {done} of {total}")
    sys.stdout.flush()
