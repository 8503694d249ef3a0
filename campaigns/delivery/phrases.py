"""The words of refusals, as mail systems write them: each phrase with the cause it names, the surest first. Pure.

A cause is the value of a `replies.Cause`; phrases are looked for in lower-case text without addresses.
"""

import re
from collections.abc import Iterable

Phrases = tuple[tuple[str, re.Pattern[str]], ...]


def _said(cause: str, *patterns: str) -> Phrases:
    return tuple((cause, re.compile(pattern)) for pattern in patterns)


def first(phrases: Iterable[tuple[str, re.Pattern[str]]], words: str) -> str | None:
    """The cause of the first phrase that stands in the words, or None."""
    return next((cause for cause, pattern in phrases if pattern.search(words)), None)


# About whom the mail comes from. They come first, since "user unknown" behind them speaks of the sender.
SENDER: Phrases = (
    *_said(
        "authentication",
        r"\b(spf|dkim|dmarc|sender ?id)\b|openspf|unauthenticated|not (properly )?authenticat",
        r"required authentication level|authentication (required|checks?|information)|anti-?spoof",
        r"sender policy framework",
    ),
    *_said(
        "name",
        r"sender address rejected: (domain|unable|.*\bdns\b)|domain of sender (address )?.*(exist|resolve)",
        r"invalid dns (mx|a\b)|sender domain|domain .{0,40}(must|does not|doesn't) resolve",
    ),
    *_said(
        "sender",
        r"sender (verif|address rejected|rejected|denied|refused|blocked|not allowed|invalid|unknown|reject)",
        r"(verif\w+|callout|callback|callback setup) (failed|error).{0,60}sender|from address|mail from\b",
        r"envelope sender|return[- ]path|badmailfrom|banned sender|blocked ?senders?|send as this sender",
        r"requires? (a )?confirmation",
        r"(address|identity|identities) (is |are )?not verified|not owned by user|sender .{0,20}not (allowed|auth)",
    ),
)

# About us: where our mail comes from, what it says, how much of it there is.
POLICY: Phrases = (
    # One sentence for every cause there is, and sentences about a mailbox with words that are used of us too.
    *_said("unknown", r"may not exist, they may be blacklisted"),
    *_said("full", r"(mailbox|mail box|account) size|(user|mailbox|account) has too many"),
    *_said(
        "disabled",
        r"(mailbox|recipient's account|user's account) (has been |is |was )?(temporarily )?(blocked|deactivat)",
    ),
    *_said(
        "name",
        r"reverse (dns|lookup)|\bptr\b|rdns|cannot find your (reverse )?hostname|hostname .{0,20}(not found|resol)",
        r"helo|ehlo|fully[- ]qualified|client host rejected: (cannot|no)|without a valid sender",
    ),
    *_said("encryption", r"starttls|\btls\b|encrypt(ion|ed) (is )?(required|needed|connection)"),
    *_said(
        "relay",
        r"relay(ing)? (access )?(denied|not permitted|not allowed|rejected|prohibited|refused|failed)",
        r"unable to relay|not permitted to relay|relay not|cannot relay|rcpthosts|do not relay|tenantattribution",
        r"(no|not) relay\b|must be authenticated|authentication failed|your account",
        r"account .{0,30}(not |un)authori[sz]ed to send",
    ),
    *_said(
        "reputation",
        r"spamhaus|spamcop|barracuda|sorbs|uceprotect|senderscore|invaluement|cloudmark|blocklist\.de",
        r"\b(rbls?|dnsbls?|dnsrbl|xbl|pbl|sbl|surbl|uribl|css|abusix|psbl|njabl)\b(?!.{0,10}score)",
        r"block ?-?list|black ?-?list|blackhole|block list|deny ?list|reputation|s3150|s3140|tosa@|tosa\b",
        r"(client host|\bip\b|host|network|address|addresses|traffic|server|you).{0,60}\b(blocked|banned|listed)\b",
        r"blocked (using|by|for|due|because)|banned|user complaints|abuse|\[(bl|ts|tss)\d+\]|\b(oo|sc|dy|ou)-00\d",
        r"messages from .{0,40}weren't sent|access (from|to).{0,40}(denied|rejected)|no smtp service",
        r"not accepted from (this|your)|ipcheck",
        r"not authorized to send email directly|suspicious|ofr_?50[0-9]|ofr00[46]_|lpn\d{3}_",
    ),
    *_said(
        "content",
        r"virus|malware|phish|attachment|executable|dangerous|security (issue|polic|risk)|hm08|cs0\d|ph01",
        r"spam\b|junk|unsolicited|\buce\b|bulk mail|spamassassin|dt:spm|spamshield|content|\burls?\b.{0,20}block",
        r"improper use of 8-?bit|invalid header|header.{0,20}(invalid|missing|malformed)|rfc ?\d*822|non[- ]rfc",
        r"message (was )?filtered|mail rej(e|é)t(e|é)|permanently rejected message|judged",
    ),
    *_said(
        "size",
        r"(message|mail|email|e-mail|data)( file)? ?(size|too (big|large)|length)|too (big|large)\b|databytes",
        r"exceeds? .{0,30}(size|databytes)|size (limit|exceed)|maximum .{0,20}size",
    ),
    *_said(
        "rate",
        r"(?<!connection )rate[- ]?limit|limits for how many|throttl|too fast|frequency limit",
        r"too (many|much) (message|mail|email|recipient|rcpt)s?",
        r"(hourly|daily|sending|maximum|message|email|emails)( \w+)? (quota|limit|credits|rate)|max emails per",
        r"unusual (rate|sending|volume)|unexpected volume|recipients? .{0,15}this hour|volume of",
    ),
)

