"""Critical extensions: those that are processed here, and so may be critical (RFC 5280 4.2)."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

PROCESSED = frozenset(
    (
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_INFORMATION_ACCESS,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.TLS_FEATURE,
    )
)
"""Extensions whose content is looked at, or says nothing about whether a path is good.

Policies are among them because relying parties for TLS ask for none; where a certificate demands
one (``requireExplicitPolicy``), a path is left undecided. The poison of precertificates (RFC 6962
3.1) is not: it is there to be refused.
"""


def unprocessed(extensions: x509.Extensions) -> tuple[str, ...]:
    """Return the OIDs of critical extensions that are not processed, in order, no one twice.

    A certificate with any of them is to be rejected (RFC 5280 4.2 and 6.1.4 o).
    """
    found = (e.oid.dotted_string for e in extensions if e.critical and e.oid not in PROCESSED)
    return tuple(dict.fromkeys(found))
