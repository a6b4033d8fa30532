"""Reads the files of a catalogue: one part a file, of grade DECLARATION."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from trustpath.base.clock import Clock
from trustpath.base.documents import DEFAULT_LIMITS, LineIndex, load_yaml_all
from trustpath.base.errors import InputError, SourceError, TrustpathError
from trustpath.base.files import open_regular
from trustpath.connectors.backstage.entity import Entity, entity
from trustpath.connectors.backstage.rows import PERSONAL, membership, owned_rows, owner_rows
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact
from trustpath.facts.source import Context, SourceSpec, path_option

FILES_AT_MOST: Final = 20_000
SALVAGE_AT_MOST: Final = 20_000_000
"""Documents times lines of a broken file up to which its documents are read one by one."""

_SUFFIXES = frozenset({".yaml", ".yml"})
_MARK = re.compile(rb"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


def make(spec: SourceSpec, context: Context) -> BackstageSource:
    """Build the source; raises EstateError on bad options. Option: ``path``."""
    path = path_option(spec, "path: a catalog-info.yaml, a folder or a glob")
    return BackstageSource(spec, context.clock, path)


@dataclass(slots=True)
class _File:
    """What one file gave."""

    name: str
    entities: list[Entity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BackstageSource:
    """A catalogue in files; groups and their people may be spread over all of them."""

    spec: SourceSpec
    clock: Clock
    path: str

    def collect(self) -> Iterator[Part]:
        """Yield one part per file; raises SourceError when the path leads to no file."""
        files = [self._read(path, name) for path, name in self._files()]
        members: dict[str, set[str]] = {}
        for file in files:
            for one in file.entities:
                with _noting(file, one.where):
                    for group, person in membership(one):
                        members.setdefault(group, set()).add(person)
        for file in files:
            yield self._part(file, members)

    def _files(self) -> list[tuple[Path, str]]:
        base = self.spec.folder / self.path
        if base.is_file():
            return [(base, base.name)]
        try:
            if base.is_dir():
                found = [p for p in sorted(base.rglob("*")) if p.suffix in _SUFFIXES]
                root = base
            else:
                root = self.spec.folder
                found = sorted(root.glob(self.path))
        except (OSError, ValueError, NotImplementedError) as error:
            raise SourceError(f"{self.path}: {error}", where=self.spec.where) from error
        files = [
            (path, str(path.relative_to(root)) if path.is_relative_to(root) else str(path))
            for path in found
            if path.is_file()
        ]
        if not files or len(files) > FILES_AT_MOST:
            raise SourceError(
                f"{self.path} leads to {len(files) or 'no'} files",
                where=self.spec.where,
                hint=f"from 1 to {FILES_AT_MOST} files below {self.spec.folder} are read",
            )
        return files

    def _read(self, path: Path, name: str) -> _File:
        file = _File(name)
        try:
            with open_regular(path) as handle:
                data = handle.read(DEFAULT_LIMITS.octets + 1)
        except OSError as error:
            file.problems.append(Problem(f"cannot be read: {error.strerror}", name))
            return file
        for document, lines in _documents(data, file):
            with _noting(file):
                found = entity(document, lines, name)
                if found is not None:
                    file.entities.append(found)
        return file

    def _part(self, file: _File, members: Mapping[str, set[str]]) -> Part:
        facts: list[Fact] = []
        for one in file.entities:
            with _noting(file, one.where):
                personal = one.reference.kind in PERSONAL
                facts.extend(list(owner_rows(one, members) if personal else owned_rows(one)))
        coverage = Coverage.FULL if not file.problems else Coverage.PARTIAL
        if file.problems and not facts:
            coverage = Coverage.NONE
        return Part(
            name=file.name,
            grade=Grade.DECLARATION,
            coverage=coverage,
            observed_at=self.clock.now(),
            facts=tuple(facts),
            problems=tuple(dict.fromkeys(file.problems)),
        )


def _documents(data: bytes, file: _File) -> Iterator[tuple[Any, LineIndex]]:
    """Yield the documents of a file; a broken one is noted and the others still come."""
    try:
        yield from load_yaml_all(data, file.name)
        return
    except InputError as error:
        starts = [0, *(match.start() for match in _MARK.finditer(data)), len(data)]
        if len(starts) <= 3 or len(starts) * data.count(b"\n") > SALVAGE_AT_MOST:
            file.problems.append(_problem(error, file.name))
            return
    line = 0
    for start, end in itertools.pairwise(starts):
        # Blank lines in front keep the line numbers of the whole file.
        with _noting(file):
            yield from load_yaml_all(b"\n" * line + data[start:end], file.name)
        line += data.count(b"\n", start, end)


def _problem(error: TrustpathError, where: str) -> Problem:
    return Problem(error.message, error.where or where, error.hint)


@dataclass(frozen=True, slots=True)
class _noting:  # noqa: N801 - a context manager, used as a verb
    """Turns an error inside the block into a problem of the file."""

    file: _File
    where: str = ""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, TrustpathError):
            return False
        self.file.problems.append(_problem(error, self.where or self.file.name))
        return True
