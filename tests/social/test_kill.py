"""Killed between "sent" and "recorded" on every network at once, a post is there exactly once: a real process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

import config
from campaigns import clock
from campaigns.planning.models import ItemState
from campaigns.social import publishing, queries
from campaigns.social.actions import publishing as books
from campaigns.social.models import PublicationState as P
from tests.social import networks, posts
from tests.social.fakes.server import Fake

pytestmark = pytest.mark.processes

CHILD = """
import threading
from campaigns.app import create_app
from campaigns.social import publishing

with create_app().app_context():
    publishing.work(threading.Event(), "child")
"""


def test_a_process_that_is_killed_before_it_can_write_down_posts_nothing_twice(
    ctx: Flask, fakes: Callable[[Fake], Fake], tmp_path: Path
) -> None:
    posts.go_live()
    pair = posts.people()
    running = {name: fakes(case.fake()) for name, case in networks.CASES.items()}
    channels = [networks.channel(name, fake) for name, fake in running.items()]
    post_id = posts.launched(pair, *channels)
    child = start(ctx, tmp_path)
    # Every network has acted before the process is killed, and none of the answers has left.
    everybody = threading.Barrier(len(running), action=child.kill)
    for name, fake in running.items():
        fake.next(networks.CASES[name].path, lambda: [everybody.wait(60), child.wait(60)])
    assert child.wait(60) == -signal.SIGKILL, (tmp_path / "log").read_text()
    assert {name: len(fake.posts) for name, fake in running.items()} == dict.fromkeys(running, 1)
    recover(post_id)
    # The one that looks is killed as well, in the middle of looking.
    looking = start(ctx, tmp_path)
    running["mastodon"].next("/api/v1/accounts/7/statuses", lambda: [looking.kill(), looking.wait(60)])
    assert looking.wait(60) == -signal.SIGKILL
    recover(post_id)
    publishing.work(threading.Event(), "after")
    assert {name: len(fake.posts) for name, fake in running.items()} == dict.fromkeys(running, 1)
    states = {one.channel_id: one.state for one in queries.publications_of(post_id)}
    found = {channel.network: states[channel.id] for channel in channels}
    # Nobody can read a Telegram channel back; there a person is asked, and nothing is repeated.
    assert found == {name: P.UNKNOWN if name == "telegram" else P.PUBLISHED for name in running}
    assert queries.get_post(post_id).state == ItemState.UNKNOWN


def start(app: Flask, folder: Path) -> subprocess.Popen[bytes]:
    """A process that publishes what is due."""
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    settings = config.load()
    environment = {
        **os.environ,
        "DATABASE_URL": "" if url.startswith("sqlite") else url,
        "INTERNAL_HOSTS": settings.internal_hosts,
        "NETWORK_TIMEOUT_MS": "60000",
        "PYTHONPATH": str(config.ROOT),
    }
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-c", CHILD], env=environment, stdout=log, stderr=log)


def recover(post_id: int) -> None:
    """What the next process does when it starts, or time where several may be at work."""
    books.free_all(clock.now())
    posts.later(post_id)
