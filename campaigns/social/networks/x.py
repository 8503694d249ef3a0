"""X (API v2): OAuth 2 with PKCE and refresh, or the four keys of OAuth 1.0a; weights by twitter-text; prices.

docs.x.com: posts/create, media/upload, media/metadata, fundamentals/authentication, getting-started/pricing.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from campaigns.http import Answer
from campaigns.social import counting, links
from campaigns.social.counting import Measure
from campaigns.social.messages import Message, Published
from campaigns.social.networks import wire
from campaigns.social.networks.port import (
    Account,
    Field,
    Found,
    Network,
    NotTaken,
    Payload,
    Ref,
    SignInNeeded,
    Takes,
    Unsure,
    Verified,
)

SIGN_IN_PAGE = "https://x.com/i/oauth2/authorize"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
# Thousandths of a dollar, docs.x.com (pay per use, April 2026).
POST_MILLS, ADDRESS_MILLS, ALT_MILLS = 15, 200, 5
_RENEW_BEFORE = timedelta(minutes=2)


class X(Network):
    """An account on X."""

    name = "x"
    label = "X"
    base_url = "https://api.x.com"
    has_sign_in_page = True
    takes = Takes(pictures=4, alt_limit=1_000, has_thread=True, may_delete=True, is_readable=True)
    fields = (
        Field("client_id", "Client ID", "From “OAuth 2.0 Client ID and Client Secret”.", is_optional=True),
        Field("client_secret", "Client secret", is_optional=True),
        Field("consumer_key", "API key", "Only for the four keys of OAuth 1.0a.", is_optional=True),
        Field("consumer_secret", "API key secret", is_optional=True),
        Field("token", "Access token", is_optional=True),
        Field("token_secret", "Access token secret", is_optional=True),
    )
    steps = (
        "Open developer.x.com, sign in with the account that should post, and create a project with an app in it.",
        "Under “User authentication settings” choose “Read and write”, “Web App”, and the callback address below.",
        "Copy the Client ID and the Client secret into the fields, save, then press “Sign in to X”.",
        "Instead of that you may generate API key, secret, access token and access token secret, and enter all four.",
        "X asks money for each post: $0.015, and $0.20 when it holds a link. Set a monthly limit below.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """280 by X's own weights; more for an account that pays."""
        return [Measure(counting.weighted(message.text), int(limits.get("characters", 280)))]

    def price(self, message: Message) -> int:
        """What X asks: far more when there is an address in the text, a little for each description."""
        base = ADDRESS_MILLS if links.holds_address(message.text) else POST_MILLS
        return base + ALT_MILLS * sum(bool(shown.alt) for shown in message.pictures)

    def verify(self, account: Account) -> Verified:
        """Who we are."""
        data = wire.read(self._call(account, "GET", "/2/users/me", True))["data"]
        limits = {"account_id": str(data["id"])}
        return Verified(f"@{data['username']}", f"https://x.com/{data['username']}", limits)

    def gather(self, account: Account, message: Message) -> Payload:
        """Upload pictures, and give each its description."""
        media_ids = []
        for shown in message.pictures:
            files = {"media": ("picture", account.picture(shown.picture_id), shown.media_type)}
            form = {"media_category": "tweet_image", "media_type": shown.media_type}
            answer = self._call(account, "POST", "/2/media/upload", True, data=form, files=files)
            media_id = str(wire.read(answer)["data"]["id"])
            if shown.alt:
                metadata = {"id": media_id, "metadata": {"alt_text": {"text": shown.alt}}}
                self._call(account, "POST", "/2/media/metadata", True, json=metadata)
            media_ids.append(media_id)
        return {"media_ids": media_ids}

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The post."""
        body: Payload = {"text": message.text}
        if gathered.get("media_ids"):
            body["media"] = {"media_ids": gathered["media_ids"]}
        if answered:
            body["reply"] = {"in_reply_to_tweet_id": answered[-1]["id"]}
        return body

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Post it."""
        answer = self._call(account, "POST", "/2/tweets", False, json=payload)
        wire.mind_budget(account, answer)
        return self._published(account, str(wire.read(answer)["data"]["id"]))

    def find(self, account: Account, key: str, payload: Payload, since: datetime) -> Found:
        """Look through our own last posts. That it is not among them proves little: some come late."""
        who = account.limits.get("account_id")
        if not who:
            return Found(is_certain=False)
        query = urlencode({"max_results": 20, "start_time": f"{since - timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}",
                           "tweet.fields": "created_at,entities,note_tweet"})  # fmt: skip
        answer = self._call(account, "GET", f"/2/users/{who}/tweets?{query}", True)
        for post in wire.read(answer).get("data", []):
            if _spread(post) == " ".join(str(payload["text"]).split()):
                return Found(self._published(account, str(post["id"])))
        return Found(is_certain=False)

    def delete(self, account: Account, ref: Ref) -> None:
        """Delete the post."""
        self._call(account, "DELETE", f"/2/tweets/{ref['id']}", True, fine=(404,))

    def sign_in_url(self, account: Account, state: str, challenge: str, back: str) -> str:
        """X's own page that asks whether we may post."""
        asked = {
            "response_type": "code",
            "client_id": account.credentials["client_id"],
            "redirect_uri": back,
            "scope": SCOPES,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{SIGN_IN_PAGE}?{urlencode(asked)}"

    def sign_in(self, account: Account, code: str, verifier: str, back: str) -> dict[str, str]:
        """Exchange the code for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        return {**account.credentials, **self._tokens(account, form)}

    def _published(self, account: Account, post_id: str) -> Published:
        return Published({"id": post_id}, f"https://x.com/i/web/status/{post_id}")

    def _call(
        self, account: Account, method: str, path: str, is_harmless: bool, fine: tuple[int, ...] = (), **body: Any
    ) -> Answer:
        """Ask with a token that holds; an old one is renewed once."""
        for attempt in range(2):
            url = account.base_url + path
            headers = {"Authorization": self._proof(account, method, url)}
            answer = wire.ask(method, url, now=account.now(), is_harmless=is_harmless, headers=headers, **body)
            if answer.is_ok or answer.status in fine:
                return answer
            if answer.status != 401:
                raise _refusal(answer)
            if attempt or not account.credentials.get("refresh"):
                break
            self._renew(account)
        raise SignInNeeded("X no longer accepts our access. Please sign in to X again.")

    def _proof(self, account: Account, method: str, url: str) -> str:
        keys = account.credentials
        if keys.get("token_secret"):
            return _signed(keys, method, url, account.now())
        if keys.get("expires") and datetime.fromisoformat(keys["expires"]) < account.now() + _RENEW_BEFORE:
            self._renew(account)
        if not account.credentials.get("access"):
            raise SignInNeeded("This channel is not signed in to X yet.")
        return f"Bearer {account.credentials['access']}"

    def _renew(self, account: Account) -> None:
        # A refresh token works once, so that the new one is kept before it is used.
        form = {"grant_type": "refresh_token", "refresh_token": account.credentials.get("refresh", "")}
        account.change(**self._tokens(account, form))

    def _tokens(self, account: Account, form: dict[str, str]) -> dict[str, str]:
        keys = account.credentials
        headers = {}
        if keys.get("client_secret"):
            pair = f"{quote(keys['client_id'], safe='')}:{quote(keys['client_secret'], safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        url, form = f"{account.base_url}/2/oauth2/token", {**form, "client_id": keys["client_id"]}
        answer = wire.ask("POST", url, now=account.now(), is_harmless=True, headers=headers, data=form)
        if not answer.is_ok:
            if wire.told(answer).get("error") in ("invalid_grant", "invalid_request", "invalid_client"):
                raise SignInNeeded("X no longer accepts our access. Please sign in to X again.")
            raise NotTaken(f"X did not let us sign in ({answer.status}).")
        said = wire.read(answer)
        until = account.now() + timedelta(seconds=int(said.get("expires_in", 7_200)))
        refresh = str(said.get("refresh_token") or keys.get("refresh", ""))
        return {"access": str(said["access_token"]), "refresh": refresh, "expires": until.isoformat()}


def _refusal(answer: Answer) -> Exception:
    said = wire.told(answer)
    detail = str(said.get("detail") or said.get("title") or answer.status)
    if answer.status == 403 and "duplicate" in detail.lower():
        # What X has already may be this very post, from a try whose answer we never got.
        return Unsure("X says that it has a post with this text already.")
    return NotTaken(f"X refused it: {detail}.")


def _spread(post: Mapping[str, Any]) -> str:
    """The text of a post with the addresses that X shortened written out again."""
    text = str(post.get("note_tweet", {}).get("text") or post.get("text", ""))
    for url in post.get("entities", {}).get("urls", []):
        # A picture stands in the text as an address of its own.
        is_picture = "pic." in str(url.get("display_url", ""))
        text = text.replace(str(url["url"]), "" if is_picture else str(url.get("expanded_url", url["url"])))
    return " ".join(text.split())


def _signed(keys: Mapping[str, str], method: str, url: str, now: datetime) -> str:
    """The Authorization header of OAuth 1.0a (RFC 5849); JSON and multipart bodies are not signed."""
    address, _, query = url.partition("?")
    values = {
        "oauth_consumer_key": keys["consumer_key"],
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(now.astimezone(UTC).timestamp())),
        "oauth_token": keys["token"],
        "oauth_version": "1.0",
    }
    pairs = [(_quoted(name), _quoted(value)) for name, value in values.items()]
    pairs += [tuple(part.partition("=")[::2]) for part in query.split("&") if part]  # type: ignore[misc]
    line = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    base = "&".join((method.upper(), _quoted(address), _quoted(line)))
    secret = f"{_quoted(keys['consumer_secret'])}&{_quoted(keys['token_secret'])}"
    mac = hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()
    values["oauth_signature"] = base64.b64encode(mac).decode()
    return "OAuth " + ", ".join(f'{_quoted(name)}="{_quoted(value)}"' for name, value in sorted(values.items()))


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
