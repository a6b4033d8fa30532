"""Zones kept in YAML for octoDNS."""

from trustpath.connectors.octodns.source import OctodnsSource

__all__ = ["OctodnsSource"]
