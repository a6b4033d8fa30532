"""What ``trustpath check`` promises scripts: exit codes, formats, exceptions, rules of one's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import Ran, check, trustpath

NOW = "2026-11-24T12:00:00Z"
ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns hostmaster 1 7200 900 1209600 300
@ IN NS ns
ns IN A 192.0.2.53
www 5 IN A 192.0.2.10
shop 5 IN A 192.0.2.11
slow IN A 192.0.2.12
"""
LOW = "POL-003"  # TTL outside the policy's bounds, low on every tier
BREACHES = {"www.example.com A", "shop.example.com A"}
OWN_RULE = """-- id: HOUSE-001
-- title: A name that the house does not allow
-- subject: name
-- severity: public=critical partner=critical internal=critical workload=critical
-- gate: gate
-- inputs: Z
-- source: house style
-- csf: PR.PS-01
-- missing: zones
-- remediation: Rename it.
SELECT r.name AS subject, r.tier, r.owner, MIN(r.name <> 'slow.example.com') AS holds
FROM scope_rrset AS r WHERE r.type = 'A' GROUP BY r.name, r.tier, r.owner
"""


def write(
    folder: Path,
    *,
    exceptions: Sequence[Mapping[str, Any]] = (),
    zone: str = ZONE,
    **more: object,
) -> Path:
    """Write an estate of one zone; returns the estate file."""
    (folder / "example.com.zone").write_text(zone)
    estate = {
        "organisation": {"name": "Example", "domains": ["example.com"]},
        "owners": [{"id": "dns", "contacts": ["mailto:dns@example.com"]}],
        "ownership": [{"kind": "zone", "pattern": "example.com", "owner": "dns"}],
        "exceptions": [
            {"id": f"x{n}", "owner": "dns", "reason": "agreed", "rule": LOW, **one}
            for n, one in enumerate(exceptions)
        ],
        "sources": [{"id": "zones", "kind": "zonefile", "path": "example.com.zone"}],
        **more,
    }
    path = folder / "estate.yaml"
    path.write_text(yaml.safe_dump(estate, sort_keys=False))
    return path


Capture = pytest.CaptureFixture[str]


def judged(capsys: Capture, estate: Path, *options: str | Path) -> Ran:
    return check(capsys, estate, "--now", NOW, *options)


@pytest.mark.parametrize(("bar", "code"), [("low", 3), ("medium", 0), ("critical", 0)])
def test_the_exit_code_follows_the_bar(
    bar: str, code: int, tmp_path: Path, capsys: Capture
) -> None:
    ran = judged(capsys, write(tmp_path), "--rule", LOW, "--fail-on", bar)
    assert ran.code == code
    assert ran.statuses(LOW) == dict.fromkeys(BREACHES, "low")


def test_the_bar_does_not_depend_on_what_is_hidden(tmp_path: Path, capsys: Capture) -> None:
    ran = judged(capsys, write(tmp_path), "--rule", LOW, "--fail-on", "low", "--min-status", "high")
    assert ran.code == 3
    assert ran.document["findings"] == []
    assert ran.document["summary"]["low"] == len(BREACHES)


def test_unknown_can_be_the_bar(tmp_path: Path, capsys: Capture) -> None:
    """Unknown is never a pass: where --fail-on asks for it, not knowing fails."""
    services = [
        {"id": "www", "owner": "dns", "tier": "public", "names": ["www.example.com"]}
        | {"ports": [443]}
    ]
    estate = write(tmp_path, services=services)
    options = ("--rule", "EXP-001", "--fail-on")
    assert judged(capsys, estate, *options, "unknown").code == 3
    assert judged(capsys, estate, *options, "low").code == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--fail-on", "terrible"), 2, "critical"),
        (("--min-status", "terrible"), 2, "--min-status"),
        (("--now", "yesterday"), 2, "--now"),
        (("--as-of", "2026-01-01T00:00:00Z"), 2, "name a store"),
        (("--rule", "POL-999"), 1, "POL-003"),
        (("--tier", "secret"), 1, "partner"),
        (("--rules", "nowhere"), 1, "nowhere"),
        (("--format", "pdf"), 2, "sarif"),
    ],
)
def test_a_mistake_is_one_message_that_names_the_way_out(
    options: tuple[str, ...], code: int, said: str, tmp_path: Path, capsys: Capture
) -> None:
    ran = check(capsys, write(tmp_path), *options)
    assert ran.code == code
    assert ran.out == ""
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_fault_in_the_estate_file_names_its_line(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path)
    estate.write_text(estate.read_text() + "servces: []\n")
    line = len(estate.read_text().splitlines())
    ran = check(capsys, estate)
    assert ran.code == 1
    assert f"{estate}:{line}" in ran.err
    assert "services" in ran.err


