"""Certificates from ACME servers (RFC 8555, 8737, 9773), and the accounts that obtain them."""

from __future__ import annotations

from trustpath.connectors.acme.issuer import AcmeIssuer, make

__all__ = ["AcmeIssuer", "make"]
