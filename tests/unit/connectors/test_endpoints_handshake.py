"""The handshake over memory against OpenSSL as server, whole, cut and spoilt."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from certs import Issued, leaf
from trustpath.connectors.endpoints.handshake import MAX_RECEIVED, Client, Handshake
from trustpath.connectors.endpoints.observation import ProbeError

NAME = "a.example"
END = leaf(None, NAME)
CLIENT = Client()


def server(end: Issued = END, version: int = SSL.TLS1_3_VERSION) -> SSL.Connection:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.use_certificate(end.certificate)
    context.use_privatekey(end.key)
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    return connection


def answer(connection: SSL.Connection, data: bytes) -> bytes:
    connection.bio_write(data)
    with suppress(SSL.WantReadError):
        connection.do_handshake()
    try:
        return connection.bio_read(65536)
    except SSL.WantReadError:
        return b""


def shake(handshake: Handshake, peer: SSL.Connection, size: int = 65536) -> None:
    data = handshake.start()
    while not handshake.done:
        flight = answer(peer, data)
        data = b""
        for start in range(0, len(flight), size):
            data += handshake.feed(flight[start : start + size])


@pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
@pytest.mark.parametrize("size", [1, 5, 100, 65536])
def test_whole_in_any_pieces(version: int, size: int) -> None:
    handshake, peer = CLIENT.handshake(NAME), server(version=version)
    shake(handshake, peer, size)
    session = handshake.session()
    assert session.authenticated
    assert session.chain == (END.der,)
    assert session.stapled is None
    assert peer.get_servername() == NAME.encode()


def test_no_server_name() -> None:
    handshake, peer = CLIENT.handshake(""), server()
    shake(handshake, peer)
    assert peer.get_servername() is None


def test_nothing_seen_before_the_server_answers() -> None:
    handshake = CLIENT.handshake(NAME)
    handshake.start()
    assert handshake.partial_session() is None
    with pytest.raises(ProbeError, match="no certificate"):
        handshake.session()


def test_a_cut_flight_proves_nothing() -> None:
    handshake = CLIENT.handshake(NAME)
    flight = answer(server(version=SSL.TLS1_2_VERSION), handshake.start())
    # Up to before ServerKeyExchange's signature is complete the chain is all there is.
    handshake.feed(flight[:-20])
    session = handshake.partial_session()
    assert session is not None
    assert session.chain == (END.der,)
    assert not session.authenticated


def test_received_octets_are_bounded() -> None:
    """HelloRequests are skipped without end by OpenSSL, so the bound must be ours."""
    handshake = CLIENT.handshake(NAME)
    flight = answer(server(version=SSL.TLS1_2_VERSION), handshake.start())
    handshake.feed(flight[:5] + flight[5 : 5 + int.from_bytes(flight[3:5], "big")])
    hello_requests = b"\x16\x03\x03\x3f\xfc" + b"\0" * 0x3FFC

    def flood() -> None:
        for _ in range(MAX_RECEIVED // len(hello_requests) + 1):
            handshake.feed(hello_requests)

    with pytest.raises(ProbeError, match="octets without end of handshake"):
        flood()


@given(
    st.sampled_from([SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION]),
    st.integers(0, 2000),
    st.integers(1, 255),
    st.integers(1, 3000),
)
@settings(max_examples=200, deadline=None)
def test_a_spoilt_flight_is_never_authenticated(
    version: int, position: int, mask: int, size: int
) -> None:
    """Every octet of the server's flight is covered by its signature or Finished."""
    handshake, peer = CLIENT.handshake(NAME), server(version=version)
    flight = bytearray(answer(peer, handshake.start()))
    position %= len(flight)
    flight[position] ^= mask
    reply = b""
    try:
        for start in range(0, len(flight), size):
            reply += handshake.feed(bytes(flight[start : start + size]))
        if reply and not handshake.done:
            handshake.feed(answer(peer, reply) or b"\x15\x03\x03\x00\x02\x02\x28")
    except (ProbeError, SSL.Error):
        pass
    if handshake.done:
        # A record's version octets are the one thing that TLS 1.3 tells receivers to ignore.
        assert handshake.session().chain == (END.der,)


@given(st.binary(min_size=1, max_size=400))
@settings(max_examples=300, deadline=None)
def test_garbage_ends_in_a_reason_or_waits(data: bytes) -> None:
    handshake = CLIENT.handshake(NAME)
    handshake.start()
    outcome = "waits"
    try:
        handshake.feed(data)
    except ProbeError as error:
        outcome = error.outcome
    assert outcome in {"waits", "no-tls", "failed", "alert"}
    assert not handshake.done
