"""Time as the machine tells it, while it goes on."""

from __future__ import annotations

import time


class SystemPace:
    """The machine's clocks."""

    def now(self) -> int:
        """Return seconds since 1970."""
        return int(time.time())

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
