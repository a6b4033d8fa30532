"""Whether a certificate is revoked, asked of the CRL and OCSP responder of a real OpenBao."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cas import OpenBao, openbao
from certs import leaf, root
from orders import request
from trustpath.base.clock import DAY, FixedClock
from trustpath.connectors.revocation import Asker
from trustpath.connectors.vault import make
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.source import Context, ProbePolicy, RootSet

pytestmark = pytest.mark.peer
LOOPBACK = ProbePolicy(("127.0.0.0/8",))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("bao"), dns="127.0.0.1:53") as started:
        yield started


def asker(probes: ProbePolicy = LOOPBACK, *, ahead: int = 0) -> Asker:
    return Asker(Context(clock=FixedClock(int(time.time()) + ahead), probes=probes))


def issued(server: OpenBao, *, revoke: bool) -> bytes:
    given = {"url": server.address, "role": "web", "token": "env:T"}
    context = Context(clock=FixedClock(0), secrets={"T": server.token})
    issuer = make(IssuerSpec("bao", "vault", "internal", given, Path()), context)
    wanted = request("www.revoked.example")
    order = issuer.finalize(issuer.begin(wanted), wanted.csr)
    certificate = issuer.fetch(order).certificates[0]
    if revoke:
        assert issuer.revoke(certificate, 4)
    return certificate


def above(server: OpenBao) -> bytes:
    return x509.load_pem_x509_certificate(server.root()).public_bytes(Encoding.DER)


def test_both_places_say_that_it_is_good_and_then_revoked(server: OpenBao) -> None:
    good = asker()(issued(server, revoke=False), above(server))
    gone = asker()(issued(server, revoke=True), above(server))
    assert [(a.kind, a.revoked, a.problem) for a in good] == [
        ("crl", False, ""),
        ("ocsp", False, ""),
    ]
    assert [(a.kind, a.revoked, a.problem) for a in gone] == [("crl", True, ""), ("ocsp", True, "")]
    assert all(abs((answer.at or 0) - time.time()) < 60 for answer in gone)


def test_what_is_out_of_date_tells_nothing(server: OpenBao) -> None:
    answers = asker(ahead=400 * DAY)(issued(server, revoke=True), above(server))
    assert [a.revoked for a in answers if a.kind == "crl"] == [None]
    assert "out of date" in answers[0].problem


def test_another_issuer_is_not_believed(server: OpenBao) -> None:
    other = root("Bao Root").certificate.public_bytes(Encoding.DER)
    answers = asker()(issued(server, revoke=True), other)
    assert {a.revoked for a in answers} == {None}


def test_an_issuer_that_no_chain_has_is_found_among_the_roots(server: OpenBao) -> None:
    others = root("Other Root").certificate.public_bytes(Encoding.DER)
    known = Context(
        clock=FixedClock(int(time.time())),
        probes=LOOPBACK,
        roots=RootSet(private=(others, above(server))),
    )
    certificate = issued(server, revoke=True)
    assert {answer.revoked for answer in Asker(known)(certificate)} == {True}
    nobody = asker()(certificate)
    assert {answer.revoked for answer in nobody} == {None}
    assert "no root of the estate is its issuer CN=Bao Root" in nobody[0].problem


def test_places_outside_of_what_may_be_probed_are_not_asked(server: OpenBao) -> None:
    answers = asker(ProbePolicy(("192.0.2.0/24",)))(issued(server, revoke=True), above(server))
    assert {a.revoked for a in answers} == {None}
    assert all("not among the networks" in a.problem for a in answers)


def test_a_host_that_the_estate_names_may_be_asked(server: OpenBao) -> None:
    context = Context(clock=FixedClock(int(time.time())))
    answers = Asker(context, {"127.0.0.1"})(issued(server, revoke=True), above(server))
    assert {a.revoked for a in answers} == {True}


def test_a_certificate_that_names_no_place_has_no_answer() -> None:
    ca = root()
    one = leaf(ca, "a.example").certificate.public_bytes(Encoding.DER)
    assert asker()(one, ca.certificate.public_bytes(Encoding.DER)) == ()
