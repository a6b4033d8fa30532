"""``--git BASE..HEAD``: zone files and octoDNS folders, as they change between two commits."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from trustpath.base.errors import InputError
from trustpath.connectors.proposals.git_ends import End, EndReader
from trustpath.connectors.proposals.git_objects import (
    DEFAULT_LIMITS,
    GitLimits,
    Repository,
    check_revision,
    open_repository,
)
from trustpath.connectors.proposals.ports import MasterFiles, ZoneFolder
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Submission, ZoneVersion


def read_git(
    revisions: str,
    paths: Sequence[Path],
    masters: MasterFiles,
    folders: ZoneFolder,
    *,
    repository: Path = Path(),
    limits: GitLimits = DEFAULT_LIMITS,
) -> Submission:
    """Return the zones under the paths that differ between two commits.

    ``revisions`` is ``BASE..HEAD`` or ``BASE...HEAD`` (from where both parted). A path is a zone
    file, a folder of zone files, or a folder of octoDNS zones; files ending in ``.yaml`` belong to
    octoDNS. Neither the working tree nor the index is looked at. Raises InputError for revisions
    or paths that git does not know.
    """
    first, second, common = _split(revisions)
    opened = open_repository(repository, limits)
    base, head = opened.commit(first), opened.commit(second)
    if common:
        base = opened.run("merge-base", base, head).decode("ascii").strip()
    inside = [_inside(opened, path, repository) for path in paths]
    before, after = opened.files(base, inside), opened.files(head, inside)
    if not before and not after:
        raise InputError("no files there in either commit", where=", ".join(map(str, paths)))
    changed = {p for p in {*before, *after} if before.get(p) != after.get(p)}
    with tempfile.TemporaryDirectory(prefix="trustpath-") as scratch:
        ends = (
            End(first, Path(scratch).resolve() / "base", before),
            End(second, Path(scratch).resolve() / "head", after),
        )
        for end in ends:
            end.folder.mkdir()
            EndReader(end, opened, changed, masters, folders).read(inside)
        return _submission(ends[0], ends[1], changed, f"git range {revisions}")


def _split(revisions: str) -> tuple[str, str, bool]:
    mark = "..." if "..." in revisions else ".."
    first, found, second = revisions.partition(mark)
    if not found:
        raise InputError(f"{revisions[:60]!r} is no range", hint="write BASE..HEAD")
    ends = (first or "HEAD", second or "HEAD")
    for end in ends:
        check_revision(end)
    return (*ends, mark == "...")


def _inside(repository: Repository, path: Path, start: Path) -> PurePosixPath:
    try:
        return PurePosixPath((start / path).resolve().relative_to(repository.top.resolve()))
    except (ValueError, OSError) as error:
        raise InputError("lies outside of the repository", where=str(path)) from error


def _submission(base: End, head: End, changed: set[PurePosixPath], origin: str) -> Submission:
    versions = []
    mended, remarks = _mended(base, head)
    told = set(remarks)
    problems = [p for end in (base, head) for p in end.all_problems() if p not in told]
    before_whole = not base.unreadable and told.issuperset(base.unread.values())
    after_whole = not head.unreadable and not head.unread
    for apex in sorted({*base.zones, *head.zones}):
        old, new = base.zones.get(apex), head.zones.get(apex)
        if new is not None and apex in mended:
            versions.append(replace(new, baseless=True))  # the estate may have what is served
            continue
        if apex in base.failed or apex in head.failed:
            continue
        if new is not None and (old is not None or before_whole):
            content = old.content if old is not None else {}
            if content != new.content:
                versions.append(replace(new, base=content))
        elif old is not None and new is None and after_whole:
            versions.append(ZoneVersion(apex, {}, base=old.content, removed=True, where=old.where))
    for path in sorted(changed):
        found = [end for end in (base, head) if path in end.no_zone]
        if not found or any((end.folder / path) in end.included for end in (base, head)):
            continue
        present = [end for end in (base, head) if path in end.files]
        listed = remarks if len(found) == len(present) else problems
        listed.append(found[0].no_zone[path])
    return Submission(
        origin,
        tuple(versions),
        problems=tuple(problems),
        remarks=tuple(remarks),
        unread=(*map(str, sorted(head.unread)), *sorted(head.broken)),
    )


def _mended(base: End, head: End) -> tuple[set[str], list[Problem]]:
    """Return the zones that only the first end could not read, and what was wrong there."""
    mended: set[str] = set()
    remarks: list[Problem] = []
    for path, problem in base.unread.items():
        if path in head.apexes:
            mended.add(head.apexes[path])
            remarks.append(problem)
    for apex, problems in base.failed.items():
        if apex in head.zones and apex not in head.failed and apex not in base.zones:
            mended.add(apex)
            remarks += problems
    return mended - head.failed.keys(), remarks
