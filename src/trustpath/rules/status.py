"""The statuses of a (rule, subject) and how severity by tier becomes one."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """Exactly one for each (rule, subject); "not applicable" is no row at all."""

    PASS = 0
    UNKNOWN = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def word(self) -> str:
        """Return the lower-case word used in every output."""
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> Status:
        """Return the status of a word; raises ValueError."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(word) from None


TIERS = ("public", "partner", "internal", "workload")


def status_of(holds: object, severity: Status | None) -> Status | None:
    """Return the status for a three-valued answer; None where the tier is not evaluated."""
    if severity is None:
        return None
    if holds is None:
        return Status.UNKNOWN
    return Status.PASS if holds else severity
