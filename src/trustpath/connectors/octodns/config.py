"""octoDNS's own configuration file: which YAML folders make up which zones.

Only the parts that say where records come from are read. A zone that also has a source other than
YAML is not known in full, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from trustpath.base.documents import LineIndex
from trustpath.base.errors import InputError, SourceError
from trustpath.base.names import canonical
from trustpath.connectors.octodns.layout import Directory, Layout, scan
from trustpath.connectors.octodns.zone import Reading, ZoneFile
from trustpath.facts.part import Problem

_YAML_CLASSES: Final = ("YamlProvider", "SplitYamlProvider")


@dataclass(slots=True)
class Plan:
    """Zones with their files in the order octoDNS applies them, and what stays unknown."""

    zones: dict[str, list[ZoneFile]] = field(default_factory=dict)
    gaps: dict[str, list[Problem]] = field(default_factory=dict)
    strays: list[tuple[str, Problem]] = field(default_factory=list)
    remarks: list[tuple[str, Problem]] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)


def yaml_directories(
    document: Mapping[str, Any], lines: LineIndex, file: Path, base: Reading
) -> dict[str, Directory]:
    """Return the YamlProviders of a configuration by name; raises InputError."""
    found: dict[str, Directory] = {}
    for name, settings in document["providers"].items():
        kind = settings.get("class") if isinstance(settings, dict) else None
        if not isinstance(kind, str) or kind.rpartition(".")[2] not in _YAML_CLASSES:
            continue
        where = f"{file.name}:{lines.line(('providers', name))}"
        folder = settings.get("directory")
        if not isinstance(folder, str) or folder.startswith("env/"):
            raise InputError(
                f"provider {name!r} has no directory that can be read from this file",
                where=where,
                hint="give the folder of zones as path instead",
            )
        found[str(name)] = _directory(settings, file.parent / folder, kind, base, where)
    return found


def _directory(
    settings: Mapping[str, Any], path: Path, kind: str, base: Reading, where: str
) -> Directory:
    ttl = settings.get("default_ttl", base.default_ttl)
    if not isinstance(ttl, int) or ttl < 0:
        raise InputError(f"default_ttl is {ttl!r:.40}, not a number of seconds", where=where)
    escaped = settings.get("escaped_semicolons")
    reading = replace(
        base,
        default_ttl=ttl,
        escaped_semicolons=escaped is None or bool(escaped),
        replace=bool(settings.get("populate_should_replace", False)),
    )
    split = settings.get("split_extension") or ""
    whole = not settings.get("disable_zonefile", False)
    if kind.endswith("SplitYamlProvider"):
        split, whole = settings.get("extension") or ".", False
    return Directory(path, reading, str(split), whole, settings.get("shared_filename") or None)


def plan_zones(document: Mapping[str, Any], lines: LineIndex, file: Path, base: Reading) -> Plan:
    """Return the zones that a configuration names, with their files.

    Raises InputError for a configuration that cannot be used and SourceError when a folder of
    zones cannot be listed.
    """
    directories = yaml_directories(document, lines, file, base)
    if not directories:
        raise SourceError(
            "configures no YamlProvider",
            where=str(file),
            hint="read the zones from their provider by axfr, or give a folder as path",
        )
    layouts = {name: scan(directory) for name, directory in directories.items()}
    plan = Plan()
    for layout in layouts.values():
        plan.strays.extend(s for s in layout.strays if s not in plan.strays)
        plan.remarks.extend(r for r in layout.remarks if r not in plan.remarks)
    named: list[tuple[str, Mapping[str, Any], str]] = []
    globs: list[tuple[str, Mapping[str, Any], str]] = []
    for pattern, settings in document["zones"].items():
        if isinstance(settings, dict):
            where = f"{file.name}:{lines.line(('zones', pattern))}"
            glob = settings.get("glob") or (str(pattern) if str(pattern)[:1] == "*" else None)
            (globs if glob else named).append((str(glob or pattern), settings, where))
    for name, settings, where in named:
        if not isinstance(settings.get("alias"), str):
            _add(plan, canonical(name), settings, layouts, where)
    for name, settings, _ in named:
        if isinstance(settings.get("alias"), str):
            original = canonical(settings["alias"])
            plan.zones[canonical(name)] = plan.zones.get(original, [])
            plan.gaps[canonical(name)] = plan.gaps.get(original, [])
    for glob, settings, where in globs:
        for apex in _listed(layouts, settings):
            if apex not in plan.zones and fnmatchcase(f"{apex}.", glob):
                _add(plan, apex, settings, layouts, where)
    return plan


def _listed(layouts: Mapping[str, Layout], settings: Mapping[str, Any]) -> list[str]:
    names = {z for source in _sources(settings) if source in layouts for z in layouts[source].zones}
    return sorted(names)


def _sources(settings: Mapping[str, Any]) -> list[str]:
    listed = settings.get("sources")
    return [str(source) for source in listed] if isinstance(listed, list) else []


def _add(
    plan: Plan, apex: str, settings: Mapping[str, Any], layouts: Mapping[str, Layout], where: str
) -> None:
    files: list[ZoneFile] = []
    gaps: list[Problem] = []
    for source in _sources(settings):
        layout = layouts.get(source)
        if layout is None:
            gaps.append(
                Problem(
                    f"zone {apex} also comes from {source!r}, which is no YAML",
                    where,
                    "read that source as well",
                )
            )
            continue
        files.extend(layout.zones.get(apex, ()))
    if not files:
        gaps.append(Problem(f"zone {apex} has no YAML file", where, "add it or drop the zone"))
    plan.zones[apex] = files
    plan.gaps[apex] = gaps
