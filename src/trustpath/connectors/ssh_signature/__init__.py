"""Signatures by SSH keys over statements (``ssh-keygen -Y``)."""

from trustpath.connectors.ssh_signature.keygen import NAMESPACE, SshSignatures

__all__ = ["NAMESPACE", "SshSignatures"]
