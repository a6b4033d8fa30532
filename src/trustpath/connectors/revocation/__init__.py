"""Asks CRLs and OCSP responders whether a certificate is revoked."""

from trustpath.connectors.revocation.ask import Asker

__all__ = ["Asker"]
