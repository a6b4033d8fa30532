"""Certificate events that another tool carries out: judged and recorded, and never done by us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from changebench import Bench
from changing import serving
from dns_servers import KEY_SECRET, DnsServer

pytestmark = pytest.mark.peer
NAMES = ("terraform", "file")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("left"), [f"{n}.example" for n in NAMES]) as started:
        yield started


@pytest.fixture
def bench(
    tmp_path: Path,
    server: DnsServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    return Bench(tmp_path, server, capsys)


def terraform(folder: Path, zone: str) -> tuple[str, Path]:
    certificate = {
        "address": "aws_acm_certificate.www",
        "mode": "managed",
        "type": "aws_acm_certificate",
        "name": "www",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": {"domain_name": f"www.{zone}", "validation_method": "DNS"},
            "after_unknown": {},
        },
    }
    path = folder / "plan.json"
    document = {"format_version": "1.2", "resource_changes": [certificate]}
    path.write_text(json.dumps(document))
    return "--terraform", path


def event_file(folder: Path, zone: str) -> tuple[str, Path]:
    path = folder / "events.yaml"
    path.write_text(
        f"events: [{{kind: issue, names: [www.{zone}], ca: amazon.com, by: terraform}}]\n"
    )
    return "--cert-event", path


@pytest.mark.parametrize("form", [terraform, event_file], ids=NAMES)
def test_an_event_of_another_tool_is_left_to_it(
    bench: Bench, form: object, request: pytest.FixtureRequest
) -> None:
    made = terraform if form is terraform else event_file
    zone = f"{request.node.callspec.id}.example"
    bench.write(zone)
    document = yaml.safe_load(bench.estate.read_text())
    document["services"] = [
        {"id": "www", "owner": "pki", "tier": "internal", "names": [f"www.{zone}"]}
    ]
    bench.estate.write_text(yaml.safe_dump(document))
    option, path = made(bench.folder, zone)
    filed = bench.json("change", "propose", option, path, who="ann").document
    change = str(filed["id"])
    assert filed["state"] == "proposed", filed["held"]
    for who in ("dan", "cem"):
        if bench.json("change", "show", change).document["state"] == "proposed":
            bench.run("change", "approve", change, who=who)
    ran = bench.run("change", "apply", change, who="ann")
    assert ran.code == 0, ran.err
    shown = bench.json("change", "show", change).document
    assert shown["state"] == "applied"
    assert "left to terraform, which carries it out" in str(shown["outcome"]["verified"])