def test_a_source_that_fails_is_reported_and_nothing_passes(
    tmp_path: Path, capsys: Capture
) -> None:
    estate = write(tmp_path)
    (tmp_path / "example.com.zone").unlink()
    ran = judged(capsys, estate, "--rule", LOW, "--min-status", "pass")
    zones = ran.document["coverage"]["zones"]
    assert zones["coverage"] == "none"
    assert zones["grade"] is None
    assert "example.com.zone" in str(zones["errors"])
    assert "pass" not in ran.statuses(LOW).values()
    assert ran.document["counts"]["zones"] == 0


def test_the_json_document_has_the_keys_of_its_schema(tmp_path: Path, capsys: Capture) -> None:
    document = judged(capsys, write(tmp_path), "--rule", LOW).document
    assert document["schema"] == "trustpath/check/1"
    assert document["now"] == document["as_of"] == NOW
    assert set(document) == {
        *("schema", "now", "as_of", "counts", "coverage", "summary", "unlisted", "entries"),
        "findings",
    }
    assert set(document["coverage"]["zones"]) == {
        *("kind", "grade", "observed_at", "coverage", "fresh", "parts", "errors", "remarks")
    }
    assert {"pass", "unknown", "low", "medium", "high", "critical"} <= set(document["summary"])
    for finding in document["findings"]:
        assert set(finding) == {
            *("id", "rule", "title", "subject", "status", "tier", "owner", "evidence"),
            *("remediation", "references", "sentence", "count"),
        }
        assert set(finding["references"]) == {"source", "csf", "nhi"}
        assert finding["evidence"]["ttl"] == 5
        assert finding["owner"] == "dns"


def test_passes_are_listed_only_when_asked_for(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path)
    asked = judged(capsys, estate, "--rule", LOW, "--min-status", "pass")
    assert asked.statuses(LOW)["slow.example.com A"] == "pass"
    plain = judged(capsys, estate, "--rule", LOW)
    assert set(plain.statuses(LOW)) == BREACHES
    assert plain.document["summary"] == asked.document["summary"]


def test_only_the_owners_asked_for_are_judged(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path, owners=[{"id": "dns"}, {"id": "web"}])
    theirs = judged(capsys, estate, "--rule", LOW, "--owner", "web", "--fail-on", "low")
    assert (theirs.code, theirs.document["findings"]) == (0, [])
    ours = judged(capsys, estate, "--rule", LOW, "--owner", "dns", "--fail-on", "low")
    assert (ours.code, ours.document["summary"]["low"]) == (3, len(BREACHES))


def test_sarif_holds_every_finding_with_its_rule_and_fingerprint(
    tmp_path: Path, capsys: Capture
) -> None:
    estate = write(tmp_path, exceptions=[{"subject": "www.example.com A", "until": "2026-12-31"}])
    findings = judged(capsys, estate, "--rule", "POL").findings
    log = judged(capsys, estate, "--rule", "POL", "--format", "sarif").document
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(findings) > 1
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        subject = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        finding = findings[result["ruleId"], subject]
        assert result["partialFingerprints"]["trustpath/v1"] == finding["id"]
        # SARIF 2.1.0, 3.27.10: a level other than none belongs to kind fail only.
        assert result["kind"] == "fail" or result["level"] == "none"
        assert (result["kind"] == "fail") == (finding["status"] not in ("pass", "unknown"))
        assert ("suppressions" in result) == ("exception" in finding)
    assert any("suppressions" in result for result in run["results"])


