"""``--octodns DIR``: the zones of an octoDNS folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from trustpath.base.errors import InputError, SourceError, TrustpathError
from trustpath.connectors.proposals.files import refuse
from trustpath.connectors.proposals.ports import ZoneFolder
from trustpath.connectors.proposals.zonefile import SIGNED_BY_SERVER
from trustpath.facts.part import Coverage, Part, Problem
from trustpath.facts.proposal import Submission, ZoneVersion, content_of

# octoDNS writes no SOA, leaves NS of an apex alone where none are written, and does not sign.
UNSTATED = SIGNED_BY_SERVER | {"SOA", "NS"}


def read_octodns(path: Path, reader: ZoneFolder) -> Submission:
    """Return every zone of a folder, of one zone file, or of octoDNS's configuration.

    A zone that cannot be read whole is left out and is a problem. Raises InputError when the
    path leads to no zone.
    """
    try:
        parts = list(reader(path))
    except SourceError as error:
        raise InputError(error.message, where=error.where or str(path), hint=error.hint) from error
    zones = zones_of(parts, path)
    if not zones.versions:
        raise refuse(zones.all_problems(), "no octoDNS zone can be read", str(path))
    found = {version.apex for version in zones.versions} | zones.failed.keys()
    return Submission(
        f"octoDNS folder {path}",
        tuple(zones.versions),
        problems=tuple(zones.all_problems()),
        remarks=tuple(zones.remarks),
        listed=None if _is_zone(path, found) else frozenset(found),
        place=str(path),
        unread=tuple(sorted(zones.broken)),
    )


def _is_zone(path: Path, found: Collection[str]) -> bool:
    """Say whether the path is the file of one zone, which says nothing of others."""
    return path.is_file() and path.stem.rstrip(".") in found


class Zones(NamedTuple):
    """Whole zones, what is wrong of each zone that failed by its apex, and what else is wrong.

    ``remarks`` are about files that octoDNS passes over. ``broken`` zones are no YAML.
    """

    versions: list[ZoneVersion]
    problems: list[Problem]
    failed: dict[str, list[Problem]]
    remarks: list[Problem]
    broken: set[str]

    def all_problems(self) -> list[Problem]:
        """Return what is wrong, with zones that failed and without."""
        return [*self.problems, *(p for found in self.failed.values() for p in found)]


def zones_of(parts: Iterable[Part], path: Path) -> Zones:
    """Return the zones among the parts that came from a folder or file."""
    zones = Zones([], [], {}, [], set())
    for part in parts:
        facts = tuple(part.facts)
        if part.coverage is Coverage.FULL and not facts:
            zones.remarks.extend(part.problems)
            continue
        problems = list(part.problems)
        try:
            content = content_of(facts)
        except TrustpathError as error:
            content = {}
            problems.append(Problem(error.message, error.where or part.name, error.hint))
        if part.coverage is Coverage.FULL and len(problems) == len(part.problems):
            apex = "" if part.name == "." else part.name
            zones.versions.append(
                ZoneVersion(
                    apex, content, unstated=UNSTATED, left=part.left, where=_file(path, part)
                )
            )
        else:
            if any(problem.syntax for problem in part.problems):
                zones.broken.add(part.name)
            zones.failed["" if part.name == "." else part.name] = [
                Problem(f"{part.name} is not judged: {p.message}", p.where or part.name, p.hint)
                for p in problems
            ]
            continue
        zones.problems.extend(problems)
    return zones


def _file(path: Path, part: Part) -> str:
    """Return the file that holds a zone, or the zone's name where there is no single one."""
    file = path / f"{part.name}.yaml" if path.is_dir() else path
    return str(file) if file.is_file() and file.stem.rstrip(".") == part.name else part.name
