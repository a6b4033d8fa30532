"""Certificate revocation lists (RFC 5280 section 5) as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from trustpath.base.errors import InputError, LimitError
from trustpath.facts.part import Problem
from trustpath.facts.relations.revocation import Crl, Revocation
from trustpath.facts.trust import PathBuilder

MAX_ENTRIES = 1_000_000
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
        for entry in self.crl:
            yield _entry(entry, self.row)


def _entry(entry: x509.RevokedCertificate, row: Crl) -> Revocation:
    reason = _reason(entry)
    return Revocation(
        issuer=_issuer(entry) or row.issuer,
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
        # Entries are read lazily; a broken one is to be found now, not while storing.
        for entry in crl:
            _entry(entry, row)
    except _FAULTS as error:
        message = f"revocation list that cannot be read: {str(error)[:200]}"
        raise InputError(message, where=where) from error
    problem = None
    if row.verified is False:
        problem = Problem(
            f"revocation list of {row.issuer} with a false signature: its entries are left out",
            where,
            "fetch it again from the CA",
        )
    return RevocationList(row, crl, problem)


def _row(crl: x509.CertificateRevocationList, paths: PathBuilder) -> Crl:
    if len(crl) > MAX_ENTRIES:
        raise LimitError(f"revocation list of more than {MAX_ENTRIES} entries")
    issuer = crl.issuer.rfc4514_string()
    key: str | None = None
    url: str | None = None
    for extension in crl.extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            identifier = extension.value.key_identifier
            key = identifier.hex() if identifier else None
        elif isinstance(extension.value, x509.IssuingDistributionPoint):
            url = _url(extension.value.full_name or ())
    ends = crl.next_update_utc
    return Crl(
        issuer=issuer,
        url=url,
        this_update=int(crl.last_update_utc.timestamp()),
        next_update=int(ends.timestamp()) if ends else None,
        verified=paths.verifies(crl, issuer, key),
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
