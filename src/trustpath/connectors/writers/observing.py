"""Every authoritative server of a zone, asked directly and at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.tsig

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.lookup import look
from trustpath.connectors.writers.options import Server
from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.source import ProbePolicy
from trustpath.facts.writer import ServerView

Current = Callable[[str, Iterable[Key]], Mapping[Key, RecordSet | None]]
Seen = tuple[int | None, Mapping[Key, RecordSet | None]]
Look = Callable[[Server, str, Iterable[Key], dns.tsig.Key | None, float], Seen]
"""How one server is asked for RRsets of a zone."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """A server to look at, or the reason why it cannot be looked at."""

    label: str
    server: Server | None
    key: dns.tsig.Key | None = None
    problem: str = ""


def observe(
    vantages: Sequence[Vantage],
    zone: str,
    keys: Iterable[Key],
    timeout: float,
    look: Look = look,
) -> tuple[ServerView, ...]:
    """Return one view for each, in their order; a server that fails has its problem there."""
    wanted = tuple(keys)

    def view(vantage: Vantage) -> ServerView:
        if vantage.server is None:
            return ServerView(vantage.label, None, {}, vantage.problem)
        try:
            serial, found = look(vantage.server, zone, wanted, vantage.key, timeout)
        except SourceError as error:
            return ServerView(vantage.label, None, {}, str(error))
        return ServerView(vantage.label, serial, found)

    if len(vantages) <= 1:
        return tuple(map(view, vantages))
    with ThreadPoolExecutor(max_workers=min(16, len(vantages))) as pool:
        return tuple(pool.map(view, vantages))


def named(servers: Iterable[Server]) -> tuple[Vantage, ...]:
    """Return the servers that the estate names."""
    return tuple(Vantage(str(server), server) for server in servers)


def discovered(zone: str, current: Current, probes: ProbePolicy) -> tuple[Vantage, ...]:
    """Return the servers of the zone's NS records, by the addresses that the zone itself holds.

    An address outside of what the estate allows to probe, and a name without an address in the
    zone, is told as a problem: it is not looked at, and not passed over.
    """
    try:
        apex = current(zone, [(zone, "NS")])[zone, "NS"]
        hosts = [text.rstrip(".") for text in apex.rdatas] if apex else []
        inside = [h for h in hosts if h == zone or not zone or h.endswith("." + zone)]
        held = current(zone, [(host, kind) for host in inside for kind in ("A", "AAAA")])
    except SourceError as error:
        return (Vantage(zone or ".", None, problem=f"its servers are not known: {error}"),)
    vantages: list[Vantage] = []
    for host in hosts:
        addresses = [
            address
            for kind in ("A", "AAAA")
            if (content := held.get((host, kind))) is not None
            for address in content.rdatas
        ]
        if not addresses:
            problem = "its address is not in the zone: name it under servers"
            vantages.append(Vantage(host, None, problem=problem))
        for address in addresses:
            label = f"{host} ({address})"
            if probes.allows(address):
                vantages.append(Vantage(label, Server(address)))
            else:
                problem = "the estate does not allow to ask this address: add it to probes"
                vantages.append(Vantage(label, None, problem=problem))
    if not vantages:
        vantages.append(Vantage(zone or ".", None, problem="the zone names no server"))
    return tuple(vantages)
