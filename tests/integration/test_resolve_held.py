"""Zones and a resolver, nothing else: what is asked comes from the zones, and decides the aliases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import check
from resolvers import LOOPBACK, bind, unbound, write_zone

pytestmark = pytest.mark.peer

OURS = """
good CNAME app.provider.test.
gone CNAME left.provider.test.
loose CNAME nowhere.unknown.test.
@ MX 10 mx.provider.test.
"""
THEIRS = "app A 127.0.0.20\nmx A 127.0.0.25\n"


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("held")
    resolver = folder / "unbound"
    resolver.mkdir()
    zones = {
        "ours.test": write_zone(folder, "ours.test", OURS),
        "provider.test": write_zone(folder, "provider.test", THEIRS),
    }
    with bind(folder, zones) as authority:
        stubs = dict.fromkeys(zones, authority)
        with unbound(resolver, stubs, insecure=list(zones)) as port:
            yield folder, port


def described(folder: Path, *sources: dict[str, Any]) -> Path:
    path = folder / "estate.yaml"
    zones = {"id": "zones", "kind": "zonefile", "path": "ours.test.zone"}
    document = {"organisation": {"name": "Example"}, "sources": [*sources, zones]}
    path.write_text(yaml.safe_dump(document))
    return path


def test_names_from_the_zones_decide_what_zones_alone_cannot(
    bed: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, port = bed
    options = ("--rule", "DANGLE-001", "--rule", "DANGLE-005", "--min-status", "pass")
    alone = check(capsys, described(folder), *options).statuses("DANGLE-001")
    assert set(alone.values()) == {"unknown"}
    live = {
        "id": "live",
        "kind": "resolve",
        "servers": [f"{LOOPBACK}:{port}"],
        "names": ["aliases", "mail"],
        "timeout": 3,
    }
    ran = check(capsys, described(folder, live), *options)
    assert ran.statuses("DANGLE-001") == {
        "good.ours.test": "pass",
        "gone.ours.test": "critical",
        "loose.ours.test": "unknown",
    }
    assert set(ran.statuses("DANGLE-005").values()) == {"pass"}


def test_the_limit_is_said_and_what_is_beyond_stays_unknown(
    bed: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, port = bed
    live = {
        "id": "live",
        "kind": "resolve",
        "servers": [f"{LOOPBACK}:{port}"],
        "names": "aliases",
        "limit": 1,
    }
    ran = check(capsys, described(folder, live), "--rule", "DANGLE-001", "--min-status", "pass")
    assert ran.statuses("DANGLE-001") == {
        "good.ours.test": "pass",
        "gone.ours.test": "unknown",
        "loose.ours.test": "unknown",
    }
    source = ran.document["coverage"]["live"]
    assert source["coverage"] == "partial"
    assert "6 held names lie outside; only the first 1" in str(source)
