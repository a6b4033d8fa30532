"""The source against real servers: every row of good and bad endpoints, judged right."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

import tls_servers as servers
from certs import DAY, NOW, Issued, intermediate, leaf, moment, pem_bundle, root
from trustpath.base.clock import FixedClock
from trustpath.connectors.endpoints import EndpointSource
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificatePath,
)
from trustpath.facts.relations.presentation import Presentation, PresentedCertificate
from trustpath.facts.relations.revocation import Revocation
from trustpath.facts.source import Context, ProbePolicy, RootSet, SourceSpec

pytestmark = pytest.mark.peer

LOOPBACK = ProbePolicy(("127.0.0.0/8", "::1/128"))
Row = TypeVar("Row")


def staple(
    end: Issued,
    issuer: Issued,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    next_update: int = NOW + DAY,
) -> bytes:
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        end.certificate,
        issuer.certificate,
        hashes.SHA1(),
        status,
        moment(NOW - 3 * DAY),
        moment(next_update),
        moment(NOW - 5 * DAY) if revoked else None,
        x509.ReasonFlags.superseded if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def collect(
    *targets: dict[str, Any],
    roots: RootSet | None = None,
    probes: ProbePolicy = LOOPBACK,
    **options: Any,
) -> list[Part]:
    spec = SourceSpec("edge", "endpoints", {"targets": list(targets), **options}, Path())
    context = Context(FixedClock(NOW), probes, roots or RootSet())
    return list(EndpointSource(spec, context).collect())


def rows(part: Part, relation: type[Row]) -> list[Row]:
    return [fact for fact in part.facts if isinstance(fact, relation)]


@dataclass(frozen=True)
class Lab:
    """One nginx whose addresses 127.0.0.2 and up each serve something else."""

    port: int
    roots: RootSet
    chains: dict[str, tuple[Issued, ...]]
    parts: dict[str, Part]

    def presentation(self, kind: str) -> Presentation:
        (found,) = rows(self.parts[kind], Presentation)
        return found

    def path(self, kind: str) -> CertificatePath:
        (found,) = rows(self.parts[kind], CertificatePath)
        return found


PUBLIC = root("Public Root")
PRIVATE = root("Private Root")
MID = intermediate(PUBLIC)
DEEP = intermediate(MID, "Example CA 2")
INSIDE = intermediate(PRIVATE, "Inside CA")
STRANGER = intermediate(root("Unknown Root"), "Unknown CA")
NAME = "shop.example.com"


def chains() -> dict[str, tuple[Issued, ...]]:
    good = leaf(MID, NAME, "*.shop.example.com")
    return {
        "good": (good, MID),
        "good with its root": (good, MID, PUBLIC),
        "good in another order": (leaf(DEEP, NAME), MID, DEEP),
        "expired": (leaf(MID, NAME, not_before=NOW - 90 * DAY, not_after=NOW - DAY), MID),
        "wrong name": (leaf(MID, "other.example.net"), MID),
        "self-signed": (leaf(None, NAME),),
        "incomplete": (leaf(DEEP, NAME), DEEP),
        "leaf only": (leaf(MID, NAME),),
        "private": (leaf(INSIDE, NAME), INSIDE),
        "unknown issuer": (leaf(STRANGER, NAME), STRANGER),
        "stapled good": (leaf(MID, NAME), MID),
        "stapled revoked": (leaf(MID, NAME), MID),
        "stapled stale": (leaf(MID, NAME), MID),
        "stapled of another": (leaf(MID, NAME), MID),
        "stapled unverifiable": (leaf(STRANGER, NAME),),
    }


def staples(made: dict[str, tuple[Issued, ...]]) -> dict[str, bytes]:
    def end(kind: str) -> Issued:
        return made[kind][0]

    return {
        "stapled good": staple(end("stapled good"), MID),
        "stapled revoked": staple(end("stapled revoked"), MID, ocsp.OCSPCertStatus.REVOKED),
        "stapled stale": staple(end("stapled stale"), MID, next_update=NOW - 2 * DAY),
        "stapled of another": staple(end("good"), MID),
        "stapled unverifiable": staple(end("stapled unverifiable"), STRANGER),
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    made = chains()
    stapled = staples(made)
    port = servers.free_port()
    address = {kind: f"127.0.0.{number}" for number, kind in enumerate(made, 2)}
    blocks = [
        servers.Served(
            address[kind],
            port,
            pem_bundle(*chain),
            chain[0].key_pem,
            staple=stapled.get(kind),
            extra="ssl_protocols TLSv1.2 TLSv1.3;",
        )
        for kind, chain in made.items()
    ]
    roots = RootSet(public=(PUBLIC.der,), private=(PRIVATE.der,))
    targets = [{"address": a, "port": port, "names": [NAME]} for a in address.values()]
    with servers.nginx(tmp_path_factory.mktemp("nginx"), blocks):
        parts = {part.name: part for part in collect(*targets, roots=roots)}
    by_kind = {kind: parts[f"{a}:{port}/tls"] for kind, a in address.items()}
    return Lab(port, roots, made, by_kind)


KINDS = tuple(chains())


@pytest.mark.parametrize("kind", KINDS)
def test_every_endpoint_is_described(lab: Lab, kind: str) -> None:
    part, seen, chain = lab.parts[kind], lab.presentation(kind), lab.chains[kind]
    assert (part.grade, part.coverage, part.problems) == (Grade.OBSERVATION, Coverage.FULL, ())
    assert (part.observed_at, seen.observed_at, part.view) == (NOW, NOW, "local")
    assert (seen.outcome, seen.authenticated) == ("served", True)
    assert (seen.server_name, seen.protocol, seen.port) == (NAME, "tls", lab.port)
    assert (seen.tls_version, seen.certificates) == ("TLSv1.3", len(chain))
    assert seen.key_group
    assert seen.leaf == chain[0].fingerprint
    presented = {row.position: row.certificate for row in rows(part, PresentedCertificate)}
    assert presented == {place: one.fingerprint for place, one in enumerate(chain)}
    assert {row.fingerprint for row in rows(part, Certificate)} == set(presented.values())
    assert lab.path(kind).certificate == seen.leaf
    names = {n.name for n in rows(part, CertificateName) if n.certificate == seen.leaf}
    wanted = chain[0].certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names == set(wanted.value.get_values_for_type(x509.DNSName))


@pytest.mark.parametrize(
    ("kind", "complete", "public", "private"),
    [
        ("good", True, True, False),
        ("good with its root", True, True, False),
        ("good in another order", True, True, False),
        ("expired", True, True, False),
        ("wrong name", True, True, False),
        ("self-signed", False, False, False),
        ("incomplete", False, None, None),
        ("leaf only", True, True, False),
        ("private", True, False, True),
        ("unknown issuer", False, None, None),
    ],
)
def test_trust(
    lab: Lab, kind: str, complete: bool, public: bool | None, private: bool | None
) -> None:
    seen, path = lab.presentation(kind), lab.path(kind)
    if kind == "leaf only":
        # The issuer was neither served nor made known, so nothing can be said about the root.
        complete, public, private = False, None, None
    assert (seen.complete, seen.publicly_trusted, seen.privately_trusted) == (
        complete,
        public,
        private,
    )
    assert (path.publicly_trusted, path.privately_trusted) == (public, private)


def test_path_details(lab: Lab) -> None:
    good = lab.path("good")
    assert (good.issuer_certificate, good.root) == (MID.fingerprint, PUBLIC.fingerprint)
    assert lab.presentation("good").path_not_after == NOW + 700 * DAY
    assert lab.presentation("good").weak_chain_signature is False


@pytest.mark.parametrize(
    ("kind", "status", "remark"),
    [
        ("good", "absent", None),
        ("stapled good", "good", None),
        ("stapled revoked", "revoked", None),
        ("stapled stale", "invalid", "stapled OCSP response: the answer is out of date"),
        (
            "stapled of another",
            "invalid",
            "stapled OCSP response: no answer about the served certificate",
        ),
        ("stapled unverifiable", None, None),
    ],
)
def test_stapling(lab: Lab, kind: str, status: str | None, remark: str | None) -> None:
    seen = lab.presentation(kind)
    assert (seen.ocsp, seen.reason) == (status, remark)
    found = rows(lab.parts[kind], Revocation)
    if status not in ("good", "revoked"):
        assert not found
        return
    (answer,) = found
    end = lab.chains[kind][0]
    (certificate,) = [c for c in rows(lab.parts[kind], Certificate) if c.fingerprint == seen.leaf]
    assert (answer.certificate, answer.issuer, answer.serial) == (
        end.fingerprint,
        certificate.issuer,
        certificate.serial,
    )
    assert (answer.status, answer.origin) == (status, "ocsp")
    assert (answer.this_update, answer.next_update) == (NOW - 3 * DAY, NOW + DAY)
    if status == "revoked":
        assert (answer.reason, answer.revoked_at) == ("superseded", NOW - 5 * DAY)


def test_swapped_certificates_are_seen_at_their_addresses(tmp_path: Path) -> None:
    """Two endpoints that serve each other's certificate: keyed by address, so it shows."""
    one, two = leaf(MID, "one.example.com"), leaf(MID, "two.example.com")
    port = servers.free_port()
    blocks = [
        servers.Served("127.0.0.2", port, pem_bundle(two, MID), two.key_pem),
        servers.Served("127.0.0.3", port, pem_bundle(one, MID), one.key_pem),
    ]
    with servers.nginx(tmp_path, blocks):
        parts = collect(
            {"address": "127.0.0.2", "port": port, "names": ["one.example.com"]},
            {"address": "127.0.0.3", "port": port, "names": ["two.example.com"]},
            vantage="office",
        )
    seen = {p.server_name: p for part in parts for p in rows(part, Presentation)}
    assert seen["one.example.com"].leaf == two.fingerprint
    assert seen["two.example.com"].leaf == one.fingerprint
    assert {p.vantage for p in seen.values()} == {"office"}


