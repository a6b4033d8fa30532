"""A TLS secret of Kubernetes, as a manifest that a command of yours applies."""

from trustpath.connectors.deployers.kubernetes.deployer import make

__all__ = ["make"]