# About the recipient.
ADDRESS: Phrases = (
    *_said(
        "moved",
        r"user (has )?moved|has moved to|user not local; please try|new address is|no longer (on|at) (this )?server",
    ),
    *_said(
        "no_person",
        r"(user|mailbox|recipient|account|address|addressee|person|alias|customer)s? .{0,30}(unknown|not known)",
        r"(unknown|no such|not a known|invalid|non-?existent|unrecognized|illegal) .{0,20}(user|mailbox|recip|rcpt)",
        r"(unknown|no such|invalid|illegal|non-?existent) .{0,20}(address|alias|account|person|local[- ]part)",
        r"(user|mailbox|recip\w*|account|address|alias|it).{0,60}(does not|doesn't|do not|did not|don't) exist",
        r"(user|mailbox|recipient|account|address)( \S+)? ?(was |is |could )?(not (be )?found|nonexist|notfound)",
        r"(user|recipient)s? .{0,20}(not listed|not in|not local|not registered)|recipientnotfound|nosuchuser",
        r"no (mailbox|user|account|one|person|recipient|local mailbox)s? .{0,20}(here|by that|with|named|record|found)",
        r"doesn't have an? .{0,20}account|not our customer|not a valid (mailbox|user|recipient|address)",
        r"undeliverable address|(address|recipient|rcpt) rejected(?!.{0,3}(:|due|by|for))|bad destination mailbox",
        r"bad[ _-](recipient|rcpt|mailbox)|no mail ?box(es)?\b.{0,20}(for|available)",
        r"address rejected: (user|undeliverable|no such|not found|mailbox|bad|invalid)",
        r"address rejected: unknown|unrouteable mail|mailbox unavailable or access denied|irbounce",
        r"ofr_?416|destinataire invalide|adresse .{0,40}(invalide|inconnue)|utilisateur inconnu|boite .{0,20}inconnu",
        r"(empf(ä|ae)nger|benutzer|adressat|postfach).{0,20}(unbekannt|existiert nicht)|unbekannter",
        r"(usuario|destinatario|cuenta|buz(ó|o)n).{0,20}(desconocid|no existe|inexistente|inv(á|a)lid)",
        r"(usu(á|a)rio|destinat(á|a)rio|conta).{0,20}(desconhecid|n(ã|a)o existe)|utente sconosciuto",
    ),
    *_said(
        "no_domain",
        r"(host|domain) .{0,40}(not found|unknown|does not exist|doesn't exist|no such)|unrouteable address",
        r"(unknown|no such|invalid|bad) (host|domain)|null ?mx|does not accept mail|no mx|domain isn't|nxdomain",
        r"weren't able to find the recipient domain|no valid (hosts|mx)|name or domain|no mail hosts",
    ),
)
# Microsoft 365 for nobody: "Recipient address rejected: Access denied", with 5.4.1.
ACCESS_DENIED: Phrases = _said("no_person", r"access denied")

