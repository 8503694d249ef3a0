"""A PDS: sessions, blobs, records by key; refuses what the lexicon refuses."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

import regex

from campaigns import clock
from tests.social.fakes.server import Call, Fake, Reply

DID = "did:plc:heatwatch"


def token(kind: str, number: int, ends: float) -> str:
    """A token as a PDS makes it; nobody but the server checks its signature."""
    middle = base64.urlsafe_b64encode(json.dumps({"exp": int(ends), "n": number}).encode()).rstrip(b"=").decode()
    return f"{kind}.{middle}.signature"


class FakeBluesky(Fake):
    """`records` is what is there, by key, `commits` how often something changed."""

    handle, password = "heatwatch.test", "abcd-efgh-ijkl-mnop"

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.commits = 0
        self.sessions = 0
        self.access: set[str] = set()
        self.refresh: set[str] = set()
        self.people = {"ana.test": "did:plc:ana"}

    @property
    def posts(self) -> list[str]:
        """What people can read."""
        return [record["text"] for record in self.records.values()]

    def act(self, call: Call) -> Reply:
        """Answer one XRPC call."""
        name = call.path.removeprefix("/xrpc/").rpartition(".")[2]
        if name == "createSession":
            asked = call.json
            if (asked["identifier"], asked["password"]) != (self.handle, self.password):
                return _error(401, "AuthenticationRequired", "Invalid identifier or password")
            return self._session()
        if name == "refreshSession":
            if call.bearer not in self.refresh:
                return _error(400, "ExpiredToken", "Token has expired")
            self.refresh.discard(call.bearer)
            return self._session()
        if call.bearer not in self.access:
            return _error(400, "InvalidToken", "Token could not be verified")
        return getattr(self, f"_{name}")(call)

    def _session(self) -> Reply:
        self.sessions += 1
        now = clock.now().timestamp()
        access, refresh = token("a", self.sessions, now + 7_200), token("r", self.sessions, now + 90 * 86_400)
        self.access.add(access)
        self.refresh.add(refresh)
        return Reply(data={"accessJwt": access, "refreshJwt": refresh, "did": DID, "handle": self.handle})

    def _uploadBlob(self, call: Call) -> Reply:  # noqa: N802
        if len(call.body) > 2_000_000:
            return _error(400, "BlobTooLarge", "This file is too large.")
        link = "bafkrei" + hashlib.sha256(call.body).hexdigest()
        self.blobs[link] = call.body
        kind = call.headers["content-type"]
        blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": kind, "size": len(call.body)}
        return Reply(data={"blob": blob})

    def _resolveHandle(self, call: Call) -> Reply:  # noqa: N802
        did = self.people.get(call.query["handle"])
        return Reply(data={"did": did}) if did else _error(400, "InvalidRequest", "Unable to resolve handle")

    def _putRecord(self, call: Call) -> Reply:  # noqa: N802
        asked = call.json
        record, key = asked["record"], asked["rkey"]
        if problem := self._problem(record, key):
            return _error(400, "InvalidRequest", problem)
        if self.records.get(key) != record:
            self.commits += 1
            self.records[key] = record
        return Reply(data=self._named(key), headers={"RateLimit-Remaining": "100"})

    def _getRecord(self, call: Call) -> Reply:  # noqa: N802
        key = call.query["rkey"]
        if key not in self.records:
            return _error(400, "RecordNotFound", f"Could not locate record: at://{DID}/app.bsky.feed.post/{key}")
        return Reply(data=self._named(key) | {"value": self.records[key]})

    def _deleteRecord(self, call: Call) -> Reply:  # noqa: N802
        self.records.pop(call.json["rkey"], None)
        return Reply(data={})

    def _named(self, key: str) -> dict[str, str]:
        digest = hashlib.sha256(json.dumps(self.records[key], sort_keys=True).encode()).hexdigest()
        return {"uri": f"at://{DID}/app.bsky.feed.post/{key}", "cid": f"bafyrei{digest}"}

    def _problem(self, record: dict[str, Any], key: str) -> str:
        """What the lexicon has against a record."""
        text = record["text"]
        size = len(text.encode())
        datetime.fromisoformat(record["createdAt"].replace("Z", "+00:00"))
        if not regex.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", key):
            return "Record/rkey must be a TID"
        if len(regex.findall(r"\X", text)) > 300:
            return "Record/text must not be longer than 300 graphemes"
        if size > 3_000:
            return "Record/text must not be longer than 3000 bytes"
        for facet in record.get("facets", []):
            start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            if not 0 <= start < end <= size:
                return "Record/facets are outside the text"
            text.encode()[start:end].decode()
        for image in record.get("embed", {}).get("images", []):
            if "alt" not in image:
                return "Record/embed/images/0 must have the property alt"
            if image["image"]["ref"]["$link"] not in self.blobs:
                return "Could not find blob"
        if len(record.get("embed", {}).get("images", [])) > 4:
            return "Record/embed/images must not have more than 4 elements"
        reply = record.get("reply")
        named = [self._named(one)["cid"] for one in self.records]
        if reply and not {reply["root"]["cid"], reply["parent"]["cid"]} <= set(named):
            return "Record/reply names something that is not there"
        return ""


def _error(status: int, error: str, message: str) -> Reply:
    return Reply(status, {"error": error, "message": message})
