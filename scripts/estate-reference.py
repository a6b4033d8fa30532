#!/usr/bin/env python3
"""Write the reference part of docs/estate.md from the shapes that the estate file is read by.

::

    scripts/estate-reference.py            # rewrite it
    scripts/estate-reference.py --check    # exit 1 when it is not what the shapes say
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trustpath.base.clock import DAY, HOUR, MINUTE
from trustpath.facts.estate import scalars, sources
from trustpath.facts.estate.build import ESTATE
from trustpath.facts.estate.requirements import POLICY_FIELDS, policy_facts
from trustpath.facts.estate.services import TIERS
from trustpath.facts.estate.shape import (
    Either,
    Field,
    Listing,
    Record,
    Scalar,
    Shape,
    Table,
    Variants,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "estate.md"
BEGIN = "<!-- reference: begin (made by scripts/estate-reference.py) -->"
END = "<!-- reference: end -->"

# The page explains these once, at its top.
SHORT = {
    scalars.INSTANT.expected: "a time",
    scalars.DURATION.expected: "a duration",
    scalars.FINGERPRINT.expected: "a fingerprint",
    scalars.NETWORK.expected: "a network or an address",
    scalars.URI.expected: "a URI",
    scalars.IDENT.expected: "an id",
    sources.FRESH.expected: "a duration, or never",
}

# What the numbers mean; every column of TierPolicy must be here.
POLICY = {
    "max_lifetime": "longest lifetime of a leaf certificate",
    "key_age": "longest use of one key pair",
    "deploy_sla": "from issuance until the certificate is served everywhere",
    "attestation_period": "how often owners confirm what they own",
    "propagation_sla": "until all authoritative servers agree",
    "ttl_low": "below it a TTL is needlessly low",
    "ttl_high": "above it a TTL makes going back slow",
    "wildcards": "whether wildcard certificates are allowed",
    "account_binding": "whether CAA must be bound to an account (RFC 8657)",
    "public_ca": "whether certificates of public CAs are allowed",
    "key_store_required": "whether the place of every private key must be declared",
    "persist_end_required": "whether persistent validation records must have an end",
    "min_rsa_bits": "smallest RSA key, in bits",
    "inventory_target": "percent of endpoints, zones, log entries that match the inventory",
    "observation_interval": "how often each endpoint must be looked at",
    "workload_grace": "how long the records of an ended workload may stay",
    "issuance_burst": "certificates for one set of names in 7 days; more is a burst",
    "mail_certificates": "whether mail certificates are in use, so that CAA must speak of them",
    "caa_required": "whether every name needs a relevant CAA set",
}


def duration(seconds: int) -> str:
    """Return ``30d`` for 2592000: the largest unit that divides it."""
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def cell(text: str) -> str:
    """Return the text fit for a table cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def value_of(shape: Shape) -> str:
    """Say in words what a key takes."""
    match shape:
        case Scalar():
            said = SHORT.get(shape.expected, shape.expected)
        case Listing():
            said = f"list: {value_of(shape.item)}"
        case Record(short=None):
            said = shape.what
        case Record():
            short = next(item for item in shape.fields if item.key == shape.short)
            said = f"{shape.what}; or {value_of(short.shape)}"
        case Table():
            said = f"mapping from {value_of(shape.key)} to {value_of(shape.value)}"
        case Either():
            said = f"{value_of(shape.text)}; or {value_of(shape.other)}"
        case Variants():
            said = f"{shape.other.what}, by its `{shape.tag}`"
    return said


def default_of(item: Field) -> str:
    """Say what an absent key means, as far as one word says it."""
    if item.required:
        return "required"
    match item.default:
        case bool():
            return str(item.default).lower()
        case str() | int() if item.default != "":
            return f"`{item.default}`"
        case _:
            return ""


def inner(shape: Shape) -> tuple[str, Record] | None:
    """Return the record inside a shape, if any, with what leads to it (``[]`` for a list)."""
    match shape:
        case Record():
            return "", shape
        case Listing():
            found = inner(shape.item)
            return found and ("[]" + found[0], found[1])
        case Either():
            return inner(shape.other)
        case _:
            return None


def rows(record: Record, prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield (key, value, default, meaning) of every key at and below a record."""
    for item in record.fields:
        key = f"{prefix}{item.key}"
        yield f"`{key}`", value_of(item.shape), default_of(item), item.doc
        found = inner(item.shape)
        if found:
            yield from rows(found[1], f"{key}{found[0]}.")


def table(head: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in lines:
        yield "| " + " | ".join(map(cell, line)) + " |"


def policy() -> Iterator[str]:
    """Yield the table of policy numbers with the defaults of every tier."""
    defaults = {row.tier: row for row in policy_facts({tier: {} for tier in TIERS})}

    def shown(column: str, tier: str) -> str:
        number: Any = getattr(defaults[tier], column)
        if isinstance(number, bool):
            return str(number).lower()
        item = next(field for field in POLICY_FIELDS if field.key == column)
        timed = isinstance(item.shape, Scalar) and "duration" in item.shape.expected
        return duration(number) if timed else str(number)

    yield from table(
        ("key", "meaning", *TIERS),
        (
            (f"`{item.key}`", POLICY[item.key], *(shown(item.key, tier) for tier in TIERS))
            for item in POLICY_FIELDS
        ),
    )


def freshness() -> Iterator[str]:
    """Yield the sentence about default limits."""
    stated = ", ".join(
        f"`{kind}` {duration(limit)}" for kind, limit in sources.DEFAULT_FRESHNESS.items()
    )
    yield f"Where nothing is said: {stated}, others {duration(sources.DEFAULT_LIMIT)}."


def section(item: Field) -> Iterator[str]:
    """Yield the section of one top-level key."""
    yield from ("", f"### `{item.key}`", "")
    required = "; required" if item.required else ""
    meaning = f" {item.doc[0].upper()}{item.doc[1:]}." if item.doc else ""
    takes = value_of(item.shape)
    yield f"{takes[0].upper()}{takes[1:]}{required}.{meaning}"
    head = ("key", "value", "default", "meaning")
    if item.key == "tiers":
        yield from ("", "For each tier, any of these; what is absent keeps its default:", "")
        yield from policy()
        return
    if item.key == "freshness":
        yield from ("", *freshness())
        return
    if isinstance(item.shape, Listing) and isinstance(item.shape.item, Variants):
        for name, case in item.shape.item.cases.items():
            yield from (
                "",
                f"#### `kind: {name}`",
                "",
                f"{case.what[0].upper()}{case.what[1:]}.",
                "",
            )
            yield from table(head, rows(case))
        return
    found = inner(item.shape)
    if found:
        yield ""
        yield from table(head, rows(found[1]))


def reference() -> str:
    """Return the whole reference part, markers included."""
    lines = [BEGIN]
    for item in ESTATE.fields:
        lines.extend(section(item))
    return "\n".join([*lines, "", END])


def main() -> int:
    """Rewrite the page or compare it; return the exit code."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = before + reference() + after
    if "--check" in sys.argv[1:]:
        if wanted != text:
            sys.stderr.write(f"{PAGE.name} is not what the shapes say: run {sys.argv[0]}\n")
        return int(wanted != text)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
