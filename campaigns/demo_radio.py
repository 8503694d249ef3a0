"""The radio part of the demo: one episode announced on every channel, each draft approved by a second person."""

import threading
from datetime import datetime, time, timedelta

from campaigns import clock
from campaigns.audience.actions import importing
from campaigns.db import end_reading
from campaigns.delivery import queries as delivery
from campaigns.delivery import sender
from campaigns.delivery.models import RunState
from campaigns.newsletters import actions as newsletters
from campaigns.newsletters import preparing
from campaigns.newsletters import queries as newsletter_queries
from campaigns.newsletters.source import NewsletterSource
from campaigns.planning.models import PlanItem
from campaigns.planning.queries import is_paused
from campaigns.playbooks import letters as letter_rows
from campaigns.playbooks import queries
from campaigns.playbooks.actions import letters, packs
from campaigns.playbooks.models import Announcement
from campaigns.radio import planned
from campaigns.radio import queries as radio
from campaigns.radio.actions import airings, episodes, scripts, shows
from campaigns.radio.actions.episodes import GuestEntry
from campaigns.radio.rhythm import Rhythm
from campaigns.social import preparing as posts
from campaigns.social import publishing
from campaigns.social import queries as social
from campaigns.social.actions import approving, channels
from campaigns.social.networks.port import Verified
from campaigns.staff.queries import get_organization

LISTENERS = "email,first_name,last_name\nkim@example.net,Kim,Lee\nrui@example.net,Rui,Dias\nzoe@example.net,Zoë,Ba\n"
SHOW = {"title": "H.E.A.T. Watch Radio", "tagline": "How neighbors look out for each other.", "topics": ["Youth"]}
STATION = {"name": "Radio Oakland", "call_sign": "KOAK", "traffic_email": "traffic@radio.example.org"}
STATION |= {"press_email": "news@radio.example.org"}
EPISODE = {"title": "What a school nurse notices", "summary": "A school nurse tells which signs made her ask again."}


def announced(author: int, approver: int) -> list[tuple[str, object, object]]:
    """Announce one episode; gives (what was counted, the count, what it should be)."""
    now = clock.now()
    episode_id, broadcast_id = _on_air(author, now)
    _listeners(author, now)
    made, problems = packs.make(episode_id, author, now)
    print(f"One episode, announced on every channel: {made} drafts")
    approved = _approve_all(episode_id, broadcast_id, author, approver)
    times = {each.item_kind: item.due_at for each, item in _items(broadcast_id) if item and item.due_at}
    alert = next(each for each, _ in _items(broadcast_id) if each.item_kind == newsletter_queries.KIND)
    # What is due in two weeks is asked to leave as if they had passed.
    sent_letters = letters.send_due(times[queries.KIND])
    newsletters.launch_due(times[newsletter_queries.KIND])
    reached = _work(alert.ref)
    launched = publishing.launch_due(times[social.KIND])
    return [
        ("drafts from one episode", made, 11),
        ("drafts that could not be made", len(problems), 0),
        ("of them approved by a second person", approved, 11),
        ("letters to the station on their way", sent_letters, 2),
        ("listeners who got the alert", reached, 3),
        ("posts that are on their way", launched, 3),
    ]


def _on_air(author: int, now: datetime) -> tuple[int, int]:
    zone = get_organization().zone
    show_id = shows.create_show(dict(SHOW), author, now)
    station_id = shows.create_station(STATION | {"zone": zone}, author, now)
    first = datetime.combine(clock.today(zone) + timedelta(days=14), time(18, 30))
    airing_id = airings.create(
        show_id,
        station_id,
        first_wall=first,
        rhythm=Rhythm("weekly"),
        minutes=30,
        until_on=None,
        is_repeat=False,
        is_live=False,
        user_id=author,
        now=now,
    )
    guest = GuestEntry("Maria", "guest", has_consent=True, consent_on=clock.today(zone))
    episode_id = episodes.create(show_id, dict(EPISODE), [guest], author, now)
    verified = Verified(handle="")
    channels.connect(
        name="Bulletin board",
        network_name="manual",
        base_url="",
        credentials={},
        verified=verified,
        zone=zone,
        user_id=author,
        now=now,
    )
    return episode_id, episodes.carry(episode_id, airing_id, first, author, now)


def _listeners(author: int, now: datetime) -> None:
    alerts = queries.alert_list()
    import_id = importing.check(
        filename="listeners.csv",
        content=LISTENERS.encode(),
        list_ids=[alerts.id] if alerts else [],
        basis="earlier_list",
        user_id=author,
        now=now,
    )
    importing.start(import_id, author, now)
    importing.carry_out(import_id, now)


def _items(broadcast_id: int) -> list[tuple[Announcement, PlanItem | None]]:
    return [(each, queries.item_of(each)) for each in queries.announcements_of([broadcast_id])]


def _approve_all(episode_id: int, broadcast_id: int, author: int, approver: int) -> int:
    """Ask for approval as the author, and approve as the other person; gives how many have it."""
    now = clock.now()
    for each, _ in _items(broadcast_id):
        if each.item_kind == queries.KIND:
            letters.submit(each.ref, author, now)
            seen = letter_rows.content_hash(queries.get_letter(each.ref))
            letters.decide(each.ref, is_approved=True, seen_hash=seen, comment="", user_id=approver, now=now)
        elif each.item_kind == newsletter_queries.KIND:
            newsletters.submit(preparing.prepare(each.ref, now), "", author, now)
            prepared = preparing.prepare(each.ref, now)
            newsletters.approve(prepared, prepared.content_hash, "", approver, now)
        else:
            approving.submit(posts.prepare(each.ref, now), "", author, now)
            post = posts.prepare(each.ref, now)
            approving.approve(post, post.content_hash, "", approver, now)
    for script in radio.scripts_of(episode_id).values():
        scripts.submit(script.id, author, now)
        seen = planned.content_hash(radio.get_script(script.id))
        scripts.decide(script.id, is_approved=True, seen_hash=seen, comment="", user_id=approver, now=now)
    end_reading()
    approved = [item for _, item in _items(broadcast_id) if item and item.approved_hash]
    return len(approved) + sum(script.state == "approved" for script in radio.scripts_of(episode_id).values())


def _work(newsletter_id: int) -> int:
    run_id = newsletter_queries.get_newsletter(newsletter_id).run_id
    if run_id is None:
        return 0
    stop = threading.Event()
    while delivery.progress(run_id).state == RunState.RUNNING:
        sender.work({newsletter_queries.KIND: NewsletterSource()}, is_paused, stop, "demo")
    return delivery.progress(run_id).sent
