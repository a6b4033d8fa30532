"""The replay itself: a wrong expectation is found, a twin's alarm counts, a gate is asked rightly."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from commandline import trustpath
from shared import REPOSITORY
from trustpath.app.benches import StoreBench
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit
from trustpath.facts.proposal import CertificateEvent
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Assessment, Rollback, Verdict
from trustpath.workflow.replay import Outcome, document, read_incident, replay
from trustpath.workflow.vectors.run import Bench, statuses
from vectors_support import catalogue

RULES = catalogue().rules
STORY = """
id: I00
title: A host repointed in silence
when: 1 April 2026
about: Somebody repointed a host.
world:
  estate:
    services: [{id: shop, tier: public, names: [shop.example.com], networks: [192.0.2.0/24]}]
  zones: {example.com: "shop A 192.0.2.10\\nshop A 192.0.2.11\\nother A 192.0.2.12"}
start: 2026-04-01T00:00:00Z
events:
  - at: +30m
    what: time passes
  - at: +1h
    what: the host leads elsewhere
    dns: [{zone: example.com, replace: "shop A 203.0.113.10"}]
    changes: [{kind: retire, service: shop, names: [shop.example.com]}]
    verdict: deny
damage: +50m
noticed: +9h
expect:
  - {rule: BIND-004, subject: "shop*", status: critical, at: +1h}
twin:
  title: the host moves to a network that was declared before
  events:
    - at: +1h
      what: the network is declared
      estate: {services: [{id: shop, tier: public, names: [shop.example.com], networks: [192.0.2.0/24, 198.51.100.0/24]}]}
    - at: +2h
      what: the host moves
      dns: [{zone: example.com, replace: "shop A 198.51.100.10"}]
  expect:
    - {rule: BIND-004, subject: shop.example.com, status: pass}
    - {rule: BIND-004, subject: other.example.com, status: none}
