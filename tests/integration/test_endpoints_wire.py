"""The sweep against real servers: what comes over the wire, protocol by protocol."""

from __future__ import annotations

import resource
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

import tls_servers as servers
from certs import Issued, intermediate, leaf, pem_bundle, root
from trustpath.base.addresses import address_key
from trustpath.connectors.endpoints.observation import Observation
from trustpath.connectors.endpoints.options import Target
from trustpath.connectors.endpoints.sweep import Sweep

pytestmark = pytest.mark.peer


class Chain:
    """One PKI for the module: a root, an intermediate and two leaves."""

    def __init__(self) -> None:
        self.root = root()
        self.mid = intermediate(self.root)
        self.one = leaf(self.mid, "one.example.com")
        self.two = leaf(self.mid, "two.example.com")

    def pem(self, end: Issued) -> bytes:
        return pem_bundle(end, self.mid)

    def ders(self, end: Issued) -> tuple[bytes, ...]:
        return (end.der, self.mid.der)


@pytest.fixture(scope="module")
def pki() -> Chain:
    return Chain()


@pytest.fixture
def context(pki: Chain, tmp_path: Path) -> ssl.SSLContext:
    return servers.server_context(tmp_path / "tls", pki.pem(pki.one), pki.one.key_pem)


def target(
    port: int,
    *names: str,
    protocol: str = "tls",
    address: str = "127.0.0.1",
) -> Target:
    return Target(address, address_key(address), port, protocol, names or ("one.example.com",))


def look(
    *targets: Target, timeout: float = 5, concurrency: int = 16
) -> dict[tuple[str, int, str], Observation]:
    sweep = Sweep(targets, timeout=timeout, concurrency=concurrency, monotonic=time.monotonic)
    return by_place(sweep.run())


def by_place(found: Iterable[Observation]) -> dict[tuple[str, int, str], Observation]:
    result: dict[tuple[str, int, str], Observation] = {}
    for each in found:
        key = (each.target.address, each.target.port, each.server_name)
        assert key not in result, "every server name has one observation"
        result[key] = each
    return result


def one(*targets: Target, timeout: float = 5) -> Observation:
    (found,) = look(*targets, timeout=timeout).values()
    return found


def chain_of(found: Observation) -> tuple[bytes, ...]:
    assert found.outcome == "served", found
    assert found.session is not None
    assert found.session.authenticated
    return found.session.chain


