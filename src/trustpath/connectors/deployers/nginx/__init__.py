"""An nginx: its configuration is tested with the new files before it reads them."""

from trustpath.connectors.deployers.nginx.deployer import make

__all__ = ["make"]
