"""Where to look before a change is made: the addresses that it brings a name to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from trustpath.facts.part import Part
from trustpath.workflow.gate.ports import Case

_BINDINGS = "SELECT DISTINCT name, address, port, protocol FROM binding"
_ADDRESSES = "SELECT DISTINCT name, address FROM name_address WHERE NOT live"
_CERTIFIED = """
SELECT DISTINCT n.name FROM certificate_name AS n
JOIN certificate_state AS s ON s.certificate = n.certificate
WHERE n.kind = 'dns' AND n.usable AND NOT n.wildcard AND s.live
"""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An address and port with the server name to ask it for."""

    address: str
    port: int
    protocol: str
    name: str


class Prober(Protocol):
    """Something that makes handshakes, where the estate allows it."""

    def __call__(self, places: Sequence[Place], /) -> Iterable[Part]:
        """Yield what was seen; a place that may not be asked comes with a problem."""
        ...


def places(case: Case, *, guess: bool = True, back: bool = False) -> tuple[Place, ...]:
    """Return the places that names are led to by the change and were not before.

    Ports are those that the service declares or where something was seen; else 443, without
    ``guess`` only for names that a live certificate lists. ``back``: the case undoes the change.
    """
    old = set(case.query(_ADDRESSES, after=back))
    new = set(case.query(_ADDRESSES, after=not back)) - old
    bound = {
        (name, address, port, protocol)
        for name, address, port, protocol in case.query(_BINDINGS, after=not back)
        if (name, address) in new
    }
    known = {(name, address) for name, address, _port, _protocol in bound}
    speaking = None if guess else {row[0] for row in case.query(_CERTIFIED)}
    bound |= {
        (name, address, 443, "tls")
        for name, address in new - known
        if speaking is None or name in speaking
    }
    return tuple(
        sorted(
            Place(str(address), int(str(port)), str(protocol), str(name))
            for name, address, port, protocol in bound
            if not str(name).startswith(("*", "_"))
        )
    )
