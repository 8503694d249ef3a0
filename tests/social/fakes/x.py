"""X: OAuth 2 with PKCE and refresh tokens that work once, OAuth 1.0a, weights, duplicates, media with metadata."""

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import quote, unquote

from campaigns import clock
from campaigns.social import counting
from tests.social.fakes.server import Call, Fake, Reply


class FakeX(Fake):
    """`tweets` is what is there, by id. The code "good-code" was given for `challenge`."""

    consumer = {"consumer_key": "ck", "consumer_secret": "cs", "token": "t", "token_secret": "ts"}

    def __init__(self) -> None:
        super().__init__()
        self.tweets: dict[str, dict[str, Any]] = {}
        self.media: dict[str, str] = {}
        self.access = "access-0"
        self.refresh = "refresh-0"
        self.challenge = ""
        self.budget = 100
        self.renewals = 0

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [tweet["text"] for tweet in self.tweets.values()]

    def act(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path == "/2/oauth2/token":
            return self._token(call)
        if not self._is_known(call):
            return Reply(401, {"title": "Unauthorized"})
        if call.path == "/2/users/me":
            return Reply(data={"data": {"id": "42", "username": "heatwatch", "name": "H.E.A.T. Watch"}})
        if call.path == "/2/media/upload":
            media_id = f"m{len(self.media) + 1}"
            self.media[media_id] = ""
            return Reply(data={"data": {"id": media_id}})
        if call.path == "/2/media/metadata":
            self.media[call.json["id"]] = call.json["metadata"]["alt_text"]["text"]
            return Reply(data={"data": {}})
        if call.path == "/2/users/42/tweets":
            return Reply(data={"data": [self._shown(key) for key in reversed(self.tweets)]})
        if call.path == "/2/tweets":
            return self._post(call.json)
        self.tweets.pop(call.path.rpartition("/")[2], None)
        return Reply(data={"data": {"deleted": True}})

    def _post(self, asked: dict[str, Any]) -> Reply:
        if self.budget <= 0:
            reset = str(int(clock.now().timestamp()) + 120)
            return Reply(429, {"title": "Too Many Requests"}, {"x-rate-limit-reset": reset})
        if counting.weighted(asked["text"]) > 280:
            return Reply(403, {"detail": "You are not permitted to perform this action."})
        if asked["text"] in self.posts:
            return Reply(403, {"detail": "You are not allowed to create a Tweet with duplicate content."})
        if not set(asked.get("media", {}).get("media_ids", [])) <= set(self.media):
            return Reply(400, {"detail": "Your media IDs are invalid."})
        self.budget -= 1
        key = str(1_000 + len(self.tweets))
        self.tweets[key] = asked
        reset = str(int(clock.now().timestamp()) + 120)
        headers = {"x-rate-limit-remaining": str(self.budget), "x-rate-limit-reset": reset}
        return Reply(201, {"data": {"id": key, "text": asked["text"]}}, headers)

    def _shown(self, key: str) -> dict[str, Any]:
        text, urls = self.tweets[key]["text"], []
        for at, url in enumerate(re.findall(r"https?://\S+", text)):
            urls.append({"url": f"https://t.co/{at}", "expanded_url": url, "display_url": url[8:20]})
            text = text.replace(url, f"https://t.co/{at}")
        return {"id": key, "text": text, "entities": {"urls": urls}}

    def _token(self, call: Call) -> Reply:
        form = call.form
        if call.headers.get("authorization") != "Basic " + base64.b64encode(b"client:shh").decode():
            return Reply(401, {"error": "invalid_client"})
        if form["grant_type"] == "authorization_code":
            digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if form["code"] != "good-code" or digest.decode() != self.challenge:
                return Reply(400, {"error": "invalid_request"})
        elif form["refresh_token"] != self.refresh:
            return Reply(400, {"error": "invalid_grant"})
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        return Reply(data={"access_token": self.access, "refresh_token": self.refresh, "expires_in": 7_200})

    def _is_known(self, call: Call) -> bool:
        proof = call.headers.get("authorization", "")
        if proof.startswith("OAuth "):
            return self._is_signed(call, proof)
        return bool(self.access) and proof == f"Bearer {self.access}"

    def _is_signed(self, call: Call, proof: str) -> bool:
        """Whether the signature is the one of RFC 5849, computed here anew."""
        given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', proof)}
        signature = given.pop("oauth_signature")
        pairs = sorted((quote(k, safe="-._~"), quote(v, safe="-._~")) for k, v in {**given, **call.query}.items())
        line = "&".join(f"{name}={value}" for name, value in pairs)
        base = "&".join(quote(part, safe="-._~") for part in (call.method, self.url + call.path, line))
        secret = f"{self.consumer['consumer_secret']}&{self.consumer['token_secret']}"
        mac = hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()
        is_ours = (given["oauth_consumer_key"], given["oauth_token"]) == ("ck", "t")
        return is_ours and base64.b64encode(mac).decode() == signature
