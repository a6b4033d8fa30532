"""Live answers of DNS servers."""

from trustpath.connectors.resolve.source import ResolveSource
from trustpath.facts.source import SourceFactory

make: SourceFactory = ResolveSource

__all__ = ["ResolveSource", "make"]
