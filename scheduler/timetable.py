"""Everything that happens by itself: one line per job, its name, its function and how often."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.queueing import DEFAULT, SENDING
from scheduler import jobs


@dataclass(frozen=True)
class Line:
    """One job. `seconds` is the distance between two runs and divides a minute, an hour or a day.

    A job runs once at a time over all machines, unless `is_shared`: then each process may run it once at a time beside
    the others, because it claims what it works on; or `is_local`: then each process runs it for itself. A job without
    `seconds` runs only when it is asked for by name. In the queue of sending, each process runs one job at a time.
    """

    name: str
    function: Callable[..., int]
    seconds: int | None
    is_shared: bool = False
    is_local: bool = False
    queue: str = DEFAULT

    @property
    def cron(self) -> str:
        """The same rhythm as a cron line whose sixth field is the second."""
        if self.seconds is None:
            raise ValueError(f"{self.name} has no rhythm")
        if self.seconds < 60:
            return f"* * * * * */{self.seconds}"
        if self.seconds < 3600:
            return f"*/{self.seconds // 60} * * * * 0"
        return f"0 */{self.seconds // 3600} * * * 0" if self.seconds < 86_400 else "0 10 * * * 0"


TIMETABLE: list[Line] = [
    Line("heartbeat", jobs.heartbeat, seconds=5, is_local=True),
    Line("launch", jobs.launch, seconds=1),
    Line("notice_trouble", jobs.notice_trouble, seconds=10),
    Line("look_at_first_parts", jobs.look_at_first_parts, seconds=2),
    Line("look_after_runs", jobs.look_after_runs, seconds=1),
    Line("cut_batch", jobs.cut_batch, seconds=None, is_shared=True),
    Line("send_batch", jobs.send_batch, seconds=None, is_shared=True, queue=SENDING),
    Line("send_again", jobs.send_again, seconds=None, is_shared=True, queue=SENDING),
    Line("mail", jobs.mail, seconds=2, is_shared=True),
    Line("publish", jobs.publish, seconds=1, is_shared=True),
    Line("watch_posts", jobs.watch_posts, seconds=30),
    Line("carry_out_imports", jobs.carry_out_imports, seconds=2),
    Line("send_letters", jobs.send_letters, seconds=10),
    Line("end_broadcasts", jobs.end_broadcasts, seconds=60),
    Line("fetch_feeds", jobs.fetch_feeds, seconds=3),
    Line("place_entries", jobs.place_entries, seconds=20),
    Line("make_digests", jobs.make_digests, seconds=20),
    Line("check_deliverability", jobs.check_deliverability, seconds=86_400),
    Line("read_bounces", jobs.read_bounces, seconds=60),
    Line("act_on_bounces", jobs.act_on_bounces, seconds=5),
    Line("tidy", jobs.tidy, seconds=3600),
]


def by_name(lines: list[Line]) -> dict[str, Line]:
    """The lines by their names."""
    return {line.name: line for line in lines}
