"""Which addresses a report in prose speaks of as those it could not reach, each with the lines about it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.delivery.bounces.judging import code_in
from campaigns.delivery.bounces.reports import ADDRESS, status_in, trimmed

_MOST_LINES, _LONGEST_LINE, _MOST_ADDRESSES = 400, 700, 50
_LINES_OF_ONE = 14
_STARTS = re.compile(r"^[\s<\"'*>\-•·(\[]*(?:mailto:|smtp:|rfc822;)?$", re.IGNORECASE)
_RCPT = re.compile(
    r"rcpt to:? ?<?$|\bsmtp=$|(recipient|destinataire|empf(ä|ae)nger|destinatario|destinat(á|a)rio|получател\w*|"
    r"收件人|宛先|受信者|수신자|受取人)\W{0,4}$",
    re.I,
)
_TO = re.compile(
    r"(^|\b)(to|for|an|to user|user|address|mailbox|account|recipients?|reach|deliver(ed|y)?( to)?|"
    r"adresse|à|a|para|voor|aan|til|till|кому|адрес\w*|для|"
    r"username|failed|unknown|invalid|following)\W{0,5}$",
    re.IGNORECASE,
)
_GENERATED = re.compile(r"(generated|expanded|forwarded|redirected|originally) (from|by|for|to)\W{0,4}$", re.IGNORECASE)
_NOT_THEM = re.compile(
    r"(\bfrom|sender|mail from|reply-to|return-path|contact|support|help|message-?id|\bid|postmaster|"
    r"administrator|von|absender|de|expéditeur|remitente|remetente|"
    r"mittente|отправител\w*|发件人|寄件者|差出人|보낸 ?사람)\W{0,6}$",
    re.IGNORECASE,
)
# Reports quote who a message was to, from and about, as lines of headers.
_QUOTED_HEAD = re.compile(r"\s*(to|cc|an|von|from|sent|date|subject|betreff|gesendet)\s*:", re.IGNORECASE)
_QUOTED_REST = re.compile(r"\s*(sent|date|subject|betreff|gesendet)\s*:", re.IGNORECASE)
_ROLES = re.compile(
    r"(post-?master|mailer-daemon|abuse|support|help-?desk|no-?reply|hostmaster|webmaster|spam|admin)@", re.I
)
_IDENTIFIER = re.compile(r"[0-9a-f.$-]{20,}@|@.*\.(local|localdomain|internal)$|^\d{10,}", re.I)
SURE, LIKELY = 4, 1


@dataclass(slots=True)
class Mention:
    """One address, how sure it is meant, and the words about it; perhaps in a header of the message that is quoted.

    `instead_of` is where it was forwarded to, in lower case, where the report names both.
    """

    address: str
    score: int
    line: int
    words: str = ""
    is_quoted: bool = False
    instead_of: str = ""


def find(text: str, own: Iterable[str], wanted: Iterable[str]) -> list[Mention]:
    """Those meant. `own` are addresses of whoever sent the message, `wanted` those it was for, in lower case."""
    lines = [line[:_LONGEST_LINE] for line in text.split("\n")[:_MOST_LINES]]
    wanted = set(wanted)
    every = _mentions(lines, set(own) - wanted, wanted)
    chosen = _chosen(every, wanted)
    for each, following in zip(chosen, [*chosen[1:], None], strict=False):
        end = following.line if following else len(lines)
        each.words = "\n".join(lines[each.line : max(each.line + 1, min(end, each.line + _LINES_OF_ONE))])
    return chosen


def coded_lines(text: str) -> str:
    """The lines of a text that quote a server, each with what it goes on with; "" where none does."""
    lines = text.split("\n")[:_MOST_LINES]
    found: list[str] = []
    for number, line in enumerate(lines):
        line = line[:_LONGEST_LINE]
        if not (code_in(line) or status_in(line)) or _looks_like_a_date(line):
            continue
        rest = []
        for following in lines[number + 1 : number + 5]:
            if not following.strip() or code_in(following):
                break
            rest.append(following.strip()[:_LONGEST_LINE])
        found.append(" ".join([line.strip(), *rest]))
        if len(found) == 3:
            break
    return "\n".join(found)


def _looks_like_a_date(line: str) -> bool:
    return bool(re.match(r"\s*(date|received|arrival-date|message-id|subject|x-[\w-]+|size|from|to)\s*:", line, re.I))


def _mentions(lines: list[str], own: set[str], wanted: set[str]) -> list[Mention]:
    best: dict[str, Mention] = {}
    last = None
    replaced: set[str] = set()
    for number, line in enumerate(lines):
        for match in ADDRESS.finditer(line) if "@" in line else ():
            address = trimmed(match[0])
            key = address.lower()
            if key in replaced or (len(best) >= _MOST_ADDRESSES and key not in best):
                continue
            before, after, gone = line[: match.start()], line[match.end() :], ""
            if _GENERATED.search(before):
                # Our copy went to the address before the forwarding.
                score = SURE + 3
                if last is not None and last.line >= number - 1:
                    gone = last.address.lower()
                    best.pop(gone, None)
                    replaced.add(gone)
            else:
                score = _score(key, before, after, own, wanted)
            known = best.get(key)
            if known is None or score > known.score:
                place = known.line if known and known.score >= SURE else number
                best[key] = Mention(address, score, place, "", _is_quoted_head(lines, place), gone)
            last = best.get(key)
    return sorted(best.values(), key=lambda each: each.line)


def _is_quoted_head(lines: list[str], number: int) -> bool:
    near = lines[max(0, number - 3) : number] + lines[number + 1 : number + 4]
    return bool(_QUOTED_HEAD.match(lines[number])) and any(map(_QUOTED_REST.match, near))


def _score(key: str, before: str, after: str, own: set[str], wanted: set[str]) -> int:
    score = 1
    if _RCPT.search(before):
        score += 5
    elif _STARTS.match(before):
        score += 4 if not after.strip(" \t>\"'*:;,.)]") or after.lstrip(" >\"')").startswith((":", "...", "(")) else 3
    elif _NOT_THEM.search(before):
        score -= 6
    elif _TO.search(before):
        score += 3
    if code_in(before + after) or status_in(before + after):
        score += 2
    if key in wanted:
        score += 4
    elif _ROLES.match(key) or _IDENTIFIER.search(key):
        score -= 4
    return score - 8 if key in own else score


def _chosen(every: list[Mention], wanted: set[str]) -> list[Mention]:
    sure = [each for each in every if each.score >= SURE]
    sure = [each for each in sure if not each.is_quoted] or sure
    if len(wanted) == 1 and any(each.address.lower() in wanted for each in sure):
        sure = [each for each in sure if each.address.lower() in wanted or each.score > SURE]
    if sure or wanted:
        return sure
    likely = [each for each in every if each.score >= LIKELY]
    most = max((each.score for each in likely), default=0)
    return [each for each in likely if each.score == most][:1]
