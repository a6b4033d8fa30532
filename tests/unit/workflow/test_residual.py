"""Residual authority and the retirement checklist, over the example estate and changes to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import trustpath

EXAMPLES = Path(__file__).parents[3] / "examples"
NOW = ("--now", "2026-11-24T12:00:00Z")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES, tmp_path / "e")
    return tmp_path / "e"


def change(folder: Path, **sections: Any) -> None:
    estate = yaml.safe_load((folder / "estate.yaml").read_text())
    for section, value in sections.items():
        estate[section] = value(estate.get(section)) if callable(value) else value
    (folder / "estate.yaml").write_text(yaml.safe_dump(estate))


def asked(folder: Path, capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    ran = trustpath(capsys, *words, "-e", folder / "estate.yaml", *NOW, "--format", "json")
    return ran.code, json.loads(ran.out)


def kinds(folder: Path, capsys: Capture, name: str) -> dict[str, list[dict[str, Any]]]:
    code, document = asked(folder, capsys, "residual", name)
    assert code == 0
    found: dict[str, list[dict[str, Any]]] = {}
    for row in document["rows"]:
        found.setdefault(row["kind"], []).append(row)
    return found


def test_every_way_of_holding_power_over_a_name_is_told(folder: Path, capsys: Capture) -> None:
    found = kinds(folder, capsys, "www.example.com")
    assert {row["until"] for row in found["certificate"]} == {
        "2026-12-30T23:59:59Z",
        "2027-01-29T23:59:59Z",
    }
    assert "Unexpected CA" in found["logged certificate"][0]["through"]
    assert found["persistent grant"][0]["until"] == "2027-01-01T00:00:00Z"
    assert found["CAA"][0]["through"] == "issue letsencrypt.org at example.com"
    assert found["account"][0]["owner"] == "web"


def test_a_logged_certificate_that_is_in_the_inventory_is_told_once(
    folder: Path, capsys: Capture
) -> None:
    (folder / "certs" / "www.pem").unlink()
    gone = kinds(folder, capsys, "www.example.com")["logged certificate"]
    assert len(gone) == 2


def test_credentials_and_standing_approvals_are_powers(folder: Path, capsys: Capture) -> None:
    change(
        folder,
        credentials=[
            {"id": "k1", "kind": "tsig", "owner": "dns", "scopes": ["example.com"]},
            {
                "id": "k2",
                "kind": "tsig",
                "scopes": [{"name": "_acme-challenge.www.example.com", "subtree": False}],
            },
            {"id": "k3", "kind": "api", "scopes": [{"name": "example.com", "subtree": False}]},
        ],
    )
    through = [row["through"] for row in kinds(folder, capsys, "www.example.com")["credential"]]
    assert [text.split()[2] for text in through] == ["k1", "k2"]


def test_a_name_that_nobody_knows_has_no_powers_and_says_that_nobody_looked(
    folder: Path, capsys: Capture
) -> None:
    _, document = asked(folder, capsys, "residual", "nothing.example.org")
    assert document["rows"] == []
    assert any("no zone that is held" in text for text in document["unknown"])


def test_a_mail_host_that_leaves_by_an_alias_and_a_tenant_hold_power(
    tmp_path: Path, capsys: Capture
) -> None:
    zones = tmp_path / "zones"
    zones.mkdir()
    start = "$TTL 300\n@ SOA ns1 h 1 2 3 4 300\n@ NS ns1.example.com.\n"
    (zones / "example.com.zone").write_text(
        start + "ns1 A 192.0.2.1\nm MX 10 a\na CNAME mail.evil.example.\n"
        "x CNAME www.lab\nlab NS ns1\nhome MX 10 mx\nmx A 192.0.2.2\n"
    )
    (zones / "lab.example.com.zone").write_text(start + "www A 192.0.2.3\n")
    estate = {
        "organisation": {"name": "Example"},
        "sources": [{"id": "z", "kind": "zonefile", "path": "zones"}],
        "owners": [{"id": "web"}, {"id": "lab"}],
        "ownership": [
            {"kind": "zone", "pattern": "example.com", "owner": "web"},
            {"kind": "zone", "pattern": "lab.example.com", "owner": "lab"},
        ],
        "services": [
            {
                "id": "s",
                "owner": "web",
                "tier": "public",
                "names": ["m.example.com", "x.example.com", "home.example.com"],
            }
        ],
    }
    (tmp_path / "estate.yaml").write_text(yaml.safe_dump(estate))

    def elsewhere(name: str) -> set[str]:
        rows = kinds(tmp_path, capsys, name).get("control elsewhere", [])
        return {str(row["through"]) for row in rows}

    assert elsewhere("m.example.com") == {"br-4 through MX at mail.evil.example"}
    assert elsewhere("x.example.com") == {
        "http-01 through A at www.lab.example.com",
        "br-7 through TXT at www.lab.example.com",
    }
    assert elsewhere("home.example.com") == set()


def test_a_wildcard_is_no_name_to_ask_about(folder: Path, capsys: Capture) -> None:
    ran = trustpath(capsys, "residual", "*.example.com", "-e", folder / "estate.yaml", *NOW)
    assert ran.code == 1
    assert "about one name" in ran.err


def steps(folder: Path, capsys: Capture, service: str) -> tuple[int, dict[str, str], Any]:
    code, document = asked(folder, capsys, "service", "retire", service)
    return code, {row["step"]: row["state"] for row in document["rows"]}, document


def test_the_first_step_that_is_not_proven_blocks_the_others(folder: Path, capsys: Capture) -> None:
    code, states, document = steps(folder, capsys, "fair")
    assert code == 4
    assert document["next"] == "traffic"
    assert states["traffic"] == "open"
    assert states["certificate"] == "open, blocked"
    assert states["renewal-job"] == "unknown, blocked"
    assert states["tlsa"] == "proven"
    assert [one["name"] for one in document["residual"]] == ["fair.example.com"]


def declared(folder: Path, *done: str, service: str = "fair") -> None:
    def marked(services: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for item in services:
            if item["id"] == service:
                item["retirement"] = dict.fromkeys(done, True)
        return services

    change(folder, services=marked)


EVERY = (
    "traffic", "renewal-job", "authorizations", "validation-records", "certificate", "tlsa",
    "shared-names", "records", "provider-resource", "caa", "consumers", "ct-watch", "evidence",
)  # fmt: skip


def test_a_service_whose_every_step_is_proven_is_retired(folder: Path, capsys: Capture) -> None:
    declared(folder, *EVERY)
    code, states, document = steps(folder, capsys, "fair")
    assert (code, set(states.values()), document["next"]) == (0, {"proven"}, None)


@pytest.mark.parametrize("left_out", [step for step in EVERY if step not in (
    "validation-records", "tlsa", "records", "ct-watch")])  # fmt: skip
def test_a_step_that_nothing_proves_is_not_proven(
    folder: Path, capsys: Capture, left_out: str
) -> None:
    declared(folder, *(step for step in EVERY if step != left_out))
    code, states, document = steps(folder, capsys, "fair")
    assert code == 4
    assert document["next"] == left_out
    assert {step for step, state in states.items() if state != "proven"} == {left_out}


def test_a_declaration_does_not_outweigh_what_is_there(folder: Path, capsys: Capture) -> None:
    declared(folder, *EVERY, service="shop")
    code, states, _ = steps(folder, capsys, "shop")
    assert code == 4
    for step in ("renewal-job", "validation-records", "tlsa", "records"):
        assert states[step].startswith("open"), step


def test_absence_is_unknown_where_the_zone_is_not_held(folder: Path, capsys: Capture) -> None:
    declared(folder, *EVERY)
    (folder / "zones" / "example.com.zone").unlink()
    _, states, _ = steps(folder, capsys, "fair")
    for step in ("validation-records", "tlsa", "records"):
        assert states[step].startswith("unknown"), step


def test_a_service_that_is_not_there_is_told(folder: Path, capsys: Capture) -> None:
    ran = trustpath(capsys, "service", "retire", "nowhere", "-e", folder / "estate.yaml", *NOW)
    assert ran.code == 1
    assert "there is no service 'nowhere'" in ran.err
