"""A deployment that is killed between any two acts leaves one whole pair in use, old or new."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from changing import dies_at
from deploying import (
    chain,
    deployed,
    in_use,
    issued,
    keeper,
    leftovers,
    mode,
    prepare,
    signed,
    watched,
)
from trustpath.connectors.deployers import disk
from trustpath.connectors.deployers.keeper import Keeper
from trustpath.facts.deploying import KeyPolicy

ROLES = ("key", "chain", "certificate")
# What reads the files: it copies them when it is told to, as a server does at a reload.
OPTIONS = {
    "key": "key.pem",
    "chain": "chain.pem",
    "certificate": "leaf.pem",
    "reload": ["cp", "-p", "key.pem", "chain.pem", "leaf.pem", "memory"],
}
FILES = ("key.pem", "chain.pem", "leaf.pem")

PREPARE = ("key-kept",)
CHANGE = (
    "entered",
    *(f"staged.{role}" for role in ROLES),
    *(f"replaced.{role}" for role in ROLES),
    "checked",
    "activating",
    "activated",
)
DEPLOY = ("previous-kept", *CHANGE, "left")
RESTORE = (*CHANGE, "previous-dropped", "left")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory where there is one: most of the time goes into fsync."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def made(folder: Path) -> Keeper:
    (folder / "memory").mkdir(exist_ok=True)
    return keeper("files", folder, OPTIONS)


def dead(folder: Path, place: str, act: Callable[[Keeper], object]) -> None:
    """Do something in a process that is killed at a place."""
    assert dies_at(place, lambda passing: act(watched(made(folder), passing))) == -signal.SIGKILL


def whole(folder: Path) -> str | None:
    """Return what is in use, having checked that files and memory are the same whole pair."""
    found = in_use(made(folder))
    for name in FILES:
        assert (folder / name).read_bytes() == (folder / "memory" / name).read_bytes()
    assert mode(folder / "key.pem") == 0o600
    return found


def nothing_left(folder: Path) -> bool:
    for order in ("O1", "O2", "O3"):
        made(folder).settle(order)
    return leftovers(folder) == []


def test_the_tables_name_every_place(tmp_path: Path) -> None:
    places: list[str] = []
    one = watched(made(tmp_path), places.append)
    deployed(one, "O1")
    assert tuple(places) == (*PREPARE, *DEPLOY)
    deployed(one, "O2")
    places.clear()
    one.restore("O2")
    assert tuple(places) == RESTORE


@pytest.mark.parametrize("place", PREPARE)
def test_a_key_is_the_same_after_a_kill(tmp_path: Path, place: str) -> None:
    deployed(made(tmp_path), "O1")
    dead(tmp_path, place, lambda one: prepare(one, "O2"))
    first = prepare(made(tmp_path), "O2")
    assert prepare(made(tmp_path), "O2").spki == first.spki
    kept = tmp_path / ".trustpath-web" / "O2.key"
    assert mode(kept) == 0o600
    assert mode(kept.parent) == 0o700
    leaf = signed(first)
    made(tmp_path).deploy("O2", chain(leaf))
    assert whole(tmp_path) == leaf.fingerprint


@pytest.mark.parametrize("after", ["current", "deploy", "restore", "other", "settle"])
@pytest.mark.parametrize("place", DEPLOY)
def test_killed_in_deploy(tmp_path: Path, place: str, after: str) -> None:
    old = deployed(made(tmp_path), "O1")
    new = issued(made(tmp_path), "O2")
    dead(tmp_path, place, lambda one: one.deploy("O2", chain(new)))
    ended = place == "left"
    match after:
        case "current":
            assert whole(tmp_path) == (new if ended else old).fingerprint
            made(tmp_path).deploy("O2", chain(new))
        case "deploy":
            made(tmp_path).deploy("O2", chain(new))
            assert whole(tmp_path) == new.fingerprint
        case "restore":
            back = made(tmp_path).restore("O2")
            assert back is not None
            assert back.fingerprint == whole(tmp_path) == old.fingerprint
            made(tmp_path).deploy("O2", chain(new))
        case "other":
            third = deployed(made(tmp_path), "O3")
            assert whole(tmp_path) == third.fingerprint
            back = made(tmp_path).restore("O3")
            assert back is not None
            assert back.fingerprint == whole(tmp_path) == (new if ended else old).fingerprint
            made(tmp_path).deploy("O2", chain(new))
        case "settle":
            made(tmp_path).settle("O2")
            assert whole(tmp_path) == (new if ended else old).fingerprint
            assert not list((tmp_path / ".trustpath-web").glob("O2.*"))
            return
    assert whole(tmp_path) == new.fingerprint
    if not (ended and after == "other"):
        back = made(tmp_path).restore("O2")
        assert back is not None
        assert back.fingerprint == whole(tmp_path) == old.fingerprint
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("after", ["current", "deploy", "restore"])
@pytest.mark.parametrize("place", RESTORE)
def test_killed_in_restore(tmp_path: Path, place: str, after: str) -> None:
    old = deployed(made(tmp_path), "O1")
    new = deployed(made(tmp_path), "O2")
    dead(tmp_path, place, lambda one: one.restore("O2"))
    if after == "deploy":
        made(tmp_path).deploy("O2", chain(new))
        assert whole(tmp_path) == new.fingerprint
    elif after == "current":
        assert whole(tmp_path) == old.fingerprint
    back = made(tmp_path).restore("O2")
    assert back is not None
    assert back.fingerprint == whole(tmp_path) == old.fingerprint
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("place", DEPLOY)
def test_killed_in_the_first_deploy(tmp_path: Path, place: str) -> None:
    new = issued(made(tmp_path), "O1")
    dead(tmp_path, place, lambda one: one.deploy("O1", chain(new)))
    if place == "left":
        assert whole(tmp_path) == new.fingerprint
    else:
        assert in_use(made(tmp_path)) is None
        assert not list(tmp_path.glob(".*-next"))
        assert not any((tmp_path / name).exists() for name in FILES)
    made(tmp_path).deploy("O1", chain(new))
    assert whole(tmp_path) == new.fingerprint


def test_killed_twice(tmp_path: Path) -> None:
    """The one that takes back is killed as well, at every place of its own."""
    old = deployed(made(tmp_path), "O1")
    new = issued(made(tmp_path), "O2")
    dead(tmp_path, "activated", lambda one: one.deploy("O2", chain(new)))
    for place in CHANGE[1:7]:
        dead(tmp_path, place, lambda one: one.current())
    assert whole(tmp_path) == old.fingerprint


def test_killed_and_then_given_another_chain(tmp_path: Path) -> None:
    """The way back is known for the certificate that came into use in the end."""
    old = deployed(made(tmp_path), "O1")
    pending = prepare(made(tmp_path), "O2")
    first, second = signed(pending), signed(pending, days=20)
    dead(tmp_path, "activated", lambda one: one.deploy("O2", chain(first)))
    made(tmp_path).deploy("O2", chain(second))
    assert whole(tmp_path) == second.fingerprint
    back = made(tmp_path).restore("O2")
    assert back is not None
    assert back.fingerprint == whole(tmp_path) == old.fingerprint


def test_killed_while_a_key_is_written(tmp_path: Path) -> None:
    """What was written of a key without its name is no key."""

    def torn(_passing: Callable[[str], None]) -> None:
        def swap(temporary: Path, path: Path) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        disk.swap = swap
        made(tmp_path).prepare("O1", ("a.example",), KeyPolicy(), reuse=False)

    assert dies_at("", torn) == -signal.SIGKILL
    part = tmp_path / ".trustpath-web" / "O1.key.part"
    assert mode(part) == 0o600
    leaf = deployed(made(tmp_path), "O1")
    assert not part.exists()
    assert whole(tmp_path) == leaf.fingerprint
