"""The commands on bundles: filed, looked at, paused, called back, carried on; exit codes say how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commandline import Ran, trustpath
from dns_servers import KEY_SECRET
from issuing import Shop, authorities, shop

pytestmark = pytest.mark.peer
ZONE = "command.example"
DONE, PROBLEM, MISUSE, WAITS = 0, 1, 2, 4


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with (
        authorities(tmp_path, [ZONE]) as peers,
        shop(tmp_path / "shop", ZONE, *peers, registered=False) as made,
    ):
        yield made


def test_a_bundle_is_filed_paused_resumed_and_called_back(
    place: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> Ran:
        return trustpath(capsys, *words, "-e", place.estate, "--format", "json")

    move = ("bundle", "start", "endpoint-move", "--name", f"www.{ZONE}", "--address", "127.0.0.9")
    filed = run(*move, "--port", str(place.port), "--actor", "ann", "--detach")
    assert filed.code == WAITS, filed.err
    assert (filed.document["id"], filed.document["state"]) == ("B1", "running")
    assert run("bundle", "pause", "B1", "--actor", "ann").document["state"] == "paused"
    (row,) = run("bundle", "list", "--state", "paused").document["rows"]
    assert (row["kind"], row["done"], row["steps"]) == ("endpoint-move", 0, 5)
    assert run("bundle", "run").code == DONE, "what is paused is left alone"
    assert run("bundle", "show", "B1").document["state"] == "paused"
    resumed = run("bundle", "resume", "B1", "--actor", "ann")
    assert resumed.code == WAITS
    assert "127.0.0.9" in resumed.document["problem"], "nothing serves the name there yet"
    ended = run("bundle", "cancel", "B1", "--reason", "a test", "--actor", "ann")
    assert (ended.code, ended.document["state"]) == (DONE, "cancelled")
    again = run("bundle", "resume", "B1", "--actor", "ann")
    assert again.code == PROBLEM
    assert "has ended" in again.err


REFUSED = (
    (("drill", "replace"), "no job of the estate is meant"),
    (("bundle", "start", "no-such-kind"), "no bundle of kind"),
    (("bundle", "start", "key-rollover", "--job", "web"), "TLSA"),
    (("bundle", "start", "change-ca", "--job", "web", "--issuer", "pebble"), "already"),
    (("bundle", "start", "replacement", "--revoke", "boredom"), "is no reason"),
)


def test_what_cannot_be_followed_is_refused_and_files_nothing(
    place: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, told in REFUSED:
        refused = trustpath(capsys, *words, "--actor", "ann", "-e", place.estate)
        assert refused.code in (PROBLEM, MISUSE), words
        assert told in refused.err
    listed = trustpath(capsys, "bundle", "list", "-e", place.estate, "--format", "json")
    assert not listed.document["rows"]
