"""Endpoints: what addresses present over TLS, directly or after STARTTLS."""

from __future__ import annotations

from trustpath.connectors.endpoints.source import EndpointSource
from trustpath.facts.source import SourceFactory

make: SourceFactory = EndpointSource

__all__ = ["EndpointSource", "make"]
