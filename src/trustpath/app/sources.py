"""Which connector makes which kind of source: a new one adds a line here and a folder there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trustpath.app.kinds import factory_of
from trustpath.facts.source import Context, Source, SourceFactory, SourceSpec

KINDS: dict[str, str] = {
    "zonefile": "zonefile",
    "octodns": "octodns",
    "axfr": "axfr",
    "certificates": "certificates",
    "endpoints": "endpoints",
    "resolve": "resolve",
    "ct": "ct",
    "backstage": "backstage",
    "csv": "ownership_csv",
}
"""Kinds of source and the folder under ``connectors`` that makes them."""


def factory(kind: str, where: str) -> SourceFactory:
    """Return the connector of a kind, imported only now; raises EstateError for an unknown kind."""
    made: SourceFactory = factory_of("source", KINDS, kind, where)
    return made


def make_sources(specs: Iterable[SourceSpec], context: Context) -> Iterator[Source]:
    """Build every source; nothing is contacted yet."""
    for spec in specs:
        yield factory(spec.kind, spec.where)(spec, context)
