"""The CA's suggestion of when to renew (RFC 9773), over a real acme2certifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cas import acme2certifier
from dns_servers import KEY_SECRET, bind
from issuing import ZONE, Shop, entries, orders, shop
from trustpath.base.clock import DAY
from trustpath.facts.issuing import RateLimitedError, Window
from trustpath.facts.order import SeenWindow
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.renew import ASK_AGAIN, Outcome, renew, when
from trustpath.workflow.certificate.request import job_named, submission, wanted_event
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.decide import approve, propose

pytestmark = pytest.mark.peer
NAME = "window.example"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    zone = tmp_path / "zone"
    zone.write_text(ZONE.format(zone=NAME))
    with (
        bind(tmp_path / "bind", {NAME: zone}, updates=True) as server,
        acme2certifier(tmp_path / "ca", dns=server.address) as ca,
        shop(tmp_path / "shop", NAME, server, ca) as made,
    ):
        yield made


def obtained(bench: Shop) -> CertificateOffice:
    """Obtain the certificate of the job; returns the office that did."""
    office = bench.office()
    desk = office.changes.desk
    job = job_named(office.ports, "web")
    change = propose(desk, submission(wanted_event(office.ports, job)), "ann").change
    for who in ("dan", "cem"):
        approve(desk, change.id, who)
    ended = apply(desk, office.changes.ports, change.id, "ann")
    assert ended.state.value == "applied", ended.outcome
    return office


def test_the_window_of_the_ca_decides_and_is_asked_for_when_the_ca_says(bench: Shop) -> None:
    office = obtained(bench)
    job = job_named(office.ports, "web")
    (held,) = orders(office)
    due = when(office, job, held)
    assert due.by == "window"
    (held,) = orders(office)
    seen = held.window
    assert seen is not None
    assert seen.starts <= due.at <= seen.ends
    assert "certificate.window-moved" not in [entry.kind for entry in entries(bench.folder)]
    # What the CA said before was another window, and it is time to ask again.
    past = SeenWindow(1, 2, seen.fetched_at - ASK_AGAIN - 10_000_000)
    with office.ports.store.act() as act:
        act.see_window(replace(held, window=past))
    assert when(office, job, replace(held, window=past)).at == due.at
    assert [e.body["former_starts"] for e in entries(bench.folder) if "moved" in e.kind] == [1]
    # A window that came to be past means now; while it is fresh nobody asks.
    assert seen.ahead
    with office.ports.store.act() as act:
        act.see_window(replace(held, window=SeenWindow(1, 2, seen.fetched_at, ahead=True)))
    (done,) = renew(office, "bot")
    assert done.outcome is Outcome.RENEWED, done
    office.close()
    told = bench.office().changes.session
    with told.judging(engine="sqlite") as engine:
        rows = engine.query("SELECT starts, ends, job FROM renewal_info")
    assert rows == [(1, 2, "web")]


class Past:
    """An issuer whose windows are always past, as some CAs' are; else the one behind it."""

    def __init__(self, issuer: Any, waits: int | None) -> None:
        self._issuer, self._waits, self.asked = issuer, waits, 0
        self.limited: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._issuer, name)

    def window(self, _certificate: bytes) -> Window:
        self.asked += 1
        if self.limited is not None:
            error = RateLimitedError("come back later")
            error.retry_at = self.limited
            raise error
        return Window(1_000 + self.asked, 2_000 + self.asked, None, self._waits)


def test_a_ca_whose_window_is_always_past_sells_no_certificate_at_every_look(bench: Shop) -> None:
    office = obtained(bench)
    past = Past(office.issuers["pebble"], 60)
    office = replace(office, issuers={"pebble": past})
    for _ in range(4):
        (found,) = renew(office, "bot")
        assert (found.outcome, found.why) == (Outcome.NOT_DUE, "by least age")
        (held,) = orders(office)
        assert found.at is not None
        assert held.not_before is not None
        assert held.not_after is not None
        assert found.at >= held.not_before + (held.not_after - held.not_before) * 33 // 100
        assert held.window is not None
        # Asked again a minute later, the window has moved: from past to past.
        aged = replace(held.window, fetched_at=held.window.fetched_at - 61)
        with office.ports.store.act() as act:
            act.see_window(replace(held, window=aged))
    assert past.asked == 4
    # A CA that wants to be left alone is left alone, and what it said before still counts.
    past.limited = office.ports.pace.now() + 3_000
    for _ in range(3):
        (found,) = renew(office, "bot")
        assert found.why == "by least age"
    assert past.asked == 5
    # Once it is old enough, the window counts.
    jobs = {"web": replace(office.ports.jobs["web"], least_age=1)}
    (held,) = orders(office)
    now = office.ports.pace.now()
    older = replace(held, not_before=now - 10 * DAY, not_after=now + 80 * DAY)
    office = replace(office, ports=replace(office.ports, jobs=jobs))
    assert when(office, jobs["web"], older).at <= now
    office.close()
