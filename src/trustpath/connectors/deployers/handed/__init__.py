"""Requests that were made elsewhere: the chain goes into a folder, and nothing is deployed."""

from trustpath.connectors.deployers.handed.deployer import make

__all__ = ["make"]
