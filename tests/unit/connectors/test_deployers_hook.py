"""The hook: the sample works end to end, and no answer of a program is believed unseen."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from certs import DAY, NOW
from deploying import NAMES, chain, deployed, deployer, in_use, issued, mode, prepare
from peers import require
from shared import REPOSITORY
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.facts.deploying import Deployer

SAMPLE = REPOSITORY / "examples" / "hooks" / "openssl-files"


def sample(folder: Path, *, now: int = NOW) -> Deployer:
    """Return a deployer with the hook of the examples."""
    require("openssl")
    command = [sys.executable, str(SAMPLE), str(folder / "place")]
    return deployer("hook", folder, {"command": command}, now=now)


def program(folder: Path, body: str, **options: Any) -> Deployer:
    """Return a deployer with a few lines of Python as its program."""
    text = f"import json, sys, time\nverb, order = sys.argv[1:]\nasked = json.load(sys.stdin)\n{body}\n"
    (folder / "hook.py").write_text(text)
    return deployer("hook", folder, {"command": [sys.executable, "hook.py"], **options})


def test_the_sample_goes_the_whole_way(tmp_path: Path) -> None:
    place = sample(tmp_path)
    assert in_use(place) is None
    pending = prepare(place, "O1")
    assert prepare(place, "O1").spki == pending.spki
    first = deployed(place, "O1")
    assert in_use(place) == first.fingerprint
    assert mode(tmp_path / "place" / "current" / "key.pem") == 0o600
    place.deploy("O1", chain(first))
    assert place.previous("O1") is None
    assert place.restore("O1") is None
    second = deployed(place, "O2", not_after=NOW + 50 * DAY)
    before = place.previous("O2")
    assert before is not None
    assert before.fingerprint == first.fingerprint
    with pytest.raises(InputError, match="is revoked"):
        place.restore("O2", revoked={first.fingerprint})
    with pytest.raises(InputError, match="expired"):
        sample(tmp_path, now=NOW + 61 * DAY).restore("O2")
    assert in_use(place) == second.fingerprint
    assert place.restore("O2") == place.restore("O2") == before
    place.deploy("O2", chain(second))
    place.settle("O2")
    place.settle("O2")
    assert in_use(place) == second.fingerprint
    assert [path.name for path in (tmp_path / "place" / "orders").iterdir()] == ["O2"]
    assert prepare(place, "O3", reuse=True).spki == prepare(place, "O2").spki


@pytest.mark.parametrize("kind", ["ec-384", "rsa-2048"])
def test_the_sample_makes_other_keys(tmp_path: Path, kind: str) -> None:
    prepare(sample(tmp_path), "O1", kind=kind)


def test_the_sample_refuses_a_leaf_of_another_key(tmp_path: Path) -> None:
    place = sample(tmp_path)
    issued(place, "O1")
    with pytest.raises(SourceError, match="deploy failed: the certificate is of another key"):
        place.deploy("O1", chain(issued(place, "O2")))
    assert in_use(place) is None


def test_what_a_program_is_given(tmp_path: Path) -> None:
    place = program(tmp_path, "open('seen', 'a').write(json.dumps([verb, order, asked]) + '\\n')")
    place.settle("O1")
    with pytest.raises(SourceError):
        prepare(place, "O1", reuse=True)
    with pytest.raises(SourceError):
        place.current()
    lines = (tmp_path / "seen").read_text().splitlines()
    key = {"type": "ec-256", "reuse": True}
    assert [json.loads(line) for line in lines] == [
        ["settle", "O1", {"protocol": 1, "verb": "settle", "order": "O1"}],
        [
            "prepare",
            "O1",
            {"protocol": 1, "verb": "prepare", "order": "O1", "names": list(NAMES), "key": key},
        ],
        ["current", "-", {"protocol": 1, "verb": "current", "order": "-"}],
    ]


PEM_KEY = "print('-----BEGIN ' + 'PRIVATE KEY-----')"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("print('hello')", r"answered current with something else.*one object of JSON"),
        ("print('[]')", r"something else.*one object of JSON"),
        ("print('{}')", r"something else.*PEM or null"),
        ("print(json.dumps({'chain': 'x'}))", r"something else.*PEM or null"),
        ("print(json.dumps({'chain': 7}))", r"something else.*PEM or null"),
        (PEM_KEY, r"something else.*must stay where it is used"),
        (PEM_KEY.replace(")", ", file=sys.stderr); sys.exit(1)", 1), "is not repeated"),
        ("sys.exit('no such\\x1b[31m host')", r"current failed: no such \[31m host"),
        ("print('x' * 2_000_000)", "says more than 1048576 octets"),
        ("time.sleep(30)", "did not end within 0.5 seconds"),
    ],
)
def test_answers_are_checked_and_bounded(tmp_path: Path, body: str, problem: str) -> None:
    with pytest.raises(SourceError, match=problem) as caught:
        program(tmp_path, body, timeout=0.5 if "sleep" in body else 20).current()
    assert "BEGIN" not in str(caught.value)


def test_a_request_of_other_names_is_refused(tmp_path: Path) -> None:
    """A hook that asks for more, for less or for something else gets nothing signed."""
    place = sample(tmp_path)
    wrong = SAMPLE.read_text().replace('asked["names"]', 'asked["names"] + ["evil.example"]')
    (tmp_path / "wrong").write_text(wrong)
    command = [sys.executable, "wrong", str(tmp_path / "place")]
    with pytest.raises(SourceError, match=f"of {', '.join(NAMES)}".replace("*", r"\*")):
        prepare(deployer("hook", tmp_path, {"command": command}), "O1")
    prepare(place, "O1")
    with pytest.raises(SourceError, match=r"wanted:.*csr"):
        prepare(program(tmp_path, "print(json.dumps({'csr': 'x'}))"), "O1")


def test_a_program_that_lies_about_deploying_is_caught(tmp_path: Path) -> None:
    place = sample(tmp_path)
    old, new = deployed(place, "O1"), issued(place, "O2")
    lazy = SAMPLE.read_text().replace("        point(folder, order)\n", "        pass\n")
    (tmp_path / "lazy").write_text(lazy)
    command = [sys.executable, "lazy", str(tmp_path / "place")]
    with pytest.raises(SourceError, match="something else is in use"):
        deployer("hook", tmp_path, {"command": command}).deploy("O2", chain(new))
    assert in_use(place) == old.fingerprint


def test_an_expired_leaf_does_not_reach_the_program(tmp_path: Path) -> None:
    place = sample(tmp_path)
    old = issued(place, "O1", not_after=NOW)
    with pytest.raises(InputError, match="expired"):
        place.deploy("O1", chain(old))
    with pytest.raises(InputError, match="no id of an order"):
        place.settle("../O1")


@pytest.mark.parametrize("options", [{}, {"command": "x"}, {"command": ["x"], "key": "y"}])
def test_bad_options(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(EstateError):
        deployer("hook", tmp_path, options)
