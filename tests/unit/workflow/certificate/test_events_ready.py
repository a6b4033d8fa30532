"""Certificate events that follow records are asked about before the first write."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from trustpath.base.errors import SourceError
from trustpath.facts.change import Plan
from trustpath.facts.edits import Edit, record_set
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.certificate.events import EventCarrier
from trustpath.workflow.change.ready import UnreadyError, check_ready

RENEW = CertificateEvent("renew-web", "renew", job="web")
MOVE = Edit("z.example", "www.z.example", "A", None, record_set(60, ["192.0.2.1"]))


def fails() -> None:
    raise SourceError("no connection to the CA")


def works() -> None:
    return None


def carrier(*offers: Any, current: Any = works) -> EventCarrier:
    issuers = {
        f"i{n}": SimpleNamespace(
            spec=SimpleNamespace(id=f"i{n}", ca="ca"), offer=one, account=works
        )
        for n, one in enumerate(offers)
    }
    job = SimpleNamespace(id="web", active=True, issuers=tuple(issuers), where="estate.yaml:1")
    connected = SimpleNamespace(
        issuer=issuers.__getitem__, deployer=lambda _: SimpleNamespace(current=current)
    )
    ports = SimpleNamespace(jobs={"web": job}, connected=connected)
    return EventCarrier(cast("Any", ports), cast("Any", None))


def change(*events: CertificateEvent, edits: tuple[Edit, ...] = (MOVE,)) -> Any:
    state = SimpleNamespace(value="approved")
    return SimpleNamespace(id="C1", state=state, plan=Plan(edits, events))


WRITERS = cast("Any", SimpleNamespace(for_zone=lambda _: SimpleNamespace(ready=lambda _: None)))


def test_one_issuer_that_answers_is_enough() -> None:
    check_ready(WRITERS, change(RENEW), carrier(fails, works))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (carrier(fails, fails), "issuer i0: no connection"),
        (carrier(works, current=fails), "no connection"),
        (carrier(), "no issuer of the job fits"),
    ],
    ids=["issuers", "place", "none"],
)
def test_what_an_order_lacks_stops_the_records(made: EventCarrier, said: str) -> None:
    with pytest.raises(UnreadyError, match=said):
        check_ready(WRITERS, change(RENEW), made)


def test_a_kind_or_a_job_that_nobody_knows_stops_the_records() -> None:
    for event in (replace(RENEW, job="other"), replace(RENEW, kind="retire")):
        with pytest.raises(UnreadyError, match="not everything"):
            check_ready(WRITERS, change(event), carrier(works))


def test_events_of_another_tool_and_events_alone_are_not_asked_about() -> None:
    check_ready(WRITERS, change(replace(RENEW, by="terraform")), carrier(fails))
    check_ready(WRITERS, change(RENEW, edits=()), carrier(fails))
