"""Many jobs in one act: asked for, consented to and obtained together, and who is asked for what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commandline import Ran, trustpath
from dns_servers import KEY_SECRET
from issuing import Shop, authorities, shop

pytestmark = pytest.mark.peer
ZONE = "several.example"
JOBS = ("web", "api", "lost")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with (
        authorities(tmp_path, [ZONE]) as peers,
        shop(tmp_path / "shop", ZONE, *peers) as made,
    ):
        (tmp_path / "shop" / "files").mkdir()
        files = [
            {"id": job, "kind": "files", "key": f"files/{job}.key", "chain": f"files/{job}.pem"}
            for job in JOBS[1:]
        ]
        services = [
            {
                "id": job,
                "owner": "pki",
                "tier": "internal",
                "names": [f"{name}.{ZONE}"],
                "cas": ["pebble"],
            }
            for job, name in (("shop", "www"), ("api", "api"), ("lost", "lost"))
        ]
        for job in ("lost",):
            made.update(f"{job}.{ZONE}", "CAA", '0 issue "another.example"')
        made.write(
            made.job(deploy="api"),
            made.job(id="api", service="api", names=[f"api.{ZONE}"], deploy="lost"),
            made.job(id="lost", service="lost", names=[f"lost.{ZONE}"], deploy="other"),
            deployers=[
                *files,
                {**files[0], "id": "other", "key": "files/o.key", "chain": "files/o.pem"},
            ],
            services=services,
        )
        yield made


def test_many_are_asked_for_consented_to_and_obtained_at_once(
    place: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> Ran:
        return trustpath(capsys, *words, "-e", place.estate, "--format", "json")

    asked = run("cert", "request", "--all", "--actor", "ann")
    rows = {row["about"]: row for row in asked.document["rows"]}
    assert len(rows) == 3, asked.err
    assert asked.code in (1, 3, 4)
    again = run("cert", "request", "--all", "--actor", "ann").document["rows"]
    assert [(row["id"], row["state"]) for row in again] == [("lost", "")], "nothing twice"
    assert again[0]["problem"], "what an order would refuse is not asked for"
    for who in ("dan", "cem"):
        shown = run("change", "list", "--waiting-for", who).document["rows"]
        assert shown, who
        assert all(row["consents"] for row in shown)
        assert shown[0]["command"] == f"trustpath change approve {shown[0]['id']} --actor {who}"
        run("change", "approve", "--all", "--actor", who)
        left = run("change", "list", "--waiting-for", who).document["rows"]
        assert left == [], "what was given is asked no more"
    own = run("change", "list", "--waiting-for", "ann").document["rows"]
    assert own, "what is approved waits for whoever applies it"
    assert all(row["consents"] == [] for row in own), "nobody is asked for their own changes"
    assert own[0]["command"] == f"trustpath change apply {own[0]['id']} --actor ann"
    issued = run("cert", "issue", "--all", "--actor", "ann")
    states = {row["about"]: row["state"] for row in issued.document["rows"]}
    assert states[f"issue www.{ZONE}"] == "applied", issued.out
    assert states[f"issue api.{ZONE}"] == "applied", issued.out
    assert states.get(f"issue lost.{ZONE}") != "applied"


def test_what_is_meant_has_to_be_said(place: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("cert", "request"),
        ("cert", "request", "web", "--all"),
        ("change", "approve"),
        ("cert", "issue"),
    ):
        ran = trustpath(capsys, *words, "--actor", "ann", "-e", place.estate)
        assert ran.code == 2, words
        assert "--all" in ran.err
    both = trustpath(capsys, "change", "approve", "C7", "C8", "--actor", "dan", "-e", place.estate)
    assert both.code == 1
    assert "C7" in both.out, "each has its row"
    assert "C8" in both.out
