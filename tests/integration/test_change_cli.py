"""The commands from proposal to rollback, over a real BIND, the real gate and a signed ledger."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from changebench import Bench, approved
from changing import content, serving, writer_for
from commandline import check
from dns_servers import KEY_SECRET, DnsServer
from peers import require
from trustpath.facts.edits import Edit, RecordSet

pytestmark = pytest.mark.peer
NAMES = ("life", "unmade", "drift", "sign", "asks")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("cli"), [f"{n}.example" for n in NAMES]) as started:
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


def test_from_proposal_to_rollback(bench: Bench) -> None:
    zone = "life.example"
    bench.write(zone)
    before = content(writer_for(bench.server), zone)
    change = approved(bench, zone)
    ran = bench.json("change", "apply", change, who="ann")
    assert ran.code == 0, ran.err or ran.out
    assert ran.document["state"] == "applied"
    assert content(writer_for(bench.server), zone)[f"www.{zone}", "A"] == RecordSet(
        300, ("192.0.2.99",)
    )
    shown = bench.json("change", "show", change).document
    assert [step["state"] for step in shown["steps"]] == ["made"]
    assert [wait["reason"].split(":")[0] for wait in shown["waits"]] == ["G.3 replace"]
    assert (
        f"wait until {shown['waits'][0]['until']}: G.3" in bench.run("change", "show", change).out
    )
    assert {c["actor"] for c in shown["consents"]} == {"dan", "cem"}
    ran = bench.json("change", "rollback", change, "--reason", "it broke", who="ann")
    assert ran.code == 0, ran.err or ran.out
    assert ran.document["reverts"] == change
    assert content(writer_for(bench.server), zone) == before
    rows = bench.json("change", "list").document["rows"]
    assert [(row["id"], row["state"]) for row in rows] == [("C1", "applied"), ("C2", "applied")]
    assert bench.run("change", "list", "--overdue-review").code == 0
    assert bench.run("change", "apply", change, who="ann").code == 1
    assert bench.run("change", "show", "C9").code == 1
    assert bench.run("change", "approve", change, who="nobody").code == 2


def test_a_change_that_no_writer_can_make_is_not_begun(bench: Bench) -> None:
    zone = "unmade.example"
    bench.write(zone)
    change = approved(bench, zone)
    whole = bench.estate.read_text()
    bench.estate.write_text(yaml.safe_dump({**yaml.safe_load(whole), "writers": []}))
    ran = bench.run("change", "apply", change, who="ann")
    assert ran.code == 1
    assert f"no writer changes the zone {zone}" in ran.err
    assert bench.json("change", "show", change).document["state"] == "approved"
    bench.estate.write_text(whole)
    assert bench.json("change", "apply", change, who="ann").document["state"] == "applied"


def test_what_the_script_asks_for_is_asked_again_at_apply(bench: Bench) -> None:
    zone = "asks.example"
    bench.write(zone)
    script = bench.folder / "asks.txt"
    script.write_text(
        f'zone {zone}\nprereq yxrrset old.{zone} TXT "old"\n'
        f"update delete www.{zone} A\nupdate add www.{zone} 300 A 192.0.2.99\nsend\n"
    )
    ran = bench.json("change", "propose", "--nsupdate", script, who="ann")
    change = str(ran.document["id"])
    assert [p["kind"] for p in ran.document["plan"]["prerequisites"]] == ["rrset-equals"]
    for who in ("dan", "cem"):
        bench.run("change", "approve", change, who=who)
    writer = writer_for(bench.server)
    at, old, other = (
        (f"old.{zone}", "TXT"),
        RecordSet(300, ('"old"',)),
        RecordSet(300, ('"other"',)),
    )
    writer.apply(zone, [Edit(zone, *at, old, other)])
    before = content(writer, zone)
    ran = bench.run("change", "apply", change, who="ann")
    assert ran.code == 1
    assert "the prerequisite rrset-equals does not hold" in ran.err
    assert content(writer, zone) == before
    assert bench.json("change", "show", change).document["state"] == "approved"


def test_an_approval_is_signed_elsewhere_and_kept(bench: Bench) -> None:
    zone = "sign.example"
    key = bench.folder / "key"
    command = [require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    bench.keys["dan"] = [Path(f"{key}.pub").read_text().strip()]
    bench.write(zone)
    change = str(bench.propose(zone)["id"])
    statement = bench.run("change", "statement", change, who="dan").out
    assert json.loads(statement)["change"] == change
    signed = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "trustpath-approval", "-f", str(key)],
        input=statement.encode(), capture_output=True, check=True,
    )  # fmt: skip
    file = bench.folder / "approval.sig"
    file.write_bytes(signed.stdout)
    other = bench.run("change", "approve", change, "--signature", file, who="cem")
    assert other.code == 2
    assert "no keys" in other.err
    assert bench.run("change", "approve", change, "--signature", file, who="dan").code == 4
    consents = bench.json("change", "show", change).document["consents"]
    assert {consent["signature"] for consent in consents} == {signed.stdout.decode()}
    assert bench.run("change", "withdraw", change, who="ann").code == 0


def test_drift_is_found_and_turned_into_a_change(bench: Bench) -> None:
    zone = "drift.example"
    bench.write(zone)
    assert bench.run("drift", "--accept-baseline", who="root").out == f"accepted {zone}\n"
    assert bench.run("drift").code == 0
    writer = writer_for(bench.server)
    old, new = RecordSet(300, ("192.0.2.1",)), RecordSet(300, ("192.0.2.66",))
    writer.apply(zone, [Edit(zone, f"www.{zone}", "A", old, new)])
    ran = bench.json("drift")
    assert ran.code == 3
    (found,) = ran.document["zones"]
    (difference,) = found["differences"]
    assert difference["approved"] is False
    assert difference["edit"]["after"] == {"ttl": 300, "rdatas": ["192.0.2.66"]}
    assert found["verdict"] in ("allow", "warn", "hold", "deny")
    ran = bench.json("drift", "--revert", who="ann")
    assert ran.code in (0, 4), ran.err
    change = ran.document["id"]
    for who in ("dan", "cem"):
        bench.run("change", "approve", change, who=who)
    assert bench.run("change", "apply", change, who="ann").code == 0
    assert bench.run("drift").code == 0
    assert bench.run("drift", "--accept-baseline", who="root").code == 1


def test_an_exception_excuses_until_it_is_revoked(bench: Bench) -> None:
    bench.write("life.example")
    before = check(bench.capsys, bench.estate, "--min-status", "low")
    rule, subject = min(before.findings)
    given = ("--owner", "dns", "--control", "watched", "--until", "2099-01-01")
    ran = bench.json(
        "exception", "grant", "--rule", rule, "--subject", subject, *given, "--reason", "migration",
        who="dan",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    excused = check(bench.capsys, bench.estate, "--min-status", "low").findings[rule, subject]
    assert excused["exception"]["id"] == "X1"
    assert bench.run("exception", "revoke", "X1", who="dan").code == 0
    again = check(bench.capsys, bench.estate, "--min-status", "low").findings[rule, subject]
    assert "exception" not in again
    (row,) = bench.json("exception", "list").document["rows"]
    assert (row["id"], row["state"]) == ("X1", "revoked")
    assert bench.run("exception", "revoke", "X1", who="dan").code == 1


def test_what_cannot_be_judged_as_a_whole_is_not_filed(bench: Bench) -> None:
    """One part for a zone that the estate does not hold: the rest must not pass alone."""
    bench.write("life.example")
    path = bench.folder / "two.txt"
    path.write_text(
        "zone life.example\nupdate add more.life.example 300 A 192.0.2.5\nsend\n"
        "zone other.example\nupdate add www.other.example 300 A 192.0.2.5\nsend\n"
    )
    ran = bench.run("change", "propose", "--nsupdate", path, who="ann")
    assert ran.code == 1
    assert "cannot be judged" in ran.err
    assert "other.example" in ran.err
    assert bench.json("change", "list").document["rows"] == []
