"""The jobs: each asks what is due, acts, and returns how many things it acted on. Engines do not matter here."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime

from campaigns import clock
from campaigns.audience import links
from campaigns.audience.actions import bouncing, importing
from campaigns.audience.actions import retention as audience_retention
from campaigns.delivery import sender
from campaigns.delivery.actions import batches, mails, stages
from campaigns.delivery.bounces import polling
from campaigns.delivery.bounces.actions import taking
from campaigns.delivery.doctor import rounds
from campaigns.digests import refresh
from campaigns.digests.actions import issues, placing
from campaigns.errors import OutsideError
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters.actions import launching
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning import queries as planning
from campaigns.playbooks.actions import letters as station_letters
from campaigns.radio.actions import log as radio_log
from campaigns.social import publishing
from campaigns.social.actions import channels as social_channels
from campaigns.social.actions import publishing as social_books
from campaigns.social.actions import writing as social_posts
from campaigns.staff.actions import signing_in
from scheduler.diary import Diary

log = logging.getLogger("scheduler")

# Who knows the recipients of a run, by the kind that is stored with it.
SOURCES: dict[str, sender.Source] = {"newsletter": NewsletterSource()}


@dataclass(frozen=True)
class Tick:
    """What a job is given: the instant, whether to stop soon, who it is among several machines, and the diary."""

    now: datetime
    stop: threading.Event
    owner: str
    diary: Diary


def recover() -> None:
    """Give back at once what a process that was killed held; only where this process is the only one."""
    batches.free_all()
    social_books.free_all(clock.now())


def heartbeat(tick: Tick) -> int:
    """Write down for the desk that the scheduler is alive, and how the jobs are doing."""
    tick.diary.save(tick.now)
    return 1


def launch(tick: Tick) -> int:
    """Launch the newsletters whose time has come; those too late are marked as missed."""
    return newsletters.launch_due(tick.now)


def notice_trouble(tick: Tick) -> int:
    """Tell the authors whose newsletter the mail server does not take."""
    return launching.notice_trouble(tick.now)


def look_at_first_parts(tick: Tick) -> int:
    """Stop large newsletters whose first part shows that something is wrong; let the rest of the others follow."""
    return stages.look_at_all(tick.now)


def look_after_runs(tick: Tick) -> int:
    """End the runs that are done, and ask for what is left of the others: nothing else asks after a crash or pause."""
    return _desk(tick).look()


def cut_batch(tick: Tick, run_id: int) -> int:
    """Put the next recipients of a run into a batch."""
    return _desk(tick).cut(run_id)


def send_batch(tick: Tick, batch_id: int) -> int:
    """Send a batch, and more of the same run while the connections are open."""
    return _desk(tick).send(batch_id)


def send_again(tick: Tick, run_id: int) -> int:
    """Try those of a run again whose time has come."""
    return _desk(tick).send_again(run_id)


def _desk(tick: Tick) -> sender.Desk:
    return sender.Desk(SOURCES, planning.is_paused, tick.stop, tick.owner)


def mail(tick: Tick) -> int:
    """Send the single mails that are due: confirmations, links, notices."""
    try:
        return sender.send_mails(planning.is_paused, tick.stop)
    except OutsideError as error:
        log.warning("single mails wait: %s", error)
        return 0


def publish(tick: Tick) -> int:
    """Publish the posts whose time has come, a thread a channel, until nothing is due or we are to stop."""
    return publishing.work(tick.stop, tick.owner)


def watch_posts(tick: Tick) -> int:
    """Mail about posts that should be out for five minutes and are not, and before access to a channel ends."""
    return publishing.watch(tick.now) + social_channels.warn_before_end(tick.now)


def carry_out_imports(tick: Tick) -> int:
    """Carry out the imports that were confirmed."""
    return importing.carry_out_all(tick.now)


def send_letters(tick: Tick) -> int:
    """Send the letters to stations whose time has come."""
    return station_letters.send_due(tick.now)


def end_broadcasts(tick: Tick) -> int:
    """Mark the broadcasts that are over."""
    return radio_log.end_broadcasts(tick.now)


def fetch_feeds(tick: Tick) -> int:
    """Fetch the feeds that are due, four at a time."""
    return refresh.run(tick.stop)


def place_entries(tick: Tick) -> int:
    """Give new entries of feeds their stories."""
    return placing.place_entries(tick.now)


def make_digests(tick: Tick) -> int:
    """Make the drafts of digests that are due, hand them to their approvers, remind them, keep the ledger."""
    return issues.work(tick.now)


def check_deliverability(tick: Tick) -> int:
    """Look whether the world still believes that our mail is ours, where mail reaches people."""
    return rounds.examine_all(links.test_leave_url(), tick.stop.is_set, tick.now)


def read_bounces(tick: Tick) -> int:
    """Read the bounce mailbox, message by message."""
    return polling.poll(tick.stop)


def act_on_bounces(tick: Tick) -> int:
    """Stop writing to addresses that are dead or complained."""
    total = 0
    while not tick.stop.is_set() and (count := bouncing.act_on_new(tick.now)):
        total += count
    return total


def tidy(tick: Tick) -> int:
    """Forget what is past its time: unconfirmed requests, old mails, tries to sign in, binned newsletters."""
    mails.purge(tick.now)
    taking.purge(tick.now)
    signing_in.purge(tick.now)
    social_channels.purge_sign_ins(tick.now)
    return audience_retention.purge(tick.now) + newsletters.purge_bin(tick.now) + social_posts.purge_bin(tick.now)