def test_csv_has_one_line_a_finding_and_defuses_formulas(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path, zone=ZONE + "=cmd 5 IN A 192.0.2.13\n")
    ran = judged(capsys, estate, "--rule", LOW, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert {row["subject"] for row in rows} == {*BREACHES, "'=cmd.example.com A"}
    assert {row["status"] for row in rows} == {"low"}
    assert all("ttl=5" in row["evidence"] for row in rows)


def test_an_exception_keeps_a_finding_listed_but_out_of_the_bar(
    tmp_path: Path, capsys: Capture
) -> None:
    estate = write(tmp_path, exceptions=[{"subject": "www.example.com A", "until": "2026-12-31"}])
    options = ("--rule", LOW, "--fail-on", "low")
    ran = judged(capsys, estate, *options)
    waived = ran.findings[LOW, "www.example.com A"]["exception"]
    assert waived["id"] == "x0"
    assert "exception" not in ran.findings[LOW, "shop.example.com A"]
    assert ran.code == 3, "the other name has no exception"
    assert (ran.document["summary"]["low"], ran.document["summary"]["waived"]) == (1, 1)
    both = write(tmp_path, exceptions=[{"until": "2026-12-31"}])
    assert judged(capsys, both, *options).code == 0


def test_an_exception_that_has_run_out_fires_again(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path, exceptions=[{"until": "2026-11-25"}])
    options = ("--rule", LOW, "--fail-on", "low")
    assert judged(capsys, estate, *options).code == 0
    later = check(capsys, estate, "--now", "2026-11-27T00:00:00Z", *options)
    assert later.code == 3
    assert not any("exception" in finding for finding in later.document["findings"])


def test_an_exception_of_another_rule_excuses_nothing(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path, exceptions=[{"rule": "POL-001", "until": "2026-12-31"}])
    assert judged(capsys, estate, "--rule", LOW, "--fail-on", "low").code == 3


def test_a_folder_of_rules_in_the_estate_file_is_judged(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "HOUSE-001.sql").write_text(OWN_RULE)
    ran = judged(capsys, write(tmp_path, rules=["house"]))
    assert ran.code == 3
    assert ran.statuses("HOUSE-001") == {"slow.example.com": "critical"}
    by_option = judged(capsys, write(tmp_path), "--rules", tmp_path / "house", "--rule", "HOUSE")
    assert by_option.statuses("HOUSE-001") == {"slow.example.com": "critical"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN_RULE.replace("FROM scope_rrset", "FROM no_such_relation"), "no_such_relation"),
        (OWN_RULE.replace("HOUSE-001", "POL-003"), "already defined"),
        (OWN_RULE.replace(" AS holds", " AS hold"), "holds"),
        (OWN_RULE.partition("SELECT")[0] + "DELETE FROM zone", "no SELECT"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_an_error_that_names_it(
    text: str, said: str, tmp_path: Path, capsys: Capture
) -> None:
    """A rule left out silently would be a pass nobody earned."""
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "rule.sql").write_text(text)
    ran = judged(capsys, write(tmp_path, rules=["house"]))
    assert ran.code == 1
    assert ran.out == ""
    assert "rule.sql" in ran.err
    assert said in ran.err


def test_the_stored_past_is_judged_as_it_was(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path, store="sqlite:///trustpath.db")
    first, later = "2026-11-24T12:00:00Z", "2026-11-25T12:00:00Z"
    options = ("--rule", LOW)
    assert set(check(capsys, estate, "--now", first, *options).statuses(LOW)) == BREACHES
    write(tmp_path, store="sqlite:///trustpath.db", zone=ZONE.replace("www 5", "www 3600"))
    now = check(capsys, estate, "--now", later, *options)
    assert set(now.statuses(LOW)) == {"shop.example.com A"}
    past = check(capsys, estate, "--as-of", first, *options)
    assert set(past.statuses(LOW)) == BREACHES
    assert past.document["as_of"] == first
    stored = check(capsys, estate, "--now", later, "--no-collect", *options)
    assert stored.document["findings"] == now.document["findings"]


def test_a_stored_state_goes_stale_and_then_nothing_passes(tmp_path: Path, capsys: Capture) -> None:
    estate = write(tmp_path, store="sqlite:///trustpath.db", freshness={"zones": "2d"})
    options = ("--rule", LOW, "--min-status", "pass")
    check(capsys, estate, "--now", NOW, *options)
    stored = ("--no-collect", *options)
    fresh = check(capsys, estate, "--now", "2026-11-26T00:00:00Z", *stored)
    assert "pass" in fresh.statuses(LOW).values()
    stale = check(capsys, estate, "--now", "2026-12-24T00:00:00Z", *stored)
    assert stale.document["coverage"]["zones"]["fresh"] is False
    assert "pass" not in stale.statuses(LOW).values()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_engines_agree(engine: str, tmp_path: Path, capsys: Capture) -> None:
    if engine == "duckdb":
        pytest.importorskip("duckdb", reason="DuckDB is not installed")
    estate = write(tmp_path)
    expected = judged(capsys, estate).document
    assert judged(capsys, estate, "--engine", engine).document == expected


def test_the_module_is_the_same_command(tmp_path: Path, capsys: Capture) -> None:
    assert trustpath(capsys, "--version").code == 0
    assert trustpath(capsys, "check", "--help").code == 0
