"""The CA's suggestion of when to renew (RFC 9773), over a real acme2certifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cas import acme2certifier
from dns_servers import KEY_SECRET, bind
from issuing import ZONE, Shop, entries, orders, shop
from trustpath.facts.order import SeenWindow
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


def test_the_window_of_the_ca_decides_and_is_asked_for_when_the_ca_says(bench: Shop) -> None:
    office = bench.office()
    desk = office.changes.desk
    job = job_named(office.ports, "web")
    change = propose(desk, submission(wanted_event(office.ports, job)), "ann").change
    for who in ("dan", "cem"):
        approve(desk, change.id, who)
    ended = apply(desk, office.changes.ports, change.id, "ann")
    assert ended.state.value == "applied", ended.outcome
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
    # A window that is past means now; while it is fresh nobody asks.
    with office.ports.store.act() as act:
        act.see_window(replace(held, window=SeenWindow(1, 2, seen.fetched_at)))
    (done,) = renew(office, "bot")
    assert done.outcome is Outcome.RENEWED, done
    office.close()
    told = bench.office().changes.session
    with told.judging(engine="sqlite") as engine:
        rows = engine.query("SELECT starts, ends, job FROM renewal_info")
    assert rows == [(1, 2, "web")]
