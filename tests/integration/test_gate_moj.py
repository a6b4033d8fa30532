"""The gate on a production estate: every kind of edit gets a verdict, and its dependants are named."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from narrowing import Given, Twice, frozen, written, zones
from shared import real_zones
from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import parse_instant
from trustpath.facts.edits import Edit, Key, RecordSet, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.gate.ports import Snapshot
from trustpath.workflow.gate.terms import Terms
from trustpath.workflow.session import Session

NOW = parse_instant("2026-11-24T00:00:00Z")
EDITS = 500
COMPARED = 12
NEW = {
    "A": "192.0.2.7",
    "AAAA": "2001:db8::7",
    "CNAME": "target.example.net.",
    "MX": "10 mx.example.net.",
    "NS": "ns1.example.net.",
    "TXT": '"note"',
    "CAA": '0 issue "other.example"',
    "SRV": "0 5 443 srv.example.net.",
    "PTR": "host.example.net.",
    "SPF": '"v=spf1 ?all"',
    "Route53Provider/ALIAS": "lb.example.net. A evaluate-target-health=false",
}


@dataclass(frozen=True)
class Estate:
    """The estate, open for judging changes, and what its zones hold."""

    session: Session
    gate: Snapshot
    terms: Terms
    given: Given
    content: dict[str, dict[Key, RecordSet]]

    def assessed(self, edit: Edit) -> Assessment:
        """Judge an edit."""
        return assess_edits(self.gate, [edit], (), self.terms)

    def removed(self, name: str, kind: str) -> Assessment:
        """Judge the removal of an RRset."""
        return self.assessed(self.removal(name, kind))

    def removal(self, name: str, kind: str) -> Edit:
        """Return the removal of an RRset, by the zone that holds it on the parent's side."""
        apex = next(apex for apex in sorted(self.content) if (name, kind) in self.content[apex])
        return Edit(apex, name, kind, self.content[apex][name, kind], None)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    path: Path = tmp_path_factory.mktemp("moj") / "estate.yaml"
    source = {"id": "repo", "kind": "octodns", "path": str(real_zones())}
    path.write_text(yaml.safe_dump({"organisation": {"name": "Real"}, "sources": [source]}))
    session = TrustpathApplication().open(path, now=NOW)
    for _ in session.collect():
        pass
    declared = {"estate": session.estate.declarations, "requirements": session.requirements}
    given = frozen(
        [
            *(
                (name, Part(name, Grade.DECLARATION, Coverage.FULL, NOW, facts))
                for name, facts in declared.items()
            ),
            *((each.spec.id, part) for each in session.sources for part in each.collect()),
        ]
    )
    with session.gating() as gate:
        yield Estate(session, gate, session.terms, given, zones(given))


