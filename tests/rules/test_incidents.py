"""The incident corpus: every incident is caught as its file says, and no twin raises an alarm."""

from __future__ import annotations

import ipaddress
import re
from functools import cache

import pytest

from shared import REPOSITORY
from trustpath.app.benches import StoreBench
from trustpath.app.replaying import BenchGate
from trustpath.workflow.replay import Incident, Outcome, read_incident, replay
from vectors_support import catalogue

FOLDER = REPOSITORY / "incidents"
PATHS = sorted(path for path in FOLDER.rglob("*") if path.is_file())
RULES = catalogue().rules
INCIDENTS = {
    incident.id: incident
    for incident in (read_incident(path.read_bytes(), path.name) for path in PATHS)
}
COVERED = [name for name, incident in INCIDENTS.items() if incident.story]


@cache
def outcome(name: str) -> Outcome:
    """Replay an incident once for both of its tests."""
    return replay(INCIDENTS[name], RULES, StoreBench, BenchGate(catalogue()))


def test_there_are_thirty_files_and_each_is_collected() -> None:
    """A misnamed file would silently replay nothing."""
    assert all(re.fullmatch(r"I\d\d-[a-z0-9-]+\.yaml", path.name) for path in PATHS)
    assert [path.name[:3] for path in PATHS] == [f"I{number:02}" for number in range(1, 31)]
    assert list(INCIDENTS) == [path.name[:3] for path in PATHS]


@pytest.mark.parametrize("name", COVERED)
def test_the_incident_is_caught(name: str) -> None:
    """Everything that the file expects stands first at the moment that it expects."""
    found = outcome(name)
    assert (found.word, found.problems) == ("caught", ())
    assert found.first is not None


@pytest.mark.parametrize("name", COVERED)
def test_the_twin_raises_no_alarm(name: str) -> None:
    """A planned change that looks like the incident is not called one."""
    assert outcome(name).alarms == ()


@pytest.mark.parametrize("name", COVERED)
def test_a_twin_is_judged_by_the_rules_of_its_incident(name: str) -> None:
    """A twin about something else could not raise the alarm that it is there for."""
    incident = INCIDENTS[name]
    assert incident.story
    assert incident.twin
    assert len(incident.twin.events) > 0
    shared = {one.rule for one in incident.story.expect} & {
        one.rule for one in incident.twin.expect
    }
    assert shared


def test_what_is_not_covered_says_why_and_is_not_counted_as_caught() -> None:
    """An incident that needs evidence which nobody brings has not been caught."""
    missing: list[Incident] = [one for one in INCIDENTS.values() if not one.story]
    assert {one.id for one in missing} == {"I11", "I12"}
    assert all(len(one.uncovered.split()) > 10 for one in missing)
    assert {replay(one, RULES, StoreBench).word for one in missing} == {"not yet covered"}


DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name[:3])
def test_names_and_addresses_are_reserved_for_documentation(path: object) -> None:
    """RFC 5737, RFC 3849 and RFC 2606; what is told in `about` may name the real ones."""
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    world = text[text.find("\nworld:") :] if "\nworld:" in text else ""
    for found in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", world):
        assert any(ipaddress.ip_address(found) in one for one in DOCUMENTATION[:3]), found
    for found in re.findall(r"\b[0-9a-f]{4}:[0-9a-f:]*::[0-9a-f]*", world):
        assert ipaddress.ip_address(found) in DOCUMENTATION[3], found
    without_paths = re.sub(r"(?<=[a-z])/[\w./]+", "", world)
    hosts = re.findall(r"\b(?:[a-z0-9-]+\.)+(?:[a-z]{2,})\b", without_paths)
    assert hosts or not world
    reserved = re.compile(
        r"(?:^|\.)(?:example\.(?:com|net|org)|[a-z0-9-]+\.(?:example|invalid|test))$"
    )
    assert [host for host in hosts if not reserved.search(host)] == []
