"""What was issued, as a source and as what the estate knows of its jobs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine as Database

from trustpath.base.clock import Clock
from trustpath.facts.estate import Estate
from trustpath.facts.source import Source
from trustpath.store.order import all_orders


def issued(
    estate: Estate, database: Database, clock: Clock, folder: Path
) -> tuple[Estate, tuple[Source, ...]]:
    """Return the estate with what issuing knows of it, and the source, once anything was issued."""
    held = all_orders(database)
    if not held:
        return estate, ()
    from trustpath.workflow.certificate.source import IssuanceSource, told

    return told(estate, held, clock.now()), (IssuanceSource(held, clock, folder),)
