"""Residual authority of the estate's own writers, issuers and sources, in every format."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import trustpath

Capture = pytest.CaptureFixture[str]
NOT_TO_BE_SHOWN = "c2VjcmV0LXZhbHVl"
ESTATE: dict[str, Any] = {
    "organisation": "Example",
    "cas": [{"id": "le"}],
    "jobs": [
        {
            "id": "j",
            "names": ["www.example.com"],
            "issuers": ["acme"],
            "csr": "www.csr",
            "chain_folder": "out",
        }
    ],
    "issuers": [
        {
            "id": "acme",
            "kind": "acme",
            "ca": "le",
            "account_key": "account.pem",
            "external_account": {"kid": "kid-1", "key": "env:EAB"},
        },
        {
            "id": "vault",
            "kind": "vault",
            "ca": "le",
            "url": "https://127.0.0.1:8200",
            "role": "web",
            "token": "env:TOKEN",
        },
    ],
    "writers": [
        {
            "id": "bind",
            "kind": "rfc2136",
            "server": "192.0.2.53",
            "zones": ["example.com"],
            "tsig": {"name": "any.", "secret": "file:tsig.key"},
        },
        {"id": "open", "kind": "rfc2136", "server": "192.0.2.54", "zones": ["open.example"]},
        {"id": "pdns", "kind": "powerdns", "url": "http://127.0.0.1:8081", "key": "env:PDNS"},
        {
            "id": "route53",
            "kind": "octodns",
            "class": "octodns_route53.Route53Provider",
            "settings": {"token": "env/AWS", "other": NOT_TO_BE_SHOWN},
            "servers": ["192.0.2.55"],
            "zones": ["example.org"],
        },
    ],
    "sources": [
        {
            "id": "xfr",
            "kind": "axfr",
            "server": "192.0.2.53",
            "zones": ["example.com"],
            "tsig": {"name": "xfr", "secret": "env:XFR"},
        }
    ],
}


def estate_of(tmp_path: Path) -> Path:
    estate = tmp_path / "estate.yaml"
    estate.write_text(yaml.safe_dump(ESTATE, sort_keys=False))
    return estate


def powers(tmp_path: Path, capsys: Capture, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    arguments = ("residual", name, "-e", estate_of(tmp_path), "--no-collect", "--format", "json")
    ran = trustpath(capsys, *arguments)
    assert ran.code == 0, ran.err
    assert NOT_TO_BE_SHOWN not in ran.out
    rows = ran.document["rows"]
    return {(row["may"], row["kind"]): row for row in rows if row["kind"] != "CAA"}


def test_every_credential_that_reaches_the_name_is_told(tmp_path: Path, capsys: Capture) -> None:
    found = powers(tmp_path, capsys, "www.example.com")
    assert set(found) == {
        ("write", "TSIG key"),
        ("obtain", "ACME account key"),
        ("obtain", "external account key"),
        ("obtain", "Vault token"),
        ("read", "TSIG key"),
    }
    key = found["write", "TSIG key"]
    assert "any (file:tsig.key) at 192.0.2.53 of writer bind, over example.com" in key["through"]
    assert key["certain"] is True
    assert found["obtain", "ACME account key"]["certain"] is True
    assert found["obtain", "Vault token"]["certain"] is False


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("a.open.example", "updates without a key", "whoever reaches 192.0.2.54"),
        ("example.org", "provider credential", "env/AWS for octodns_route53.Route53Provider"),
        ("example.net", "API key", "env:PDNS at http://127.0.0.1:8081"),
        ("notexample.com", "API key", "every zone that no other writer names"),
    ],
)
def test_the_writer_of_the_zone_is_told(
    tmp_path: Path, capsys: Capture, name: str, kind: str, said: str
) -> None:
    found = powers(tmp_path, capsys, name)
    assert [key for may, key in found if may == "write"] == [kind]
    assert said in found["write", kind]["through"]


@pytest.mark.parametrize("how", ["csv", "json", "table"])
def test_what_nobody_looked_at_is_in_every_format(
    tmp_path: Path, capsys: Capture, how: str
) -> None:
    arguments = ("residual", "www.example.com", "-e", estate_of(tmp_path), "--no-collect")
    ran = trustpath(capsys, *arguments, "--format", how)
    assert "records: no zone that is held in full" in " ".join(ran.out.split())
    if how == "csv":
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert len([row for row in rows if row["may"] == "unknown"]) == 4
