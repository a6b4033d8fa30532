"""The zone file source: which files, and one part per zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trustpath.base import names
from trustpath.base.clock import Clock
from trustpath.base.errors import EstateError, LimitError, NameSyntaxError, SourceError
from trustpath.connectors.zonefile.apex import from_file_name
from trustpath.connectors.zonefile.limits import DEFAULT_LIMITS, Limits
from trustpath.connectors.zonefile.places import Places
from trustpath.connectors.zonefile.reader import Reading, read_master_file
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.records import assemble, zone_facts
from trustpath.facts.source import Context, SourceSpec

_OPTIONS = frozenset({"path", "origin", "signing", "view"})
# Never zones: journals, editor copies, and keys, which are not even opened.
_IGNORED_SUFFIXES = (".jnl", ".jbk", ".swp", ".bak", ".orig", "~", ".private", ".state", ".pem")


def make(spec: SourceSpec, context: Context) -> ZonefileSource:
    """Build the source; raises EstateError on bad options.

    Options: ``path`` (a file, a folder or a glob, relative to the estate file), ``origin`` (the
    zone of a single file), ``signing`` (``none`` where servers publish the files as they are),
    ``view``.
    """
    options = spec.options
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise EstateError(
            f"unknown option {unknown[0]!r}",
            where=spec.where,
            hint=f"known are {', '.join(sorted(_OPTIONS))}",
        )
    for key in ("path", "origin", "signing", "view"):
        if key in options and not isinstance(options[key], str):
            raise EstateError(f"{key} is text", where=spec.where)
    path = options.get("path")
    if not path:
        raise EstateError(
            f"source {spec.id} has no path", where=spec.where, hint="path: a file, folder or glob"
        )
    origin = options.get("origin")
    try:
        apex = None if origin is None else names.canonical(origin)
    except NameSyntaxError as error:
        raise EstateError(f"origin: {error.message}", where=spec.where) from error
    served = options.get("signing") == "none"
    return ZonefileSource(spec, context.clock, path, apex, options.get("view", ""), served)


@dataclass(frozen=True, slots=True)
class _File:
    """One candidate: where it is, its name in messages, the folder that confines includes."""

    path: Path
    label: str
    root: Path


@dataclass(frozen=True, slots=True)
class ZonefileSource:
    """Zone files of one estate entry; grade AUTHORITATIVE, one Part per zone named by its apex."""

    spec: SourceSpec
    clock: Clock
    path: str
    origin: str | None = None
    view: str = ""
    served: bool = False
    limits: Limits = DEFAULT_LIMITS

    def collect(self) -> Iterator[Part]:
        """Yield one part per zone; files that are no zone come last, with coverage NONE.

        Raises SourceError when the path leads to no file.
        """
        files = self._files()
        if self.origin is not None and len(files) > 1:
            raise SourceError(
                f"origin is given, but {self.path} means {len(files)} files",
                where=self.spec.where,
                hint="give the path of one file, or leave origin out",
            )
        included: set[Path] = set()
        failures: list[tuple[Path, Part]] = []
        seen: dict[str, str] = {}
        for file in files:
            part, reading = self._part(file)
            included |= reading.included
            if part.coverage is not Coverage.NONE and part.name in seen:
                other = seen[part.name]
                part = self._failed(
                    file,
                    file.label,
                    f"zone {part.name} is already read from {other}",
                    "leave one of them out, or use a source with another view",
                )
            if part.coverage is Coverage.NONE:
                failures.append((file.path.resolve(), part))
                continue
            seen[part.name] = file.label
            yield part
        for path, part in failures:
            # A fragment that some zone includes is no zone of its own and no failure.
            if path not in included:
                yield part if part.name not in seen else self._renamed(part)

    def _files(self) -> list[_File]:
        base = self.spec.folder / self.path
        if base.is_file():
            return [_File(base, base.name, base.parent)]
        if base.is_dir():
            found, root = sorted(base.rglob("*")), base
        else:
            pattern = Path(self.path)
            anchor = Path(pattern.anchor) if pattern.is_absolute() else self.spec.folder
            try:
                found = sorted(anchor.glob(str(pattern.relative_to(pattern.anchor))))
            except (ValueError, NotImplementedError) as error:
                raise SourceError(
                    f"{self.path} is no path: {error}", where=self.spec.where
                ) from error
            root = None
        files = [
            _File(path, str(path.relative_to(root)) if root else path.name, root or path.parent)
            for path in found
            if path.is_file() and not _ignored(path, root)
        ]
        if not files:
            raise SourceError(
                f"{self.path} has no zone files",
                where=self.spec.where,
                hint=f"looked in {self.spec.folder}",
            )
        return files

    def _part(self, file: _File) -> tuple[Part, Reading]:
        guess, known = from_file_name(file.path.name)
        origin = self.origin if self.origin is not None else guess
        name = self.origin or (guess if known and guess else file.label)
        try:
            reading = read_master_file(file.path, file.root, origin, self.limits)
        except OSError as error:
            return self._failed(file, name, f"cannot be read: {error.strerror}"), Reading()
        except LimitError as error:
            return self._failed(file, name, error.message), Reading()
        apex = next((record[0] for record in reading.records if record[1] == "SOA"), None)
        if self.origin is not None and apex not in (None, self.origin):
            message = f"the SOA is at {apex or '.'}, not at the origin {self.origin or '.'}"
            return self._failed(file, name, message, "mend origin in the estate file"), reading
        problems = list(reading.problems)
        if apex is None:
            apex = origin if self.origin is not None or known else None
            if apex is None or not reading.records:
                first = f"; first: {problems[0]}" if problems else ""
                message = f"this is no zone file: no SOA record{first}"
                return self._failed(file, name, message, "move it elsewhere, or mend it"), reading
            problems.append(
                Problem("no SOA record, so the zone may be incomplete", file.label, "add the SOA")
            )
            full = False
        else:
            full = not reading.skipped
        places = Places(file.path, file.root, origin, self.limits)
        assembled = assemble(reading.records, apex, file.label, places.of)
        full = full and not assembled.unread
        return (
            Part(
                name=apex or ".",
                grade=Grade.AUTHORITATIVE,
                coverage=Coverage.FULL if full else Coverage.PARTIAL,
                observed_at=self.clock.now(),
                facts=zone_facts(
                    apex,
                    assembled.rrsets,
                    full=full,
                    served=self.served,
                    places=places.first,
                ),
                problems=tuple(problems + assembled.remarks),
                view=self.view,
            ),
            reading,
        )

    def _failed(self, file: _File, name: str, message: str, hint: str = "") -> Part:
        return Part(
            name=name or ".",
            grade=Grade.AUTHORITATIVE,
            coverage=Coverage.NONE,
            observed_at=self.clock.now(),
            problems=(Problem(message, file.label, hint),),
            view=self.view,
        )

    def _renamed(self, part: Part) -> Part:
        return Part(
            name=part.problems[0].where,
            grade=part.grade,
            coverage=part.coverage,
            observed_at=part.observed_at,
            problems=part.problems,
            view=part.view,
        )


def _ignored(path: Path, root: Path | None) -> bool:
    parts = path.relative_to(root).parts if root else (path.name,)
    return any(p.startswith(".") for p in parts) or path.name.endswith(_IGNORED_SUFFIXES)
