"""Commands about how mail leaves: the deliverability check."""

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaigns.delivery.doctor.findings import Finding

_WIDTH = 96
_SIGNS = {"stop": "PUT RIGHT", "caution": "look", "unknown": "not known", "note": "note", "good": "good"}


def check(arguments: list[str]) -> int:
    """Check every sender's domain through every mail server (or the named domains), and print what was found.

    The exit code is 0 when all is well, 1 when something is worth a look, 2 when something must be put right.
    """
    from campaigns import clock
    from campaigns.audience import links
    from campaigns.delivery.doctor import actions, findings, queries, rounds
    from campaigns.errors import Invalid

    ways = [way for way in queries.ways() if not arguments or way.domain in arguments]
    if not ways:
        raise Invalid("No sender has that domain; the addresses of senders stand under Settings, Senders.")
    worst = 0
    for way in ways:
        title = f"Mail from {way.name}"
        key = way.key
        found = rounds.examine(way, links.test_leave_url(), clock.now())
        actions.keep_checkup(key, found, clock.now())
        print(f"{title}\n{'=' * len(title)}")
        for topic, group in findings.by_topic(found).items():
            print(f"\n{findings.TITLES[topic]}")
            for finding in group:
                print(_lines(finding))
        print()
        worst = max(worst, findings.exit_code(found))
    print(("All is well.", "Something is worth a look.", "Something must be put right.")[worst])
    return worst


def _lines(finding: "Finding") -> str:
    sign = f"  [{_SIGNS[finding.level]}] "
    parts = [f"{finding.title}. {finding.text}".strip()] + ([f"-> {finding.todo}"] if finding.todo else [])
    lines = [textwrap.fill(parts[0], _WIDTH, initial_indent=sign, subsequent_indent="    ")]
    lines += [textwrap.fill(part, _WIDTH, initial_indent="    ", subsequent_indent="       ") for part in parts[1:]]
    if finding.record:
        # Not folded, so that it can be copied.
        lines.append(f"       {finding.record.name}  {finding.record.kind}  {finding.record.value}")
    return "\n".join(lines)
