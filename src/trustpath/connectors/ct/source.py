"""The source of kind ``ct``.

::

    {id: ct, kind: ct, path: ct.json}                 # a search export, a folder or a glob
    {id: ct, kind: ct, log: "https://log.example/2026h2/", domains: [example.com],
     key: "<base64>", start: 0, max_entries: 1000000, batch: 1000, timeout: 30s,
     trusted: {size: 1000, root: <hex>}}              # an RFC 6962 log
    {id: ct, kind: ct, log: "https://mon.log.example/2026h2/", domains: [example.com],
     api: static, origin: log.example/2026h2, key: "<base64>", state: ct/log.json}
    {id: ct, kind: ct, log_list: log_list.json, domains: [example.com], start: newest, state: ct}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError, TrustpathError
from trustpath.base.files import open_regular
from trustpath.connectors.ct import state
from trustpath.connectors.ct.client import LogClient
from trustpath.connectors.ct.follow import Followed, Request, follow
from trustpath.connectors.ct.listing import Unfollowed, followed
from trustpath.connectors.ct.options import ListOptions, LogOptions, SearchOptions, read_options
from trustpath.connectors.ct.search import OCTETS_AT_MOST, read_export
from trustpath.connectors.ct.static import StaticClient
from trustpath.connectors.ct.web import Web
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations.transparency import CtLog
from trustpath.facts.source import Context, SourceSpec

FILES_AT_MOST: Final = 10_000


def make(spec: SourceSpec, context: Context) -> CtSource:
    """Build the source; raises EstateError on bad options."""
    return CtSource(spec, context.clock, read_options(spec, context.ct_logs))


@dataclass(frozen=True, slots=True)
class CtSource:
    """Search exports (one part a file) or logs (one part each); grade TRANSPARENCY."""

    spec: SourceSpec
    clock: Clock
    options: SearchOptions | LogOptions | ListOptions

    def collect(self) -> Iterator[Part]:
        """Yield the parts; raises SourceError when path or log_list lead to nothing."""
        if isinstance(self.options, LogOptions):
            yield self._log(self.options)
            return
        if isinstance(self.options, ListOptions):
            for found in followed(self.spec, self.options, self.clock.now()):
                if isinstance(found, Unfollowed):
                    name = f"log {found.log.log_id}"
                    yield self._part(name, Coverage.NONE, (), (found.problem,))
                else:
                    yield self._log(found)
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
            with open_regular(path) as file:
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
        name = request.log if request.start == 0 else f"{request.log}#{request.start}"
        try:
            kept = state.load(options.state, request) if options.state else None
        except SourceError as error:
            problem = Problem(error.message, error.where, error.hint)
            return self._part(name, Coverage.NONE, (), (problem,))
        if kept is not None:
            request = replace(request, start=kept.next, anchor=kept.anchor, newest=False)
        found = _followed(options, request)
        if found.head is None:
            return self._part(name, Coverage.NONE, (), tuple(found.problems))
        if options.state is not None:
            _keep(options.state, request, found, kept)
        begins = kept.first if kept else found.downloaded if request.newest else request.start
        proven = begins == 0 or options.request.anchor is not None
        if not proven:
            hint = "start: 0, or trusted with the tree that you verified up to there"
            found.problems.append(Problem(f"{begins} entries before were not read", name, hint))
        unread = found.unread + (kept.unread if kept else 0)
        if unread:
            hint = "names_tiles: false, with a new state file, reads every entry"
            what = f"{unread} entries were passed over by names tiles, which nobody signs"
            found.problems.append(Problem(what, name, hint))
        now = self.clock.now()
        found.problems.extend(_stale(found, options, now))
        whole = found.complete and proven
        facts = (_log_row(found, options, now), *(kept.facts if kept else ()), *found.facts)
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


def _followed(options: LogOptions, request: Request) -> Followed:
    web = Web(options.url, options.timeout, options.budget)
    try:
        if options.static:
            names = request.watched if options.names_tiles else None
            return follow(StaticClient(web, options.origin, request.key, names), request)
        return follow(LogClient(web), request)
    finally:
        web.close()


def _keep(path: Path, request: Request, found: Followed, kept: state.Kept | None) -> None:
    """Keep how far the log was read; that it could not be kept is a problem of the part."""
    after = state.following(request, found, kept)
    if after is not None:
        try:
            state.save(path, request, after)
        except SourceError as error:
            found.note(error, request.log)


def _stale(found: Followed, options: LogOptions, now: int) -> Iterator[Problem]:
    """Yield why the log cannot show what is new: it is closed, or its head is too old."""
    listed, head = options.request.listed, found.head
    if listed is None:
        return
    closed = listed.closed(now)
    if closed:
        hint = "follow logs that accept certificates now, as well or instead"
        yield Problem(f"{closed}: nothing new is seen here", options.request.log, hint)
    elif (
        head is not None
        and head.timestamp
        and listed.mmd
        and head.timestamp // 1000 < now - listed.mmd
    ):
        old = now - head.timestamp // 1000
        yield Problem(
            f"the tree head is {old} seconds old, the log promises {listed.mmd}",
            options.request.log,
            "another front end of the log may lag behind; else report the log",
        )


def _log_row(found: Followed, options: LogOptions, now: int) -> CtLog:
    head, listed = found.head, options.request.listed
    proven = (
        head is not None
        and found.signed is True
        and found.consistent is not False
        and found.verified is not None
    )
    return CtLog(
        log=options.request.log,
        kind="static" if options.static else "rfc6962",
        operator=options.operator,
        tree_size=head.size if head else None,
        verified_at=head.timestamp // 1000 if head and proven else None,
        # Against a head that nobody signed there is nothing to be consistent with.
        consistent=None if found.signed is False else found.consistent,
        mmd=listed.mmd if listed else None,
        growing=None if listed is None else not listed.closed(now),
    )
