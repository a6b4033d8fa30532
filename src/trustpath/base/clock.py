"""Time as a value that is passed in; instants are whole seconds since 1970 (UTC)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Protocol

from trustpath.base.errors import InputError

MINUTE, HOUR, DAY = 60, 3600, 86400
_UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION = re.compile(r"(\d+)\s*([smhdw])", re.ASCII)


class Clock(Protocol):
    """Something that knows the present instant."""

    def now(self) -> int:
        """Return seconds since 1970-01-01T00:00:00Z."""
        ...


class FixedClock:
    """A clock that stands still: for tests and for ``--now``."""

    __slots__ = ("_instant",)

    def __init__(self, instant: int) -> None:
        self._instant = instant

    def now(self) -> int:
        """Return the instant it was made with."""
        return self._instant


def parse_instant(text: str, *, where: str = "") -> int:
    """Return the instant that an RFC 3339 timestamp or a date names; no zone means UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no time",
            where=where,
            hint="write 2026-11-24T12:00:00Z or 2026-11-24",
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


def format_instant(instant: int) -> str:
    """Return ``2026-11-24T12:00:00Z`` for an instant; out-of-range instants as plain numbers."""
    try:
        return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(instant)


def parse_duration(value: str | int, *, where: str = "") -> int:
    """Return seconds for ``90``, ``"90s"``, ``"15m"``, ``"24h"``, ``"30d"``, ``"1d12h"``."""
    if isinstance(value, int):
        return value
    text = value.strip().lower()
    pieces = _DURATION.findall(text)
    if not pieces or "".join(n + u for n, u in pieces) != text.replace(" ", ""):
        raise InputError(
            f"{value!r} is no duration", where=where, hint="write 90s, 15m, 24h, 30d or 1d12h"
        )
    return sum(int(number) * _UNITS[unit] for number, unit in pieces)
