"""The guard of conftest.py: tests reach loopback and nothing else."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_beyond_loopback_fails_the_test(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_DGRAM) as probe,
        pytest.raises(pytest.fail.Exception, match="loopback only"),
    ):
        probe.connect((host, 9))


def test_a_name_is_not_resolved() -> None:
    with pytest.raises(pytest.fail.Exception, match="loopback only"):
        socket.getaddrinfo("www.example.com", 443)


def test_loopback_is_allowed() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            assert client.getpeername() == server.getsockname()