def test_nothing_is_sent_where_the_estate_does_not_allow_it() -> None:
    with servers.scripted(servers.stall) as (port, accepted):
        (part,) = collect(
            {"address": "127.0.0.1", "port": port, "names": ["a.example", "b.example"]},
            probes=ProbePolicy(("127.0.0.2/32", "192.0.2.0/24")),
        )
    assert accepted == []
    assert part.coverage is Coverage.PARTIAL
    assert part.problems[0].hint
    seen = rows(part, Presentation)
    assert {p.server_name for p in seen} == {"a.example", "b.example"}
    assert {(p.outcome, p.leaf, p.authenticated) for p in seen} == {("not-allowed", None, False)}


def test_a_refusal_is_knowledge() -> None:
    port = servers.free_port()
    (part,) = collect({"address": "127.0.0.1", "port": port, "names": ["a.example", "b.example"]})
    assert part.coverage is Coverage.FULL
    assert [p.outcome for p in rows(part, Presentation)] == ["refused", "refused"]


def test_a_chain_without_proof_of_the_key_is_no_evidence() -> None:
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    end = leaf(MID, NAME)
    context.use_certificate(end.certificate)
    context.use_privatekey(end.key)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)

    def copycat(connection: socket.socket, _stop: threading.Event) -> None:
        server = SSL.Connection(context, None)
        server.set_accept_state()
        server.bio_write(connection.recv(65536))
        with pytest.raises(SSL.WantReadError):
            server.do_handshake()
        flight = bytearray(server.bio_read(65536))
        flight[-12] ^= 1  # the signature of ServerKeyExchange ends before ServerHelloDone
        connection.sendall(flight)
        connection.recv(65536)

    with servers.scripted(copycat) as (port, _):
        (part,) = collect({"address": "127.0.0.1", "port": port, "names": [NAME]})
    (seen,) = rows(part, Presentation)
    assert (seen.outcome, seen.leaf, seen.authenticated) == ("failed", None, False)
    assert "without proof" in (seen.reason or "")
    assert not rows(part, PresentedCertificate)
    assert not rows(part, Certificate)