class TestServed:
    def test_sni_selects_the_certificate(self, pki: Chain, tmp_path: Path) -> None:
        port = servers.free_port()
        blocks = [
            servers.Served("127.0.0.1", port, pki.pem(pki.one), pki.one.key_pem, "one.example.com"),
            servers.Served("127.0.0.1", port, pki.pem(pki.two), pki.two.key_pem, "two.example.com"),
        ]
        with servers.nginx(tmp_path / "ng", blocks):
            found = look(target(port, "one.example.com", "two.example.com", ""))
        assert chain_of(found["127.0.0.1", port, "one.example.com"]) == pki.ders(pki.one)
        assert chain_of(found["127.0.0.1", port, "two.example.com"]) == pki.ders(pki.two)
        assert chain_of(found["127.0.0.1", port, ""]) == pki.ders(pki.one)
        session = found["127.0.0.1", port, ""].session
        assert session is not None
        assert session.key_group is not None
        assert session.stapled is None

    @pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
    def test_every_protocol_version(self, pki: Chain, tmp_path: Path, version: str) -> None:
        port = servers.free_port()
        extra = f"ssl_protocols {version}; ssl_ciphers ALL:@SECLEVEL=0;"
        block = servers.Served("127.0.0.1", port, pki.pem(pki.one), pki.one.key_pem, extra=extra)
        with servers.nginx(tmp_path / "ng", [block]):
            found = one(target(port))
        assert chain_of(found) == pki.ders(pki.one)
        assert found.session is not None
        assert found.session.tls_version == version

    def test_weak_key_and_old_cipher(self, tmp_path: Path) -> None:
        import certs

        end = leaf(None, "weak.example.com", key=certs.rsa_key(1024))
        port = servers.free_port()
        extra = "ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA:@SECLEVEL=0;"
        block = servers.Served("127.0.0.1", port, end.pem, end.key_pem, extra=extra)
        with servers.nginx(tmp_path / "ng", [block]):
            found = one(target(port))
        assert chain_of(found) == (end.der,)

    @pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
    def test_a_server_that_wants_a_client_certificate_is_still_described(
        self, pki: Chain, tmp_path: Path, version: str
    ) -> None:
        context = servers.server_context(tmp_path / "tls", pki.pem(pki.one), pki.one.key_pem)
        context.maximum_version = context.minimum_version = (
            ssl.TLSVersion.TLSv1_2 if version == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
        )
        context.verify_mode = ssl.CERT_REQUIRED

        def handler(connection: socket.socket, _stop: threading.Event) -> None:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)

        with servers.scripted(handler) as (port, _):
            found = one(target(port))
        assert chain_of(found) == pki.ders(pki.one)

    def test_a_stolen_chain_without_the_key_is_not_authenticated(
        self, pki: Chain, tmp_path: Path
    ) -> None:
        """A server that shows a chain and signs with another key proves nothing."""
        from OpenSSL import SSL

        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(pki.one.certificate)
        # Loading a key of another certificate is refused, so the signature is spoilt on the way.
        context.use_privatekey(pki.one.key)
        context.set_max_proto_version(SSL.TLS1_2_VERSION)

        def handler(connection: socket.socket, _stop: threading.Event) -> None:
            server = SSL.Connection(context, None)
            server.set_accept_state()
            server.bio_write(connection.recv(65536))
            with pytest.raises(SSL.WantReadError):
                server.do_handshake()
            flight = bytearray(server.bio_read(65536))
            # The last message is ServerHelloDone (9 octets with its record header); before it
            # ends the signature of ServerKeyExchange.
            flight[-12] ^= 1
            connection.sendall(flight)
            connection.recv(65536)

        with servers.scripted(handler) as (port, _):
            found = one(target(port))
        assert found.outcome == "failed"
        assert found.session is not None
        assert found.session.chain == (pki.one.der,)
        assert not found.session.authenticated

    def test_ipv6(self, pki: Chain, tmp_path: Path) -> None:
        try:
            port = servers.free_port("::1")
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        block = servers.Served("::1", port, pki.pem(pki.one), pki.one.key_pem)
        with servers.nginx(tmp_path / "ng", [block]):
            found = one(target(port, address="::1"))
        assert chain_of(found) == pki.ders(pki.one)


class TestStartTls:
    def test_smtp(self, pki: Chain, context: ssl.SSLContext) -> None:
        with servers.smtp(context) as port:
            assert chain_of(one(target(port, protocol="smtp"))) == pki.ders(pki.one)

    def test_smtp_without_starttls(self) -> None:
        with servers.smtp(None) as port:
            found = one(target(port, protocol="smtp"))
        assert (found.outcome, found.reason) == ("no-tls", "the SMTP server offers no STARTTLS")

    def test_imap(self, pki: Chain, context: ssl.SSLContext) -> None:
        with servers.scripted(servers.imap(context)) as (port, _):
            assert chain_of(one(target(port, protocol="imap"))) == pki.ders(pki.one)

    def test_ldap_by_hand(self, pki: Chain, context: ssl.SSLContext) -> None:
        with servers.scripted(servers.ldap(context)) as (port, _):
            assert chain_of(one(target(port, protocol="ldap"))) == pki.ders(pki.one)

    def test_ldap_openldap(self, pki: Chain, tmp_path: Path) -> None:
        with servers.slapd(tmp_path / "slapd", pki.pem(pki.one), pki.one.key_pem) as port:
            assert pki.one.der in chain_of(one(target(port, protocol="ldap")))

    def test_ldap_refused(self, context: ssl.SSLContext) -> None:
        refusal = bytes.fromhex("301102010178 0c 0a0134 0400 0405 6e6f206c6f")
        answer = refusal[:1] + bytes([len(refusal) - 2]) + refusal[2:]
        with servers.scripted(servers.ldap(context, answer)) as (port, _):
            found = one(target(port, protocol="ldap"))
        assert (found.outcome, found.reason) == ("no-tls", "StartTLS refused with result 52 no lo")

    def test_postgres_by_hand(self, pki: Chain, context: ssl.SSLContext) -> None:
        with servers.scripted(servers.postgres_door(context)) as (port, _):
            assert chain_of(one(target(port, protocol="postgres"))) == pki.ders(pki.one)

    def test_postgres_refuses(self, context: ssl.SSLContext) -> None:
        with servers.scripted(servers.postgres_door(context, b"N")) as (port, _):
            found = one(target(port, protocol="postgres"))
        assert found.outcome == "no-tls"

    def test_postgres_real(self, pki: Chain) -> None:
        with servers.postgres(pki.pem(pki.one), pki.one.key_pem) as port:
            assert chain_of(one(target(port, protocol="postgres"))) == pki.ders(pki.one)

    @pytest.mark.parametrize(
        ("protocol", "answer"),
        [
            ("smtp", b"220 hi\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n"),
            ("imap", b"* OK hi\r\na1 OK go\r\n"),
        ],
    )
    def test_answers_before_the_questions_are_not_believed(
        self, protocol: str, answer: bytes
    ) -> None:
        with servers.scripted(servers.say(answer)) as (port, _):
            found = one(target(port, protocol=protocol))
        assert found.outcome == "failed"

    def test_plain_text_after_consent_is_not_believed(self) -> None:
        with servers.scripted(servers.say(b"S\x16\x03\x03", after=8)) as (port, _):
            found = one(target(port, protocol="postgres"))
        assert found.outcome == "failed"
        assert "plain text" in (found.reason or "")


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


