"""Files of key and chain, and a command that makes their user read them again."""

from trustpath.connectors.deployers.files.deployer import make

__all__ = ["make"]
