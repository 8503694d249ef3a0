"""What the clock does with newsletters: launches those whose time has come, and notices those that are stuck."""

import logging
from datetime import datetime

from campaigns.db import end_reading
from campaigns.errors import OutreachError
from campaigns.newsletters import preparing, queries
from campaigns.newsletters.actions import after, sending

log = logging.getLogger(__name__)


def launch_due(now: datetime) -> int:
    """Launch what is due, each on its own, compiled afresh and held against its approval; gives how many left.

    Not a transaction itself: rendering comes first, then one transaction each.
    """
    launched = 0
    for newsletter_id in queries.due(now):
        try:
            launched += sending.launch(preparing.prepare(newsletter_id, now), now) is not None
        except OutreachError:
            # One broken newsletter must not keep the others; its page still says that its time has come.
            log.exception("newsletter %s could not be launched", newsletter_id)
    end_reading()
    return launched


def notice_trouble(now: datetime) -> int:
    """Tell the authors whose newsletter mail servers do not take or refuse because of us, once each; gives how many."""
    stuck = queries.in_trouble()
    for newsletter_id, reason, has_stopped in stuck:
        sending.note_trouble(newsletter_id, reason, has_stopped, now)
    refused = queries.refused_untold()
    for newsletter_id in refused:
        after.tell_refused(newsletter_id, now)
    end_reading()
    return len(stuck) + len(refused)
