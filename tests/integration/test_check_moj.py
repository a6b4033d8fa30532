"""A production estate of 402 zones through the command line: whole, counted, the same by each way in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import check
from dns_servers import bind
from shared import real_zones
from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import FixedClock, parse_instant
from trustpath.connectors.octodns import OctodnsSource
from trustpath.facts.part import Coverage
from trustpath.facts.relations.dns import Occluded, Rdata, Rrset
from trustpath.facts.source import Context, SourceSpec

NOW = "2026-11-24T00:00:00Z"
SUBSET = 60
# Both ways in hold these zones in full and nothing else; only where they came from differs.
CONTEXT = Context(FixedClock(parse_instant(NOW)))


def estate_file(path: Path, source: dict[str, Any]) -> Path:
    """Write an estate with nothing but one source."""
    path.write_text(yaml.safe_dump({"organisation": {"name": "Real"}, "sources": [source]}))
    return path


def test_the_whole_estate_is_counted_and_came_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = {"id": "repo", "kind": "octodns", "path": str(real_zones())}
    ran = check(capsys, estate_file(tmp_path / "estate.yaml", source), "--now", NOW)
    document = ran.document
    assert ran.code in (0, 3)
    assert ran.err == ""
    assert document["counts"]["zones"] == 402
    assert document["counts"]["rrsets"] == 4127
    hidden = [f for f in document["findings"] if f["rule"] in ("ZONE-001", "ZONE-002")]
    assert sum(f["rule"] == "ZONE-001" for f in hidden) == 9
    assert len(hidden) == 41  # the other two of 4170 are glue
    assert all(".yaml:" in f["evidence"]["place"] for f in hidden)
    assert {f["evidence"]["scheme"] for f in hidden if f["rule"] == "ZONE-001"} == {
        "acm",
        "sectigo",
        "underscore",
    }
    repo = document["coverage"]["repo"]
    # The configuration of octoDNS lies beside the zones; it is none and says nothing of them.
    assert (repo["coverage"], repo["errors"], repo["remarks"]) == ("full", [], [])
    rules = {rule.id for rule in TrustpathApplication().catalogue()}
    assert {finding["rule"] for finding in document["findings"]} <= rules
    listed = [f["status"] for f in document["findings"]]
    summary = document["summary"]
    for status in ("low", "medium", "high", "critical"):
        assert listed.count(status) == summary[status]
    assert listed.count("unknown") + sum(document["unlisted"].values()) == summary["unknown"]
    assert summary["pass"] > 1000
    assert sum(summary[status] for status in ("medium", "high", "critical")) > 50


def zone_files(folder: Path) -> dict[str, Path]:
    """Write the subset as zone files: provider types dropped, SOA and NS given where missing."""
    estate = real_zones()
    spec = SourceSpec("repo", "octodns", {"path": estate.name}, estate.parent)
    parts = [p for p in OctodnsSource(spec, CONTEXT).collect() if p.coverage is Coverage.FULL]
    # Spread over the alphabet, so that zones and their subzones of every kind are among them.
    step = len(parts) // SUBSET
    folder.mkdir()
    files = {}
    for part in parts[: step * SUBSET : step]:
        facts = list(part.facts)
        held = [f for f in facts if isinstance(f, Rrset | Occluded)]
        ttls = {(f.name, f.type): f.ttl for f in held}
        records = [f for f in facts if isinstance(f, Rdata | Occluded) and "ALIAS" not in f.type]
        files[part.name] = folder / f"{part.name}.zone"
        files[part.name].write_text("".join(_lines(part.name, records, ttls)))
    return files


def _lines(
    apex: str, records: Iterable[Rdata | Occluded], ttls: dict[tuple[str, str], int | None]
) -> Iterable[str]:
    held = {(f.name, f.type) for f in records}
    if (apex, "SOA") not in held:
        yield f"{apex}. 300 IN SOA ns.invalid. hostmaster.invalid. 1 7200 900 1209600 300\n"
    if (apex, "NS") not in held:
        yield f"{apex}. 300 IN NS ns.invalid.\n"
    for f in records:
        yield f"{f.name}. {ttls[f.name, f.type]} IN {f.type} {f.rdata}\n"


def findings(
    capsys: pytest.CaptureFixture[str], path: Path, source: dict[str, Any]
) -> tuple[dict[str, int], set[tuple[str, str, str]]]:
    """Return the counts and (rule, subject, status) of everything, passes included."""
    options = ("--now", NOW, "--min-status", "pass")
    document = check(capsys, estate_file(path, source), *options).document
    assert document["coverage"]["zones"]["coverage"] == "full", json.dumps(document["coverage"])
    assert document["unlisted"] == {}
    rows = {(f["rule"], f["subject"], f["status"]) for f in document["findings"]}
    assert len(rows) == len(document["findings"])
    return document["counts"], rows


@pytest.mark.peer
def test_zones_served_by_bind_are_judged_as_their_files_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = zone_files(tmp_path / "zones")
    assert len(files) == SUBSET
    by_file = {"id": "zones", "kind": "zonefile", "path": "zones", "signing": "none"}
    counts, filed = findings(capsys, tmp_path / "files.yaml", by_file)
    with bind(tmp_path / "server", files) as server:
        by_axfr = {
            "id": "zones",
            "kind": "axfr",
            "server": server.address,
            "zones": sorted(files),
        }
        transferred_counts, transferred = findings(capsys, tmp_path / "axfr.yaml", by_axfr)
    assert counts["zones"] == SUBSET
    assert transferred_counts == counts
    # Only a transfer shows whether anyone may transfer: here anyone on this host may.
    access = {row for row in transferred if row[0] == "POL-006"}
    assert {row for row in access if row[1].endswith(" transfer")} == {
        ("POL-006", f"{apex} transfer", "high") for apex in files
    }
    assert transferred - access - filed == set()
    assert {row for row in filed if row[0] != "POL-006"} - transferred == set()
    assert len({rule for rule, _, _ in filed}) > 10
    assert {status for _, _, status in filed} >= {"pass", "unknown", "medium"}
