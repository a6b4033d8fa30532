"""``trustpath ledger`` over a store file: sign, publish, export, verify, and every tampering found."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from commandline import Ran, trustpath
from trustpath.ledger import tree, verify
from trustpath.ledger.entry import Entry
from trustpath.store.database import open_store
from trustpath.store.ledger import append, transaction

ESTATE = """
organisation: {name: Example, domains: [example.com]}
store: sqlite:///store.db
ledger: {origin: example.com/log, key: "file:ledger.key", publish: [public/checkpoint.txt]}
"""


def entry(number: int, actor: str = "alice") -> bytes:
    kind = "change.approved" if number % 2 else "exception.granted"
    return Entry(1795521600 + number, actor, kind, f"{number % 3}.example.com", {}).encode()


@dataclass(frozen=True, slots=True)
class World:
    """A folder with an estate, its store and a key, and the command line."""

    folder: Path
    run: Callable[..., Ran]
    vkey: str

    @property
    def public(self) -> Path:
        return self.folder / "public" / "checkpoint.txt"

    def add(self, *numbers: int) -> None:
        database = open_store(f"sqlite:///{self.folder / 'store.db'}")
        with transaction(database) as connection:
            append(connection, [entry(number) for number in numbers])
        database.dispose()

    def kept(self, name: str) -> Path:
        """Sign the head and keep what was published elsewhere."""
        assert self.run("checkpoint").code == 0
        return Path(shutil.copy(self.public, self.folder / name))

    def alter(self, *statements: str) -> None:
        connection = sqlite3.connect(self.folder / "store.db")
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def rewrite(self, entries: Sequence[bytes]) -> None:
        """Write another history into the store, as somebody would who holds the database."""
        self.alter(*(f"DELETE FROM ledger_{name}" for name in ("entry", "node", "checkpoint")))
        database = open_store(f"sqlite:///{self.folder / 'store.db'}")
        with transaction(database) as connection:
            append(connection, entries)
        database.dispose()


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    (tmp_path / "public").mkdir()
    estate = tmp_path / "estate.yaml"
    estate.write_text(ESTATE, "utf-8")

    def run(command: str, *arguments: str | Path) -> Ran:
        return trustpath(capsys, "ledger", command, "-e", estate, *arguments)

    made = run("checkpoint", "--new-key", tmp_path / "ledger.key")
    assert made.code == 0, made.err
    return World(tmp_path, run, made.out.strip())


def test_a_new_key_is_its_owners_alone_and_never_overwritten(world: World) -> None:
    path = world.folder / "ledger.key"
    written = path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    assert written.startswith("PRIVATE+KEY+example.com/log+")
    assert verify.parse_vkey(world.vkey).name == "example.com/log"
    again = world.run("checkpoint", "--new-key", path)
    assert (again.code, path.read_text("utf-8")) == (2, written)
    assert written.strip() not in again.err


def test_sign_publish_verify(world: World) -> None:
    world.add(*range(5))
    first = world.run("checkpoint", "--format", "json").document
    assert (first["size"], first["vkey"], first["failed"]) == (5, world.vkey, [])
    assert world.public.read_text("utf-8") == first["note"]
    assert world.public.stat().st_mode & 0o777 == 0o644
    # Nothing new gives the same note.
    assert world.run("checkpoint", "--format", "json").document == first
    world.add(5, 6)
    found = world.run("verify", "--format", "json")
    assert found.code == 0
    assert found.document | {"root": ""} == {
        "schema": "trustpath/ledger-verify/1",
        "ok": True,
        "origin": "example.com/log",
        "size": 7,
        "root": "",
        "checkpoints": [5],
        "held": [5],
        "unsigned": 2,
        "mismatch": None,
    }
    assert "2 entries since the newest checkpoint are not signed" in world.run("verify").out


def test_the_key_may_come_from_the_environment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = world.folder / "estate.yaml"
    estate.write_text(ESTATE.replace("file:ledger.key", "env:LEDGER_KEY"), "utf-8")
    assert "LEDGER_KEY is not set" in world.run("checkpoint").err
    monkeypatch.setenv("LEDGER_KEY", (world.folder / "ledger.key").read_text("utf-8"))
    assert world.run("checkpoint").code == 0
    monkeypatch.setenv("LEDGER_KEY", "hunter2")
    refused = world.run("checkpoint")
    assert refused.code == 1
    assert "hunter2" not in refused.err


def test_an_export_verifies_without_store_and_estate(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.add(*range(4))
    old = world.kept("old.txt")
    world.add(*range(4, 9))
    world.kept("new.txt")
    world.add(9)
    path = world.folder / "export.jsonl"
    assert world.run("export", "-o", path).code == 0
    assert world.run("export").out == path.read_text("utf-8")
    outside = world.folder / "outside"
    outside.mkdir()
    shutil.copy(path, outside / "e.jsonl")
    arguments = ("--export", outside / "e.jsonl", "--key", world.vkey, "--checkpoint", old)
    found = trustpath(capsys, "ledger", "verify", *arguments, "--format", "json")
    assert found.code == 0
    assert (found.document["size"], found.document["checkpoints"]) == (9, [4, 9])
    assert found.document["held"] == [4]
    # The one file that an outsider copies, in an interpreter that sees nothing else of ours.
    shutil.copy(verify.__file__, outside / "verify.py")

    def alone(*more: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify.py", "e.jsonl", world.vkey, *map(str, more)]
        return subprocess.run(command, cwd=outside, capture_output=True, text=True, check=False)

    done = alone(old)
    assert (done.returncode, done.stderr) == (0, "")
    assert "9 entries" in done.stdout
    data = path.read_bytes()
    (outside / "e.jsonl").write_bytes(data.replace(b'"actor":"alice"', b'"actor":"mallo"', 1))
    assert alone(old).returncode == 3
    assert "entry 0" in alone(old).stderr
    assert alone("missing.txt").returncode == 1
    found = trustpath(capsys, "ledger", "verify", *arguments, "--format", "json")
    assert (found.code, found.document["mismatch"]["where"]) == (3, "entry 0")


def test_a_proof_of_one_entry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add(*range(9))
    world.kept("head.txt")
    path = world.folder / "proof.json"
    assert world.run("export", "--entry", "6", "-o", path).code == 0
    arguments = ("ledger", "verify", "--export", path, "--key", world.vkey)
    assert trustpath(capsys, *arguments).code == 0
    assert json.loads(path.read_bytes())["entry"] == entry(6).decode()
    path.write_bytes(path.read_bytes().replace(b"alice", b"mallo"))
    assert trustpath(capsys, *arguments).code == 3
    world.add(9)
    late = world.run("export", "--entry", "9")
    assert (late.code, late.out) == (2, "")
    assert "checkpoint first" in late.err


NODE = tree.position((1, 1))
TAMPERING = {
    "an entry changed": (
        "UPDATE ledger_entry SET entry = replace(entry, 'alice', 'mallo') WHERE \"index\" = 3",
        "entry 3",
    ),
    "an entry changed, still octets": (
        "UPDATE ledger_entry SET entry = CAST(replace(entry, 'alice', 'mallo') AS BLOB)",
        "entry 0",
    ),
    "a note that is no text": ("UPDATE ledger_checkpoint SET note = x'00'", "checkpoint 6"),
    "an entry that is none": (
        "UPDATE ledger_entry SET entry = x'7b7d' WHERE \"index\" = 3",
        "entry 3",
    ),
    "an entry dropped": ('DELETE FROM ledger_entry WHERE "index" = 3', "entry 3"),
    "the last entry dropped": ('DELETE FROM ledger_entry WHERE "index" = 7', "entry 7"),
    "an inner hash changed": (
        f"UPDATE ledger_node SET hash = x'00' WHERE position = {NODE}",
        "entry 3",
    ),
    "a hash dropped": (f"DELETE FROM ledger_node WHERE position = {NODE}", f"tree node {NODE}"),
    "a hash too many": (
        "INSERT INTO ledger_node SELECT MAX(position) + 1, x'00' FROM ledger_node",
        "entry 8",
    ),
    "a checkpoint moved": ("UPDATE ledger_checkpoint SET size = 5", "checkpoint 5"),
    "a checkpoint changed": (
        "UPDATE ledger_checkpoint SET note = replace(note, 'example.com/log' || char(10), 'x' || char(10))",
        "checkpoint 6",
    ),
}


@pytest.mark.parametrize("statement, where", TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_with_the_store_is_named(world: World, statement: str, where: str) -> None:
    world.add(*range(6))
    world.kept("held.txt")
    world.add(6, 7)
    assert world.run("verify").code == 0
    world.alter(statement)
    found = world.run("verify", "--format", "json")
    assert found.code == 3
    assert found.document["mismatch"]["where"] == where
    assert "does not match" in world.run("verify").err


@pytest.mark.parametrize(
    "entries",
    [
        [entry(n) for n in (0, 1, 2, 4, 5, 6)],
        [entry(n) for n in (0, 2, 1, 3, 4, 5, 6)],
        [entry(n, "mallory" if n == 3 else "alice") for n in range(7)],
        [entry(n) for n in range(4)],
        [],
    ],
    ids=["dropped", "reordered", "changed", "cut", "emptied"],
)
def test_a_rewritten_database_is_found_by_who_holds_a_checkpoint(
    world: World, entries: list[bytes]
) -> None:
    world.add(*range(6))
    held = world.kept("held.txt")
    world.add(6)
    world.public.unlink()
    world.rewrite(entries)
    # Everything inside fits, and with the key it can even be signed.
    assert world.run("verify").code == 0
    assert world.run("checkpoint").code == 0
    found = world.run("verify", "--checkpoint", held, "--format", "json")
    assert (found.code, found.document["mismatch"]["where"]) == (3, str(held))
    path = world.folder / "export.jsonl"
    assert world.run("export", "-o", path).code == 0
    arguments = ("--export", path, "--key", world.vkey, "--checkpoint", held)
    assert world.run("verify", *arguments).code == 3


def test_a_second_history_is_not_signed(world: World) -> None:
    world.add(*range(6))
    assert world.run("checkpoint").code == 0
    published = world.public.read_bytes()
    world.rewrite([entry(number) for number in range(4)])
    refused = world.run("checkpoint", "--format", "json")
    assert refused.code == 3
    assert refused.document["mismatch"]["where"] == str(world.public)
    assert world.public.read_bytes() == published


def test_a_key_is_replaced_with_the_old_one_still_known(world: World) -> None:
    world.add(*range(3))
    assert world.run("checkpoint").code == 0
    (world.folder / "ledger.key").unlink()
    new = world.run("checkpoint", "--new-key", world.folder / "ledger.key").out.strip()
    world.add(3)
    # What the old key signed is not taken on trust, nor passed over.
    assert world.run("checkpoint").code == 3
    assert world.run("checkpoint", "--key", world.vkey).code == 0
    assert world.run("verify").code == 3
    found = world.run("verify", "--key", world.vkey, "--format", "json")
    assert (found.code, found.document["checkpoints"]) == (0, [3, 4])
    path = world.folder / "export.jsonl"
    assert world.run("export", "-o", path).code == 0
    arguments = ("--export", path, "--key", new)
    assert world.run("verify", *arguments).code == 3
    assert world.run("verify", *arguments, "--key", world.vkey).code == 0


def test_without_the_private_key_the_public_one_verifies(world: World) -> None:
    world.add(*range(3))
    assert world.run("checkpoint").code == 0
    (world.folder / "ledger.key").unlink()
    assert world.run("verify").code == 1
    assert world.run("verify", "--key", world.vkey).code == 0
    assert world.run("checkpoint").code == 1


def test_entries_are_shown(world: World) -> None:
    world.add(*range(7))
    rows = world.run("show", "--format", "json").document["rows"]
    assert [row["index"] for row in rows] == list(range(7))
    assert rows[1] == {
        "index": 1,
        "at": "2026-11-24T12:00:01Z",
        "kind": "change.approved",
        "subject": "1.example.com",
        "actor": "alice",
        "body": {},
    }

    def places(*options: str) -> list[int]:
        document = world.run("show", "--format", "json", *options).document
        return [row["index"] for row in document["rows"]]

    assert places("--subject", "1.example.com") == [1, 4]
    assert places("--kind", "change") == [1, 3, 5]
    assert places("--kind", "chan") == []
    assert places("--kind", "change.approved", "--last", "2") == [3, 5]
    assert "change.approved" in world.run("show").out


def test_messages_say_the_way_out(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    estate = world.folder / "estate.yaml"
    path = world.folder / "export.jsonl"
    assert "checkpoint first" in world.run("export", "-o", path).err
    assert not path.exists()
    bare = trustpath(capsys, "ledger", "verify", "--export", path)
    assert (bare.code, "--key" in bare.err) == (2, True)
    missing = world.run("verify", "--export", path, "--key", world.vkey)
    assert (missing.code, "No such file" in missing.err) == (2, True)
    assert world.run("verify", "--key", "nonsense").code == 2
    assert world.run("verify", "--checkpoint", path).code == 2
    estate.write_text(ESTATE.replace("store: sqlite:///store.db\n", ""), "utf-8")
    no_store = world.run("verify")
    assert (no_store.code, "names no store" in no_store.err) == (1, True)
    estate.write_text(ESTATE.partition("ledger:")[0], "utf-8")
    assert world.run("verify").code == 0
    assert "origin" in world.run("checkpoint").err
    assert world.run("checkpoint", "--new-key", world.folder / "other.key").code == 1
    assert not (world.folder / "other.key").exists()


@pytest.mark.parametrize(
    "ledger, key",
    [
        ("{origin: 'a b'}", "ledger.origin"),
        ("{key: file:x}", "ledger"),
        ("{origin: a, key: secret}", "ledger.key"),
        ("{origin: a, publish: ['ftp://example.com/']}", "ledger.publish[0]"),
        ("{origin: a, publish: ['http://user:pass@example.com/']}", "ledger.publish[0]"),
        ("{origin: a, publish: [{to: a, method: GET}]}", "ledger.publish[0].method"),
    ],
    ids=["origin", "none", "secret", "scheme", "user", "method"],
)
def test_the_estate_is_checked(world: World, ledger: str, key: str) -> None:
    text = ESTATE.partition("ledger:")[0] + f"ledger: {ledger}\n"
    (world.folder / "estate.yaml").write_text(text, "utf-8")
    ran = world.run("verify")
    assert ran.code == 1
    assert f"{key}" in ran.err
