"""Judge a stapled OCSP response (RFC 6066 section 8) against RFC 6960 section 3.2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from trustpath.facts.x509.critical import unprocessed

# Clocks differ a little; answers from further ahead than this are not believed.
_CLOCK_SKEW = 300
_MAX_ANSWERS = 256
_MAX_CERTIFICATES = 16
# What reading a hostile response or certificate may raise; all of it means "no proof".
_UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_STATUS = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Staple:
    """What a stapled response says of the leaf.

    ``status`` is ``good``, ``revoked``, ``unknown`` or ``invalid`` with ``fault`` saying why. The
    other fields are those of the answer; instants in seconds.
    """

    status: str
    fault: str | None = None
    reason: str | None = None
    revoked_at: int | None = None
    this_update: int | None = None
    next_update: int | None = None


def _invalid(fault: str) -> Staple:
    return Staple("invalid", fault)


def judge(data: bytes, leaf: x509.Certificate, issuer: x509.Certificate, now: int) -> Staple:
    """Return what ``data`` proves about ``leaf`` at ``now``; never raises on bad input."""
    try:
        return _judge(ocsp.load_der_ocsp_response(data), leaf, issuer, now)
    except _UNREADABLE as error:
        return _invalid(f"the response cannot be read: {error}")


def _judge(
    response: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate, now: int
) -> Staple:
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return _invalid(f"the responder answered {response.response_status.name.lower()}")
    answer = next(
        (a for a in islice(response.responses, _MAX_ANSWERS) if _is_about(a, leaf, issuer)), None
    )
    if answer is None:
        return _invalid("no answer about the served certificate")
    signers = _signers(response, issuer, now)
    if not any(_signed_by(response, signer) for signer in signers):
        return _invalid("no valid signature of the issuer or a responder it appointed")
    this_update = _instant(answer.this_update_utc)
    ends = answer.next_update_utc
    next_update = _instant(ends) if ends else None
    if this_update > now + _CLOCK_SKEW:
        return _invalid("the answer is from the future")
    if next_update is not None and next_update < now:
        return _invalid("the answer is out of date")
    revoked_at, reason = answer.revocation_time_utc, answer.revocation_reason
    return Staple(
        status=_STATUS[answer.certificate_status],
        reason=reason.value if reason else None,
        revoked_at=_instant(revoked_at) if revoked_at else None,
        this_update=this_update,
        next_update=next_update,
    )


def _instant(moment: datetime) -> int:
    return int(moment.timestamp())


def _is_about(
    answer: ocsp.OCSPSingleResponse, leaf: x509.Certificate, issuer: x509.Certificate
) -> bool:
    """Say whether the answer's CertID names the leaf (RFC 6960 section 4.1.1)."""
    if answer.serial_number != leaf.serial_number:
        return False
    wanted = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, answer.hash_algorithm).build()
    return (
        answer.issuer_key_hash == wanted.issuer_key_hash
        and answer.issuer_name_hash == wanted.issuer_name_hash
    )


def _signers(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, now: int
) -> Iterable[x509.Certificate]:
    """Yield who may sign: the issuer, and responders it appointed (RFC 6960 section 4.2.2.2)."""
    yield issuer
    for candidate in response.certificates[:_MAX_CERTIFICATES]:
        try:
            candidate.verify_directly_issued_by(issuer)
            extensions = candidate.extensions
            usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (*_UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
            continue
        if unprocessed(extensions):
            continue
        begins, ends = candidate.not_valid_before_utc, candidate.not_valid_after_utc
        if ExtendedKeyUsageOID.OCSP_SIGNING in usage and _instant(begins) <= now <= _instant(ends):
            yield candidate


def _signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key = signer.public_key()
    signature, signed = response.signature, response.tbs_response_bytes
    try:
        if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            key.verify(signature, signed)
            return True
        digest = response.signature_hash_algorithm
        # SHA-1 and MD5 signatures can be forged with chosen prefixes: no proof (BR 7.1.3.2.1).
        if digest is None or isinstance(digest, (hashes.SHA1, hashes.MD5)):
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(digest))
            return True
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return False
