"""The line that a forecast names where the estate itself can write what a job has to prove."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import trustpath

Capture = pytest.CaptureFixture[str]
ZONE = "$TTL 300\n@ SOA ns hostmaster 1 1 1 1 1\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.1\n"
ESTATE: dict[str, Any] = {
    "organisation": {"name": "Example", "domains": ["example.com"]},
    "owners": [{"id": "web"}],
    "cas": [{"id": "le"}],
    "actors": [{"id": "bot", "owner": "web", "roles": ["automation"], "scopes": ["example.com"]}],
    "standing": [
        {
            "id": "acme",
            "actor": "bot",
            "names": ["_acme-challenge.*.example.com"],
            "value": "acme-challenge",
            "rate": {"count": 5, "per": "1h"},
            "until": "2027-12-01",
        }
    ],
    "writers": [
        {"id": "bind", "kind": "rfc2136", "server": "192.0.2.53", "zones": ["example.com"]}
    ],
    "issuers": [{"id": "le1", "kind": "acme", "ca": "le", "account_key": "account.pem"}],
    "jobs": [
        {
            "id": "web",
            "owner": "web",
            "names": ["www.example.com"],
            "issuers": ["le1"],
            "csr": "w.csr",
            "chain_folder": "out",
        }
    ],
    "sources": [{"id": "z", "kind": "zonefile", "path": "example.com.zone"}],
}


def challenge(tmp_path: Path, capsys: Capture, estate: dict[str, Any]) -> dict[str, Any] | None:
    """What the forecast says of ACME-001, None where it says nothing."""
    (tmp_path / "example.com.zone").write_text(ZONE)
    path = tmp_path / "estate.yaml"
    path.write_text(yaml.safe_dump(estate, sort_keys=False))
    words = ("cert", "forecast", "-e", path, "--now", "2026-11-24T12:00:00Z", "--format", "json")
    ran = trustpath(capsys, *words)
    assert ran.out, ran.err
    (job,) = ran.document["rows"]
    found = [b for b in (*job["blockers"], *job["unknown"]) if b["rule"] == "ACME-001"]
    return found[0] if found else None


def test_the_line_is_named_and_is_the_way_out(tmp_path: Path, capsys: Capture) -> None:
    estate = deepcopy(ESTATE)
    found = challenge(tmp_path, capsys, estate)
    assert found is not None
    assert found["status"] == "unknown"
    assert "writer bind and standing approval acme" in found["way_out"]
    assert "add `challenge_writer: true` to job web" in found["way_out"]
    estate["jobs"][0]["challenge_writer"] = True
    assert challenge(tmp_path, capsys, estate) is None


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("standing", "until", "2026-11-01"),
        ("standing", "types", ["A"]),
        ("standing", "value", "digits"),
        ("standing", "names", ["_acme-challenge.*.example.org"]),
        ("actors", "scopes", ["example.org"]),
        ("actors", "roles", ["requester"]),
        ("writers", "zones", ["example.org"]),
    ],
)
def test_no_line_where_the_estate_cannot_write(
    tmp_path: Path, capsys: Capture, section: str, key: str, value: object
) -> None:
    estate = deepcopy(ESTATE)
    estate[section][0][key] = value
    found = challenge(tmp_path, capsys, estate)
    assert found is not None
    assert (found["status"], found["way_out"]) == ("unknown", None)
