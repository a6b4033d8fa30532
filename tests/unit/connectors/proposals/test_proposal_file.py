"""A file that names records and certificate events of one change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from shared import REPOSITORY
from trustpath.app.proposals import read_proposal
from trustpath.base.errors import InputError
from trustpath.connectors.proposals import proposal_schema

SCRIPT = "zone example.com\nupdate add new.example.com 300 A 192.0.2.7\nsend\n"
EVENT = {"kind": "issue", "names": ["new.example.com"], "ca": "ca"}


def write(folder: Path, document: object) -> Path:
    (folder / "move.txt").write_text(SCRIPT)
    path = folder / "move.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_both_halves_come_in_as_one(tmp_path: Path) -> None:
    document = {"records": {"nsupdate": "move.txt"}, "events": [EVENT]}
    path = write(tmp_path, document)
    found = read_proposal({"proposal": str(path), "dns": None})
    assert [step.name for step in found.operations] == ["new.example.com"]
    assert [event.kind for event in found.events] == ["issue"]
    assert found.origin == f"proposal {path}"
    Draft202012Validator(proposal_schema()).validate(document)


def test_both_options_are_the_same_as_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, {"records": {"nsupdate": "move.txt"}, "events": [EVENT]})
    (tmp_path / "events.yaml").write_text(yaml.safe_dump({"events": [EVENT]}))
    both = read_proposal(
        {"nsupdate": str(tmp_path / "move.txt"), "cert-event": str(tmp_path / "events.yaml")}
    )
    one = read_proposal({"proposal": str(path)})
    assert both.operations == one.operations
    assert [e.names for e in both.events] == [e.names for e in one.events]


def test_a_zone_of_a_file_is_found_beside_it(tmp_path: Path) -> None:
    zone = "@ 300 SOA ns h 1 1 1 1 1\n@ 300 NS ns.example.net.\n"
    (tmp_path / "zone.txt").write_text(zone)
    for text in ("example.com=zone.txt", ["example.com=zone.txt"]):
        path = write(tmp_path, {"records": {"dns": text}})
        (version,) = read_proposal({"proposal": str(path)}).versions
        assert version.apex == "example.com"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "nothing is proposed"),
        ([], "nothing is proposed"),
        ({"zones": []}, "unknown key 'zones'"),
        ({"records": {"nsupdate": "a", "dns": "b"}}, "records names one input"),
        ({"records": {"git": "a..b"}}, "records names one input"),
        ({"records": "a"}, "records names one input"),
        ({"records": {"dns": []}}, "dns needs a path"),
        ({"records": {"nsupdate": 7}}, "nsupdate needs a path"),
        ({"events": []}, "no list of events"),
        ({"events": [{"kind": "issue"}]}, "issue needs names"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document: object, told: str, tmp_path: Path) -> None:
    path = write(tmp_path, document)
    with pytest.raises(InputError, match=told) as raised:
        read_proposal({"proposal": str(path)})
    assert raised.value.where.startswith(str(path))
    if document:
        assert not Draft202012Validator(proposal_schema()).is_valid(document)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"nsupdate": "a", "update": "b"},
        {"nsupdate": "a", "update": "b", "cert-event": "c"},
        {"proposal": "a", "cert-event": "c"},
    ],
)
def test_records_come_from_one_input(given: dict[str, str]) -> None:
    with pytest.raises(InputError) as raised:
        read_proposal(given)
    assert raised.value.where.startswith("--")


def test_the_published_schema_is_that_of_the_reader() -> None:
    assert json.loads((REPOSITORY / "docs/proposal.schema.json").read_text()) == proposal_schema()


def test_the_file_that_the_page_shows_is_read(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/proposals.md").read_text(encoding="utf-8")
    (shown,) = (b for b in page.split("```") if b.startswith("yaml\nrecords:"))
    text = shown.removeprefix("yaml").replace("…64 hexadecimal digits…", "ab" * 32)
    (tmp_path / "move-www.txt").write_text(SCRIPT)
    path = tmp_path / "move.yaml"
    path.write_text(text)
    found = read_proposal({"proposal": str(path)})
    assert [event.kind for event in found.events] == ["issue", "revoke"]
    Draft202012Validator(proposal_schema()).validate(yaml.safe_load(text))
