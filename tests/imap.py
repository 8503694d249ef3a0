"""A small IMAP4rev1 server on loopback with one folder of messages, for tests of the bounce mailbox."""

import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field

PASSWORD = "tidal-kelp"


@dataclass
class Mail:
    """One message in the folder."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


class _Session(socketserver.StreamRequestHandler):
    server: "ImapServer"

    def handle(self) -> None:
        """Speak until the other side leaves."""
        self.is_readonly = True
        self.say("* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            command, _, arguments = rest.partition(" ")
            if command.upper() == "UID":
                command, _, arguments = arguments.partition(" ")
            self.server.heard.append(command.upper())
            answer = getattr(self, f"on_{command.lower()}", self.unknown)(arguments)
            self.say(f"{tag} {answer}")
            if command.upper() == "LOGOUT":
                return

    def say(self, text: str) -> None:
        """One line."""
        self.wfile.write(text.encode() + b"\r\n")

    def unknown(self, _arguments: str) -> str:
        return "BAD what?"

    def on_capability(self, _arguments: str) -> str:
        self.say(f"* CAPABILITY IMAP4rev1{' MOVE' if self.server.can_move else ''}")
        return "OK done"

    def on_login(self, arguments: str) -> str:
        return "OK in" if arguments.replace('"', "").endswith(f" {PASSWORD}") else "NO wrong"

    def on_select(self, arguments: str) -> str:
        self.is_readonly = False
        return self.on_examine(arguments)

    def on_examine(self, arguments: str) -> str:
        if arguments != '"INBOX"':
            return "NO no such folder"
        self.say(f"* {len(self.server.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.server.validity}] here")
        return "OK open"

    def on_search(self, arguments: str) -> str:
        first = int(re.search(r"(\d+):\*", arguments)[1])  # type: ignore[index]
        uids = sorted(self.server.mails)
        found = [uid for uid in uids if uid >= first] or uids[-1:]
        self.say(f"* SEARCH {' '.join(map(str, found))}")
        return "OK done"

    def on_fetch(self, arguments: str) -> str:
        uid = int(arguments.split()[0])
        if uid == self.server.breaks_at:
            self.server.breaks_at = 0
            self.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        raw = self.server.mails[uid].raw
        self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (uid, len(raw)) + raw + b")\r\n")
        return "OK done"

    def on_store(self, arguments: str) -> str:
        assert not self.is_readonly
        uid, _, flags = arguments.partition(" ")
        self.server.mails[int(uid)].flags |= set(re.findall(r"\\\w+", flags))
        return "OK done"

    def on_move(self, arguments: str) -> str:
        assert not self.is_readonly
        self.server.moved.append(int(arguments.split()[0]))
        del self.server.mails[int(arguments.split()[0])]
        return "OK done"

    def on_logout(self, _arguments: str) -> str:
        self.say("* BYE")
        return "OK bye"


class ImapServer(socketserver.ThreadingTCPServer):
    """Runs while its context is open; `breaks_at` is the message at which it ends the connection once."""

    daemon_threads = True

    def __init__(self, *raws: bytes, can_move: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = {uid: Mail(raw) for uid, raw in enumerate(raws, 1)}
        self.moved: list[int] = []
        self.heard: list[str] = []
        self.validity, self.breaks_at, self.can_move = 7, 0, can_move

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def __enter__(self) -> "ImapServer":
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was cut is no fault."""
