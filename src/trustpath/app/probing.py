"""Probes before a change: the endpoints connector, pointed at the places that it brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trustpath.connectors.endpoints import make
from trustpath.facts.part import Part
from trustpath.facts.source import Context, SourceSpec
from trustpath.workflow.gate.probe import Place
from trustpath.workflow.session import PROBE_SOURCE


@dataclass(frozen=True, slots=True)
class EndpointProber:
    """Makes handshakes within the networks that the estate allows."""

    context: Context
    folder: Path

    def __call__(self, places: Sequence[Place]) -> Iterable[Part]:
        """Yield one part for each address, port and protocol."""
        grouped: dict[tuple[str, int, str], list[str]] = {}
        for place in places:
            key = (place.address, place.port, place.protocol)
            grouped.setdefault(key, []).append(place.name)
        targets = [
            {"address": address, "port": port, "protocol": protocol, "names": names}
            for (address, port, protocol), names in grouped.items()
        ]
        spec = SourceSpec(PROBE_SOURCE, "endpoints", {"targets": targets}, self.folder, "--probe")
        return make(spec, self.context).collect()
