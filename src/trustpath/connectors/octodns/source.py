"""The ``octodns`` source: zones as somebody keeps them in YAML for octoDNS.

Options: ``path`` is a folder of zones, one zone file, or octoDNS's ``config.yaml``;
``default_ttl`` (3600) stands where a record has none; ``lenient`` (true) takes what octoDNS takes
only leniently; ``escaped_semicolons`` (true) and ``split_extension`` (``.``) are octoDNS's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from trustpath.base.clock import parse_duration
from trustpath.base.documents import load_yaml
from trustpath.base.errors import EstateError, InputError, SourceError, TrustpathError
from trustpath.base.names import canonical
from trustpath.connectors.octodns.config import Plan, plan_zones
from trustpath.connectors.octodns.layout import (
    Directory,
    is_configuration,
    read_bounded,
    scan,
    zone_file,
)
from trustpath.connectors.octodns.zone import (
    MAX_TTL,
    Reading,
    ZoneContent,
    ZoneFile,
    read_zone,
)
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.records import rrset_facts, zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.source import Context, SourceSpec

_OPTIONS: Final = frozenset(
    {
        "path",
        "default_ttl",
        "lenient",
        "escaped_semicolons",
        "split_extension",
        "signing",
        "view",
        "whole",
    }
)


class OctodnsSource:
    """Zones from an octoDNS folder; one part a zone, of grade AUTHORITATIVE."""

    def __init__(self, spec: SourceSpec, context: Context) -> None:
        self._spec = spec
        self._clock = context.clock
        options = spec.options
        unknown = sorted(set(options) - _OPTIONS)
        if unknown:
            raise EstateError(
                f"unknown option {unknown[0]!r}",
                where=spec.where,
                hint=f"known are {', '.join(sorted(_OPTIONS))}",
            )
        if not isinstance(options.get("path"), str):
            raise EstateError(
                f"source {spec.id!r} has no path",
                where=spec.where,
                hint="path names the folder of zone files",
            )
        ttl = parse_duration(options.get("default_ttl", 3600), where=spec.where)
        if not 0 <= ttl <= MAX_TTL:
            raise EstateError(f"default_ttl of {ttl} s is no TTL", where=spec.where)
        self._path = spec.folder / options["path"]
        self._reading = Reading(
            default_ttl=ttl,
            escaped_semicolons=bool(options.get("escaped_semicolons", True)),
            lenient=bool(options.get("lenient", True)),
        )
        self._served = options.get("signing") == "none"
        self._view = str(options.get("view") or "")
        self._split = str(options.get("split_extension", ".") or "")

    @property
    def spec(self) -> SourceSpec:
        """The description that this source was built from."""
        return self._spec

    def collect(self) -> Iterator[Part]:
        """Yield one part a zone, then one a file that is no zone.

        A file that octoDNS passes over is a part without facts that arrived whole, with a remark.
        Raises SourceError when the path leads nowhere or holds nothing.
        """
        plan = self._plan()
        if not plan.zones and not plan.strays:
            raise SourceError(
                f"no zone files in {self._path}",
                where=self._spec.where,
                hint=f"give its {plan.settings[0]} as path"
                if plan.settings
                else "zone files are named <zone>.yaml",
            )
        now = self._clock.now()
        for apex in sorted(plan.zones):
            gaps = plan.gaps.get(apex, [])
            part = zone_part(apex, plan.zones[apex], gaps, now, served=self._served)
            if part.coverage is Coverage.NONE and _are_settings(plan.zones[apex]):
                continue
            yield replace(part, view=self._view) if self._view else part
        for name, problem in plan.strays:
            yield Part(name, Grade.AUTHORITATIVE, Coverage.NONE, now, problems=(problem,))
        for name, remark in plan.remarks:
            yield Part(name, Grade.AUTHORITATIVE, Coverage.FULL, now, problems=(remark,))

    def _plan(self) -> Plan:
        path = self._path
        if path.is_dir():
            layout = scan(Directory(path, self._reading, self._split))
            return Plan(
                layout.zones,
                _clashes(layout.clashes),
                layout.strays,
                layout.remarks,
                layout.settings,
            )
        if not path.is_file():
            raise SourceError(
                f"{path} does not exist", where=self._spec.where, hint="correct its path"
            )
        document = self._document(path)
        if document is not None:
            try:
                return plan_zones(*document, path, self._reading)
            except InputError as error:
                raise SourceError(error.message, where=error.where, hint=error.hint) from error
        try:
            apex = canonical(path.stem)
        except TrustpathError as error:
            raise SourceError(error.message, where=str(path), hint="rename the file") from error
        return Plan({apex: [zone_file(path, path.parent, self._reading)]})

    @staticmethod
    def _document(path: Path) -> tuple[Any, Any] | None:
        try:
            document, lines = load_yaml(read_bounded(path, path.name), path.name)
        except TrustpathError:
            return None
        return (document, lines) if is_configuration(document) else None


def _are_settings(files: list[ZoneFile]) -> bool:
    """Say whether what is named like a zone is octoDNS's own configuration."""
    try:
        return any(is_configuration(load_yaml(file.read(), file.where)[0]) for file in files)
    except TrustpathError:
        return False


def _clashes(names: dict[str, list[str]]) -> dict[str, list[Problem]]:
    """Return a gap for every zone that two files or two folders claim to be."""
    found: dict[str, list[Problem]] = {}
    for apex, files in names.items():
        for group in ([f for f in files if f.endswith("/")], [f for f in files if f[-1] != "/"]):
            if len(group) > 1:
                message = f"zone {apex} is written twice: {', '.join(group)}"
                found.setdefault(apex, []).append(Problem(message, group[1], "keep one of them"))
    return found


def zone_part(
    apex: str, files: list[ZoneFile], gaps: list[Problem], now: int, *, served: bool = False
) -> Part:
    """Return the part of one zone; what cannot be read makes it PARTIAL, nothing readable NONE.

    ``served``: the provider publishes it as it stands here. Else signing is the provider's
    business and leaves no DNSKEY here, so that none does not mean unsigned.
    """
    content = read_zone(apex, files)
    problems = [*gaps, *content.problems]
    rows = _rows(content, problems, served=served)
    if not files or (problems and not content.sets):
        if content.foreign and content.foreign >= content.entries:
            message = "no octoDNS zone: nothing in it has a type"
            problems.insert(0, Problem(message, files[0].where, "keep it outside the zone folder"))
        return Part(apex, Grade.AUTHORITATIVE, Coverage.NONE, now, problems=tuple(problems))
    coverage = Coverage.PARTIAL if problems else Coverage.FULL
    left = frozenset(content.ignored)
    return Part(apex, Grade.AUTHORITATIVE, coverage, now, rows, tuple(problems), left=left)


def _rows(content: ZoneContent, problems: list[Problem], *, served: bool) -> list[Fact]:
    """Return the fact rows of a zone; a set that gives none is dropped and becomes a problem."""
    try:
        return list(_zone_facts(content, full=not problems, served=served))
    except InputError:
        for key, found in list(content.sets.items()):
            try:
                list(rrset_facts(content.apex, found.name, found.type, found.ttl, found.rdatas))
            except InputError as error:
                problems.append(Problem(error.message, f"{found.name} {found.type}", error.hint))
                del content.sets[key]
        return list(_zone_facts(content, full=False, served=served))


def _zone_facts(content: ZoneContent, *, full: bool, served: bool) -> Iterator[Fact]:
    sets = content.sets.values()
    entries = [(s.name, s.type, s.ttl, s.rdatas) for s in sets]
    return zone_facts(content.apex, entries, full=full, served=served, places=content.place)
