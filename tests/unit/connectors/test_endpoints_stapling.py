"""Stapled OCSP answers: who may sign, for how long, about which certificate."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import DAY, NOW, Issued, intermediate, issue, leaf, moment, new_key, root
from trustpath.connectors.endpoints.stapling import Staple, judge

MID = intermediate(root())
OTHER = intermediate(root("Other Root"), "Other CA")
SHOP = leaf(MID, "shop.example.com")


def answer(
    about: Issued = SHOP,
    issuer: Issued = MID,
    *,
    signer: Issued | None = None,
    attach: bool = False,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    this_update: int = NOW - DAY,
    next_update: int | None = NOW + DAY,
    id_digest: Any = None,
) -> bytes:
    signer = signer or issuer
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.certificate,
        issuer.certificate,
        id_digest or hashes.SHA1(),
        status,
        moment(this_update),
        moment(next_update) if next_update is not None else None,
        moment(NOW - 2 * DAY) if revoked else None,
        x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if attach:
        builder = builder.certificates([signer.certificate])
    plain = not hasattr(signer.key, "curve") and not hasattr(signer.key, "key_size")
    return builder.sign(signer.key, None if plain else hashes.SHA256()).public_bytes(Encoding.DER)


def look(data: bytes, issuer: Issued = MID, now: int = NOW) -> Staple:
    return judge(data, SHOP.certificate, issuer.certificate, now)


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")


def responder(issuer: Issued, **options: Any) -> Issued:
    options = {"usages": (ExtendedKeyUsageOID.OCSP_SIGNING,), **options}
    return issue(issuer, "Responder", **options)


def test_good() -> None:
    assert look(answer()) == Staple("good", None, None, None, NOW - DAY, NOW + DAY)


def test_revoked() -> None:
    found = look(answer(status=ocsp.OCSPCertStatus.REVOKED))
    assert (found.status, found.reason) == ("revoked", "keyCompromise")
    assert found.revoked_at == NOW - 2 * DAY


def test_unknown() -> None:
    assert look(answer(status=ocsp.OCSPCertStatus.UNKNOWN)).status == "unknown"


@pytest.mark.parametrize("kind", ["p384", "rsa", "ed25519"])
def test_issuers_of_every_kind(kind: str) -> None:
    ca = intermediate(root(), key=new_key(kind))
    end = leaf(ca, "a.example")
    found = judge(answer(end, ca), end.certificate, ca.certificate, NOW)
    assert found.status == "good"


def test_other_hash_in_the_certificate_id() -> None:
    assert look(answer(id_digest=hashes.SHA256())).status == "good"


def test_appointed_responder() -> None:
    assert look(answer(signer=responder(MID), attach=True)).status == "good"


@pytest.mark.parametrize(
    "data",
    [
        answer(signer=responder(MID)),
        answer(signer=responder(OTHER), attach=True),
        answer(signer=responder(MID, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)), attach=True),
        answer(signer=responder(MID, not_after=NOW - 1), attach=True),
        answer(signer=responder(MID, extra=[(UNKNOWN, True)]), attach=True),
        answer(signer=OTHER),
        answer(signer=OTHER, attach=True),
        answer(signer=SHOP, attach=True),
    ],
    ids=[
        "responder not attached",
        "responder of another CA",
        "responder without the purpose",
        "responder expired",
        "responder with an unknown critical extension",
        "another CA",
        "another CA attached",
        "the certificate itself",
    ],
)
def test_signers_that_may_not_sign(data: bytes) -> None:
    found = look(data)
    assert found.status == "invalid"
    assert "signature" in (found.fault or "")


def test_spoilt_signature() -> None:
    data = bytearray(answer())
    data[-3] ^= 1
    assert look(bytes(data)).status == "invalid"


def test_about_another_certificate() -> None:
    found = look(answer(leaf(MID, "other.example.com")))
    assert (found.status, found.fault) == ("invalid", "no answer about the served certificate")


def test_same_serial_of_another_issuer() -> None:
    twin = leaf(OTHER, "shop.example.com", serial=SHOP.certificate.serial_number)
    assert look(answer(twin, OTHER, signer=MID)).status == "invalid"


def test_time() -> None:
    assert look(answer(), now=NOW + DAY).status == "good"
    assert look(answer(), now=NOW + DAY + 1).fault == "the answer is out of date"
    assert look(answer(next_update=None), now=NOW + 40 * DAY).status == "good"
    assert look(answer(), now=NOW - 2 * DAY).fault == "the answer is from the future"


def test_responder_error() -> None:
    data = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    assert look(data.public_bytes(Encoding.DER)).fault == "the responder answered try_later"


@given(st.binary(max_size=300) | st.binary(max_size=3).map(lambda tail: answer()[:-5] + tail))
@settings(max_examples=200, deadline=None)
def test_garbage_is_invalid(data: bytes) -> None:
    assert look(data).status == "invalid"


GOOD = answer(signer=responder(MID), attach=True)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_no_flipped_octet_raises_or_changes_the_status(position: int, mask: int) -> None:
    data = bytearray(GOOD)
    data[position] ^= mask
    assert look(bytes(data)).status in {"good", "invalid"}
