"""Certificate revocation lists (RFC 5280 section 5) as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from trustpath.base.errors import InputError, LimitError
from trustpath.facts.part import Problem
from trustpath.facts.relations.revocation import Crl, Revocation
from trustpath.facts.trust import PathBuilder

MAX_ENTRIES = 1_000_000
_LIST_EXTENSIONS = frozenset(
    (
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.DELTA_CRL_INDICATOR,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    )
)
_ENTRY_EXTENSIONS = frozenset(
    (
        CRLEntryExtensionOID.CERTIFICATE_ISSUER,
        CRLEntryExtensionOID.CRL_REASON,
        CRLEntryExtensionOID.INVALIDITY_DATE,
    )
)
_FAULTS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One list: its row and, when its signature is not known to be false, its entries."""

    row: Crl
    crl: x509.CertificateRevocationList
    problem: Problem | None = None

    def rows(self) -> Iterator[Crl | Revocation]:
        """Yield the row of the list and of each revoked certificate."""
        yield self.row
        if self.row.verified is False:
            return
        yield from _entries(self.crl, self.row)


def _entries(crl: x509.CertificateRevocationList, row: Crl) -> Iterator[Revocation]:
    # An entry without an issuer of its own is of the one before it (RFC 5280 5.3.3).
    issuer = row.issuer
    for entry in crl:
        issuer = _issuer(entry) or issuer
        yield _entry(entry, row, issuer)


def _entry(entry: x509.RevokedCertificate, row: Crl, issuer: str) -> Revocation:
    reason = _reason(entry)
    return Revocation(
        issuer=issuer,
        serial=format(entry.serial_number, "x"),
        certificate=None,
        status="good" if reason == "removeFromCRL" else "revoked",
        reason=reason,
        revoked_at=int(entry.revocation_date_utc.timestamp()),
        origin="crl",
        this_update=row.this_update,
        next_update=row.next_update,
    )


def read_list(der: bytes, where: str, paths: PathBuilder) -> RevocationList:
    """Read one list and check its signature against known issuers; raises InputError."""
    try:
        crl = x509.load_der_x509_crl(der)
        row = _row(crl, paths)
        unknown = set(_unprocessed(crl.extensions, _LIST_EXTENSIONS))
        # Entries are read lazily; a broken one is to be found now, not while storing.
        for _ in _entries(crl, row):
            pass
        for entry in crl:
            unknown |= set(_unprocessed(entry.extensions, _ENTRY_EXTENSIONS))
    except _FAULTS as error:
        message = f"revocation list that cannot be read: {str(error)[:200]}"
        raise InputError(message, where=where) from error
    problem = None
    if unknown:
        row = row._replace(verified=False)
        problem = Problem(
            f"revocation list of {row.issuer} with a critical extension that is not processed "
            f"({', '.join(sorted(unknown))[:200]}): its entries are left out",
            where,
            "RFC 5280 section 5.2 forbids to use it; ask the CA for a list without",
        )
    elif row.verified is False:
        problem = Problem(
            f"revocation list of {row.issuer} with a false signature, or of a key that may sign "
            "none (no cRLSign): its entries are left out",
            where,
            "fetch it again from the CA",
        )
    return RevocationList(row, crl, problem)


def _unprocessed(
    extensions: x509.Extensions, processed: frozenset[x509.ObjectIdentifier]
) -> Iterator[str]:
    """Yield critical extensions for which a list may not be used (RFC 5280 5.2 and 5.3)."""
    return (e.oid.dotted_string for e in extensions if e.critical and e.oid not in processed)


def _row(crl: x509.CertificateRevocationList, paths: PathBuilder) -> Crl:
    if len(crl) > MAX_ENTRIES:
        raise LimitError(f"revocation list of more than {MAX_ENTRIES} entries")
    issuer = crl.issuer.rfc4514_string()
    key: str | None = None
    url: str | None = None
    whole = True
    for extension in crl.extensions:
        match extension.value:
            case x509.AuthorityKeyIdentifier(key_identifier=identifier):
                key = identifier.hex() if identifier else None
            case x509.IssuingDistributionPoint() as point:
                url = _url(point.full_name or ())
                whole = whole and not (
                    point.only_contains_ca_certs
                    or point.only_contains_attribute_certs
                    or point.only_some_reasons
                )
            case x509.DeltaCRLIndicator():
                whole = False
            case _:
                pass
    ends = crl.next_update_utc
    verified = paths.verifies(crl, issuer, key)
    return Crl(
        issuer=issuer,
        url=url,
        this_update=int(crl.last_update_utc.timestamp()),
        next_update=int(ends.timestamp()) if ends else None,
        # What a list of some reasons or of changes does not name may be revoked all the same.
        verified=None if verified and not whole else verified,
        entries=len(crl),
    )


def _url(names: Iterable[x509.GeneralName]) -> str | None:
    uris = (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    return next(uris, None)


def _reason(entry: x509.RevokedCertificate) -> str | None:
    try:
        return str(entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value)
    except x509.ExtensionNotFound:
        return None


def _issuer(entry: x509.RevokedCertificate) -> str | None:
    """Return the issuer of an entry of an indirect list (RFC 5280 5.3.3)."""
    try:
        names = entry.extensions.get_extension_for_class(x509.CertificateIssuer).value
    except x509.ExtensionNotFound:
        return None
    found = names.get_values_for_type(x509.DirectoryName)
    return found[0].rfc4514_string() if found else None
