"""Bluesky (AT Protocol): the record's key is ours, so that writing the same record again changes nothing.

Lexicons app.bsky.feed.post, app.bsky.richtext.facet, app.bsky.embed.*; limits and rate limits in docs.bsky.app.
"""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from campaigns.http import Answer
from campaigns.social import counting, weights
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
    Verified,
)

COLLECTION = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TAG = regex.compile(r"(?<![\w/&])[#＃](?!\d+\b)([\w\p{M}]+)")
_MENTION = regex.compile(r"(?<![\w@/])@([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9-]+)+)")
_OLD_TOKEN = {"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"}
_RENEW_BEFORE = timedelta(minutes=5)


class Bluesky(Network):
    """An account on Bluesky, or on any other server of its kind."""

    name = "bluesky"
    label = "Bluesky"
    base_url = "https://bsky.social"
    may_choose_server = True
    takes = Takes(
        pictures=4, alt_limit=2_000, has_thread=True, has_card=True, may_delete=True, is_keyed=True, key_hours=24 * 365,
        is_readable=True,
    )  # fmt: skip
    fields = (
        Field("handle", "Handle", "Like heatwatch.bsky.social.", is_secret=False),
        Field("password", "App password", "Nineteen characters, like abcd-efgh-ijkl-mnop; not your real password."),
    )
    steps = (
        "Sign in to Bluesky with the account that should post.",
        "Open Settings, then Privacy and security, then App passwords, and press “Add app password”.",
        "Give it a name like “Outreach”, and copy the password that Bluesky shows once.",
        "Enter it here with the handle. It can only post; you can take it back on Bluesky at any time.",
    )

    def measures(self, message: Message, limits: Mapping[str, Any]) -> list[Measure]:
        """300 characters as people see them, and 3,000 bytes."""
        return [
            Measure(counting.graphemes(message.text), 300),
            Measure(counting.utf8_bytes(message.text), 3_000, "bytes"),
        ]

    def body(self, text: str, link: str, has_pictures: bool) -> str:
        """The link stands as a card below the text; beside pictures there is no place for one."""
        return super().body(text, link if has_pictures else "", has_pictures)

    def new_key(self, now: datetime) -> str:
        """A TID: microseconds and ten random bits, in an alphabet that sorts by time."""
        number = int(now.timestamp() * 1_000_000) << 10 | secrets.randbelow(1024)
        return "".join(_DIGITS[number >> 5 * place & 31] for place in range(12, -1, -1))

    def verify(self, account: Account) -> Verified:
        """Begin a session, which is all that an app password can prove."""
        session = self._begin(account)
        handle = str(session.get("handle", account.credentials["handle"]))
        return Verified(handle=f"@{handle}", url=f"https://bsky.app/profile/{session['did']}")

    def gather(self, account: Account, message: Message) -> Payload:
        """Upload pictures, and look up who is mentioned; a name that nobody has stays plain text."""
        blobs = []
        for shown in message.pictures:
            headers = {"Content-Type": shown.media_type}
            answer = self._call(
                account, "POST", "com.atproto.repo.uploadBlob", True, headers, data=account.picture(shown.picture_id)
            )
            blobs.append(wire.read(answer)["blob"])
        people = {}
        for handle in dict.fromkeys(match[1].lower() for match in _MENTION.finditer(message.text)):
            answer = self._get(account, "com.atproto.identity.resolveHandle", handle=handle)
            if answer.is_ok:
                people[handle] = str(wire.read(answer)["did"])
        return {"blobs": blobs, "people": people, "did": self._did(account)}

    def compose(self, message: Message, gathered: Payload, key: str, answered: list[Ref], now: datetime) -> Payload:
        """The record: text, facets, and what is embedded."""
        created = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {
            "$type": COLLECTION,
            "text": message.text,
            "createdAt": created,
            "langs": [message.language],
        }
        if facets := list(_facets(message.text, gathered.get("people", {}))):
            record["facets"] = facets
        if embed := _embed(message, gathered.get("blobs", [])):
            record["embed"] = embed
        if answered:
            record["reply"] = {"root": _strong(answered[0]), "parent": _strong(answered[-1])}
        return {"repo": gathered["did"], "collection": COLLECTION, "rkey": key, "record": record}

    def publish(self, account: Account, key: str, payload: Payload) -> Published:
        """Put the record under its key."""
        answer = self._call(account, "POST", "com.atproto.repo.putRecord", False, json=payload)
        return self._published(payload, wire.read(answer))

    def find(self, account: Account, key: str, payload: Payload, since: datetime) -> Found:
        """Read the record under its key; that it is not there is certain too."""
        where = {name: payload[name] for name in ("repo", "collection", "rkey")}
        answer = self._get(account, "com.atproto.repo.getRecord", **where)
        if answer.is_ok:
            return Found(self._published(payload, wire.read(answer)))
        problem = wire.told(answer)
        is_absent = problem.get("error") == "RecordNotFound" or "locate record" in str(problem.get("message", ""))
        return Found(is_certain=is_absent)

    def delete(self, account: Account, ref: Ref) -> None:
        """Delete the record; one that is not there is fine for the server too."""
        repo, _, key = str(ref["uri"]).removeprefix("at://").partition("/")
        where = {"repo": repo, "collection": COLLECTION, "rkey": key.rpartition("/")[2]}
        self._call(account, "POST", "com.atproto.repo.deleteRecord", True, json=where)

    def _published(self, payload: Payload, said: dict[str, Any]) -> Published:
        ref = {"uri": str(said["uri"]), "cid": str(said.get("cid", ""))}
        return Published(ref, f"https://bsky.app/profile/{payload['repo']}/post/{payload['rkey']}")

    def _did(self, account: Account) -> str:
        if not account.credentials.get("did"):
            self._begin(account)
        return account.credentials["did"]

    def _get(self, account: Account, method: str, **where: str) -> Answer:
        query = "&".join(f"{name}={value}" for name, value in where.items())
        url = f"{account.base_url}/xrpc/{method}?{query}"
        return wire.ask("GET", url, now=account.now(), is_harmless=True, headers=self._proof(account))

    def _call(
        self,
        account: Account,
        method: str,
        name: str,
        is_harmless: bool,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        """Ask with the session; an old one is renewed once."""
        url = f"{account.base_url}/xrpc/{name}"
        for attempt in range(2):
            proof = {**(headers or {}), **self._proof(account)}
            answer = wire.ask(method, url, now=account.now(), is_harmless=is_harmless, headers=proof, **body)
            if answer.is_ok:
                wire.mind_budget(account, answer)
                return answer
            problem = wire.told(answer)
            if problem.get("error") not in _OLD_TOKEN:
                raise NotTaken(f"Bluesky refused it: {problem.get('message') or answer.status}.")
            if not attempt:
                self._renew(account)
        raise SignInNeeded("Bluesky no longer accepts our app password. Please make a new one and enter it here.")

    def _proof(self, account: Account) -> dict[str, str]:
        token = account.credentials.get("access", "")
        if not token:
            self._begin(account)
        elif _ends(token) is not None and _ends(token) < account.now() + _RENEW_BEFORE:  # type: ignore[operator]
            self._renew(account)
        return {"Authorization": f"Bearer {account.credentials['access']}"}

    def _renew(self, account: Account) -> None:
        """A fresh session from the refresh token, and where that is too old from the app password."""
        headers = {"Authorization": f"Bearer {account.credentials.get('refresh', '')}"}
        url = f"{account.base_url}/xrpc/com.atproto.server.refreshSession"
        answer = wire.ask("POST", url, now=account.now(), is_harmless=True, headers=headers)
        if answer.is_ok:
            self._keep(account, wire.read(answer))
        else:
            self._begin(account)

    def _begin(self, account: Account) -> dict[str, Any]:
        # Only 30 of these are allowed in five minutes, so that the session is kept until it ends.
        entered = {
            "identifier": account.credentials["handle"].strip().lstrip("@"),
            "password": account.credentials["password"],
        }
        url = f"{account.base_url}/xrpc/com.atproto.server.createSession"
        answer = wire.ask("POST", url, now=account.now(), is_harmless=True, json=entered)
        if not answer.is_ok:
            if wire.told(answer).get("error") in ("AuthenticationRequired", "AccountTakedown", "InvalidRequest"):
                raise SignInNeeded("Bluesky does not know this handle with this app password.")
            raise NotTaken(f"Bluesky did not let us sign in ({answer.status}).")
        session = wire.read(answer)
        self._keep(account, session)
        return session

    def _keep(self, account: Account, session: dict[str, Any]) -> None:
        account.change(access=session["accessJwt"], refresh=session["refreshJwt"], did=session["did"])


def _ends(token: str) -> datetime | None:
    """When a token says that it ends (RFC 7519); its signature is the server's business."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _strong(ref: Ref) -> dict[str, str]:
    return {"uri": ref["uri"], "cid": ref["cid"]}


def _facets(text: str, people: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What in the text is a link, a mention or a tag, by byte offsets."""
    kind = "app.bsky.richtext.facet"
    taken: list[tuple[int, int]] = weights.addresses(text, with_bare=False)
    for start, end in taken:
        yield _facet(text, start, end, {"$type": f"{kind}#link", "uri": text[start:end]})
    for match in _MENTION.finditer(text):
        if did := people.get(match[1].lower()):
            yield _facet(text, match.start(), match.end(), {"$type": f"{kind}#mention", "did": did})
    for match in _TAG.finditer(text):
        is_inside = any(start <= match.start() < end for start, end in taken)
        if not is_inside and counting.graphemes(match[1]) <= 64 and counting.utf8_bytes(match[1]) <= 640:
            yield _facet(text, match.start(), match.end(), {"$type": f"{kind}#tag", "tag": match[1]})


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    first, last = counting.byte_span(text, start, end)
    return {"index": {"byteStart": first, "byteEnd": last}, "features": [feature]}


def _embed(message: Message, blobs: list[Any]) -> dict[str, Any] | None:
    if message.pictures:
        images = [
            {"alt": shown.alt, "image": blob, "aspectRatio": {"width": shown.width, "height": shown.height}}
            for shown, blob in zip(message.pictures, blobs, strict=True)
        ]
        return {"$type": "app.bsky.embed.images", "images": images}
    if message.card is not None:
        card = message.card
        external = {"uri": card.url, "title": card.title, "description": card.description}
        return {"$type": "app.bsky.embed.external", "external": external}
    return None
