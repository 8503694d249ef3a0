"""The jobs of sending, by name: what an action of delivery asks for in its own transaction."""

from campaigns.queueing import SENDING, Asked

LOOK = Asked("look_after_runs", "look_after_runs", {})


def cut(run_id: int) -> Asked:
    """Put the next recipients of a run into a batch."""
    return Asked("cut_batch", f"cut:{run_id}", {"run_id": run_id})


def send(batch_id: int) -> Asked:
    """Send a batch."""
    return Asked("send_batch", f"batch:{batch_id}", {"batch_id": batch_id}, SENDING)


def again(run_id: int) -> Asked:
    """Try those of a run again whose time has come."""
    return Asked("send_again", f"again:{run_id}", {"run_id": run_id}, SENDING)
