"""Findings of one cause are one entry, in every format and on every page."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from commandline import trustpath

NOW = "2026-11-24T12:00:00Z"
RULE = """\
-- id: LOCAL-001
-- title: Short TTL
-- says: {subject} has a TTL of {ttl}.
-- subject: RRset
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- source: test
-- remediation: Raise it.
SELECT r.name || ' ' || r.type AS subject, 'public' AS tier, CAST(NULL AS TEXT) AS owner,
  r.ttl >= 60 AS holds, r.zone AS cause, r.ttl
FROM rrset AS r WHERE r.type = 'A'
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """An estate of two zones in which many names have one fault."""
    for zone in ("example.com", "example.net"):
        records = "\n".join(f"h{n} 5 A 192.0.2.{n}" for n in range(1, 31))
        head = "@ 3600 SOA ns. host. 1 3600 600 86400 60\n@ 3600 NS ns.example.org."
        (tmp_path / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n{head}\n{records}\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "local.sql").write_text(RULE)
    file = tmp_path / "estate.yaml"
    file.write_text(
        "organisation: Example\nrules: [rules]\n"
        "sources: [{id: files, kind: zonefile, path: '*.zone'}]\n"
    )
    return file


def judged(capsys: Capture, estate: Path, *options: str) -> str:
    """Return what check prints of the rule."""
    return trustpath(
        capsys, "check", "-e", estate, "--now", NOW, "--rule", "LOCAL-001", *options
    ).out


def test_json_has_one_entry_a_cause(capsys: Capture, estate: Path) -> None:
    document = json.loads(judged(capsys, estate, "-f", "json"))
    assert document["entries"] == len(document["findings"]) == 2
    first = document["findings"][0]
    assert (first["count"], first["cause"], len(first["subjects"])) == (30, "example.com", 10)
    assert first["sentence"] == (
        "h1.example.com A has a TTL of 5 seconds; 29 more have the same cause."
    )
    assert document["summary"]["high"] == 60


def test_verbose_has_one_entry_a_finding(capsys: Capture, estate: Path) -> None:
    document = json.loads(judged(capsys, estate, "-f", "json", "-v"))
    assert len(document["findings"]) == len({f["id"] for f in document["findings"]}) == 60
    assert all(f["count"] == 1 and "cause" not in f for f in document["findings"])


def test_pages_together_are_the_whole(capsys: Capture, estate: Path) -> None:
    whole = json.loads(judged(capsys, estate, "-f", "json", "-v"))["findings"]
    pages = []
    for number in range(1, 8):
        page = judged(capsys, estate, "-f", "json", "-v", "--max", "10", "--page", str(number))
        document = json.loads(page)
        assert document["entries"] == 60
        pages += document["findings"]
    assert pages == whole


def test_an_id_stays_when_the_number_changes(capsys: Capture, estate: Path) -> None:
    def ids() -> set[str]:
        return {f["id"] for f in json.loads(judged(capsys, estate, "-f", "json"))["findings"]}

    before = ids()
    zone = estate.parent / "example.com.zone"
    zone.write_text(zone.read_text().replace("h1 5 A", "h1 600 A").replace("h2 5 A", "h2 600 A"))
    assert ids() == before


def test_sarif_counts_occurrences(capsys: Capture, estate: Path) -> None:
    run = json.loads(judged(capsys, estate, "-f", "sarif"))["runs"][0]
    assert [result["occurrenceCount"] for result in run["results"]] == [30, 30]
    assert len(run["results"][0]["locations"]) == 1
    assert len(run["results"][0]["relatedLocations"]) == 9
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LOCAL-001"]


def test_csv_has_one_line_an_entry(capsys: Capture, estate: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(judged(capsys, estate, "-f", "csv"))))
    assert [row["count"] for row in rows] == ["30", "30"]


def test_the_table_says_it_once_and_keeps_names_whole(capsys: Capture, estate: Path) -> None:
    out = judged(capsys, estate)
    assert out.count("have the same cause") == 2
    assert "Short TTL (60)" in out
    longest = "a" * 60 + "." + "b" * 60
    with (estate.parent / "example.com.zone").open("a") as file:
        file.write(f"{longest} 5 A 192.0.2.99\n")
    assert f"{longest}.example.com A has a TTL" in judged(capsys, estate, "-v")


@pytest.mark.parametrize(
    "options", [("--page", "2"), ("--max", "-1"), ("--max", "5", "--page", "0")]
)
def test_a_page_that_cannot_be_is_refused(
    capsys: Capture, estate: Path, options: tuple[str, ...]
) -> None:
    ran = trustpath(capsys, "check", "-e", estate, "--now", NOW, *options)
    assert ran.code == 2
    assert "--max" in ran.err


def test_ids_are_unique_in_a_report(capsys: Capture, estate: Path) -> None:
    """One cause at several tiers, statuses or exceptions is as many entries."""
    text = RULE.replace(
        "'public' AS tier",
        "CASE WHEN r.name = 'h1.example.com' THEN 'internal' ELSE 'public' END AS tier",
    )
    text = text.replace("internal=high", "internal=low").replace(
        "r.ttl >= 60", "CASE WHEN r.name <> 'h2.example.com' THEN r.ttl >= 60 END"
    )
    (estate.parent / "rules" / "local.sql").write_text(text)
    with estate.open("a") as file:
        file.write(
            "exceptions: [{id: x, rule: LOCAL-001, subject: h3.example.com A, owner: web, reason: r, until: 2099-01-01}]\nowners: [{id: web}]\n"
        )
    findings = json.loads(judged(capsys, estate, "-f", "json"))["findings"]
    entries = [f for f in findings if "example.com" in f["subject"]]
    assert len(entries) == 4
    assert len({f["id"] for f in findings}) == len(findings)


def test_a_sentence_with_a_word_that_is_no_column_is_refused(capsys: Capture, estate: Path) -> None:
    """Also of rules that users write."""
    (estate.parent / "rules" / "local.sql").write_text(RULE.replace("{ttl}", "{tll}"))
    ran = trustpath(capsys, "check", "-e", estate, "--now", NOW, "--rule", "LOCAL-001")
    assert ran.code == 1
    assert "{tll}" in ran.err
