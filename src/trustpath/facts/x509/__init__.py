"""X.509 certificates (RFC 5280) as fact rows.

``describe`` reads one certificate with ``cryptography``; ``CertificateIndex`` does the same for
bulk, by a strict walk over the DER that hands everything out of the ordinary to ``describe``.
"""

from __future__ import annotations

from trustpath.facts.x509.describe import describe
from trustpath.facts.x509.rows import CertificateFacts, fingerprint
from trustpath.facts.x509.walk import CertificateIndex

__all__ = ["CertificateFacts", "CertificateIndex", "describe", "fingerprint"]
