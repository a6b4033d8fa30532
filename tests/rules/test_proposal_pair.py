"""Records and certificate events of one proposal are judged as one world."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.test_proposal import Bench, move, of, opened
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment, Verdict

SERVICES = [
    {
        "id": "site",
        "owner": "web",
        "tier": "public",
        "names": ["www.example.com", "edge.example.com"],
        "ports": [443],
    }
]
CAS = [{"id": "ca", "caa": ["ca.example"], "public": True}]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return opened(tmp_path_factory.mktemp("pair"), services=SERVICES, cas=CAS)


def issue(*names: str) -> CertificateEvent:
    return CertificateEvent("new", "issue", names=names, ca="ca", service="site", method="dns-01")


def judged(bench: Bench, edits: list[Edit], *events: CertificateEvent) -> Assessment:
    with bench.session.gating() as snapshot:
        return assess_edits(snapshot, edits, events, bench.session.terms)


def statuses(found: Assessment) -> list[str]:
    return [i.after.word for i in of(found, "BIND-002")]


def test_the_pair_passes_where_the_records_alone_are_held(pair: Bench) -> None:
    assert statuses(judged(pair, [move()])) == ["unknown"]
    assert statuses(judged(pair, [move()], issue("www.example.com"))) == []
    assert statuses(judged(pair, [move()], issue("*.example.com"))) == []


def test_a_certificate_that_leaves_the_name_out_is_denied(pair: Bench) -> None:
    found = judged(pair, [move()], issue("edge.example.com"))
    assert (found.verdict, statuses(found)) == (Verdict.DENY, ["critical"])
    assert statuses(judged(pair, [move()], issue("*.www.example.com"))) == ["critical"]


def test_what_is_obtained_for_others_decides_nothing(pair: Bench) -> None:
    other = CertificateEvent("new", "issue", names=("x.example.net",), ca="ca", service="other")
    assert statuses(judged(pair, [move()], other)) == ["unknown"]


def test_a_job_that_stands_in_the_estate_is_no_order(tmp_path: Path) -> None:
    jobs = [{"id": "web", "service": "site", "names": ["www.example.com"], "method": "dns-01"}]
    bench = opened(tmp_path, services=SERVICES, cas=CAS, jobs=jobs)
    assert statuses(judged(bench, [move()])) == ["unknown"]


def test_what_ends_comes_last_and_the_way_back_stands_until_then(pair: Bench) -> None:
    end = CertificateEvent("gone", "retire", service="site")
    alone = judged(pair, [], end)
    assert alone.rollback.verdict is Verdict.DENY
    both = judged(pair, [move()], issue("www.example.com"), end)
    assert both.rollback.verdict is not Verdict.DENY
    assert both.rollback.reason == "until retire gone, which cannot be taken back"
    assert any("retire gone is a last step" in str(problem) for problem in both.problems)
    assert both.digest != judged(pair, [move()], issue("www.example.com")).digest


def test_what_an_event_names_has_to_be_there_all_the_same(pair: Bench) -> None:
    with pytest.raises(InputError, match="no certificate"):
        judged(pair, [move()], CertificateEvent("old", "revoke", certificate="ab" * 32))
