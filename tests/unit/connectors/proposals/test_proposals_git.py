"""Ranges of git: zones as they change between two commits."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from peers import require
from proposals import Held
from trustpath.app.proposals import MASTERS, octodns
from trustpath.base.errors import InputError, LimitError
from trustpath.connectors.proposals import read_git
from trustpath.connectors.proposals.git import _submission
from trustpath.connectors.proposals.git_ends import End
from trustpath.connectors.proposals.git_objects import GitLimits
from trustpath.facts.edits import overlay, record_set
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Submission, ZoneVersion, resolve

HEAD = "$TTL 300\n@ SOA ns1 hostmaster {} 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n"
Commit = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    require("git")
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def git(folder: Path, *arguments: str) -> str:
    settings = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.test",
        "-c",
        "commit.gpgsign=false",
    )
    done = subprocess.run(
        ["git", "-C", str(folder), *settings, *arguments], check=True, capture_output=True, text=True
    )  # fmt: skip
    return done.stdout.strip()


def commit(folder: Path, **files: str | None) -> str:
    """Commit files, ``__`` in a name standing for a slash; None removes one."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


def read(folder: Path, revisions: str, *paths: str) -> Submission:
    listed = [Path(path) for path in paths]
    return read_git(revisions, listed, MASTERS, octodns, repository=folder)


def only(found: Submission) -> ZoneVersion:
    assert found.problems == ()
    (version,) = found.versions
    return version


def test_a_zone_file_changes(repository: Path) -> None:
    first = commit(
        repository, **{"zones__a.test.zone": HEAD.format(1), "zones__b.test.zone": HEAD.format(1)}
    )
    commit(repository, **{"zones__a.test.zone": HEAD.format(2) + "www A 192.0.2.9\n"})
    (repository / "zones" / "a.test.zone").write_text("not committed")
    found = read(repository, f"{first}..HEAD", "zones")
    version = only(found)
    assert (version.apex, version.removed) == ("a.test", False)
    assert version.where == "zones/a.test.zone at HEAD"
    assert version.base is not None
    edits = resolve(found, Held({"a.test": {}})).edits
    assert [(e.name, e.type, e.action) for e in edits] == [
        ("a.test", "SOA", "change"), ("www.a.test", "A", "add"),
    ]  # fmt: skip
    assert overlay(version.base, edits) == dict(version.content)
    assert read(repository, f"HEAD..{first}", "zones/a.test.zone").versions[0].apex == "a.test"
    assert read(repository, "HEAD..HEAD", "zones").versions == ()


def test_added_removed_and_renamed_files(repository: Path) -> None:
    commit(repository, **{"a.test.zone": HEAD.format(1), "b.test.zone": HEAD.format(1)})
    commit(
        repository,
        **{"a.test.zone": None, "db.a.test": HEAD.format(1), "b.test.zone": None, "c.test.zone": HEAD.format(1)},
    )  # fmt: skip
    found = read(repository, "HEAD~1..HEAD", ".")
    assert [(v.apex, v.removed, len(v.base or {}), len(v.content)) for v in found.versions] == [
        ("b.test", True, 3, 0), ("c.test", False, 0, 3),
    ]  # fmt: skip
    assert found.problems == ()


def test_a_file_that_is_no_zone_at_one_end(repository: Path) -> None:
    commit(repository, **{"zones__a.test.zone": HEAD.format(1), "zones__notes": "hello world\n"})
    commit(
        repository,
        **{"zones__a.test.zone": HEAD.format(2) + "www A 300.0.0.1\n", "zones__notes": "other words\n"},
    )  # fmt: skip
    found = read(repository, "HEAD~1..HEAD", "zones")
    assert found.versions == ()
    (problem,) = found.problems
    assert "cannot be read whole" in problem.message
    assert problem.where == "zones/a.test.zone:5 at HEAD"
    (remark,) = found.remarks
    assert remark.where.startswith("zones/notes")


def test_a_zone_changes_by_what_it_includes(repository: Path) -> None:
    files = {"zones__a.test.zone": HEAD.format(1) + "$INCLUDE hosts.inc\n"}
    commit(repository, **files, **{"zones__hosts.inc": "www A 192.0.2.1\n"})
    commit(repository, **{"zones__hosts.inc": "www A 192.0.2.2\n"})
    found = read(repository, "HEAD~1..HEAD", "zones")
    version = only(found)
    assert version.content["www.a.test", "A"].rdatas == ("192.0.2.2",)
    assert (version.base or {})["www.a.test", "A"].rdatas == ("192.0.2.1",)
    assert found.remarks == ()


