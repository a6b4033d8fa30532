"""A present state held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trustpath.facts.edits import Key, RecordSet, record_set
from trustpath.facts.proposal import HeldZone

Content = dict[Key, RecordSet]


class Held:
    """Zones by apex."""

    def __init__(self, zones: Mapping[str, Mapping[Key, RecordSet]]) -> None:
        self._zones = zones

    def zone_of(self, name: str) -> str | None:
        while True:
            if name in self._zones:
                return name
            if not name:
                return None
            name = name.partition(".")[2]

    def zones(self) -> list[HeldZone]:
        return [HeldZone(apex, "repo", "octodns", True) for apex in self._zones]

    def content(self, zone: str, key: Key) -> RecordSet | None:
        return self._zones[zone].get(key)

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        return [key for key in self._zones[zone] if key[0] == name]

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        return self._zones[zone]


def zone(*lines: str) -> Content:
    """Return content written as ``name TTL type rdata``, a line for each record."""
    found: dict[Key, tuple[int, list[str]]] = {}
    for line in lines:
        name, ttl, rdtype, rdata = line.split(" ", 3)
        found.setdefault((name, rdtype), (int(ttl), []))[1].append(rdata)
    return {key: record_set(*value) for key, value in found.items()}


EXAMPLE = zone(
    "example.test 300 SOA ns1.example.test. hostmaster.example.test. 10 7200 900 1209600 300",
    "example.test 300 NS ns1.example.test.",
    "example.test 300 NS ns2.example.test.",
    "ns1.example.test 300 A 192.0.2.1",
    "ns2.example.test 300 A 192.0.2.2",
    "www.example.test 300 A 192.0.2.10",
    "www.example.test 300 A 192.0.2.11",
    "alias.example.test 300 CNAME www.example.test.",
    'txt.example.test 60 TXT "one"',
    'txt.example.test 60 TXT "two"',
)
