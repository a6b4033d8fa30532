"""Certificates in files: PEM, DER, PKCS#12, PKCS#7, and revocation lists."""

from __future__ import annotations

from trustpath.connectors.certificates.roots import read_roots
from trustpath.connectors.certificates.source import CertificateSource, make

__all__ = ["CertificateSource", "make", "read_roots"]