"""


def told(*changes: tuple[str, str]) -> Outcome:
    """Replay the story with texts replaced."""
    return replay(read_incident(changed(*changes).encode(), "I00.yaml"), RULES, StoreBench)


def changed(*changes: tuple[str, str]) -> str:
    text = STORY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_the_first_firing_and_what_lies_between_it_and_the_damage() -> None:
    found = told()
    assert (found.word, found.problems, found.alarms) == ("caught", (), ())
    assert found.first is not None
    assert (found.first.rule, found.first.subject) == ("BIND-004", "shop.example.com")
    assert (found.lead, found.sooner) == (-600, 8 * 3600)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('subject: "shop*"', "subject: nobody.example.com"), "never stood"),
        (("status: critical", "status: high"), "never stood"),
        (("critical, at: +1h", "critical, at: +30m"), "stood from 2026-04-01T01:00:00Z"),
        (("203.0.113.10", "192.0.2.99"), "never stood"),
    ],
    ids=["subject", "status", "moment", "nothing happens"],
)
def test_a_wrong_expectation_is_missed(change: tuple[str, str], says: str) -> None:
    found = told(change)
    assert found.word == "missed"
    assert found.failed
    assert any(says in problem for problem in found.problems)


def test_a_finding_of_the_twin_is_a_false_alarm_even_when_it_passes_later() -> None:
    found = told(
        ("what: the network is declared\n", "what: nothing is declared\n"),
        ("198.51.100.0/24", "192.0.2.0/25"),
    )
    assert found.word == "caught"
    assert found.alarms == ("BIND-004 'shop.example.com' critical",)
    assert found.failed
    assert any("should end as pass" in problem for problem in found.problems)


def test_a_twin_that_should_have_no_subject_and_has_one() -> None:
    found = told(
        ("subject: other.example.com, status: none", "subject: shop.example.com, status: none")
    )
    assert any("no subject" in problem for problem in found.problems)


def test_what_stood_from_the_start_is_no_sign_where_another_follows() -> None:
    found = told(
        ("networks: [192.0.2.0/24]}]", "networks: [192.0.2.0/24]}, {id: o, tier: public, names: [other.example.com], networks: [198.51.100.0/24]}]"),
        ("expect:\n", "expect:\n  - {rule: BIND-004, subject: other.example.com, status: critical, at: start}\n"),
    )  # fmt: skip
    assert found.word == "caught"
    assert len(found.firings) == 2
    assert found.first is not None
    assert found.first.subject == "shop.example.com"


@dataclass
class Recorder:
    """Answers every change with one verdict, and keeps what it was asked in which world."""

    verdict: Verdict
    asked: list[tuple[tuple[Edit, ...], tuple[CertificateEvent, ...], int, dict[str, str]]] = field(
        default_factory=list
    )

    def __call__(
        self,
        bench: Bench,
        edits: tuple[Edit, ...],
        events: tuple[CertificateEvent, ...],
        now: int,
    ) -> Assessment:
        engine: Any = bench.engine(now)
        self.asked.append((edits, events, now, statuses(RULES["BIND-004"], engine)))
        engine.close()
        rollback = Rollback((), Verdict.ALLOW, None)
        return Assessment(
            self.verdict, "", "", now, "", (), (), (), (), (), (), rollback, (), (),
        )  # fmt: skip


@pytest.mark.parametrize("verdict", list(Verdict), ids=lambda verdict: verdict.word)
def test_the_gate_is_asked_of_changes_in_the_world_before_them(verdict: Verdict) -> None:
    gate = Recorder(verdict)
    found = replay(read_incident(STORY.encode(), "I00.yaml"), RULES, StoreBench, gate)
    edits, events, now, before = gate.asked[0]
    assert len(gate.asked) == 2
    assert [(e.name, e.type, e.added, e.removed) for e in edits] == [
        ("shop.example.com", "A", ("203.0.113.10",), ("192.0.2.10", "192.0.2.11"))
    ]
    assert [(e.kind, e.names) for e in events] == [("retire", ("shop.example.com",))]
    assert now == 1775005200 - 1
    assert before == {"shop.example.com": "pass"}
    wrong = [problem for problem in found.problems if "the gate says" in problem]
    assert bool(wrong) is (verdict is not Verdict.DENY)
    denied = [alarm for alarm in found.alarms if "denies" in alarm]
    assert bool(denied) is (verdict is Verdict.DENY)


def test_what_bypassed_the_gate_is_not_put_to_it() -> None:
    gate = Recorder(Verdict.WARN)
    text = changed(("    verdict: deny\n", "    bypass: a stolen password\n"))
    found = replay(read_incident(text.encode(), "I00.yaml"), RULES, StoreBench, gate)
    assert len(gate.asked) == 1
    assert [(one.said, one.bypass) for one in found.answers] == [(None, "a stolen password")]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("damage: +50m\n", ""), "needs 'damage'"),
        (("verdict: deny", "verdict: perhaps"), "no verdict"),
        (("replace:", "swap:"), "not known here"),
        (("kind: retire", "kind: vanish"), "no certificate event"),
        (("critical, at: +1h", "low, at: +1h"), "medium or above"),
        (("critical, at: +1h", "critical"), "rule, subject, status and at"),
        (("at: +30m", "at: +2h"), "in their order"),
        (("rule: BIND-004", "rule: BIND-999"), "no rule"),
        (("zone: example.com", "zone: example.net"), "no such copy"),
        (('replace: "shop A 203.0.113.10"', 'remove: "shop A 203.0.113.10"'), "to remove"),
        (('replace: "shop A 203.0.113.10"', 'remove: "nobody A"'), "to remove"),
        (("    what: time passes\n", "    what: time passes\n    bypass: why\n"), "no gate to bypass"),
        (("    what: time passes\n", "    what: time passes\n    verdict: deny\n"), "never reaches"),
        (("about: Some", "unknown: Some"), "not known here"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused(change: tuple[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        told(change)
    assert "I00.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ('add: "shop A 203.0.113.10"', {"192.0.2.10", "192.0.2.11", "203.0.113.10"}),
        ('remove: "shop A 192.0.2.11"', {"192.0.2.10"}),
        ('remove: "shop A"', set()),
        ('replace: "shop A 203.0.113.10"', {"203.0.113.10"}),
    ],
    ids=["add", "remove one", "remove all", "replace"],
)
def test_what_each_operation_leaves(operation: str, left: set[str]) -> None:
    gate = Recorder(Verdict.DENY)
    text = changed(('replace: "shop A 203.0.113.10"', operation))
    replay(read_incident(text.encode(), "I00.yaml"), RULES, StoreBench, gate)
    (edit,) = gate.asked[0][0]
    assert set(edit.after.rdatas if edit.after else ()) == left


def test_instants_of_the_start_stay_where_they_were() -> None:
    """Relative to each collection a certificate would never expire."""
    text = changed(
        ("  zones:", "  certificates: {c: {names: [shop.example.com], not_before: -89d, not_after: +45m}}\n  presentations: [{address: 192.0.2.10, name: shop.example.com, leaf: c}]\n  zones:"),
        ("expect:\n", "expect:\n  - {rule: EXP-001, subject: 'shop.example.com 192.0.2.10:443', status: critical, at: +50m}\n"),
        ("  - at: +1h\n", "  - {at: +50m, what: the certificate is over}\n  - at: +1h\n"),
    )  # fmt: skip
    found = replay(read_incident(text.encode(), "I00.yaml"), RULES, StoreBench)
    assert found.word == "caught"
    assert {one.rule: one.status for one in found.firings}["EXP-001"] is Status.CRITICAL


def test_the_document_counts_what_was_asked() -> None:
    summary = document([told()])["summary"]
    assert (summary["caught"], summary["missed"], summary["not yet covered"]) == (1, 0, 0)
    assert (summary["changes"], summary["asked"], summary["bypassed"]) == (2, 0, 0)


def test_the_example_of_the_guide_is_caught_and_its_twin_is_silent() -> None:
    """Readers copy it, so it must work."""
    page = (REPOSITORY / "docs" / "incidents.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    found = replay(read_incident(example.encode(), "docs/incidents.md"), RULES, StoreBench)
    assert (found.word, found.problems, found.alarms) == ("caught", (), ())
    assert found.lead == -600


# -- the command ------------------------------------------------------------------------------

Capture = pytest.CaptureFixture[str]
UNCOVERED = "id: I99\ntitle: t\nwhen: w\nabout: a\nnot_yet_covered: nobody brings the evidence\n"


def test_the_command_shows_what_was_caught(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.yaml").write_text(changed(("    verdict: deny\n", "    bypass: stolen\n")))
    (tmp_path / "b.yaml").write_text(UNCOVERED)
    ran = trustpath(capsys, "replay", tmp_path)
    assert ran.code == 0, ran.err
    assert "1 caught, 0 missed, 1 not yet covered, 0 false alarms" in ran.out
    assert "I99 is not yet covered: nobody brings the evidence" in ran.out
    report = trustpath(capsys, "replay", tmp_path, "--format", "json").document
    assert report["schema"] == "trustpath/replay/1"
    assert [one["outcome"] for one in report["incidents"]] == ["caught", "not yet covered"]
    assert report["incidents"][0]["lead_seconds"] == -600


def test_the_command_fails_on_a_miss_and_on_an_alarm(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(changed(('"shop*"', "nobody.example.com")))
    missed = trustpath(capsys, "replay", path)
    assert missed.code == 3
    assert "never stood" in missed.out
    path.write_text(changed(("198.51.100.0/24", "192.0.2.0/25")))
    alarmed = trustpath(capsys, "replay", path)
    assert alarmed.code == 3
    assert "I00: BIND-004 'shop.example.com' critical" in alarmed.out


def test_a_folder_without_incidents_and_an_id_that_comes_twice(
    tmp_path: Path, capsys: Capture
) -> None:
    assert "no incident files" in trustpath(capsys, "replay", tmp_path).err
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(UNCOVERED)
    ran = trustpath(capsys, "replay", tmp_path)
    assert ran.code == 1
    assert "there already" in ran.err
    assert trustpath(capsys, "replay", tmp_path, "--format", "sarif").code == 2
