"""How long things last: TTLs as served, negative TTLs, propagation; and what is assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from trustpath.base import names
from trustpath.base.clock import DAY, HOUR
from trustpath.facts.edits import Edit
from trustpath.rules.value import Value
from trustpath.workflow.consent.asking import Asking, ask

ASSUMED: Final[Mapping[str, int]] = {
    "T": DAY,
    "NEG": 3 * HOUR,
    "P": HOUR,
    "TP": 2 * DAY,
    "TK": DAY,
    "TX": DAY,
    "TMX": DAY,
    "TS": DAY,
    "AGE": 366 * DAY,
    "REUSE": 200 * DAY,
}
"""What is taken where nobody knows, in seconds; on the long side of what is common.

``NEG``: the ceiling that RFC 2308 5 recommends; ``P``: a secondary that missed a NOTIFY; ``TP``:
what large registries serve for NS; ``AGE``: the most that RFC 8461 3.2 allows, rounded up;
``REUSE``: BR 4.2.1 until 2027-03-15.
"""

_SERVED = """
SELECT name, type, zone, MAX(ttl) FROM rrset WHERE name IN ({marks}) GROUP BY name, type, zone
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds by what they are asked for; what is absent is not known.

    ``ttls`` by (name, type): the largest TTL served of late. ``negative`` (RFC 2308),
    ``propagation`` (until all servers serve a new serial) and ``longest`` (the longest TTL) by
    zone apex; ``parent`` by child apex: the TTL of its NS or DS at the parent. ``policies`` by mail
    domain: max_age of its MTA-STS policy. ``reuse``: how long a CA may reuse a validation.
    """

    ttls: Mapping[tuple[str, str], int] = field(default_factory=dict)
    negative: Mapping[str, int] = field(default_factory=dict)
    propagation: Mapping[str, int] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    parent: Mapping[str, int] = field(default_factory=dict)
    policies: Mapping[str, int] = field(default_factory=dict)
    reuse: int | None = None

    def known(self, symbol: str, edit: Edit) -> int | None:
        """Return the seconds of a symbol of waits.yaml for an edit, None where nobody knows."""
        zone, domain = edit.zone, names.parent(edit.name)
        found = {
            "T": self._served(edit),
            "NEG": self._negative(edit),
            "P": self.propagation.get(zone),
            "TP": self._delegated(edit),
            "TK": self.ttls.get((edit.name if edit.type == "DS" else zone, "DNSKEY")),
            "TX": self.longest.get(edit.name if edit.type == "DS" else zone),
            "TMX": self.ttls.get((domain, "MX")),
            "TS": self.ttls.get((f"_mta-sts.{edit.name}", "TXT")),
            "AGE": self.policies.get(domain),
            "REUSE": self.reuse,
        }
        return found[symbol]

    def _served(self, edit: Edit) -> int | None:
        found = [self.ttls.get(edit.key), edit.before.ttl if edit.before else None]
        if edit.before is None and edit.key not in self.ttls:
            return 0
        return max((ttl for ttl in found if ttl is not None), default=None)

    def _negative(self, edit: Edit) -> int | None:
        """Return the longest of what the zone says and of what an edited SOA said before."""
        found = [self.negative.get(edit.zone)]
        if edit.type == "SOA" and edit.before is not None:
            minimum = int(edit.before.rdatas[0].split()[-1])
            ttl = edit.before.ttl
            found.append(minimum if ttl is None else min(minimum, ttl))
        return max((value for value in found if value is not None), default=None)

    def _delegated(self, edit: Edit) -> int | None:
        if edit.type in ("NS", "DS") and edit.name != edit.zone:
            # The edit is on the parent's side: its own TTLs are the parent-side TTL.
            own = [c.ttl for c in (edit.before, edit.after) if c is not None and c.ttl is not None]
            return max((*own, self.parent.get(edit.name, 0)), default=None) or None
        return self.parent.get(edit.name if edit.type in ("NS", "DS") else edit.zone)

    def seconds(self, symbol: str, edit: Edit) -> tuple[int, bool]:
        """Return the seconds of a symbol and whether they are known or only assumed."""
        found = self.known(symbol, edit)
        return (ASSUMED[symbol], False) if found is None else (found, True)


def engine_timing(
    engine: Asking,
    edits: Sequence[Edit],
    propagation: Mapping[str, int] | None = None,
    reuse: int | None = None,
) -> Timing:
    """Return the timing for some edits from the facts at hand.

    ``propagation`` has measured seconds by zone; nothing in the facts tells them. Of several copies
    of a zone the longest TTL counts.
    """
    zones = {edit.zone for edit in edits}
    owners = {edit.name for edit in edits} | zones
    owners |= {names.parent(edit.name) for edit in edits if edit.name.startswith("_")}
    owners |= {f"_mta-sts.{edit.name}" for edit in edits if edit.type == "MX"}
    ttls: dict[tuple[str, str], int] = {}
    parent: dict[str, int] = {}
    for name, kind, zone, ttl in ask(engine, _SERVED, owners):
        if ttl is None:
            continue
        key = (str(name), str(kind))
        if key[1] in ("NS", "DS") and zone != name:
            parent[key[0]] = max(parent.get(key[0], 0), int(ttl))
        else:
            ttls[key] = max(ttls.get(key, 0), int(ttl))
    negative = ask(
        engine, "SELECT apex, MAX(negative_ttl) FROM zone WHERE apex IN ({marks}) GROUP BY 1", zones
    )
    keyed = {edit.zone for edit in edits if edit.type in ("DNSKEY", "CDS", "CDNSKEY")}
    keyed |= {edit.name for edit in edits if edit.type == "DS"}
    longest = ask(
        engine, "SELECT zone, MAX(ttl) FROM rrset WHERE zone IN ({marks}) GROUP BY 1", keyed
    )
    mail = {edit.name for edit in edits if edit.type == "MX"}
    mail |= {names.parent(edit.name) for edit in edits if edit.name.startswith("_mta-sts.")}
    policies = ask(
        engine,
        "SELECT domain, MAX(max_age) FROM mail_policy WHERE domain IN ({marks}) GROUP BY 1",
        mail,
    )
    return Timing(
        ttls,
        _by_name(negative),
        dict(propagation or {}),
        _by_name(longest),
        parent,
        _by_name(policies),
        reuse,
    )


def _by_name(rows: Iterable[tuple[Value, ...]]) -> dict[str, int]:
    return {str(name): int(value) for name, value in rows if value is not None}