_MAILBOX: Phrases = (
    *_said(
        "full",
        r"(over|exceed\w*|out of)( \w+){0,3} (quota|storage|space)|quota .{0,30}(exceed|full|reached)|overquota",
        r"(mailbox|mail box|inbox|user|account|folder|recipient).{0,40}( is)? (full|over ?quota|too full)",
        r"(mailbox|account|storage) (size |space )?(limit|allocation)|storage allocation|quotaexceeded|disk quota",
        r"(mailbox|inbox|account|folder).{0,30}(no space|out of storage|exceeded)|recipient'?s? .{0,20}storage",
        r"postfach .{0,20}voll|buz(ó|o)n .{0,10}lleno|bo(î|i)te .{0,20}pleine|caixa .{0,20}cheia|zuviele mails",
    ),
    *_said(
        "disabled",
        r"(mailbox|account|user|recipient|address|inbox)\b.{0,40}(disabled|inactive|suspend|deactivat|discontinu)",
        r"(mailbox|account|user|recipient)\b.{0,40}(terminated|expired|closed|locked|not active|is blocked|on hold)",
        r"(disabled|inactive|suspended|deactivated|frozen|locked) .{0,20}(mailbox|account|user|recipient)",
        r"conta inativa|cuenta (inactiva|desactivada)|no longer (accept|in use|valid|active|available|employed)",
        r"not accepting (any )?(mail|messages)|cannot receive|delivery is not allowed to this address",
    ),
)

_MOMENT: Phrases = (
    *_said(
        "greylist",
        r"gr[ea]y ?-?list|postgrey|come back (in|later)|internal resource temporarily|doc-1369#451",
        r"(try|retry) (again )?(in|after) \d+ ?(s|sec|min)|deferred.{0,30}first|not yet authorized to deliver",
    ),
    *_said(
        "unverified",
        r"unverified address|(verify|verif\w+).{0,40}(later|temporar|in progress|defer)",
        r"could not complete .{0,20}ver",
    ),
    *_said(
        "busy",
        r"too many (connections|sessions|concurrent|errors)|connections? (limit|rate)",
        r"temporar(y|ily)|try (again|later)|please try|later\b|server busy",
        r"service (is )?(currently )?(not available|unavailable)",
        r"insufficient (system )?(storage|disk|resources)|out of (disk|memory)|disk (space|full)|resources? unav",
        r"overload|too busy|load (average )?too high|maintenance|shutting down|not accepting network",
        r"(internal|local|server|system|configuration|software|queue file write|ldap|lookup) (\w+ )?(error|problem)",
        r"(internal|local|server|system|ldap|lookup) (\w+ )?failure",
    ),
    *_said(
        "network",
        r"timed? ?out|timeout|connection (refused|reset|lost|dropped|closed)|no route|unreachable|cname lookup",
        r"malformed .{0,30}name server",
        r"(dns|name server|mx) .{0,20}(fail|error|loop)|loop(ing|s)?\b|too many hops|hop count|retry time",
    ),
)

RECIPIENT: Phrases = (
    *_said(
        "restricted",
        r"sendernotauthenticatedforgroup|resolver\.rst|only accepts? (mail|messages)|not authorized .{0,30}group",
        r"(allowed|permitted|restricted|accepts).{0,30}(senders|authorized|internal)|rejected by (the )?recipient",
        r"user has no permission|user entry|recipient .{0,20}(blocked|refuses) .{0,15}sender",
    ),
    *_said("busy", r"receiving mail (at|too)|temporarily (locked|unavailable|disabled)"),
    *_MAILBOX,
    *ADDRESS,
    *_MOMENT,
)

# Words that say little; asked only where the code says no more.
VAGUE: Phrases = (
    *_said(
        "other_policy", r"polic(y|ies)|prohibit|not permitted|not allowed|unauthori[sz]ed|security|transport\.rules"
    ),
    *_said("no_person", r"mailbox (is )?(unavailable|not available)(?!.{0,60}(polic|denied))"),
    *_said(
        "other_policy",
        r"access denied|blocked|denied|refused to accept|(message|mail|email) (was )?(rejected|refused|not accepted)",
        r"will not accept|not accepted|\bcon:b1|\brly:|bounce\(|ask your postmaster|turned away",
    ),
)
