"""Reads tables of ownership: one part a file, of grade DECLARATION."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError, TrustpathError
from trustpath.base.files import open_regular
from trustpath.connectors.ownership_csv.table import OCTETS_AT_MOST, read_table
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.source import Context, SourceSpec, path_option


def make(spec: SourceSpec, context: Context) -> CsvSource:
    """Build the source; raises EstateError on bad options. Option: ``path``."""
    path = path_option(spec, "path: a CSV file, a folder of them or a glob")
    return CsvSource(spec, context.clock, path)


@dataclass(frozen=True, slots=True)
class CsvSource:
    """Tables of ownership in files."""

    spec: SourceSpec
    clock: Clock
    path: str

    def collect(self) -> Iterator[Part]:
        """Yield one part per file; raises SourceError when the path leads to no file."""
        base = self.spec.folder / self.path
        if base.is_file():
            files = [base]
        else:
            pattern = f"{self.path.rstrip('/')}/*.csv" if base.is_dir() else self.path
            try:
                files = [path for path in sorted(self.spec.folder.glob(pattern)) if path.is_file()]
            except (OSError, ValueError, NotImplementedError) as error:
                raise SourceError(f"{self.path}: {error}", where=self.spec.where) from error
        if not files:
            raise SourceError(
                f"{self.path} has no file",
                where=self.spec.where,
                hint="is it relative to the file?",
            )
        yield from (self._part(path) for path in files)

    def _part(self, path: Path) -> Part:
        inside = path.is_relative_to(self.spec.folder)
        name = str(path.relative_to(self.spec.folder)) if inside else str(path)
        try:
            with open_regular(path) as file:
                table = read_table(file.read(OCTETS_AT_MOST + 1), name)
        except (TrustpathError, OSError) as error:
            problem = (
                Problem(error.message, error.where or name, error.hint)
                if isinstance(error, TrustpathError)
                else Problem(f"cannot be read: {error.strerror}", name)
            )
            return self._made(name, Coverage.NONE, (), (problem,))
        facts, problems = tuple(table.facts()), tuple(table.problems)
        coverage = Coverage.PARTIAL if problems else Coverage.FULL
        return self._made(
            name, coverage if facts or not problems else Coverage.NONE, facts, problems
        )

    def _made(
        self,
        name: str,
        coverage: Coverage,
        facts: tuple[tuple[object, ...], ...],
        problems: tuple[Problem, ...],
    ) -> Part:
        return Part(name, Grade.DECLARATION, coverage, self.clock.now(), facts, problems)
