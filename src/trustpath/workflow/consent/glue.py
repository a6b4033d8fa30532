"""Which addresses of a change are glue: they take part in a delegation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trustpath.facts.edits import Edit
from trustpath.facts.records.occlusion import ADDRESSES, servers
from trustpath.workflow.consent.asking import Asking, ask

_HIDDEN = "SELECT DISTINCT zone, name FROM occluded WHERE glue AND name IN ({marks})"
_SERVERS = """
SELECT DISTINCT zone, target, name FROM rdata
WHERE type = 'NS' AND name <> zone AND target IN ({marks})
"""


def glue_of(engine: Asking, edits: Sequence[Edit]) -> frozenset[str]:
    """Return the owner names of edited addresses that are glue before or after the edits.

    Glue are addresses of a server at or below the cut whose NS RRset names it, and those that a
    zone holds as glue now (RFC 9471 section 2).
    """
    wanted = {(edit.zone, edit.name) for edit in edits if edit.type in ADDRESSES}
    hosts = {name for _, name in wanted}
    found = {(str(zone), str(name)) for zone, name in ask(engine, _HIDDEN, hosts)}
    delegated = [tuple(map(str, row)) for row in ask(engine, _SERVERS, hosts)]
    for zone, server, cut in (*delegated, *_named(edits)):
        if server == cut or server.endswith(f".{cut}"):
            found.add((zone, server))
    return frozenset(name for _, name in wanted & found)


def _named(edits: Sequence[Edit]) -> Iterator[tuple[str, str, str]]:
    """Yield zone, server and cut of the delegations that the edits take away or bring."""
    for edit in edits:
        if edit.type == "NS" and edit.name != edit.zone:
            for server in servers((*edit.added, *edit.removed)):
                yield edit.zone, server, edit.name
