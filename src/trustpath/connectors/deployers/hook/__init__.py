"""A program of yours that makes and keeps keys wherever they are used: see docs/deployers.md."""

from trustpath.connectors.deployers.hook.deployer import make

__all__ = ["make"]
