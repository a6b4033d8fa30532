"""The source of kind ``ct``.

::

    {id: ct, kind: ct, path: ct.json}                 # a search export, a folder or a glob
    {id: ct, kind: ct, log: "https://log.example/2026h2/", domains: [example.com],
     key: "<base64>", start: 0, max_entries: 1000000, batch: 1000, timeout: 30s,
     trusted: {size: 1000, root: <hex>}}              # an RFC 6962 log
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError, TrustpathError
from trustpath.connectors.ct.client import LogClient
from trustpath.connectors.ct.follow import Followed, follow
from trustpath.connectors.ct.options import LogOptions, SearchOptions, read_options
from trustpath.connectors.ct.search import OCTETS_AT_MOST, read_export
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations.transparency import CtLog
from trustpath.facts.source import Context, SourceSpec

FILES_AT_MOST: Final = 10_000


def make(spec: SourceSpec, context: Context) -> CtSource:
    """Build the source; raises EstateError on bad options."""
    return CtSource(spec, context.clock, read_options(spec))


@dataclass(frozen=True, slots=True)
class CtSource:
    """Search exports (one part a file) or one log (one part); grade TRANSPARENCY."""

    spec: SourceSpec
    clock: Clock
    options: SearchOptions | LogOptions

    def collect(self) -> Iterator[Part]:
        """Yield the parts; raises SourceError when the path leads to no file."""
        if isinstance(self.options, LogOptions):
            yield self._log(self.options)
            return
        for path, name in self._files(self.options.path):
            yield self._export(path, name, self.options)

    def _files(self, written: str) -> list[tuple[Path, str]]:
        folder = self.spec.folder
        base = folder / written
        if base.is_file():
            return [(base, base.name)]
        pattern = f"{written.rstrip('/')}/*.json" if base.is_dir() else written
        try:
            found = [path for path in sorted(folder.glob(pattern)) if path.is_file()]
        except (OSError, ValueError, NotImplementedError) as error:
            raise SourceError(f"{written}: {error}", where=self.spec.where) from error
        if not found or len(found) > FILES_AT_MOST:
            raise SourceError(
                f"{written} leads to {len(found) or 'no'} files",
                where=self.spec.where,
                hint="path: a search export as JSON, a folder of them or a glob",
            )
        return [(path, str(path.relative_to(folder))) for path in found]

    def _export(self, path: Path, name: str, options: SearchOptions) -> Part:
        log = f"{self.spec.id}/{name}"
        try:
            with path.open("rb") as file:
                export = read_export(file.read(OCTETS_AT_MOST + 1), log, name)
        except (TrustpathError, OSError) as error:
            problem = (
                Problem(error.message, error.where or name, error.hint)
                if isinstance(error, TrustpathError)
                else Problem(f"cannot be read: {error.strerror}", name)
            )
            return self._part(name, Coverage.NONE, (), (problem,))
        row = CtLog(log, "search", None, None, None, None, None, None)
        facts = (row, *export.facts(options.watched))
        coverage = Coverage.PARTIAL if export.problems else Coverage.FULL
        if export.problems and not export.entries:
            coverage, facts = Coverage.NONE, ()
        return self._part(name, coverage, facts, tuple(export.problems))

    def _log(self, options: LogOptions) -> Part:
        request = options.request
        client = LogClient(options.url, options.timeout)
        try:
            found = follow(client, request)
        finally:
            client.close()
        name = request.log if request.start == 0 else f"{request.log}#{request.start}"
        if found.head is None:
            return self._part(name, Coverage.NONE, (), tuple(found.problems))
        whole = found.complete and (request.start == 0 or request.anchor is not None)
        facts = (_log_row(found, request.log, options.operator), *found.facts)
        return self._part(
            name, Coverage.FULL if whole else Coverage.PARTIAL, facts, tuple(found.problems)
        )

    def _part(
        self,
        name: str,
        coverage: Coverage,
        facts: tuple[tuple[object, ...], ...],
        problems: tuple[Problem, ...],
    ) -> Part:
        return Part(name, Grade.TRANSPARENCY, coverage, self.clock.now(), facts, problems)


def _log_row(found: Followed, log: str, operator: str | None) -> CtLog:
    head = found.head
    proven = (
        head is not None
        and found.signed is True
        and found.consistent is not False
        and found.verified is not None
    )
    return CtLog(
        log=log,
        kind="rfc6962",
        operator=operator,
        tree_size=head.size if head else None,
        verified_at=head.timestamp // 1000 if head and proven else None,
        # Against a head that nobody signed there is nothing to be consistent with.
        consistent=None if found.signed is False else found.consistent,
        mmd=None,
        growing=None,
    )
