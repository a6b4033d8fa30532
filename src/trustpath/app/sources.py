"""Which connector makes which kind of source: a new one adds a line here and a folder there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from trustpath.base.errors import EstateError
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
    if kind not in KINDS:
        raise EstateError(
            f"there is no source of kind {kind!r}", where=where, hint="one of " + ", ".join(KINDS)
        )
    made: SourceFactory = import_module(f"trustpath.connectors.{KINDS[kind]}").make
    return made


def make_sources(specs: Iterable[SourceSpec], context: Context) -> Iterator[Source]:
    """Build every source; nothing is contacted yet."""
    for spec in specs:
        yield factory(spec.kind, spec.where)(spec, context)
