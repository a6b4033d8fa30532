"""Which of the chains that a CA offers for a certificate is taken (RFC 8555 7.4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from trustpath.base.errors import SourceError

_MOST: Final = 20
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


def read_chain(pem: bytes, where: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM chain, leaf first; raises SourceError."""
    try:
        found = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise SourceError("the certificate cannot be read", where=where) from error
    if not 0 < len(found) <= _MOST:
        raise SourceError(f"{len(found)} certificates in one chain", where=where)
    return found


def without_root(chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    """Return the chain as DER, without a certificate at its end that issued itself."""
    kept = [*chain]
    while len(kept) > 1 and kept[-1].subject == kept[-1].issuer:
        kept.pop()
    return tuple(one.public_bytes(Encoding.DER) for one in kept)


def is_preferred(chain: Sequence[x509.Certificate], preferred: str, roots: Sequence[bytes]) -> bool:
    """Say whether a chain ends at the preferred issuer.

    ``preferred`` is the common name of that issuer, its whole name (RFC 4514), or the SHA-256 of
    its certificate, which is then the chain's last or one of ``roots`` (DER).
    """
    top = chain[-1]
    wanted = preferred.replace(":", "").lower()
    if not _FINGERPRINT.fullmatch(wanted):
        common = [one.value for one in top.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]
        return preferred in (*common, top.issuer.rfc4514_string())
    if top.subject == top.issuer:
        return top.fingerprint(hashes.SHA256()).hex() == wanted
    return any(
        root.fingerprint(hashes.SHA256()).hex() == wanted and _issued(top, root)
        for root in map(x509.load_der_x509_certificate, roots)
    )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
