"""Which connector makes which kind of writer, and which writer changes which zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trustpath.app.kinds import factory_of
from trustpath.base.errors import EstateError
from trustpath.facts.source import Context
from trustpath.facts.writer import Writer, WriterFactory, WriterSpec

WRITERS: Mapping[str, str] = {
    "rfc2136": "writers.rfc2136",
    "powerdns": "writers.powerdns",
    "octodns": "writers.octodns",
}
"""Kinds of writer and the folder under ``connectors`` that makes them."""


def writer_factory(kind: str, where: str) -> WriterFactory:
    """Return the connector of a kind, imported only now; raises EstateError for an unknown kind."""
    made: WriterFactory = factory_of("writer", WRITERS, kind, where)
    return made


def make_writers(specs: Iterable[WriterSpec], context: Context) -> tuple[Writer, ...]:
    """Build every writer; nothing is contacted yet. Raises EstateError on bad options."""
    return tuple(writer_factory(spec.kind, spec.where)(spec, context) for spec in specs)


def writer_for(writers: Iterable[Writer], zone: str) -> Writer:
    """Return the writer that names the zone, else the one that names none.

    Raises EstateError when no writer may change the zone.
    """
    general: Writer | None = None
    for writer in writers:
        if zone in writer.spec.zones:
            return writer
        if not writer.spec.zones:
            general = writer
    if general is None:
        raise EstateError(
            f"no writer changes the zone {zone or '.'}",
            hint="name it under writers in the estate file",
        )
    return general