# handshake message "certificate" of 16 MB in TLS 1.2, after a plain ServerHello
SERVER_HELLO = record(
    22, bytes.fromhex("02000026 0303") + bytes(range(32)) + b"\x00" + bytes.fromhex("c02b00")
)
BIG = record(22, b"\x0b\xff\xff\xff" + b"\xff\xff\xfc" + b"\x30" * 16000)

HOSTILE: dict[str, tuple[servers.Handler, str, str]] = {
    "stalls": (servers.stall, "timeout", "no end of handshake"),
    "stalls after a ServerHello": (
        servers.flood(SERVER_HELLO, b""),
        "timeout",
        "no end of handshake",
    ),
    "drips a certificate": (
        servers.drip(SERVER_HELLO + record(22, b"\x0b\x00\x10\x00" + b"\x00" * 500), 0.02),
        "timeout",
        "no end of handshake",
    ),
    "garbage": (servers.say(b"\x00\xff" * 500, after=1), "no-tls", "no TLS record"),
    "garbage in a record": (servers.say(record(22, b"\xaa" * 900), after=1), "failed", ""),
    "alert": (servers.say(record(21, b"\x02\x28"), after=1), "alert", "alert"),
    "alert unrecognized name": (servers.say(record(21, b"\x02\x70"), after=1), "alert", "alert"),
    "closes at once": (servers.say(b""), "failed", "closed"),
    "closes early": (servers.say(SERVER_HELLO[:20], after=1), "failed", "closed"),
    "plain HTTP": (servers.say(b"HTTP/1.1 400 Bad Request\r\n\r\n", after=1), "no-tls", "HTTP"),
    "SMTP greeting": (servers.say(b"220 mail ESMTP\r\n"), "no-tls", "220 mail ESMTP"),
    "SSH greeting": (servers.say(b"SSH-2.0-x\r\n"), "no-tls", "SSH-2.0-x"),
    "16 MB certificate": (
        servers.flood(SERVER_HELLO + BIG, record(22, b"\x30" * 16000)),
        "failed",
        "100 KiB",
    ),
    "endless hello requests": (servers.flood(SERVER_HELLO, record(22, b"\0" * 400)), "failed", ""),
    "endless empty records": (servers.flood(SERVER_HELLO, record(22, b"")), "failed", ""),
    "endless warnings": (servers.flood(b"", record(21, b"\x01\x00")), "failed", ""),
    "echo": (servers.flood(b"", b""), "timeout", ""),
}


