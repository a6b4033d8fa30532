"""Validation names that an estate declares are there for rules, before a change and after it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from commandline import check, trustpath

ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns hostmaster 1 7200 900 1209600 300
@ IN NS ns
ns IN A 192.0.2.53
www IN A 192.0.2.10
shop IN A 192.0.2.11
token.www IN TXT "one"
"""
RULE = """-- id: HOUSE-001
-- title: A validation name of the house
-- subject: validation name
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: Z
-- source: house style
-- csf: PR.PS-01
-- missing: zones
-- remediation: Delete it.
SELECT v.name AS subject, 'public' AS tier, NULL AS owner, FALSE AS holds, v.base, t.issuance
FROM validation_name AS v
JOIN trust_function AS t ON t.zone = v.zone AND t.name = v.name AND t.type = v.type
WHERE v.scheme = 'house'
"""
SCRIPT = "update add token.shop.example.com 60 TXT two\nupdate delete token.www.example.com\nsend\n"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """Return an estate with a scheme of its own."""
    (tmp_path / "example.com.zone").write_text(ZONE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "HOUSE-001.sql").write_text(RULE)
    path = tmp_path / "estate.yaml"
    service = {"id": "web", "owner": "dns", "tier": "public"}
    document = {
        "organisation": {"name": "Example", "domains": ["example.com"]},
        "owners": [{"id": "dns", "contacts": ["mailto:dns@example.com"]}],
        "services": [service | {"names": ["www.example.com", "shop.example.com"]}],
        "validation_names": [{"scheme": "house", "pattern": "token", "types": ["TXT"]}],
        "rules": ["rules"],
        "sources": [{"id": "zones", "kind": "zonefile", "path": "example.com.zone"}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_check_knows_them(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = check(capsys, estate, "--rule", "HOUSE-001")
    (found,) = ran.document["findings"]
    assert (found["subject"], found["evidence"]["base"]) == (
        "token.www.example.com",
        "www.example.com",
    )
    assert found["evidence"]["issuance"] in (True, 1), "the record proves control of a name"


def test_a_plan_knows_them_before_and_after(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = estate.parent / "script.txt"
    script.write_text(SCRIPT)
    ran = trustpath(capsys, "plan", "-e", estate, "--nsupdate", script, "--format", "json")
    assert ran.code == 3, ran.out + ran.err
    found = [i for i in ran.document["impact"] if i["rule"] == "HOUSE-001"]
    assert [(i["subject"], i["before"], i["after"]) for i in found] == [
        ("token.shop.example.com", None, "high")
    ]
    powers = {(p["control"], p["name"], p["method"], p["change"]) for p in ran.document["surface"]}
    assert ("token.shop.example.com", "shop.example.com", "br-7", "gained") in powers
    assert ("token.www.example.com", "www.example.com", "br-7", "lost") in powers
