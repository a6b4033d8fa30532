"""Records and certificate events of one proposal are judged as one world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rules.test_proposal import Bench, move, of, opened
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment, Verdict

SERVICES: list[dict[str, Any]] = [
    {
        "id": "site",
        "owner": "web",
        "tier": "public",
        "names": ["www.example.com", "edge.example.com"],
        "ports": [443],
        "networks": ["192.0.2.0/24"],
    },
    {"id": "far", "owner": "net", "tier": "public", "names": ["far.example.com"]},
]
OWNERS = [{"id": who, "contacts": [f"mailto:{who}@example.com"]} for who in ("web", "net")]
JOBS = [
    {"id": "lb", "service": "site", "method": "dns-01"},
    {"id": "far", "service": "far", "method": "dns-01"},
]
CAS = [{"id": "ca", "caa": ["ca.example"], "public": True}]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return opened(
        tmp_path_factory.mktemp("pair"), services=SERVICES, cas=CAS, jobs=JOBS, owners=OWNERS
    )


def issue(*names: str, **changed: Any) -> CertificateEvent:
    given = {"ca": "ca", "job": "lb", "service": "site", "method": "dns-01", **changed}
    return CertificateEvent("new", "issue", names=names, **given)


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


@pytest.mark.parametrize(
    ("changed", "gap"),
    [
        ({"job": None}, "no job of that service carries it out"),
        ({"job": "far"}, "no job of that service carries it out"),
        ({"job": "far", "service": "far"}, "a service that does not declare the name"),
        ({"job": "far", "service": None}, "a service that does not declare the name"),
        ({"at": 1_900_000_000}, "planned for a later time"),
    ],
)
def test_an_order_of_another_job_service_or_time_decides_nothing(
    pair: Bench, changed: dict[str, Any], gap: str
) -> None:
    found = judged(pair, [move()], issue("www.example.com", **changed))
    assert statuses(found) == ["unknown"]
    (one,) = of(found, "BIND-002")
    assert gap in str(one), one


def test_an_order_that_is_used_elsewhere_decides_nothing(tmp_path: Path) -> None:
    services = [{**SERVICES[0], "networks": ["198.51.100.0/24"]}, SERVICES[1]]
    bench = opened(tmp_path, services=services, cas=CAS, jobs=JOBS, owners=OWNERS)
    found = judged(bench, [move()], issue("www.example.com"))
    assert statuses(found) == ["unknown"]
    assert "no endpoint or network at the address" in str(of(found, "BIND-002"))


def test_the_owner_of_the_service_that_an_order_names_is_asked(pair: Bench) -> None:
    def asked(*events: CertificateEvent) -> set[tuple[str, str | None]]:
        return {(a.role, a.owner) for a in judged(pair, [], *events).approvals}

    assert ("service", "net") in asked(issue("www.example.com", job="far", service="far"))
    assert not {one for one in asked(issue("www.example.com")) if one[0] == "service"}


def test_a_job_that_stands_in_the_estate_is_no_order(tmp_path: Path) -> None:
    jobs = [{"id": "web", "service": "site", "names": ["www.example.com"], "method": "dns-01"}]
    bench = opened(tmp_path, services=SERVICES, cas=CAS, jobs=jobs, owners=OWNERS)
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
