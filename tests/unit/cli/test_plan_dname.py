"""A plan that takes a DNAME away is held against what names below it led to."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import trustpath

ESTATE = """\
organisation: Example
jobs: [{id: j, method: http-01, names: [www.old.example.test]}]
sources: [{id: zones, kind: zonefile, path: zones, signing: none}]
"""
ZONE = """\
$ORIGIN example.test.
$TTL 300
@ SOA ns1.out.test. host.out.test. 1 2 3 4 5
@ NS ns1.out.test.
old DNAME new
www.new A 192.0.2.10
"""
SCRIPT = "zone example.test\nupdate delete old.example.test. DNAME\nsend\n"


def test_a_name_that_only_a_dname_gave_an_address_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "zones").mkdir()
    (tmp_path / "zones" / "example.test.zone").write_text(ZONE)
    estate, script = tmp_path / "estate.yaml", tmp_path / "script.txt"
    estate.write_text(ESTATE)
    script.write_text(SCRIPT)
    ran = trustpath(capsys, "plan", "-e", estate, "--nsupdate", script, "--format", "json")
    found = {(i["rule"], i["subject"]): i["after"] for i in ran.document["impact"]}
    assert ran.document["verdict"] == "deny"
    assert found["ACME-002", "job j www.old.example.test"] == "high"
