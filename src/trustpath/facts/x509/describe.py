"""One certificate as fact rows, read with ``cryptography``: the reading that decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from trustpath.base.errors import InputError
from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificateTimestamp,
)
from trustpath.facts.x509 import rows
from trustpath.facts.x509.critical import unprocessed
from trustpath.facts.x509.der import OddDerError, element
from trustpath.facts.x509.keys import key_facts

# An SRVName is an otherName, and constraints on those are not evaluated.
_OTHERS = (x509.OtherName, x509.RegisteredID)
_SRV_NAME = "1.3.6.1.5.5.7.8.7"
_SERVER, _CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def describe(der: bytes) -> rows.CertificateFacts:
    """Return the rows of one DER certificate.

    Raises InputError naming the part that cannot be read; nothing else escapes.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise InputError(
            f"no X.509 certificate: {_reason(error)}", hint="is it DER, and complete?"
        ) from error
    return _rows(certificate, rows.fingerprint(der))


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _rows(certificate: x509.Certificate, fingerprint: str) -> rows.CertificateFacts:
    part = "extensions"
    try:
        extensions = _Extensions(certificate.extensions, fingerprint)
        part = "names of issuer and subject"
        issuer, subject = certificate.issuer, certificate.subject
        issuer_text, subject_text = issuer.rfc4514_string(), subject.rfc4514_string()
        part = "validity"
        not_before = int(certificate.not_valid_before_utc.timestamp())
        not_after = int(certificate.not_valid_after_utc.timestamp())
        part = "public key"
        key = key_facts(raw_spki(certificate))
        part = "serial number"
        serial = format(certificate.serial_number, "x")
    except (
        ValueError,
        TypeError,
        OverflowError,
        IndexError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        x509.InvalidVersion,
    ) as error:
        raise InputError(f"certificate with unreadable {part}: {_reason(error)}") from error
    organisations = issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    row = Certificate(
        fingerprint=fingerprint,
        serial=serial,
        issuer=issuer_text,
        issuer_organisation=_text(organisations[0].value) if organisations else "",
        subject=subject_text,
        not_before=not_before,
        not_after=not_after,
        lifetime=not_after - not_before + 1,
        spki=key.spki,
        key_type=key.key_type,
        key_bits=key.key_bits,
        curve=key.curve,
        signature_hash=signature_hash(certificate),
        is_ca=extensions.is_ca,
        self_issued=issuer_text == subject_text,
        eku=extensions.eku,
        server_auth=extensions.server_auth,
        client_auth=extensions.client_auth,
        other_eku=extensions.other_eku,
        names=len(extensions.names),
        authority_key=extensions.authority_key,
        subject_key=extensions.subject_key,
        crl_url=extensions.crl_url,
        ocsp_url=extensions.ocsp_url,
        must_staple=extensions.must_staple,
        timestamps=len(extensions.timestamps),
        name_constrained=extensions.name_constrained,
        weak_key=key.weak_key,
    )
    return rows.CertificateFacts(
        row,
        extensions.names,
        extensions.timestamps,
        extensions.critical,
        extensions.directories,
        extensions.others,
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def signature_hash(certificate: x509.Certificate) -> str | None:
    """Return the hash that the signature algorithm names, None where it names none we know."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None
    return _HASH_NAMES.get(algorithm.name, algorithm.name) if algorithm else None


_HASH_NAMES = {hashes.SHA512_256.name: "sha512-256"}


def raw_spki(certificate: x509.Certificate) -> bytes:
    """Return the SubjectPublicKeyInfo exactly as it stands in the certificate.

    Raises OddDerError; never does for a certificate that ``cryptography`` has loaded.
    """
    return raw_fields(certificate.tbs_certificate_bytes)[5]


def raw_fields(tbs: bytes) -> list[bytes]:
    """Return serial, signature, issuer, validity, subject and key info of a TBSCertificate."""
    at, end = element(tbs, 0, 0x30, len(tbs))
    if tbs[at] == 0xA0:
        at = element(tbs, at, 0xA0, end)[1]
    found = []
    for tag in (0x02, 0x30, 0x30, 0x30, 0x30, 0x30):
        after = element(tbs, at, tag, end)[1]
        found.append(tbs[at:after])
        at = after
    return found


class _Extensions:
    """The values that rows need, gathered in one pass over the extensions."""

    def __init__(self, extensions: x509.Extensions, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.is_ca = self.must_staple = self.name_constrained = False
        self.eku = self.server_auth = self.client_auth = self.other_eku = False
        self.authority_key: str | None = None
        self.subject_key: str | None = None
        self.crl_url: str | None = None
        self.ocsp_url: str | None = None
        self.names: tuple[CertificateName, ...] = ()
        self.timestamps: tuple[CertificateTimestamp, ...] = ()
        self.directories: tuple[str, ...] = ()
        self.others = False
        self.critical = unprocessed(extensions)
        for extension in extensions:
            self._take(extension.value)

    def _take(self, value: x509.ExtensionType) -> None:
        match value:
            case x509.BasicConstraints():
                self.is_ca = value.ca
            case x509.ExtendedKeyUsage():
                usages = set(value)
                self.eku = True
                self.server_auth, self.client_auth = _SERVER in usages, _CLIENT in usages
                self.other_eku = bool(usages - {_SERVER, _CLIENT})
            case x509.AuthorityKeyIdentifier():
                self.authority_key = value.key_identifier.hex() if value.key_identifier else None
            case x509.SubjectKeyIdentifier():
                self.subject_key = value.digest.hex()
            case x509.CRLDistributionPoints():
                self.crl_url = next(_crl_urls(value), None)
            case x509.AuthorityInformationAccess():
                self.ocsp_url = next(_ocsp_urls(value), None)
            case x509.TLSFeature():
                self.must_staple = x509.TLSFeatureType.status_request in value
            case x509.NameConstraints():
                self.name_constrained = True
            case x509.SubjectAlternativeName():
                self.names = name_rows(self.fingerprint, value)
                listed = value.get_values_for_type(x509.DirectoryName)
                self.directories = tuple(name.rfc4514_string() for name in listed)
                self.others = any(isinstance(entry, _OTHERS) for entry in value)
            case x509.PrecertificateSignedCertificateTimestamps():
                self.timestamps = tuple(
                    CertificateTimestamp(
                        self.fingerprint, sct.log_id.hex(), _seconds(sct.timestamp), None
                    )
                    for sct in value
                )
            case _:
                pass


def _seconds(naive: datetime) -> int:
    return int(naive.replace(tzinfo=UTC, microsecond=0).timestamp())


def _crl_urls(points: x509.CRLDistributionPoints) -> Iterator[str]:
    for point in points:
        for name in point.full_name or ():
            if isinstance(name, x509.UniformResourceIdentifier):
                yield name.value


def _ocsp_urls(accesses: x509.AuthorityInformationAccess) -> Iterator[str]:
    for access in accesses:
        location = access.access_location
        if access.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            location, x509.UniformResourceIdentifier
        ):
            yield location.value


def name_rows(
    fingerprint: str, entries: x509.SubjectAlternativeName
) -> tuple[CertificateName, ...]:
    """Return the rows of a subjectAltName, no row twice; kinds that have no row are left out."""
    found: list[CertificateName] = []
    for entry in entries:
        match entry:
            case x509.DNSName():
                found.append(rows.dns_row(fingerprint, entry.value))
            case x509.IPAddress():
                found.append(rows.ip_row(fingerprint, str(entry.value)))
            case x509.UniformResourceIdentifier():
                found.append(rows.uri_row(fingerprint, entry.value))
            case x509.RFC822Name():
                found.append(rows.email_row(fingerprint, entry.value))
            case x509.OtherName() if entry.type_id.dotted_string == _SRV_NAME:
                found.append(rows.srv_row(fingerprint, _ia5(entry.value)))
            case _:
                pass
    return rows.distinct(found)


def _ia5(der: bytes) -> str:
    try:
        start, end = element(der, 0, 0x16, len(der))
    except OddDerError as error:
        raise ValueError("an SRVName that is no IA5String") from error
    return der[start:end].decode("ascii")
