"""What is looked at before the first write, and what changes know of each other, on a real BIND."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from changebench import Bench, approved
from changing import serving
from dns_servers import KEY_NAME, KEY_SECRET, DnsServer

pytestmark = pytest.mark.peer
NAMES = ("secret", "gone", "refused", "both", "back", "probe")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("ready"), [f"{n}.example" for n in NAMES]) as started:
        yield started


@pytest.fixture
def bench(
    tmp_path: Path,
    server: DnsServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    return Bench(tmp_path, server, capsys)


def writers(bench: Bench, **options: object) -> None:
    document = yaml.safe_load(bench.estate.read_text())
    document["writers"][0] |= options
    bench.estate.write_text(yaml.safe_dump(document))


@pytest.mark.parametrize(
    ("zone", "options", "said"),
    [
        (
            "secret.example",
            {"tsig": {"name": KEY_NAME, "algorithm": "hmac-sha256", "secret": "env:BAD"}},
            "TSIG",
        ),
        ("gone.example", {"server": "127.0.0.1:1"}, "127.0.0.1:1"),
        ("refused.example", {"tsig": None}, "REFUSED"),
    ],
)
def test_what_cannot_be_written_leaves_the_change_approved(
    bench: Bench,
    zone: str,
    options: dict[str, object],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BAD", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=")
    bench.write(zone)
    change = approved(bench, zone)
    good = bench.estate.read_text()
    writers(bench, **options)
    document = yaml.safe_load(bench.estate.read_text())
    if options.get("tsig", "") is None:
        del document["writers"][0]["tsig"]
        bench.estate.write_text(yaml.safe_dump(document))
    ran = bench.run("change", "apply", change, who="ann")
    assert ran.code == 1
    assert said in ran.err
    shown = bench.json("change", "show", change).document
    assert (shown["state"], shown["steps"]) == ("approved", [])
    bench.estate.write_text(good)
    assert bench.run("change", "apply", change, who="ann").code == 0


def test_two_changes_of_one_rrset_know_of_each_other(bench: Bench) -> None:
    zone = "both.example"
    bench.write(zone)
    first = approved(bench, zone)
    filed = bench.json(
        "change", "propose", "--nsupdate", bench.script(zone, "192.0.2.98"), who="root"
    ).document
    second = str(filed["id"])
    assert any(
        f"{first} (approved, by ann) changes www.{zone} A too" in r for r in filed["remarks"]
    )
    assert f"trustpath change approve {second} --actor dan" in filed["lift"]
    shown = bench.json("change", "show", first).document
    assert any(f"{second} (proposed, by root)" in text for text in shown["remarks"])
    given = bench.json("change", "approve", second, who="dan").document
    assert any(first in text for text in given["remarks"])
    assert bench.run("change", "approve", second, who="cem").code == 0
    assert bench.run("change", "apply", first, who="ann").code == 0
    late = bench.run("change", "apply", second, who="root")
    assert late.code != 0
    assert bench.json("change", "show", second).document["state"] == "lapsed"


def test_what_was_applied_is_verified_later_and_after_it_was_taken_back(bench: Bench) -> None:
    zone = "back.example"
    bench.write(zone)
    change = approved(bench, zone)
    assert bench.run("change", "verify", change).code == 1, "nothing was applied yet"
    assert bench.run("change", "apply", change, who="ann").code == 0
    held = bench.json("change", "verify", change)
    assert (held.code, held.document["holds"]) == (0, True)
    assert bench.run("change", "rollback", change, who="ann").code == 0
    moved = bench.json("change", "verify", change)
    assert (moved.code, moved.document["holds"]) == (3, False)
    assert any("taken back by" in text for text in moved.document["remarks"])
    assert any(
        "taken back by" in r for r in bench.json("change", "show", change).document["remarks"]
    )
    writers(bench, server="127.0.0.1:1", servers=["127.0.0.1:1"])
    back = bench.json("change", "list", "--state", "applied").document["rows"][-1]["id"]
    silent = bench.json("change", "verify", str(back))
    assert (silent.code, silent.document["holds"]) == (4, None)
