"""Critical extensions: those that are processed here, and so may be critical (RFC 5280 4.2)."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

PROCESSED = frozenset(
    (
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.OCSP_NO_CHECK,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    )
)
"""Extensions that may be critical, as relying parties process them when they are.

Those that RFC 5280 says are never critical (key identifiers, information access and such) are not
among them: OpenSSL refuses them as it does unknown ones. Policies are, because relying parties for
TLS ask for none; where a certificate demands one (``requireExplicitPolicy``), a path is left
undecided. The poison of precertificates (RFC 6962 3.1) is there to be refused.
"""


def unprocessed(extensions: x509.Extensions) -> tuple[str, ...]:
    """Return the OIDs of critical extensions that are not processed, in order, no one twice.

    A certificate with any of them is to be rejected (RFC 5280 4.2 and 6.1.4 o).
    """
    found = (e.oid.dotted_string for e in extensions if e.critical and e.oid not in PROCESSED)
    return tuple(dict.fromkeys(found))
