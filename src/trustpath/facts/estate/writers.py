"""Writers as the estate file describes them: through what the records of zones are changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as Folder
from typing import Any, Final

from trustpath.base.documents import Path
from trustpath.base.names import canonical
from trustpath.facts.estate.faults import Fault
from trustpath.facts.estate.scalars import NAME, SECONDS, TEXT, URI, choice, definition
from trustpath.facts.estate.shape import Entry, Field, Listing, Record, Variants
from trustpath.facts.estate.sources import TSIG
from trustpath.facts.writer import WriterSpec

_SERVERS = Field(
    "servers",
    Listing(TEXT),
    doc="authoritative servers to look at, address or address:port; absent: those of the NS "
    "records, as far as `probes` allows their addresses",
)
_COMMON = (
    Field("id", definition("writer"), required=True),
    Field("kind", choice("rfc2136", "powerdns", "octodns"), required=True),
    Field("zones", Listing(NAME), doc="absent: every zone that no other writer names"),
    Field("timeout", SECONDS, doc="for one answer"),
)


def _writer(what: str, *options: Field) -> Record:
    return Record(what, (*_COMMON, *options))


CASES: Final[Mapping[str, Record]] = {
    "rfc2136": _writer(
        "a primary that takes dynamic updates",
        Field("server", TEXT, required=True, doc="address, or address:port"),
        Field("tsig", TSIG),
        Field("transport", choice("tcp", "udp"), doc="udp goes to TCP for what is large"),
        _SERVERS,
    ),
    "powerdns": _writer(
        "the HTTP API of a PowerDNS server",
        Field("url", URI, required=True, doc="such as http://127.0.0.1:8081"),
        Field("key", TEXT, required=True, doc="the API key: env:VARIABLE or file:PATH"),
        Field("server_id", TEXT, doc="absent: localhost"),
        _SERVERS,
    ),
    "octodns": _writer(
        "a provider of octoDNS",
        Field("class", TEXT, required=True, doc="such as octodns_route53.Route53Provider"),
        Field(
            "settings",
            Record("its arguments, env/VARIABLE for what is secret", (), open=True),
            doc="as under `providers` of octoDNS",
        ),
        Field(
            "servers",
            Listing(TEXT),
            required=True,
            doc="authoritative servers, address or address:port; the first is what changes are "
            "compared with",
        ),
    ),
}
WRITERS: Final = Listing(Variants("kind", CASES, Record("a writer", _COMMON, open=True)))


def specs(
    written: list[Mapping[str, Any]], folder: Folder, place: Callable[[Path], str]
) -> tuple[WriterSpec, ...]:
    """Return the writers with their options as written; ``written`` is already valid."""
    return tuple(
        WriterSpec(
            id=entry["id"],
            kind=entry["kind"],
            zones=tuple(dict.fromkeys(map(canonical, entry.get("zones") or ()))),
            options={key: value for key, value in entry.items() if key not in _NOT_OPTIONS},
            folder=folder,
            where=place(("writers", index)),
        )
        for index, entry in enumerate(written)
    )


_NOT_OPTIONS = frozenset({"id", "kind", "zones"})


def faults(entry: Entry) -> list[Fault]:
    """Return a fault for every zone that two writers could change."""
    found = []
    taken: dict[str | None, str] = {}
    for index, writer in enumerate(entry["writers"]):
        if not writer:
            continue
        for zone in _claims(writer["zones"]):
            other = taken.setdefault(zone, writer["id"])
            if other != writer["id"]:
                which = "every other zone" if zone is None else zone or "."
                found.append(
                    Fault(
                        ("writers", index),
                        f"{which} is already written by {other}",
                        "one writer a zone",
                    )
                )
    return found


def _claims(zones: tuple[str | None, ...]) -> tuple[str | None, ...]:
    # A zone that could not be read is None, and has a fault already.
    return tuple(zone for zone in zones if zone is not None) if zones else (None,)
