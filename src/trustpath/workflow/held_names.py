"""Names that the estate holds and cannot see to the end: what resolvers are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from trustpath.facts.source import HeldName
from trustpath.rules.judge import Engine

_TARGETS: Final = (
    "SELECT DISTINCT d.target AS name, 'host' AS role FROM rdata AS d "
    "JOIN resolution AS r ON r.name = d.target "
    "WHERE d.type IN ({types}) AND d.target <> '' AND NOT r.final_held ORDER BY 1"
)
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "aliases": (
        (
            "SELECT DISTINCT e.target, 'host' FROM alias_end AS e "
            "JOIN node AS n ON n.name = e.target "
            "WHERE NOT e.live AND NOT e.final_held AND NOT n.held AND e.target <> '' ORDER BY 1"
        ),
        "SELECT DISTINCT name, 'alias' FROM alias_end WHERE NOT live AND NOT final_held ORDER BY 1",
    ),
    "mail": (_TARGETS.format(types="'MX'"),),
    "servers": (_TARGETS.format(types="'NS'"),),
    "services": (
        "SELECT DISTINCT name, 'service' FROM service_name ORDER BY 1",
        _TARGETS.format(types="'SRV', 'HTTPS', 'SVCB'"),
    ),
}
"""By kind of name, what selects it. What a zone of ours decides need not be asked."""


def held_names(engine: Engine, kinds: Sequence[str]) -> tuple[HeldName, ...]:
    """Return the names of these kinds (``HELD_NAMES``), each of a role once, kind by kind."""
    found = (
        HeldName(str(name), str(role))
        for kind in kinds
        for sql in _KINDS[kind]
        for name, role in engine.query(sql)
    )
    return tuple(dict.fromkeys(found))
