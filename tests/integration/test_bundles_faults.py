"""Bundles that are killed at every place, paused, called back and stuck: they end safely."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundling import Hours, Play, done_once, held, hours, killed, looking, obtain, spki, states
from cas import Pebble
from dns_servers import KEY_SECRET, DnsServer
from issuing import authorities, entries, shop
from trustpath.base.errors import InputError
from trustpath.facts.bundle import BundleState
from trustpath.facts.change import State
from trustpath.workflow.bundle.starting import Wish

__all__ = ("hours",)
pytestmark = pytest.mark.peer
NAMES = ("on", "ends", "back", "calls", "two")
ROLL = Wish("key-rollover", jobs=("web",))


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    zones = [f"{name}.example" for name in NAMES]
    with authorities(tmp_path_factory.mktemp("bundles"), zones) as started:
        yield started


@pytest.fixture
def play(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble],
    monkeypatch: pytest.MonkeyPatch,
    hours: Hours,
) -> Iterator[Play]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with shop(tmp_path, f"{request.param}.example", *peers) as place:
        made = Play(place, hours)
        obtain(made)
        place.update(owner(made), "TLSA", f"3 1 1 {spki(place)}")
        yield made


def owner(play: Play) -> str:
    """Return where the TLSA set of the shop is."""
    return f"_{play.shop.port}._tcp.www.{play.shop.zone}"


def announced(play: Play) -> list[str]:
    """Return the keys that are announced."""
    return [text.split()[-1] for text in held(play.shop, owner(play), "TLSA")]


@pytest.mark.parametrize("play", ["on"], indirect=True)
def test_a_rollover_killed_at_every_place_comes_to_its_one_end(play: Play) -> None:
    old = spki(play.shop)
    bundle = play.start(ROLL)
    for number in (0, 1, 3, 5):
        for place in ("begun", "done"):
            killed(play, bundle, f"{number}.{place}")
            assert spki(play.shop) in announced(play), "whoever looks finds the key announced"
    done = play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert done_once(play, done)
    assert announced(play) == [spki(play.shop)] != [old]
    assert len(play.orders()) == 2
    made = [change for change in play.changes() if change.origin.startswith("bundle ")]
    assert [change.state for change in made] == [State.APPLIED] * 3


@pytest.mark.parametrize("play", ["ends"], indirect=True)
def test_an_account_is_ended_once_wherever_it_is_killed(play: Play) -> None:
    place = play.shop
    (first,) = play.orders()
    place.update(place.zone, "CAA", f'0 issue "pebble.example; accounturi={first.account}"')
    place.update(owner(play), "TLSA")
    issuer = {
        "kind": "acme",
        "ca": "pebble",
        "directory": place.ca.directory,
        "roots": str(place.ca.vouching),
    }
    both = [
        {"id": "pebble", "account_key": "account.pem", **issuer},
        {"id": "second", "account_key": "second.pem", **issuer},
    ]
    place.write(place.job(issuers=["pebble", "second"]), issuers=both)
    bundle = play.start(Wish("change-account", jobs=("web",), issuer="second"), "pia")
    for number in (0, 4, 6):
        for at in ("begun", "done"):
            killed(play, bundle, f"{number}.{at}")
    done = play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert done_once(play, done)
    assert play.orders()[-1].account == done.steps[0].result["uri"]


@pytest.mark.parametrize("play", ["back"], indirect=True)
def test_a_way_back_killed_at_every_place_ends_where_it_began(play: Play) -> None:
    old = spki(play.shop)
    bundle = play.start(ROLL)
    killed(play, bundle, "3.begun")
    assert len(announced(play)) == 2
    play.turn_to(bundle, "cancel")
    for place in ("3.back", "1.back", "0.back"):
        killed(play, bundle, place)
    done = play.play(bundle)
    assert done.state is BundleState.CANCELLED, done.problem
    assert states(done)[0] == states(done)[1] == "undone"
    assert announced(play) == [old]
    assert spki(play.shop) == old
    assert play.orders()[-1].state.value == "failed", "the prepared key is let go"


@pytest.mark.parametrize("play", ["calls"], indirect=True)
def test_it_is_paused_and_called_back_at_every_step_until_only_the_way_on_is_safe(
    play: Play,
) -> None:
    old = spki(play.shop)
    for ready in (0, 1, 2, 3):
        bundle = play.start(ROLL)
        play.play(bundle, lambda b, n=ready: sum(s == "done" for s in states(b)) >= n)  # type: ignore[misc]
        play.office.look(bundle)
        play.turn_to(bundle, "pause")
        held_back = play.play(bundle)
        assert held_back.state is BundleState.PAUSED
        play.turn_to(bundle, "resume")
        play.turn_to(bundle, "cancel")
        assert play.play(bundle).state is BundleState.CANCELLED
        assert announced(play) == [old]
        assert spki(play.shop) == old
    bundle = play.start(ROLL)
    play.play(bundle, lambda b: b.steps[3].state.value == "done")
    with pytest.raises(InputError, match="only the way on"):
        play.turn_to(bundle, "cancel")
    # Somebody takes the announcement away by hand: what is left to do cannot be done safely.
    play.shop.update(owner(play), "TLSA", f"3 1 1 {old}")
    stuck = play.play(bundle)
    assert stuck.state is BundleState.STUCK
    assert "not announced" in stuck.problem
    play.shop.update(owner(play), "TLSA", f"3 1 1 {old}", f"3 1 1 {spki(play.shop)}")
    play.turn_to(bundle, "resume")
    done = play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert announced(play) == [spki(play.shop)]
    kinds = [entry.kind for entry in entries(play.shop.folder)]
    assert kinds.count("bundle.cancelled") == 4
    assert kinds.count("bundle.paused") == 4


@pytest.mark.parametrize("play", ["two"], indirect=True)
def test_only_one_process_carries_a_bundle(play: Play, tmp_path: Path) -> None:
    bundle, mark = play.start(ROLL), tmp_path / "at-it"

    def passing(name: str) -> None:
        if name == "0.begun":
            mark.touch()
            time.sleep(60)

    other = looking(play, bundle, passing)
    try:
        while not mark.exists():
            assert other.is_alive()
            time.sleep(0.02)
        at = play.office.look(bundle)
        assert at is not None
        assert at > play.hours.now()
        assert states(play.bundle(bundle))[0] == "running"
        assert len(play.orders()) == 1, "the other one makes the key"
    finally:
        other.kill()
        other.join()
    play.office.look(bundle)
    assert states(play.bundle(bundle))[0] == "done", "what a dead one held is free at once"
