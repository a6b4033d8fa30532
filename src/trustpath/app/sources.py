"""Which connector makes which kind of source: adding a source adds a line here and a folder there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from trustpath.base.errors import EstateError
from trustpath.facts.source import Context, Source, SourceFactory, SourceSpec

KINDS: dict[str, tuple[str, str]] = {
    "zonefile": ("trustpath.connectors.zonefile", "ZonefileSource"),
    "octodns": ("trustpath.connectors.octodns", "OctodnsSource"),
    "axfr": ("trustpath.connectors.axfr", "AxfrSource"),
    "certificates": ("trustpath.connectors.certificates", "make"),
    "endpoints": ("trustpath.connectors.endpoints", "EndpointSource"),
    "resolve": ("trustpath.connectors.resolve", "ResolveSource"),
    "ct": ("trustpath.connectors.ct", "CtSource"),
    "backstage": ("trustpath.connectors.backstage", "BackstageSource"),
    "csv": ("trustpath.connectors.ownership_csv", "CsvSource"),
}


def factory(kind: str, where: str) -> SourceFactory:
    """Return the connector of a kind, imported only now; raises EstateError for an unknown kind."""
    if kind not in KINDS:
        raise EstateError(
            f"there is no source of kind {kind!r}", where=where, hint="one of " + ", ".join(KINDS)
        )
    module, name = KINDS[kind]
    made: SourceFactory = getattr(import_module(module), name)
    return made


def make_sources(specs: Iterable[SourceSpec], context: Context) -> Iterator[Source]:
    """Build every source; nothing is contacted yet."""
    for spec in specs:
        yield factory(spec.kind, spec.where)(spec, context)
