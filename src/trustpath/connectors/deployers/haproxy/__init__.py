"""A running HAProxy: certificates are exchanged in its memory, without a reload."""

from trustpath.connectors.deployers.haproxy.deployer import make

__all__ = ["make"]
