"""Mails to the author of a newsletter: it was sent, it stopped, or it waits for somebody."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from campaigns.audience.links import site_url
from campaigns.delivery import outbox
from campaigns.delivery.models import Run
from campaigns.delivery.replies import SENTENCES, Cause
from campaigns.newsletters.models import Newsletter
from campaigns.staff.models import User


def add(session: Session, newsletter: Newsletter, what: str, text: str, now: datetime) -> None:
    """Tell the author, in the caller's transaction; without an active author nobody is told."""
    author = session.get(User, newsletter.author_id) if newsletter.author_id else None
    if author is None or not author.active:
        return
    outbox.add(
        session,
        kind="newsletter_notice",
        to_address=author.email,
        to_name=author.name,
        subject=gettext("“%(title)s” %(what)s", title=newsletter.title, what=what),
        text=f"{text}\n\n{gettext('Look at it here:')}\n{site_url()}/newsletters/{newsletter.id}\n",
        now=now,
    )


def refused(causes: Mapping[str, int]) -> str:
    """What stands behind copies that were refused because of us, in sentences, the most frequent first."""
    lines = [gettext("Some mail servers refuse it for reasons that lie with us. No reader is counted as unreachable.")]
    lines += [f"{count:,} x {SENTENCES[Cause(cause)]}" for cause, count in causes.items()]
    lines.append(
        gettext(
            "It goes on, and stops by itself when there are too many. Please show this to whoever looks after your "
            "mail server; when the cause is mended, send these copies again with one button on the page."
        )
    )
    return "\n\n".join(lines)


def counts(run: Run) -> str:
    """What became of the copies, in sentences."""
    sent, failed, skipped = (f"{count:,}" for count in (run.sent, run.failed, run.skipped))
    lines = [ngettext("%(n)s copy was handed over.", "%(n)s copies were handed over.", run.sent, n=sent)]
    if run.failed:
        lines.append(
            ngettext(
                "%(n)s was refused; the page says why.",
                "%(n)s were refused; the page says why.",
                run.failed,
                n=failed,
            )
        )
    if run.skipped:
        lines.append(
            ngettext(
                "%(n)s was left out: they left, paused or must not be written to.",
                "%(n)s were left out: they left, paused or must not be written to.",
                run.skipped,
                n=skipped,
            )
        )
    return "\n".join(lines)
