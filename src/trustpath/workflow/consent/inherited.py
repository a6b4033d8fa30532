"""Which CAA set counts for a name that has none of its own: the climb above it (RFC 8659 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trustpath.base import names
from trustpath.facts.edits import Edit
from trustpath.workflow.consent.asking import Asking, ask

_RELEVANT = """
SELECT DISTINCT v.name, v.known, r.rdata FROM caa_relevant AS v
LEFT JOIN rdata AS r ON r.name = v.owner AND r.type = 'CAA' WHERE v.name IN ({marks})
"""


def inherited_caa(engine: Asking, edits: Sequence[Edit]) -> dict[str, tuple[str, ...] | None]:
    """Return the content that counts above each name at which a CAA set comes or goes.

    Canonical rdata, empty where there is no such set; None where the climb is not known.
    """
    wanted = {e.name for e in edits if e.type == "CAA" and None in (e.before, e.after)}
    if not wanted:
        return {}
    held: dict[str, set[str]] = {}
    doubtful: set[str] = set()
    for name, known, rdata in ask(engine, _RELEVANT, {a for n in wanted for a in _above(n)}):
        held.setdefault(str(name), set()).update(() if rdata is None else {str(rdata)})
        doubtful |= set() if known else {str(name)}
    # A name that nothing mentions takes what the next one above it has.
    found = {name: next((a for a in _above(name) if a in held), None) for name in wanted}
    return {
        name: () if above is None else None if above in doubtful else tuple(sorted(held[above]))
        for name, above in found.items()
    }


def _above(name: str) -> Iterator[str]:
    while name:
        name = names.parent(name)
        if name:
            yield name
