"""One way in which somebody holds power over a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Power:
    """One way in which somebody holds power over a name.

    ``may``: ``authenticate``, ``obtain`` (a certificate), ``write`` (records that let obtain one),
    ``read`` (zones).
    ``until`` is the last instant, None while what it rests on stands. ``outside``: it lies with
    somebody else's zone or CA. ``certain`` is False where evidence of its end is missing.
    """

    may: str
    kind: str
    through: str
    until: int | None
    ends_by: str
    owner: str | None = None
    outside: bool = False
    certain: bool = True
