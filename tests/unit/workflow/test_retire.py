"""Retiring a service as a change: recorded when every step is proven, refused at the first open."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from commandline import Ran, trustpath
from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import DAY
from trustpath.facts.change import Change, Plan, State
from trustpath.facts.edits import Edit, RecordSet
from trustpath.ledger.entry import Entry, parse
from trustpath.store.database import open_store
from trustpath.store.ledger import Ledger
from trustpath.workflow.retirement import retirement

EXAMPLES = Path(__file__).parents[3] / "examples"
NOW = 1_795_521_600
EVERY = (
    "traffic", "renewal-job", "authorizations", "validation-records", "certificate", "tlsa",
    "shared-names", "records", "provider-resource", "caa", "consumers", "ct-watch", "evidence",
)  # fmt: skip
PEOPLE = {"ann": ("web", "requester"), "wim": ("web", "approver"), "dan": ("dns", "approver")}


class Bench:
    """The example estate with a store, people, and a service on its way out."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    @property
    def estate(self) -> Path:
        """The estate file."""
        return self.folder / "estate.yaml"

    def declare(self, *steps: str) -> None:
        """Declare steps of the retirement as done."""
        estate = yaml.safe_load(self.estate.read_text())
        for service in estate["services"]:
            if service["id"] == "fair":
                service["retirement"] = dict.fromkeys(steps, True)
        estate["store"] = "sqlite:///trustpath.db"
        estate["actors"] = [
            {"id": who, "owner": owner, "roles": [role], "scopes": ["*"]}
            for who, (owner, role) in PEOPLE.items()
        ]
        self.estate.write_text(yaml.safe_dump(estate))

    def run(self, *words: str) -> Ran:
        """Run a command; what it shows is JSON."""
        return trustpath(self.capsys, *words, "-e", self.estate, "--format", "json")

    def filed(self) -> str:
        """File the retirement and let everybody consent."""
        ran = self.run("service", "retire", "fair", "--propose", "--actor", "ann")
        change = str(ran.document["id"])
        for who in ("wim", "dan"):
            self.run("change", "approve", change, "--actor", who)
        return change

    def retired(self) -> Sequence[Entry]:
        """Return the ledger's entries of retired services."""
        with Ledger(open_store(f"sqlite:///{self.folder / 'trustpath.db'}")).reading() as reader:
            return [e for e in map(parse, reader.entries()) if e.kind == "service.retired"]


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    shutil.copytree(EXAMPLES, tmp_path / "e")
    return Bench(tmp_path / "e", capsys)


def test_what_is_proven_is_recorded_with_the_authority_that_is_left(bench: Bench) -> None:
    bench.declare(*EVERY)
    change = bench.filed()
    done = bench.run("change", "apply", change, "--actor", "ann")
    assert (done.code, done.document["state"]) == (0, "applied"), done.err or done.out
    (entry,) = bench.retired()
    assert (entry.subject, entry.body["change"]) == ("fair", change)
    assert [item["step"] for item in entry.body["steps"]] == list(EVERY)
    assert [one["name"] for one in entry.body["residual"]] == ["fair.example.com"]


def test_a_step_that_opened_since_stops_it(bench: Bench) -> None:
    bench.declare(*EVERY)
    change = bench.filed()
    bench.declare(*(step for step in EVERY if step != "evidence"))
    lapsed = bench.run("change", "apply", change, "--actor", "ann")
    assert (lapsed.code, "consents are missing" in lapsed.err) == (4, True), "the facts moved"
    for who in ("wim", "dan"):
        bench.run("change", "approve", change, "--actor", who)
    done = bench.run("change", "apply", change, "--actor", "ann")
    assert done.code == 3, done.out
    assert "evidence: nobody declares it as done" in str(done.document["outcome"])
    assert not bench.retired()


def test_an_open_list_is_not_filed(bench: Bench) -> None:
    bench.declare()
    ran = bench.run("service", "retire", "fair", "--propose", "--actor", "ann")
    assert (ran.code, ran.document["complete"]) == (4, False)
    assert bench.run("change", "list").document["rows"] == []


@pytest.mark.parametrize(("ago", "proven"), [(100, False), (7200, True)], ids=["cached", "passed"])
def test_what_changes_of_ours_removed_has_to_leave_caches(
    bench: Bench, ago: int, proven: bool
) -> None:
    bench.declare(*EVERY)
    session = TrustpathApplication().open(bench.estate, now=NOW)
    for _ in session.collect():
        pass
    removed = Edit("example.com", "fair.example.com", "A", RecordSet(3600, ("192.0.2.9",)), None)
    applied = change_of(removed, NOW - ago)
    found = {item.step: item for item in retirement(session, "fair", [applied]).items}
    assert bool(found["records"].proven) is proven
    assert ("C1 removed fair.example.com A" in found["records"].says) is not proven


def change_of(edit: Edit, at: int) -> Change:
    """Return a change that was applied at an instant."""
    plan = Plan(edits=(edit,), events=(), needed=(), tier="public")
    more: dict[str, Any] = {"digest": "", "basis": "", "verdict": "allow", "assessment": {}}
    return Change(
        id="C1",
        author="ann",
        origin="test",
        state=State.APPLIED,
        plan=plan,
        created_at=at - DAY,
        updated_at=at,
        applied_at=at,
        **more,
    )
