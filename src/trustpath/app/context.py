"""What every connector of an estate is handed."""

from __future__ import annotations

import os

from trustpath.base.clock import Clock
from trustpath.base.secret import Variables
from trustpath.facts.estate import Estate
from trustpath.facts.source import Context, ProbePolicy, RootSet


def context_of(estate: Estate, clock: Clock, roots: RootSet | None = None) -> Context:
    """Return clock, bounds of probes, trust anchors, CT logs and secrets of one estate."""
    return Context(
        clock=clock,
        probes=ProbePolicy(estate.probe_networks),
        roots=roots or RootSet(),
        ct_logs=estate.ct_logs,
        secrets=Variables(os.environ),
    )
