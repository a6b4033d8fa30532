"""The TLSA link with real certificates: what is served, parsed and compared, on both engines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import NOW, Issued, intermediate, leaf, root
from trustpath.app.benches import DuckdbBench, StoreBench
from trustpath.base.addresses import address_key
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.records import zone_facts
from trustpath.facts.relations.presentation import Presentation, PresentedCertificate
from trustpath.facts.x509.describe import describe

HOST, ADDRESS, PORT = "mail.example.com", "192.0.2.25", 25
ROOT = root()
ISSUING = intermediate(ROOT)
LEAF = leaf(ISSUING, HOST)
STRANGER = leaf(intermediate(root("Other Root")), HOST)


def spki(one: Issued) -> bytes:
    """The SubjectPublicKeyInfo as cryptography encodes it, not as the code under test cuts it out."""
    return one.certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def judged(
    bench: StoreBench,
    tlsa: str,
    chain: tuple[Issued, ...] = (LEAF, ISSUING),
    port: int = PORT,
    trusted: bool = True,
    server_name: str = HOST,
) -> list[tuple[object, object]]:
    """Return (matches, usable) of each row of the link for one TLSA record and one served chain."""
    records = [(HOST, "A", 300, [ADDRESS]), (f"_{port}._tcp.{HOST}", "TLSA", 300, [tlsa])]
    bench.record("zones", Part("example.com", Grade.AUTHORITATIVE, Coverage.FULL, NOW,
                               list(zone_facts("example.com", records, full=True))), NOW)  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for position, one in enumerate(chain):
        facts = describe(one.der)
        rows += [facts.certificate, *facts.names]
        rows.append(
            PresentedCertificate(
                ADDRESS, port, server_name, "smtp", "here", position, one.fingerprint
            )
        )
    if chain:
        rows.append(Presentation(
            address=ADDRESS, address_key=address_key(ADDRESS), port=port, server_name=server_name, protocol="smtp",
            vantage="here", outcome="served", reason=None, leaf=chain[0].fingerprint, certificates=len(chain),
            complete=trusted, publicly_trusted=trusted, privately_trusted=False, path_not_after=None,
            weak_chain_signature=False, tls_version="TLSv1.3", key_group=None, ocsp="absent", authenticated=True,
            observed_at=NOW,
        ))  # fmt: skip
    bench.record("endpoints", Part("targets", Grade.OBSERVATION, Coverage.FULL, NOW, rows), NOW)
    engine = bench.engine(NOW)
    found = engine.query("SELECT matches, usable FROM tlsa_match")
    return [tuple(None if value is None else bool(value) for value in row) for row in found]  # type: ignore[misc]


BENCHES = pytest.mark.parametrize("bench", [StoreBench, DuckdbBench])
Make = Callable[[], StoreBench]


@BENCHES
@pytest.mark.parametrize(
    ("tlsa", "expected"),
    [
        (f"3 1 1 {sha256(spki(LEAF))}", True),
        (f"3 0 1 {sha256(LEAF.der)}", True),
        (f"2 1 1 {sha256(spki(ISSUING))}", True),
        (f"2 0 1 {sha256(ISSUING.der)}", True),
        (f"3 1 1 {sha256(spki(STRANGER))}", False),
        (f"3 0 1 {sha256(STRANGER.der)}", False),
        (f"3 1 1 {sha256(LEAF.der)}", False),
        (f"3 0 1 {sha256(spki(LEAF))}", False),
        (f"3 1 1 {sha256(spki(ISSUING))}", False),
        (f"2 1 1 {sha256(spki(LEAF))}", False),
        (f"2 1 1 {sha256(spki(ROOT))}", False),
        (f"3 1 2 {hashlib.sha512(spki(LEAF)).hexdigest()}", None),
        (f"3 1 0 {spki(LEAF).hex()}", None),
    ],
    ids=lambda value: value[:5] if isinstance(value, str) else str(value),
)
def test_each_form_against_a_real_chain(bench: Make, tlsa: str, expected: bool | None) -> None:
    """RFC 6698 section 2.1: selector and usage decide what is hashed and which certificates count."""
    assert judged(bench(), tlsa) == [(expected, True)]


@BENCHES
def test_an_anchor_counts_once_it_is_sent(bench: Make) -> None:
    """RFC 7671 section 5.2: the server must send the certificate that a usage 2 record means."""
    assert judged(bench(), f"2 0 1 {sha256(ROOT.der)}", (LEAF, ISSUING, ROOT)) == [(True, True)]


@BENCHES
def test_usage_2_checks_names_and_dates_and_usage_3_neither(bench: Make) -> None:
    """RFC 7671 sections 5.1 and 5.2."""
    for odd in (leaf(ISSUING, "else.example.com"), leaf(ISSUING, HOST, not_after=NOW - 1)):
        assert judged(bench(), f"2 1 1 {sha256(spki(ISSUING))}", (odd, ISSUING)) == [(False, True)]
        assert judged(bench(), f"3 1 1 {sha256(spki(odd))}", (odd, ISSUING)) == [(True, True)]


@BENCHES
@pytest.mark.parametrize(
    "record",
    [f"1 1 1 {sha256(spki(LEAF))}", f"0 1 1 {sha256(spki(ISSUING))}"],
    ids=["usage 1", "usage 0"],
)
def test_usages_0_and_1_want_a_trusted_path_and_are_unusable_for_mail(
    bench: Make, record: str
) -> None:
    """RFC 6698 section 2.1.1; RFC 7672 section 3.1.3."""
    assert judged(bench(), record, port=443) == [(True, True)]
    assert judged(bench(), record, port=443, trusted=False) == [(False, True)]
    assert judged(bench(), record, port=25) == [(False, False)]


@BENCHES
def test_nothing_served_or_served_for_another_name_is_unknown(bench: Make) -> None:
    """A default certificate says nothing about what a client gets that sends the host's name."""
    record = f"3 1 1 {sha256(spki(LEAF))}"
    assert judged(bench(), record, ()) == [(None, True)]
    assert judged(bench(), record, server_name="") == [(None, True)]
