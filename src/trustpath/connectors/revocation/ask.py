"""Answers from CRLs (RFC 5280 5, 6.3) and OCSP responders (RFC 6960), their signatures checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from trustpath.base.errors import SourceError
from trustpath.connectors.revocation.fetch import allowed, fetch
from trustpath.facts.revoking import RevocationAnswer
from trustpath.facts.source import Context

_SKEW = 300
"""Seconds by which a responder's clock may be ahead."""


class Asker:
    """Asks every place that a certificate names. ``hosts`` are those of the estate's issuers.

    An issuer that is not handed in is looked for among the trust anchors of the context.
    """

    def __init__(self, context: Context, hosts: Collection[str] = ()) -> None:
        self._context = context
        self._hosts = frozenset(hosts)

    def __call__(
        self, certificate: bytes, issuer: bytes | None = None
    ) -> tuple[RevocationAnswer, ...]:
        """Return an answer for each place; what cannot be asked or believed tells nothing."""
        leaf = x509.load_der_x509_certificate(certificate)
        above = self._anchor(leaf) if issuer is None else x509.load_der_x509_certificate(issuer)
        answers = []
        try:
            places = tuple(_places(leaf))
        except ValueError as error:
            return (RevocationAnswer("crl", "", None, problem=f"unreadable: {error}"),)
        for kind, url in places:
            problem = allowed(url, self._hosts, self._context.probes)
            if problem or above is None:
                problem = problem or f"no root of the estate is its issuer {_named(leaf)}"
                answers.append(RevocationAnswer(kind, url, None, problem=problem))
                continue
            ask = self._crl if kind == "crl" else self._ocsp
            try:
                answers.append(ask(url, leaf, above))
            except SourceError as error:
                answers.append(RevocationAnswer(kind, url, None, problem=error.message))
            except (ValueError, UnsupportedAlgorithm) as error:
                answers.append(RevocationAnswer(kind, url, None, problem=f"unreadable: {error}"))
        return tuple(answers)

    def _anchor(self, leaf: x509.Certificate) -> x509.Certificate | None:
        roots = self._context.roots
        for der in (*roots.private, *roots.public):
            anchor = x509.load_der_x509_certificate(der)
            try:
                leaf.verify_directly_issued_by(anchor)
            except (InvalidSignature, ValueError, TypeError):
                continue
            return anchor
        return None

    def _crl(self, url: str, leaf: x509.Certificate, issuer: x509.Certificate) -> RevocationAnswer:
        content = fetch(url)
        pem = content.lstrip().startswith(b"-----BEGIN")
        crl = x509.load_pem_x509_crl(content) if pem else x509.load_der_x509_crl(content)
        key = issuer.public_key()
        if crl.issuer != leaf.issuer or not crl.is_signature_valid(key):  # type: ignore[arg-type]
            raise SourceError("the CRL is not of the certificate's issuer")
        self._timely(crl.last_update_utc, crl.next_update_utc)
        produced = _seconds(crl.last_update_utc)
        entry = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
        if entry is None:
            return RevocationAnswer("crl", url, revoked=False, produced=produced)
        at = _seconds(entry.revocation_date_utc)
        return RevocationAnswer("crl", url, True, at, produced, _reason(entry))

    def _ocsp(self, url: str, leaf: x509.Certificate, issuer: x509.Certificate) -> RevocationAnswer:
        builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1())  # noqa: S303
        request = builder.build().public_bytes(serialization.Encoding.DER)
        answer = ocsp.load_der_ocsp_response(fetch(url, request, "application/ocsp-request"))
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise SourceError(f"the responder says {answer.response_status.name}")
        if answer.serial_number != leaf.serial_number:
            raise SourceError("the answer is about another certificate")
        _check_responder(answer, issuer)
        self._timely(answer.this_update_utc, answer.next_update_utc)
        produced = _seconds(answer.this_update_utc)
        status = answer.certificate_status
        if status is ocsp.OCSPCertStatus.UNKNOWN:
            return RevocationAnswer(
                "ocsp", url, None, produced=produced, problem="the responder does not know it"
            )
        if status is ocsp.OCSPCertStatus.GOOD:
            return RevocationAnswer("ocsp", url, revoked=False, produced=produced)
        moment = answer.revocation_time_utc
        reason = answer.revocation_reason
        return RevocationAnswer(
            "ocsp",
            url,
            True,
            None if moment is None else _seconds(moment),
            produced,
            None if reason is None else reason.value,
        )

    def _timely(self, begins: datetime, ends: datetime | None) -> None:
        """Raise SourceError for an answer that is not of now."""
        now = datetime.fromtimestamp(self._context.clock.now(), UTC)
        if (begins - now).total_seconds() > _SKEW:
            raise SourceError(f"the answer is of the future: {begins:%Y-%m-%dT%H:%M:%SZ}")
        if ends is not None and ends < now:
            raise SourceError(f"the answer is out of date since {ends:%Y-%m-%dT%H:%M:%SZ}")


def _places(leaf: x509.Certificate) -> Iterator[tuple[str, str]]:
    extensions = leaf.extensions
    try:
        points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        points = x509.CRLDistributionPoints([])
    for point in points:
        for name in point.full_name or ():
            if isinstance(name, x509.UniformResourceIdentifier):
                yield "crl", name.value
    try:
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return
    for item in access:
        uri = item.access_location
        if item.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            uri, x509.UniformResourceIdentifier
        ):
            yield "ocsp", uri.value


def _check_responder(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> None:
    """Raise SourceError unless the issuer signed, or one it appointed for it (RFC 6960 4.2.2.2)."""
    signer = issuer
    for candidate in answer.certificates:
        if candidate == issuer:
            continue
        try:
            candidate.verify_directly_issued_by(issuer)
            uses = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in uses:
            signer = candidate
            break
    try:
        _verify(signer, answer)
    except InvalidSignature:
        raise SourceError("the answer is not signed for the certificate's issuer") from None


def _verify(signer: x509.Certificate, answer: ocsp.OCSPResponse) -> None:
    key, data = signer.public_key(), answer.tbs_response_bytes
    digest = answer.signature_hash_algorithm
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(answer.signature, data)
    elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
        key.verify(answer.signature, data, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey) and digest is not None:
        key.verify(answer.signature, data, padding.PKCS1v15(), digest)
    else:
        raise SourceError("the answer is signed by a method that is not known here")


def _named(leaf: x509.Certificate) -> str:
    return leaf.issuer.rfc4514_string()


def _reason(entry: x509.RevokedCertificate) -> str | None:
    try:
        return str(entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value)
    except x509.ExtensionNotFound:
        return None


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
