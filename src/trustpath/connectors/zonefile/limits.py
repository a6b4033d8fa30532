"""What a zone file may cost at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of reading one zone file with all that it includes.

    ``octets`` of text, ``line`` characters and ``lines`` of one record, ``records``,
    ``depth`` of nested $INCLUDE, ``files`` included, ``generated`` records of all $GENERATE,
    ``problems`` after which the rest is not read.
    """

    octets: int = 1 << 30
    line: int = 1 << 19
    lines: int = 10_000
    records: int = 20_000_000
    depth: int = 8
    files: int = 1000
    generated: int = 262_144
    problems: int = 100


DEFAULT_LIMITS = Limits()
