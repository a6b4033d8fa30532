"""An issuance is killed at every place, one after the other, and comes to its one end all the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dns_servers import KEY_SECRET
from issuing import Shop, authorities, entries, orders, shop
from trustpath.app.application import TrustpathApplication
from trustpath.facts.change import State
from trustpath.facts.order import IssuanceState
from trustpath.workflow.certificate.challenge import DnsChallenges
from trustpath.workflow.certificate.events import EventCarrier
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.renew import Outcome, renew
from trustpath.workflow.certificate.request import job_named, submission, wanted_event
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.decide import approve, propose

pytestmark = pytest.mark.peer
ZONE = "kill.example"
PLACES = (
    "event.web",
    "registered",
    "checked",
    "placed",
    "ordered",
    "chosen",
    "challenge.applying",
    "challenge.forward.0.intended",
    "challenge.forward.0.written",
    "challenge.verifying",
    "challenge.applied",
    "published",
    "proving",
    "shown",
    "finalizing",
    "ready",
    "finalized",
    "fetched",
    "issued",
    "in-place",
    "withdrawn",
    "deployed",
    "observed",
    "verified",
    "recorded",
)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with (
        authorities(tmp_path, [ZONE]) as (server, ca),
        shop(tmp_path / "shop", ZONE, server, ca) as s,
    ):
        yield s


def watched(office: CertificateOffice, passing: Callable[[str], None]) -> CertificateOffice:
    """Return the office with the places of changes and issuances told to ``passing``."""
    challenges = office.ports.challenges
    assert isinstance(challenges, DnsChallenges)
    answering = replace(challenges.ports, passing=lambda name: passing(f"challenge.{name}"))
    challenges = replace(challenges, ports=answering)
    ports = replace(office.ports, passing=passing, challenges=challenges)
    carrier = EventCarrier(ports, office.carry_out.judge)
    changes = replace(office.changes.ports, passing=passing, events=carrier)
    return replace(
        office, ports=ports, carry_out=carrier, changes=replace(office.changes, ports=changes)
    )


def dies(bench: Shop, place: str, change: str) -> int:
    """Go on in a process of its own that kills itself at a place; returns its exit code."""

    def run() -> None:
        def passing(name: str) -> None:
            if name == place:
                os.kill(os.getpid(), signal.SIGKILL)

        office = watched(bench.office(), passing)
        if place == PLACES[0]:
            apply(office.changes.desk, office.changes.ports, change, "ann")
        else:
            list(renew(office, "ann"))
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def test_killed_at_every_place_it_is_taken_on_to_one_certificate(bench: Shop) -> None:
    office = bench.office()
    job = job_named(office.ports, "web")
    desk = office.changes.desk
    filed = propose(desk, submission(wanted_event(office.ports, job)), "ann").change
    for who in ("dan", "cem"):
        approve(desk, filed.id, who)
    office.close()
    before = bench.served()
    for place in PLACES:
        assert dies(bench, place, filed.id) == -signal.SIGKILL, place
    last = bench.office()
    done = list(renew(last, "ann"))
    assert [item.outcome for item in done] == [Outcome.RESUMED, Outcome.NOT_DUE]
    (issuance,) = orders(last)
    assert issuance.state is IssuanceState.VERIFIED
    assert bench.served() != before
    with last.changes.desk.store.reading() as reader:
        changes = reader.changes()
    assert {change.state for change in changes} == {State.APPLIED}
    deployer = last.ports.connected.deployer(job)
    assert deployer.previous(issuance.id) is None
    assert not bench.texts(f"_acme-challenge.www.{ZONE}")
    kinds = [entry.kind for entry in entries(bench.folder)]
    for kind in ("intent", "issued", "deployed", "verified"):
        assert kinds.count(f"certificate.{kind}") == 1
    last.close()


def test_an_office_of_an_estate_without_jobs_carries_nothing(bench: Shop) -> None:
    bench.write(issuers=[], deployers=[], jobs=[])
    office = TrustpathApplication().certificates(bench.estate)
    assert not list(renew(office, "bot"))
