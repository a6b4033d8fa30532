"""Ownership from tables of comma or semicolon separated values."""

from trustpath.connectors.ownership_csv.source import CsvSource, make

__all__ = ["CsvSource", "make"]