def some_edits(content: dict[str, dict[Key, RecordSet]], choose: random.Random) -> Iterator[Edit]:
    """Yield edits of one RRset without end: each action, and each type that is there, alike."""
    held = sorted((kind, apex, name) for apex, keys in content.items() for name, kind in keys)
    by_type: dict[str, list[tuple[str, str]]] = {}
    for kind, apex, name in held:
        by_type.setdefault(kind, []).append((apex, name))
    while True:
        action = choose.choice(("add", "remove", "change", "ttl"))
        kind = choose.choice(sorted(by_type))
        apex, name = choose.choice(by_type[kind])
        before = content[apex][name, kind]
        if action == "remove":
            yield Edit(apex, name, kind, before, None)
        elif action == "ttl":
            if before.ttl:
                yield Edit(apex, name, kind, before, before._replace(ttl=before.ttl // 2 + 1))
        elif action == "change":
            after = record_set(before.ttl, [NEW[kind]])
            if after != before:
                yield Edit(apex, name, kind, before, after)
        else:
            label = choose.choice(("new.", "_acme-challenge.", "*.", ""))
            owner = label + choose.choice((apex, name.removeprefix("*.")))
            there = {other for at, other in content[apex] if at == owner}
            if not there & {kind, "CNAME"} and not (there and kind == "CNAME"):
                yield Edit(apex, owner, kind, None, record_set(300, [NEW[kind]]))


def test_every_edit_gets_a_verdict_and_its_reason(estate: Estate) -> None:
    taken: list[float] = []
    verdicts: Counter[str] = Counter()
    actions: set[str] = set()
    types: set[str] = set()
    edits = some_edits(estate.content, random.Random(5))
    for edit, _ in zip(edits, range(EDITS), strict=False):
        started = time.perf_counter()
        found = estate.assessed(edit)
        taken.append(time.perf_counter() - started)
        verdicts[found.verdict.word] += 1
        actions.add(edit.action)
        types.add(edit.type)
        said = found.impact or found.surface or found.unknown or found.neutral
        assert said, written([edit])
        assert all(neutral.why for neutral in found.neutral)
        if found.verdict.word != "allow":
            assert found.reasons, written([edit])
    taken.sort()
    print(
        f"{sum(taken) / EDITS * 1000:.1f} ms an edit, median {taken[EDITS // 2] * 1000:.1f}, "
        f"worst {taken[-1] * 1000:.0f}; {dict(verdicts)}"
    )
    assert actions == {"add", "remove", "change", "ttl"}
    assert types == {kind for keys in estate.content.values() for _, kind in keys}
    assert set(verdicts) >= {"allow", "hold", "deny"}


def test_the_gate_agrees_with_recording_and_judging_everything(estate: Estate) -> None:
    rules = estate.session.catalogue.gating
    world = Twice(estate.given, NOW, rules)
    edits = some_edits(estate.content, random.Random(7))
    with world.gate:
        before = world.full()
        for edit, _ in zip(edits, range(COMPARED), strict=False):
            wrong = world.differences(before, [edit])
            assert not wrong, f"{written([edit])}\n{wrong}"


def roles(found: Assessment) -> set[str]:
    return {approval.role for approval in found.approvals}


def worse(found: Assessment, rule: str) -> set[str]:
    return {impact.subject for impact in found.impact if impact.rule == rule}


def leading_to(estate: Estate, target: str) -> set[str]:
    return {
        name
        for keys in estate.content.values()
        for (name, kind), held in keys.items()
        if kind == "CNAME" and held.rdatas == (f"{target}.",)
    }


def test_who_validates_by_a_record_is_asked(estate: Estate) -> None:
    name = "_5fbc904e08ce69cb4572a89a26cbfa2c.nces.blogs.justice.gov.uk"
    edit = estate.removal(name, "CNAME")
    assert edit.before is not None
    assert "acm-validations" in edit.before.rdatas[0]
    found = estate.assessed(edit)
    assert roles(found) >= {"record", "certificate"}
    assert found.verdict.word == "hold"


def test_the_zone_that_loses_its_caa_policy_is_named(estate: Estate) -> None:
    found = estate.removed("sentencing-council.org.uk", "CAA")
    assert worse(found, "CAA-001") == {"sentencing-council.org.uk"}
    assert roles(found) == {"zone", "pki"}


def test_taking_a_delegation_back_asks_zone_certificates_and_pki(estate: Estate) -> None:
    edit = estate.removal("et.dsd.io", "NS")
    assert edit.zone == "dsd.io"
    found = estate.assessed(edit)
    assert roles(found) == {"zone", "certificate", "pki"}
    assert worse(found, "DANGLE-004") == {"et.dsd.io"}
    assert found.verdict.word == "deny"


def test_a_domain_without_the_host_of_its_mail_policy_is_named(estate: Estate) -> None:
    found = estate.removed("mta-sts.ccrc.gov.uk", "Route53Provider/ALIAS")
    assert worse(found, "MAIL-001") == {"mta-sts.ccrc.gov.uk"}
    announced = estate.removed("_mta-sts.ccrc.gov.uk", "TXT")
    assert roles(announced) == {"mail", "certificate"}


def test_everything_that_leads_to_a_removed_target_is_named(estate: Estate) -> None:
    hosts = leading_to(estate, "monitoring.et.dsd.io")
    assert len(hosts) >= 4
    assert worse(estate.removed("monitoring.et.dsd.io", "CNAME"), "DANGLE-001") == hosts
    # The records of yjb.gov.uk below this name are hidden: it is delegated to somebody else.
    policies = leading_to(estate, "_dmarc_ttp_policy.justice.gov.uk") - {
        "_dmarc.yjbservices.yjb.gov.uk"
    }
    assert len(policies) > 20
    found = estate.removed("_dmarc_ttp_policy.justice.gov.uk", "TXT")
    assert {impact.subject for impact in found.impact} >= policies
    assert found.verdict.word == "deny"


def gained(found: Assessment) -> set[tuple[str, str]]:
    return {(power.name, power.ca or power.control) for power in found.surface if power.gained}


def test_a_held_zone_without_a_delegation_or_servers_is_lame(estate: Estate) -> None:
    child = estate.removed("ubi.courtfunds.gov.uk", "NS")
    assert child.edits[0].edit.zone == "courtfunds.gov.uk"
    assert worse(child, "DANGLE-004") == {"ubi.courtfunds.gov.uk"}
    apex = estate.removed("laadev.co.uk", "NS")
    assert worse(apex, "DANGLE-011") == {"proposal laadev.co.uk"}
    assert {child.verdict.word, apex.verdict.word} == {"deny"}


@pytest.mark.parametrize(
    "name", ["laa-debt-collection.service.justice.gov.uk", "laadev.co.uk"], ids=["child", "apex"]
)
def test_a_zone_that_moves_to_strangers_is_held_and_they_are_named(
    estate: Estate, name: str
) -> None:
    away = estate.removal(name, "NS")
    assert away.before is not None
    found = estate.assessed(replace(away, after=record_set(300, ["ns1.stranger.net."])))
    assert "DANGLE-011" in {gap.rule for gap in found.unknown}
    assert (name, "ns1.stranger.net") in gained(found)


def test_a_foreign_validation_name_is_told_as_such(estate: Estate) -> None:
    name = "_acme-challenge.laadev.co.uk"
    new = Edit("laadev.co.uk", name, "NS", None, record_set(300, ["ns1.stranger.net."]))
    assert gained(estate.assessed(new)) == {("laadev.co.uk", "ns1.stranger.net")}
    token = estate.removed("9b54da44ae6d246509c67d65c653e30a.laadev.co.uk", "CNAME")
    assert roles(token) == {"record", "certificate"}
    assert "validation-token-remove" in token.approvals[0].reason
    assert {(power.name, power.gained) for power in token.surface} >= {("laadev.co.uk", False)}


def test_a_caa_set_is_compared_with_what_is_above(estate: Estate) -> None:
    apex = "247rapesupport.org.uk"
    other = record_set(300, ['0 issue "other.example"'])
    found = estate.assessed(Edit(apex, f"new.{apex}", "CAA", None, other))
    assert worse(found, "CAA-005") == {f"new.{apex}"}
    assert all("caa-loosen" in approval.reason for approval in found.approvals)
    assert gained(found) == {(f"new.{apex}", "other.example")}
    dropped = estate.removed(apex, "CAA")
    assert (apex, "*") in gained(dropped)
    assert "CAA-012" not in {impact.rule for impact in (*found.impact, *dropped.impact)}


def test_only_those_are_asked_whom_the_table_names(estate: Estate) -> None:
    asked = {
        "PTR": {"zone"},
        "SRV": {"record", "certificate"},
        "MX": {"record", "mail"},
        "CNAME": {"record", "certificate"},
    }
    for kind, wanted in asked.items():
        apex, name = next(
            (apex, name)
            for apex in sorted(estate.content)
            for name, held in sorted(estate.content[apex])
            if held == kind and not name.startswith("_" if kind == "CNAME" else "*")
        )
        edit = Edit(apex, name, kind, estate.content[apex][name, kind], None)
        found = estate.assessed(edit)
        assert roles(found) == wanted, written([edit])
        appears = any("G.3 appear:" in wait.reason for wait in found.waits)
        assert appears == (kind == "CNAME"), written([edit])
