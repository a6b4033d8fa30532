"""A bundle outlives the process that carries it: killed in the middle of a wait, the next goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bundling import Hours, Play, held, obtain, spki, states, tlsa
from certs import leaf, pem_bundle, root
from dns_servers import KEY_SECRET
from issuing import authorities, entries, shop
from tls_servers import postgres
from trustpath.facts.bundle import Bundle, BundleState
from trustpath.workflow.bundle.office import carry
from trustpath.workflow.bundle.starting import Wish

pytestmark = pytest.mark.peer
TTL = 2


@pytest.fixture(params=["sqlite", "postgresql"])
def play(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Play]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    zone = f"{request.param}.example"
    with ExitStack() as stack:
        peers = stack.enter_context(authorities(tmp_path, [zone]))
        place = stack.enter_context(shop(tmp_path / "shop", zone, *peers))
        if request.param == "postgresql":
            own = leaf(root("Database"), "localhost")
            port = stack.enter_context(postgres(pem_bundle(own), own.key_pem))
            place.write(workflows=f"postgresql://test@127.0.0.1:{port}/postgres")
        made = Play(place, Hours())
        obtain(made)
        yield made


def carried(play: Play, bundle: str) -> Bundle:
    """Carry a bundle on by the durable engine through its waits, consents given at once."""
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        for _ in carry(play.office, (bundle,)):
            pass
        found = play.bundle(bundle)
        if found.state is not BundleState.RUNNING:
            return found
        play.consent()
        time.sleep(0.2)
    raise AssertionError(f"{bundle} never ends: {play.bundle(bundle)}")


def killed_in_the_wait(play: Play, bundle: str) -> None:
    """Run the service until the bundle waits for caches, then kill it without a word."""
    command = [sys.executable, "-W", "ignore", "-m", "trustpath", "bundle", "run", "--forever"]
    service = subprocess.Popen(
        [*command, "-e", play.shop.estate],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=(play.shop.folder / "service.log").open("wb"),
        env={**os.environ, "TSIG": KEY_SECRET},
    )
    try:
        ends = time.monotonic() + 60
        office = play.office
        while "done" not in states(office.bundle(bundle))[1]:
            play.consent()
            log = (play.shop.folder / "service.log").read_text()
            assert service.poll() is None, log
            assert time.monotonic() < ends, (log, office.bundle(bundle))
            time.sleep(0.2)
    finally:
        service.send_signal(signal.SIGKILL)
        service.wait()


def test_the_next_process_goes_on_where_one_was_killed(play: Play) -> None:
    place = play.shop
    old = spki(place)
    tlsa(place, TTL, f"3 1 1 {old}")
    bundle = play.start(Wish("key-rollover", jobs=("web",)))
    killed_in_the_wait(play, bundle)
    assert spki(place) == old
    done = carried(play, bundle)
    assert done.state is BundleState.DONE, done.problem
    new = done.steps[0].result["spki"]
    assert spki(place) == new
    assert held(place, f"_{place.port}._tcp.www.{place.zone}", "TLSA") == [f"3 1 1 {new}"]
    first, second = done.steps[1], done.steps[3]
    assert (second.started_at or 0) - (first.ended_at or 0) >= 2 * TTL
    done_once = Counter(
        entry.body["step"]
        for entry in entries(place.folder)
        if entry.kind == "bundle.step" and entry.body["step_state"] == "done"
    )
    assert done_once == dict.fromkeys(range(6), 1)
    assert len(play.orders()) == 2, "one certificate before, one after"
