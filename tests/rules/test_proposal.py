"""The proposal at hand is judged as a change: by what it takes away, when, and who stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import parse_instant
from trustpath.facts.change import NOBODY, Approval, Said
from trustpath.facts.edits import Edit, record_set
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment, Impact
from trustpath.workflow.session import Session

NOW = "2026-11-24T12:00:00Z"
ZONE = """$ORIGIN example.com.
@ 3600 SOA ns1 admin 1 3600 600 86400 300
@ 3600 NS ns1.example.net.
@ 300 CAA 0 issue "ca.example"
_acme-challenge.www 300 CNAME www.acme.example.net.
www 300 A 192.0.2.10
edge 300 A 192.0.2.10
"""
TEXTS = {
    ("example.com", "CAA"): '0 issue "ca.example"',
    ("_acme-challenge.www.example.com", "CNAME"): "www.acme.example.net.",
    ("www.example.com", "A"): "192.0.2.10",
}
BOTH = (Approval("dan", "dns", 1), Approval("cem", "certificate", 1))


class Bench:
    """An estate of one zone in which edits are judged."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def judge(self, edits: Sequence[Edit], said: Said = NOBODY) -> Assessment:
        with self.session.gating() as snapshot:
            return assess_edits(snapshot, edits, (), self.session.terms, said=said)


def opened(folder: Path, **more: object) -> Bench:
    (folder / "example.com.zone").write_text(ZONE)
    path = folder / "estate.yaml"
    document = {
        "organisation": {"name": "Example"},
        "owners": [{"id": "web", "contacts": ["mailto:web@example.com"]}],
        "services": [
            {"id": "site", "owner": "web", "tier": "public", "names": ["www.example.com"]}
        ],
        "sources": [{"id": "zones", "kind": "zonefile", "path": "example.com.zone"}],
        **more,
    }
    path.write_text(yaml.safe_dump(document))
    session = TrustpathApplication().open(path, now=parse_instant(NOW))
    for _ in session.collect():
        pass
    return Bench(session)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    jobs = [{"id": "www", "names": ["www.example.com"], "method": "dns-01", "service": "site"}]
    return opened(tmp_path_factory.mktemp("proposal"), jobs=jobs)


def removal(name: str, kind: str) -> Edit:
    return Edit("example.com", name, kind, record_set(300, [TEXTS[name, kind]]), None)


def move(address: str = "192.0.2.99") -> Edit:
    held = record_set(300, [TEXTS["www.example.com", "A"]])
    return Edit("example.com", "www.example.com", "A", held, record_set(300, [address]))


def of(found: Assessment, rule: str) -> list[Impact]:
    return [i for i in (*found.impact, *found.unknown) if i.rule == rule]


def test_the_last_caa_set_of_a_name_goes(bench: Bench) -> None:
    (found,) = of(bench.judge([removal("example.com", "CAA")]), "CAA-016")
    assert (found.subject, found.after.word) == ("proposal example.com", "high")


def test_a_delegated_challenge_goes_that_a_job_needs(bench: Bench) -> None:
    name = "_acme-challenge.www.example.com"
    (found,) = of(bench.judge([removal(name, "CNAME")]), "ACME-009")
    assert (found.subject, found.after.word) == (f"proposal {name} CNAME", "high")
    assert found.evidence["job"] == "www"


@pytest.mark.parametrize(
    "said", [NOBODY, Said("ann"), Said("ann", BOTH)], ids=["plan", "filed", "approved"]
)
def test_consents_that_are_not_there_yet_break_no_rule(bench: Bench, said: Said) -> None:
    found = bench.judge([move()], said)
    assert not of(found, "OWN-007")
    assert not of(found, "POL-008")
    assert not of(found, "POL-005")


def test_an_author_who_approves_is_found(bench: Bench) -> None:
    said = Said("ann", (*BOTH, Approval("ann", "service", 1)))
    (found,) = of(bench.judge([move()], said), "OWN-007")
    assert (found.subject, found.after.word) == ("proposal", "high")


def test_a_change_in_a_freeze_is_of_all_its_edits(tmp_path: Path) -> None:
    freeze = {"id": "peak", "starts": "2026-11-20T00:00:00Z", "ends": "2026-12-01T00:00:00Z"}
    bench = opened(tmp_path, freezes=[freeze])
    edits = [move(), removal("example.com", "CAA")]
    found = bench.judge(edits)
    (frozen,) = of(found, "POL-007")
    assert frozen.subject == "proposal freeze peak"
    assert not found.neutral
