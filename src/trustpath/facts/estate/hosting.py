"""Services at which a name is left to the next customer: those built in, and those declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from trustpath.facts.estate.datafiles import data_file
from trustpath.facts.estate.scalars import FLAG, NAME, TEXT
from trustpath.facts.estate.shape import Entry, Field, Listing, Record
from trustpath.facts.relations.declaration import HostingSuffix

REGIONS: Final = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-west-1", "us-gov-east-1"),
    *("ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-central-2", "eu-north-1"),
    *("eu-south-1", "eu-south-2", "af-south-1", "me-south-1", "me-central-1", "il-central-1"),
    *("ap-south-1", "ap-south-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("ap-southeast-7", "ap-east-1", "ap-east-2"),
)
"""Regions of AWS, which stand within the names of some suffixes."""

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
    for entry in data_file("hosting.yaml"):
        for pattern in entry["suffixes"]:
            regions = REGIONS if "{region}" in pattern else ("",)
            for region in regions:
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
