"""Trustpath governs DNS records and TLS certificates as one trust path."""

__version__ = "0.1.0"
