"""Live answers of DNS servers."""

from trustpath.connectors.resolve.source import ResolveSource

__all__ = ["ResolveSource"]