def test_an_octodns_folder_changes(repository: Path) -> None:
    record = "www: {{type: A, value: 192.0.2.{}}}\n"
    commit(
        repository,
        **{
            "config.yaml": "providers: {}\n",
            "dns__a.test.yaml": record.format(1),
            "dns__b.test.yaml": record.format(1),
            "dns__c.test.yaml": record.format(1),
            "dns__s.test.__www.yaml": record.format(1),
        },
    )
    commit(
        repository,
        **{
            "dns__a.test.yaml": record.format(2),
            "dns__b.test.yaml": "- no zone\n",
            "dns__c.test.yaml": None,
            "dns__s.test.__mail.yaml": "mail: {type: A, value: 192.0.2.3}\n",
            "dns__README": "hello\n",
        },
    )
    found = read(repository, "HEAD~1..HEAD", "dns")
    assert [(v.apex, v.removed) for v in found.versions] == [
        ("a.test", False), ("c.test", True), ("s.test", False),
    ]  # fmt: skip
    assert all("b.test" in problem.message for problem in found.problems)
    assert found.problems
    assert len(found.versions[2].content) == 2
    assert len(found.versions[2].base or {}) == 1


def test_from_where_both_parted(repository: Path) -> None:
    commit(repository, **{"a.test.zone": HEAD.format(1)})
    git(repository, "checkout", "-q", "-b", "work")
    commit(repository, **{"a.test.zone": HEAD.format(1) + "www A 192.0.2.1\n"})
    git(repository, "checkout", "-q", "main")
    commit(repository, **{"a.test.zone": HEAD.format(1) + "other A 192.0.2.1\n"})
    two, three = read(repository, "main..work", "."), read(repository, "main...work", ".")
    assert len(resolve(two, Held({"a.test": {}})).edits) == 2
    assert len(resolve(three, Held({"a.test": {}})).edits) == 1


@pytest.mark.parametrize(
    ("revisions", "message"),
    [
        ("HEAD", "no range"),
        ("--output=x..HEAD", "no revision"),
        ("HEAD..-x", "no revision"),
        ("HEAD..a b", "no revision"),
        ("HEAD..$(id)", "no revision"),
        ("absent..HEAD", "no such revision"),
        ("HEAD..HEAD:zones", "no revision"),
    ],
)
def test_bad_revisions(repository: Path, revisions: str, message: str) -> None:
    commit(repository, **{"zones__a.test.zone": HEAD.format(1)})
    with pytest.raises(InputError, match=message):
        read(repository, revisions, "zones")
    assert not (repository / "x").exists()


def test_paths_that_lead_nowhere(repository: Path, tmp_path: Path) -> None:
    commit(repository, **{"zones__a.test.zone": HEAD.format(1)})
    with pytest.raises(InputError, match="no files there"):
        read(repository, "HEAD..HEAD", "absent")
    with pytest.raises(InputError, match="outside of the repository"):
        read(repository, "HEAD..HEAD", "../elsewhere")
    with pytest.raises(InputError, match="git rev-parse"):
        read(tmp_path, "HEAD..HEAD", ".")
    limits = GitLimits(octets=10)
    with pytest.raises(LimitError):
        read_git("HEAD..HEAD", [Path()], MASTERS, octodns, repository=repository, limits=limits)


@pytest.mark.parametrize(
    ("file", "broken", "mended"),
    [
        ("a.test.zone", HEAD.format(1) + "www A 300.0.0.1\n", HEAD.format(2) + "www A 192.0.2.1\n"),
        ("a.test.yaml", "www: {type: A, value: 300.0.0.1}\n", "www: {type: A, value: 192.0.2.1}\n"),
    ],
    ids=["zone file", "octoDNS"],
)
def test_what_only_the_base_could_not_read_is_mended(
    repository: Path, file: str, broken: str, mended: str
) -> None:
    commit(repository, **{f"zones__{file}": broken})
    commit(repository, **{f"zones__{file}": mended})
    found = read(repository, "HEAD~1..HEAD", "zones")
    version = only(found)
    assert (version.apex, version.base) == ("a.test", None)
    assert any(remark.where.endswith("at HEAD~1") for remark in found.remarks)
    # The estate's copy is a working tree, which may be the proposal: no base, so it holds.
    present = Held({"a.test": version.content})
    said = resolve(found, present)
    assert any("cannot be read at the base" in problem.message for problem in said.problems)
    assert not resolve(found, Held({})).problems
    back = read(repository, "HEAD..HEAD~1", "zones")
    assert len(back.unread) == (1 if file.endswith("zone") else 0)  # the YAML is sound
    assert resolve(back, present).unread == back.unread


def test_a_mended_root_zone_is_known_by_its_apex() -> None:
    problem = Problem(". is not judged: not an address", ".")
    base, head = End("HEAD~1", Path(), {}), End("HEAD", Path(), {})
    base.failed[""] = [problem]
    head.zones[""] = ZoneVersion("", {("www", "A"): record_set(300, ["192.0.2.1"])})
    found = _submission(base, head, set(), "a test")
    mended = replace(head.zones[""], baseless=True)
    assert (found.versions, found.problems, found.remarks) == ((mended,), (), (problem,))
    head.failed[""] = [Problem("zone . is written twice", ".")]
    found = _submission(base, head, set(), "a test")
    assert (found.versions, found.remarks, len(found.problems)) == ((), (), 2)
