"""The durable engine goes by the clock of the instants that it is told, whatever the machine's."""

from __future__ import annotations

import time

import pytest

from trustpath.app.durable import DurableEngine


@pytest.mark.parametrize("ahead", [-10_000_000, 0, 10_000_000])
def test_a_wait_is_as_long_as_the_clock_of_its_instant_says(ahead: int) -> None:
    clock = int(time.time()) + ahead
    engine = DurableEngine("sqlite://", lambda _bundle: clock + 100, lambda: clock)
    assert engine._advanced("B1") == 100
