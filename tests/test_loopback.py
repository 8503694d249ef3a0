"""No test reaches another machine."""

import socket

import pytest

from tests.loopback import BeyondLoopback


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as one, pytest.raises(BeyondLoopback):
        one.connect(("192.0.2.1", 25))
    with pytest.raises(BeyondLoopback):
        socket.create_connection(("mail.example.org", 25))


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        server.accept()[0].close()
