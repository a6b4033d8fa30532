"""A small world for model checks of bundles: records, caches, endpoints, and a CA with a memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from trustpath.facts.bundle import Step, Verb

OLD, NEW = "old", "new"
Timeline = list[tuple[int, frozenset[str]]]


@dataclass
class World:
    """Records and endpoints over time. ``sees`` are the servers' versions of a record set."""

    ttl: int
    lag: int
    now: int = 0
    records: dict[str, list[Timeline]] = field(default_factory=dict)
    leaf: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    ordered: list[str] = field(default_factory=list)

    def publish(self, name: str, value: frozenset[str]) -> None:
        first, second = self.records.setdefault(name, [[], []])
        first.append((self.now, value))
        second.append((self.now + self.lag, value))

    def start(self, name: str, *values: str) -> None:
        self.records[name] = [[(-(10**9), frozenset(values))], [(-(10**9), frozenset(values))]]

    def live(self, name: str) -> frozenset[str]:
        """What the primary holds."""
        return self.records[name][0][-1][1]

    def cached(self, name: str, at: int) -> set[frozenset[str]]:
        """Every answer that somebody may legally hold at an instant."""
        found = set()
        for server in self.records[name]:
            spans = pairwise([*server, (10**12, frozenset())])
            found |= {
                value
                for (begins, value), (ends, _) in spans
                if begins <= at and ends > at - self.ttl
            }
        return found

    def use(self, endpoint: str, leaf: str) -> None:
        self.leaf.setdefault(endpoint, []).append((self.now, leaf))

    def serves(self, endpoint: str, at: int) -> str:
        return [leaf for begins, leaf in self.leaf[endpoint] if begins <= at][-1]

    def instants(self) -> Iterator[int]:
        """Every instant at which something moves, the one before it, and where a cache runs out."""
        moments = {b for sets in self.records.values() for line in sets for b, _ in line}
        moments |= {b for line in self.leaf.values() for b, _ in line}
        for moment in sorted(moments):
            if moment >= 0:
                yield from (moment - 1, moment, moment + self.ttl - 1, moment + self.ttl)


Invariant = Callable[[World], None]


def keys_match(world: World) -> None:
    """RFC 7671 5.1: some TLSA record of whatever a client holds matches what it is served."""
    for at in world.instants():
        for endpoint in world.leaf:
            for answer in world.cached("tlsa", at):
                assert world.serves(endpoint, at) in answer, (at, endpoint, answer)


def addresses_serve(world: World) -> None:
    """Every address that a client may hold serves the name."""
    for at in world.instants():
        for answer in world.cached("address", at):
            for address in answer:
                assert world.serves(address, at) != "nothing", (at, address)


def nothing_more(_world: World) -> None:
    """Orders are checked as they are placed."""


def permitted(world: World, who: str) -> None:
    """An order: every CAA answer that the CA may still hold lets it issue."""
    for answer in world.cached("caa", world.now):
        assert who in answer, (world.now, who, answer)
    world.ordered.append(who)


REST: dict[str, Callable[[World], int]] = {
    "tlsa-add": lambda w: 2 * w.ttl,
    "addresses": lambda w: w.ttl + w.lag,
}


def rest_of(step: Step, world: World) -> int:
    """The wait of standards G.3 for a change, as the gate computes it."""
    if step.verb is Verb.ORDER and "rest" in step.what:
        return 2 * world.ttl
    if step.verb is not Verb.CHANGE:
        return 0
    make = REST.get(str(step.what["make"]))
    return make(world) if make else max(world.ttl, 8 * 3600) + world.lag


def world_of(record: str, ttl: int, lag: int) -> World:
    world = World(ttl, lag)
    if record == "address":
        world.start("address", "a1", "a2")
        for endpoint in ("a1", "a2", "b1", "b2"):
            world.leaf[endpoint] = [(-(10**9), OLD)]
    else:
        world.start(record, OLD)
        for endpoint in ("e1", "e2"):
            world.leaf[endpoint] = [(-(10**9), OLD)]
    return world


KINDS: dict[str, tuple[str, Invariant, dict[str, Any]]] = {
    "key-rollover": ("tlsa", keys_match, {"job": "j", "tlsa": ["_443._tcp.www.example"]}),
    "change-ca": (
        "caa",
        nothing_more,
        {
            "job": "j",
            "issuer": "i",
            "ca": "c",
            "caa": {"example": ['0 issue "ca.example"']},
            "former": ["former.example"],
        },
    ),
    "endpoint-move": (
        "address",
        addresses_serve,
        {"name": "www.example", "addresses": ["192.0.2.2"], "port": 443},
    ),
    "change-account": (
        "caa",
        nothing_more,
        {
            "job": "j",
            "issuer": "i",
            "caa": ["example"],
            "former": "k",
            "former_uri": "https://ca.example/1",
        },
    ),
}
