"""What each network is really told, on a server that keeps to its documented rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaigns import clock
from campaigns.social.counting import Measure
from campaigns.social.messages import Card, Message
from campaigns.social.networks.known import NETWORKS, network
from campaigns.social.networks.port import NotTaken, SignInNeeded, TryLater, Unsure
from tests.social.fakes.bluesky import FakeBluesky
from tests.social.fakes.facebook import FakeFacebook
from tests.social.fakes.mastodon import FakeMastodon
from tests.social.fakes.server import Fake
from tests.social.fakes.slack import FakeSlack
from tests.social.fakes.telegram import FakeTelegram
from tests.social.fakes.webhook import FakeWebhook
from tests.social.fakes.x import FakeX
from tests.social.networks import CASES, account, send, shown

Start = Callable[[Fake], Fake]
FAMILY = "👩‍👩‍👧‍👦"


@pytest.fixture(params=CASES)
def every(request: pytest.FixtureRequest, fakes: Start) -> tuple[str, Fake]:
    """The name and the fake of each network in turn."""
    return request.param, fakes(CASES[request.param].fake())


def test_a_test_of_the_connection_says_who_we_are_and_changes_nothing(every: tuple[str, Fake]) -> None:
    name, fake = every
    verified = network(name).verify(account(name, fake))
    assert verified.handle
    assert fake.posts == []


def test_wrong_credentials_are_told_apart_from_other_trouble(every: tuple[str, Fake]) -> None:
    name, fake = every
    good = account(name, fake)
    wrong = {
        key: value if key in ("handle", "page_id", "chat", "channel", "url") else "d2hzZWNyZXQh"
        for key, value in good.credentials.items()
    }
    with pytest.raises((SignInNeeded, NotTaken)) as refused:
        send(name, account(name, fake, **wrong), Message("Hello"))
    # Who takes webhooks says only "no"; all networks have a word of their own for a key that is no good.
    assert isinstance(refused.value, SignInNeeded) or name == "webhook"
    assert "d2hzZWNyZXQh" not in str(refused.value)


@pytest.mark.parametrize(
    ("mischief", "wanted"),
    [("silent", Unsure), ("drop", Unsure), ("fault", Unsure), ("garbled", Unsure), ("limit", TryLater)],
)
def test_trouble_while_publishing_is_unsure_unless_it_is_certain(
    every: tuple[str, Fake], mischief: str, wanted: type[Exception]
) -> None:
    name, fake = every
    to = account(name, fake)
    kind, message = network(name), Message("Hello neighbors")
    gathered = kind.gather(to, message)
    key = kind.new_key(clock.now())
    payload = kind.compose(message, gathered, key, [], clock.now())
    since = clock.now()
    fake.next(CASES[name].path, mischief)
    if name == "webhook" and mischief == "garbled":
        wanted = type(None)  # type: ignore[assignment]
    if wanted is type(None):
        kind.publish(to, key, payload)
        return
    with pytest.raises(wanted) as trouble:
        kind.publish(to, key, payload)
    found = kind.find(to, key, payload, since)
    if wanted is Unsure:
        assert len(fake.posts) == 1
        assert found.published is not None if kind.takes.is_readable else not found.is_certain
    else:
        assert fake.posts == []
        until = trouble.value.until
        assert until is not None
        assert timedelta(seconds=5) < until - clock.now() <= timedelta(seconds=7)


def test_a_machine_that_is_not_there_is_tried_again(fakes: Start) -> None:
    with FakeMastodon() as gone:
        to = account("mastodon", gone)
    with pytest.raises(TryLater):
        send("mastodon", to, Message("Hello"))


def test_what_was_published_is_deleted_once_and_a_second_time_does_no_harm(every: tuple[str, Fake]) -> None:
    name, fake = every
    to, kind = account(name, fake), network(name)
    (done,) = send(name, to, Message("Hello neighbors"))
    for _ in range(2):
        kind.delete(to, done.ref)
    assert fake.posts == []


def test_what_was_published_gets_another_text_where_the_network_allows_it(every: tuple[str, Fake]) -> None:
    name, fake = every
    to, kind = account(name, fake), network(name)
    message = Message("Hello neighbours", pictures=(shown(),))
    key = kind.new_key(clock.now())
    payload = kind.compose(message, kind.gather(to, message), key, [], clock.now())
    done = kind.publish(to, key, payload)
    if not kind.takes.may_edit:
        with pytest.raises(NotTaken):
            kind.edit(to, done.ref, payload, "Hello neighbors")
        return
    kind.edit(to, done.ref, payload, "Hello neighbors")
    assert fake.posts == ["Hello neighbors"]


def test_descriptions_reach_every_network_that_takes_them(fakes: Start) -> None:
    message = Message("Look", pictures=(shown("A bus"), shown("")))
    said = {}
    for name, case in CASES.items():
        fake = fakes(case.fake())
        send(name, account(name, fake), message)
        said[name] = fake
    images = next(iter(said["bluesky"].records.values()))["embed"]["images"]
    assert [image["alt"] for image in images] == ["A bus", ""]
    assert [one["description"] for one in said["mastodon"].statuses["s1"]["media"]] == ["A bus", ""]
    assert list(said["x"].media.values()) == ["A bus", ""]
    assert [one["alt_text_custom"] for one in said["facebook"].feed["1234_1"]["photos"]] == ["A bus", ""]
    blocks = next(iter(said["slack"].messages.values()))["blocks"]
    assert [block["alt_text"] for block in blocks[1:]] == ["A bus", "Decoration"]
    assert [one["alt"] for one in next(iter(said["webhook"].shown.values()))["images"]] == ["A bus", ""]
    assert len(said["telegram"].messages[1]["pictures"]) == 2
    assert not network("telegram").takes.has_alt


@pytest.mark.parametrize("name", [name for name, kind in NETWORKS.items() if kind.takes.has_thread])
def test_the_messages_of_a_thread_answer_one_another(name: str, fakes: Start) -> None:
    fake = fakes(CASES[name].fake())
    send(name, account(name, fake), Message("One."), Message("Two."), Message("Three."))
    assert fake.posts == ["One.", "Two.", "Three."]
    if isinstance(fake, FakeBluesky):
        first, second, third = (fake._named(key)["cid"] for key in fake.records)
        replies = [record.get("reply") for record in fake.records.values()]
        assert [reply and (reply["root"]["cid"], reply["parent"]["cid"]) for reply in replies] == [
            None,
            (first, first),
            (first, second),
        ]
        assert third
    if isinstance(fake, FakeMastodon):
        assert [status["parent"] for status in fake.statuses.values()] == [None, "s1", "s2"]
    if isinstance(fake, FakeX):
        answers = [tweet.get("reply", {}).get("in_reply_to_tweet_id") for tweet in fake.tweets.values()]
        assert answers == [None, "1000", "1001"]
    if isinstance(fake, FakeTelegram):
        assert [message["answers"] for message in fake.messages.values()] == [None, 1, 2]


@pytest.mark.parametrize(("text", "is_over"), [(FAMILY * 300, False), ("e\u0301" * 300, False), ("a" * 301, True)])
def test_bluesky_refuses_what_we_call_too_long_and_nothing_else(text: str, is_over: bool, fakes: Start) -> None:
    fake = fakes(FakeBluesky())
    measures = network("bluesky").measures(Message(text), {})
    # 300 families of 25 bytes each are too many bytes, though not too many characters.
    is_over = is_over or len(text.encode()) > 3_000
    assert any(measure.is_over for measure in measures) == is_over
    if is_over:
        with pytest.raises(NotTaken, match="must not be longer"):
            send("bluesky", account("bluesky", fake), Message(text))
    else:
        send("bluesky", account("bluesky", fake), Message(text))
        assert fake.posts == [text]


def test_bluesky_gets_facets_by_bytes_a_card_and_mentions_of_people_that_exist(fakes: Start) -> None:
    fake = fakes(FakeBluesky())
    text = f"{FAMILY} e\u0301 see https://example.org/a, #EndTrafficking with @ana.test and @nobody.test"
    card = Card("https://example.org/guide", "The guide", "Ten signs")
    send("bluesky", account("bluesky", fake), Message(text, link=card.url, card=card))
    (record,) = fake.records.values()
    said = []
    for facet in record["facets"]:
        stretch = text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        said.append((stretch, facet["features"][0]))
    kind = "app.bsky.richtext.facet"
    assert said == [
        ("https://example.org/a", {"$type": f"{kind}#link", "uri": "https://example.org/a"}),
        ("@ana.test", {"$type": f"{kind}#mention", "did": "did:plc:ana"}),
        ("#EndTrafficking", {"$type": f"{kind}#tag", "tag": "EndTrafficking"}),
    ]
    assert record["embed"]["external"] == {"uri": card.url, "title": "The guide", "description": "Ten signs"}


def test_bluesky_keeps_its_session_renews_it_and_writes_the_same_record_once(fakes: Start) -> None:
    fake = fakes(FakeBluesky())
    to, kind = account("bluesky", fake), network("bluesky")
    send("bluesky", to, Message("One"))
    send("bluesky", to, Message("Two"))
    assert fake.sessions == 1
    fake.access.clear()
    send("bluesky", to, Message("Three"))
    assert (fake.sessions, len(fake.paths("refreshSession"))) == (2, 1)
    fake.access.clear()
    fake.refresh.clear()
    key = kind.new_key(clock.now())
    payload = kind.compose(Message("Four"), kind.gather(to, Message("Four")), key, [], clock.now())
    first = kind.publish(to, key, payload)
    assert kind.publish(to, key, payload) == first
    assert (len(fake.records), fake.commits) == (4, 4)


def test_bluesky_keys_sort_by_time() -> None:
    kind, now = network("bluesky"), clock.now()
    keys = [kind.new_key(now + timedelta(milliseconds=step)) for step in range(50)]
    assert keys == sorted(keys)
    assert all(len(key) == 13 for key in keys)


def test_mastodon_waits_for_slow_pictures_and_obeys_the_limits_of_its_server(fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    fake.slow_media, fake.limit = 2, 40
    to, kind = account("mastodon", fake), network("mastodon")
    verified = kind.verify(to)
    assert kind.measures(Message("x" * 35, warning="Signs."), verified.limits) == [Measure(41, 40)]
    message = Message("Look", pictures=(shown(),), warning="Signs", visibility="unlisted", language="es")
    (done,) = send("mastodon", to, message)
    status = fake.statuses["s1"]
    assert (status["warning"], status["visibility"], status["language"]) == ("Signs", "unlisted", "es")
    assert done.permalink.endswith("/@heatwatch/s1")
    with pytest.raises(NotTaken, match="character limit of 40"):
        send("mastodon", to, Message("x" * 41))


def test_mastodon_posts_once_under_a_key_and_says_when_it_has_had_enough(fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    fake.budget = 2
    to, kind = account("mastodon", fake), network("mastodon")
    payload = kind.compose(Message("Hello"), {}, "key", [], clock.now())
    assert kind.publish(to, "key", payload) == kind.publish(to, "key", payload)
    assert (len(fake.statuses), to.free_at) == (1, None)
    kind.publish(to, "other", payload)
    assert to.free_at is not None
    assert to.free_at > clock.now() + timedelta(seconds=80)
    with pytest.raises(TryLater) as refused:
        kind.publish(to, "third", payload)
    assert refused.value.until is not None


def test_mastodon_is_found_again_among_its_own_statuses_through_its_markup(fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    to, kind = account("mastodon", fake), network("mastodon")
    text = "Ask & listen <now>, @ana@other.test:\n\nhttps://example.org/a/very/long/address/indeed?b=c\nThanks"
    since = clock.now()
    payload = kind.compose(Message(text), {}, "key", [], clock.now())
    kind.publish(to, "key", payload)
    assert kind.find(to, "key", payload, since).published is not None
    # An older one with the same words is another one.
    assert kind.find(to, "key", payload, since + timedelta(minutes=1)).published is None


def test_gotosocial_is_not_trusted_with_keys(fakes: Start) -> None:
    fake = fakes(FakeMastodon())
    assert network("mastodon").verify(account("mastodon", fake)).limits["is_keyed"]
    fake.source_url = "https://codeberg.org/superseriousbusiness/gotosocial"
    assert not network("mastodon").verify(account("mastodon", fake)).limits["is_keyed"]


def test_x_renews_its_token_once_and_keeps_the_new_one_before_it_uses_it(fakes: Start) -> None:
    fake = fakes(FakeX())
    keys = {"client_id": "client", "client_secret": "shh", "access": "access-0", "refresh": "refresh-0"}
    kept: list[dict[str, str]] = []
    to = replace(account("x", fake, **keys, expires=(clock.now() + timedelta(hours=1)).isoformat()), keep=kept.append)
    send("x", to, Message("One"))
    fake.access = "another"
    send("x", to, Message("Two"))
    assert (fake.renewals, kept[-1]["refresh"]) == (1, "refresh-1")
    old = replace(account("x", fake, **keys, expires=(clock.now() + timedelta(hours=1)).isoformat()), keep=kept.append)
    with pytest.raises(SignInNeeded):
        send("x", old, Message("Three"))


def test_x_signs_people_in_with_a_proof_that_only_we_have(fakes: Start) -> None:
    fake = fakes(FakeX())
    to, kind = account("x", fake, client_id="client", client_secret="shh"), network("x")
    url = kind.sign_in_url(to, "state", "challenge", "https://news.example.org/back")
    assert "code_challenge=challenge&code_challenge_method=S256" in url
    assert "scope=tweet.read+tweet.write+users.read+media.write+offline.access" in url
    fake.challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    # The verifier and its challenge are those of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    tokens = kind.sign_in(to, "good-code", verifier, "https://news.example.org/back")
    assert (tokens["access"], tokens["refresh"]) == ("access-1", "refresh-1")
    with pytest.raises(SignInNeeded):
        kind.sign_in(to, "good-code", "wrong", "https://news.example.org/back")


def test_x_asks_more_for_an_address_and_a_little_for_each_description() -> None:
    kind = network("x")
    assert kind.price(Message("Hello")) == 15
    assert kind.price(Message("Read example.org/guide")) == 200
    assert kind.price(Message("Look", pictures=(shown(), shown("")))) == 20


def test_x_calls_the_same_text_twice_a_doubt_and_not_a_failure(fakes: Start) -> None:
    fake = fakes(FakeX())
    to = account("x", fake)
    send("x", to, Message("Read https://example.org/guide now"))
    with pytest.raises(Unsure):
        send("x", to, Message("Read https://example.org/guide now"))
    payload = {"text": "Read https://example.org/guide now"}
    assert network("x").find(to, "", payload, clock.now() - timedelta(minutes=1)).published is not None


def test_facebook_says_by_its_codes_what_is_certain(fakes: Start) -> None:
    fake = fakes(FakeFacebook())
    for code, wanted in [(368, TryLater), (32, TryLater), (190, SignInNeeded), (2, Unsure), (200, NotTaken)]:
        fake.code = code
        with pytest.raises(wanted):
            send("facebook", account("facebook", fake), Message("Hello"))


def test_facebook_says_until_when_we_may_post_and_makes_a_card_of_a_link(fakes: Start) -> None:
    fake = fakes(FakeFacebook())
    fake.expires_at = 1_800_000_000
    verified = network("facebook").verify(account("facebook", fake))
    assert verified.expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    send("facebook", account("facebook", fake), Message("Read", link="https://example.org/"))
    assert fake.feed["1234_1"]["link"] == "https://example.org/"
    assert network("facebook").body("Read", "https://example.org/", True) == "Read\n\nhttps://example.org/"


def test_slack_takes_a_webhook_too_and_nothing_is_read_as_markup(fakes: Start) -> None:
    fake = fakes(FakeSlack())
    to = account("slack", fake, webhook=f"{fake.url}/services/T1/B1/secret")
    assert network("slack").verify(to).handle == "Webhook"
    send("slack", to, Message("Ask & <listen>"))
    assert fake.posts == ["Ask &amp; &lt;listen&gt;"]
    fake.hooks.clear()
    with pytest.raises(SignInNeeded):
        send("slack", to, Message("Again"))


def test_telegram_says_when_the_bot_may_not_post_and_measures_captions_shorter(fakes: Start) -> None:
    fake = fakes(FakeTelegram())
    kind = network("telegram")
    assert kind.measures(Message("x", pictures=(shown(),)), {})[0].limit == 1_024
    fake.may_post = False
    with pytest.raises(NotTaken, match="administrator"):
        kind.verify(account("telegram", fake))


def test_a_webhook_that_is_gone_disconnects_and_other_refusals_do_not(fakes: Start) -> None:
    fake = fakes(FakeWebhook())
    for status, wanted in [(410, SignInNeeded), (404, NotTaken), (400, NotTaken)]:
        fake.status = status
        with pytest.raises(wanted):
            send("webhook", account("webhook", fake), Message("Hello"))
