"""Services at which a name is left to the next customer: those built in, and those declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trustpath.facts.estate.datafiles import data_file
from trustpath.facts.estate.scalars import FLAG, NAME, TEXT
from trustpath.facts.estate.shape import Entry, Field, Listing, Record
from trustpath.facts.relations.declaration import HostingSuffix

HOSTING = Listing(
    Record(
        "a service at which a name is left to the next customer, beside those that are built in",
        (
            Field("suffix", NAME, required=True, doc="where aliases lead"),
            Field("provider", TEXT, required=True),
            Field("claim", TEXT, "takes the same name", doc="how another customer gets it"),
            Field("tells", TEXT, "the target does not exist", doc="what shows that nobody has it"),
            Field(
                "shared",
                FLAG,
                False,
                doc="true where it answers whether or not anybody has the name",
            ),
            Field(
                "verified",
                FLAG,
                False,
                doc="true where it asks for a proof of control before it serves a domain",
            ),
        ),
    )
)


def known_hosting() -> Iterator[HostingSuffix]:
    """Yield the suffixes of the services that are built in."""
    known = data_file("hosting.yaml")
    for entry in known["services"]:
        for pattern in entry["suffixes"]:
            for region in known["regions"] if "{region}" in pattern else [""]:
                yield _row(entry, pattern.replace("{region}", region))


def facts(document: Entry) -> Iterator[HostingSuffix]:
    """Yield the suffixes that the estate file adds."""
    for entry in document["hosting"]:
        yield _row(entry, entry["suffix"])


def _row(entry: Any, suffix: str) -> HostingSuffix:
    return HostingSuffix(
        suffix=suffix,
        provider=entry["provider"],
        claim=entry["claim"],
        tells=entry["tells"],
        shared=entry.get("shared", False),
        verified=entry.get("verified", False),
    )