def test_stalling_names_are_reported_as_not_tried() -> None:
    names = [f"n{i}.example.com" for i in range(30)]
    with servers.scripted(servers.stall) as (port, _):
        (part,) = collect(
            {"address": "127.0.0.1", "port": port, "names": names}, timeout=0.2, concurrency=4
        )
    seen = rows(part, Presentation)
    assert {p.server_name for p in seen} == set(names)
    assert {p.outcome for p in seen} == {"timeout"}
    assert part.coverage is Coverage.PARTIAL
    assert part.problems


def test_starttls_and_bad_servers_beside_good_ones(tmp_path: Path) -> None:
    end = leaf(MID, NAME)
    context = servers.server_context(tmp_path / "tls", pem_bundle(end, MID), end.key_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    http = servers.say(b"HTTP/1.1 400 Bad Request\r\n\r\n", after=1)
    with (
        servers.smtp(context) as mail,
        servers.scripted(servers.imap(context)) as (imap, _),
        servers.scripted(servers.ldap(context)) as (ldap, _),
        servers.scripted(servers.postgres_door(context)) as (database, _),
        servers.scripted(http) as (plain, _),
        servers.scripted(servers.stall) as (stalling, _),
    ):
        ports = {"smtp": mail, "imap": imap, "ldap": ldap, "postgres": database}
        targets = [
            {"address": "127.0.0.1", "port": port, "protocol": protocol, "names": [NAME]}
            for protocol, port in ports.items()
        ]
        targets += [{"address": "127.0.0.1", "port": p, "names": [NAME]} for p in (plain, stalling)]
        parts = collect(*targets, roots=RootSet(public=(PUBLIC.der,)), timeout=1.0)
    seen = {p.port: p for part in parts for p in rows(part, Presentation)}
    for protocol, port in ports.items():
        found = seen[port]
        assert (found.protocol, found.leaf, found.complete) == (protocol, end.fingerprint, True)
    assert seen[plain].outcome == "no-tls"
    assert seen[stalling].outcome == "timeout"
    assert all(part.coverage is Coverage.FULL for part in parts)


def test_an_unreadable_certificate_costs_only_itself(tmp_path: Path) -> None:
    """A certificate that OpenSSL serves and our reading refuses is reported, the rest is kept."""
    tls_feature = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.24")
    garbage = x509.UnrecognizedExtension(tls_feature, b"\x30\x7f\x02")
    odd = leaf(MID, NAME, extra=[(garbage, False)])
    context = servers.server_context(tmp_path / "tls", pem_bundle(odd, MID), odd.key_pem)

    def handler(connection: socket.socket, _stop: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with servers.scripted(handler) as (port, _):
        (part,) = collect({"address": "127.0.0.1", "port": port, "names": [NAME]})
    (seen,) = rows(part, Presentation)
    assert (seen.outcome, seen.leaf, seen.complete) == ("served", odd.fingerprint, None)
    assert [c.fingerprint for c in rows(part, Certificate)] == [MID.fingerprint]
    assert part.coverage is Coverage.PARTIAL
    assert "certificate 0" in part.problems[0].message


def test_many_large_chains_of_one_address_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustpath.connectors.endpoints.source.MAX_PART", 5000)
    names = [f"n{i}.example.com" for i in range(8)]
    ends = [leaf(MID, name, *(f"{i}.{name}" for i in range(60))) for name in names]
    port = servers.free_port()
    blocks = [
        servers.Served("127.0.0.1", port, pem_bundle(end, MID), end.key_pem, name)
        for name, end in zip(names, ends, strict=True)
    ]
    with servers.nginx(tmp_path, blocks):
        (part,) = collect({"address": "127.0.0.1", "port": port, "names": names})
    seen = rows(part, Presentation)
    assert {p.server_name for p in seen} == set(names)
    outcomes = [p.outcome for p in seen]
    assert outcomes.count("served") in (1, 2, 3)
    assert outcomes.count("failed") == 8 - outcomes.count("served")
    assert part.coverage is Coverage.PARTIAL
    assert len(part.problems) == 1


def test_ipv6_target(tmp_path: Path) -> None:
    try:
        port = servers.free_port("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    end = leaf(MID, NAME)
    with servers.nginx(tmp_path, [servers.Served("::1", port, pem_bundle(end, MID), end.key_pem)]):
        (part,) = collect({"address": "0:0::1", "port": port, "names": [NAME]})
    (seen,) = rows(part, Presentation)
    assert part.name == f"[::1]:{port}/tls"
    assert (seen.address, seen.leaf, seen.outcome) == ("::1", end.fingerprint, "served")
