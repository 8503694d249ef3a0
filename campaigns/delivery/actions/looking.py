"""What keeps runs going: asks for the jobs of whatever is left to do, and for none that waits already."""

from datetime import datetime

from campaigns.db import action, db
from campaigns.delivery import asks, brakes, queries
from campaigns.queueing import ask, waiting


@action
def ask_for_the_rest(now: datetime) -> int:
    """Ask for the next step of every run whose time has come; gives how many jobs were asked for.

    In the ordinary course each job asks for the next one. This finds what was left by a process that died, held
    while everything was paused, or put off until now.
    """
    session, wanted = db.session(), []
    full = brakes.waiting_domains(now)
    for run in queries.due_runs(now):
        if not run.is_cut:
            wanted.append(asks.cut(run.id))
        wanted += [asks.send(batch_id) for batch_id in queries.free_batches(run.id, now)]
        if queries.has_due_retries(run.id, now, full):
            wanted.append(asks.again(run.id))
    known = waiting(session) if wanted else set()
    new = [job for job in wanted if job.key not in known]
    for job in new:
        ask(session, job)
    return len(new)
