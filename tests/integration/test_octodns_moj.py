"""A production estate of 402 zones: what arrives is what octoDNS's own reader reads."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import dns.name
import dns.rdata
import pytest

from shared import real_zones
from trustpath.base.clock import FixedClock
from trustpath.connectors.octodns import OctodnsSource
from trustpath.facts.part import Coverage, Part
from trustpath.facts.proposal import content_of
from trustpath.facts.relations.dns import Rdata, Zone
from trustpath.facts.source import Context, SourceSpec

ALIAS = "Route53Provider/ALIAS"
NAMES = {"CNAME", "NS", "PTR"}
TARGETS = {"MX", "SRV"}

Sets = dict[tuple[str, str, str], tuple[int | None, frozenset[str]]]


@pytest.fixture(scope="module")
def estate() -> Path:
    return real_zones().parent


@pytest.fixture(scope="module")
def parts(estate: Path) -> list[Part]:
    return collected(estate, "hostedzones")


def collected(estate: Path, path: str) -> list[Part]:
    spec = SourceSpec("repo", "octodns", {"path": path}, estate)
    return [
        Part(p.name, p.grade, p.coverage, p.observed_at, list(p.facts), p.problems)
        for p in OctodnsSource(spec, Context(FixedClock(1_800_000_000))).collect()
    ]


def ours(parts: list[Part]) -> Sets:
    return {
        (part.name, *key): (held.ttl, frozenset(held.rdatas))
        for part in parts
        for key, held in content_of(part.facts).items()
    }


def theirs(folder: Path) -> Sets:
    """Every record set as octoDNS reads it, its values written out by octoDNS itself."""
    pytest.importorskip("octodns", reason="octodns is not installed")
    pytest.importorskip("octodns_route53", reason="octodns-route53 is not installed")
    from octodns.provider.yaml import YamlProvider
    from octodns.zone import Zone as OctodnsZone

    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            provider = YamlProvider("repo", str(folder), escaped_semicolons=True)
            found: Sets = {}
            for name in provider.list_zones():
                zone = OctodnsZone(name, [])
                provider.populate(zone, lenient=True)
                for record in zone.records:
                    key = (name.rstrip("."), record.fqdn.rstrip("."), record._type)
                    found[key] = (
                        None if record._type == ALIAS else record.ttl,
                        frozenset(text(record._type, value, name) for value in values(record)),
                    )
            return found
    finally:
        logging.disable(logging.NOTSET)


def values(record: Any) -> list[Any]:
    return list(record.values) if hasattr(record, "values") else [record.value]


def text(kind: str, value: Any, zone: str) -> str:
    if kind == ALIAS:
        name = value.name or zone
        if "." not in name:
            name = f"{name}.{zone}"
        middle = f" hosted-zone-id={value.hosted_zone_id}" if value.hosted_zone_id else ""
        health = str(value.evaluate_target_health).lower()
        return f"{name} {value._type}{middle} evaluate-target-health={health}"
    written = value.to_rdata_text() if hasattr(value, "to_rdata_text") else str(value)
    if kind in NAMES:
        # Not through the tokenizer of master files: one target of the estate holds a semicolon.
        return dns.name.from_text(written).to_text().lower()
    if kind in TARGETS and not written.endswith("."):
        written += "."
    return str(dns.rdata.from_text("IN", kind, written, dns.name.root, relativize=False).to_text())


def test_every_record_set_arrives_as_octodns_reads_it(estate: Path, parts: list[Part]) -> None:
    mine, reference = ours(parts), theirs(estate / "hostedzones")
    assert len(reference) == 4170
    assert mine.keys() == reference.keys()
    different = {key: (mine[key], reference[key]) for key in mine if mine[key] != reference[key]}
    assert different == {}


def test_zones_are_full_and_the_configuration_is_none(estate: Path, parts: list[Part]) -> None:
    assert (estate / "hostedzones" / "octodns.yaml").is_file()
    assert len(parts) == 402
    assert {part.coverage for part in parts} == {Coverage.FULL}
    assert not [part for part in parts if part.problems]
    rows = [row for part in parts for row in part.facts if isinstance(row, Zone)]
    assert sorted(row.apex for row in rows) == sorted(part.name for part in parts)
    assert all(row.full and row.serial is None for row in rows)


def test_aliases_lead_to_their_targets(parts: list[Part]) -> None:
    rows = [r for p in parts for r in p.facts if isinstance(r, Rdata) and r.type == ALIAS]
    assert len(rows) == 203  # and one behind a cut
    assert all(row.target and not row.target.endswith(".") for row in rows)
    by_name = {row.name: row.target for row in rows}
    assert by_name["www.trackmycrime.net"] == "trackmycrime.net"
    assert by_name["tax-tribunals-internal-uploader-staging.dsd.io"] == (
        "tax-tribunals-internal-uploader-staging-68ade87f.dsd.io"
    )


def test_the_configuration_file_leads_to_the_same_facts(estate: Path, parts: list[Part]) -> None:
    assert ours(collected(estate, "config.yaml")) == ours(parts)