class TestHostile:
    @pytest.mark.parametrize("kind", sorted(HOSTILE))
    def test_outcome_and_reason(self, kind: str) -> None:
        handler, outcome, reason = HOSTILE[kind]
        with servers.scripted(handler) as (port, _):
            found = one(target(port), timeout=0.5)
        assert found.outcome == outcome, found
        assert reason in (found.reason or "")
        assert found.reason

    @pytest.mark.parametrize("protocol", ["smtp", "imap", "ldap", "postgres"])
    @pytest.mark.parametrize(
        "handler",
        [
            servers.stall,
            servers.drip(b"* 220-x\r\n", 0.01),
            servers.say(b"\xff\x00\x80" * 4000),
            servers.say(b"220-" + b"x" * 100000),
            servers.say(b"0\x84\xff\xff\xff\xff" + b"x" * 100),
            servers.flood(b"* x\r\n", b"* again\r\n" * 100),
            servers.flood(b"220-x\r\n", b"220-again\r\n" * 100),
            servers.say(b""),
            servers.say(b"0\x05\x02\x01\x01\x78\x7f"),
        ],
    )
    def test_starttls_with_hostile_servers(self, protocol: str, handler: servers.Handler) -> None:
        with servers.scripted(handler) as (port, _):
            found = one(target(port, protocol=protocol), timeout=0.5)
        assert found.outcome in {"timeout", "no-tls", "failed"}
        assert found.reason

    def test_reset(self) -> None:
        def handler(connection: socket.socket, _stop: threading.Event) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        with servers.scripted(handler) as (port, _):
            found = one(target(port))
        # Whether the reset overtakes the end of connect() is the kernel's choice.
        assert found.outcome in ("failed", "unreachable")

    def test_refused(self) -> None:
        found = one(target(servers.free_port()))
        assert found.outcome == "refused"

    def test_stalling_servers_hold_nobody_else(self, pki: Chain, tmp_path: Path) -> None:
        """More stalling names than places, listed first: the good ones are seen all the same."""
        names = tuple(f"n{i}.example.com" for i in range(40))
        port = servers.free_port()
        blocks = [
            servers.Served(f"127.0.0.{i}", port, pki.pem(pki.one), pki.one.key_pem)
            for i in range(1, 21)
        ]
        with (
            servers.scripted(servers.stall) as (stalling, _),
            servers.nginx(tmp_path / "ng", blocks),
        ):
            bad = target(stalling, *names)
            good = [target(port, address=block.address) for block in blocks]
            run = Sweep([bad, *good], timeout=15, concurrency=8, monotonic=time.monotonic).run()
            first = [next(run).outcome for _ in good]
            run.close()
        assert first == ["served"] * 20

    def test_names_after_a_row_of_stalls_are_given_up(self) -> None:
        """So that one address with many names cannot cost hours."""
        names = tuple(f"n{i}.example.com" for i in range(40))
        with servers.scripted(servers.stall) as (port, accepted):
            found = look(target(port, *names), timeout=0.3, concurrency=8)
        assert [each.outcome for each in found.values()] == ["timeout"] * 40
        assert len(accepted) < 10
        assert sum(not each.tried for each in found.values()) == 40 - len(accepted)

    def test_sockets_are_closed_when_the_sweep_is_left(self) -> None:
        with servers.scripted(servers.stall) as (port, _):
            targets = [target(servers.free_port()), target(port, *"abcdef")]
            run = Sweep(targets, timeout=5, concurrency=4, monotonic=time.monotonic).run()
            next(run)
            before = len(list(Path("/proc/self/fd").iterdir()))
            run.close()
            assert len(list(Path("/proc/self/fd").iterdir())) < before

    def test_time_that_the_caller_takes_counts_against_no_server(self) -> None:
        """A caller that stores rows for minutes must not turn open connections into timeouts."""
        taken = 0.0

        def monotonic() -> float:
            return time.monotonic() + taken

        def slow(connection: socket.socket, stop: threading.Event) -> None:
            connection.recv(65536)
            stop.wait(0.3)
            connection.sendall(record(21, b"\x02\x28"))
            stop.wait(5)

        outcomes = []
        with servers.scripted(slow) as (port, _):
            targets = [target(servers.free_port()), target(port)]
            for found in Sweep(targets, timeout=5, concurrency=4, monotonic=monotonic).run():
                outcomes.append(found.outcome)
                taken += 600
        assert outcomes == ["refused", "alert"]

    def test_few_sockets_slow_it_down_and_lose_nothing(self, pki: Chain, tmp_path: Path) -> None:
        port = servers.free_port()
        blocks = [
            servers.Served(f"127.0.0.{i}", port, pki.pem(pki.one), pki.one.key_pem)
            for i in range(1, 41)
        ]
        with servers.nginx(tmp_path / "ng", blocks):
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            highest = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 6, hard))
            try:
                found = look(*(target(port, address=b.address) for b in blocks), concurrency=40)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert [each.outcome for each in found.values()] == ["served"] * 40

    def test_a_certificate_with_ten_thousand_names(self, pki: Chain, tmp_path: Path) -> None:
        end = leaf(pki.mid, *(f"host-{i}.example.com" for i in range(10_000)))
        context = servers.server_context(tmp_path / "tls", pki.pem(end), end.key_pem)
        with servers.scripted(servers.postgres_door(context)) as (port, _):
            found = one(target(port, protocol="postgres"))
        assert (found.outcome, found.reason) == (
            "failed",
            "a certificate message larger than 100 KiB",
        )
