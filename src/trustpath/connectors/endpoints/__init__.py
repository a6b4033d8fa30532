"""Endpoints: what addresses present over TLS, directly or after STARTTLS."""

from __future__ import annotations

from trustpath.connectors.endpoints.source import EndpointSource

__all__ = ["EndpointSource"]
