"""Certificates from the PKI engine of an OpenBao or HashiCorp Vault server, over its own API."""

from trustpath.connectors.vault.issuer import VaultIssuer, make

__all__ = ["VaultIssuer", "make"]
