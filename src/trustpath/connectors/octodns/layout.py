"""Which files of an octoDNS folder make up which zone, and which are none.

octoDNS keeps a zone as one file ``<zone>.yaml``, or split as ``<zone>./<anything>.yaml``; both
may stand side by side and add up. A name of a single label is not listed as a zone by octoDNS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from trustpath.base.documents import DEFAULT_LIMITS, TagReader, load_yaml
from trustpath.base.errors import InputError, LimitError, SourceError, TrustpathError
from trustpath.base.files import open_regular
from trustpath.base.names import canonical
from trustpath.connectors.octodns.zone import Reading, ZoneFile
from trustpath.facts.part import Problem

_INCLUDE_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class Directory:
    """One folder of zones with the settings of its YamlProvider.

    ``split_extension`` is what the folder of a split zone ends with; ``whole_files`` False leaves
    ``<zone>.yaml`` files out; ``shared`` names a file whose records are in every zone.
    """

    path: Path
    reading: Reading
    split_extension: str = "."
    whole_files: bool = True
    shared: str | None = None


@dataclass(slots=True)
class Layout:
    """The zones of a folder by apex, each with its files, and what is no zone.

    ``strays`` would be zones and cannot be read as such; ``remarks`` are about files that octoDNS
    passes over, though they look like zones; ``settings`` are its own configuration files.
    """

    zones: dict[str, list[ZoneFile]] = field(default_factory=dict)
    strays: list[tuple[str, Problem]] = field(default_factory=list)
    remarks: list[tuple[str, Problem]] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    clashes: dict[str, list[str]] = field(default_factory=dict)


def read_bounded(path: Path, where: str) -> bytes:
    """Return the octets of a regular file within the size limit; raises SourceError."""
    try:
        with open_regular(path) as handle:
            data = handle.read(DEFAULT_LIMITS.octets + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=where) from error
    if len(data) > DEFAULT_LIMITS.octets:
        raise LimitError(
            f"more than {DEFAULT_LIMITS.octets} octets", where=where, hint="split the zone"
        )
    return data


def zone_file(path: Path, root: Path, reading: Reading) -> ZoneFile:
    """Return a file of records under ``root``, which its includes cannot leave."""
    where = _relative(path, root.parent)
    return ZoneFile(where, _reader(path, where), reading, _include(path, root, _INCLUDE_DEPTH))


def _reader(path: Path, where: str) -> Callable[[], bytes]:
    return lambda: read_bounded(path, where)


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _include(path: Path, root: Path, depth: int) -> TagReader:
    """Return the reader of ``!include FILE``, relative to the file it is written in."""

    def read(text: str, place: str) -> Any:
        target = (path.parent / text).resolve()
        if depth == 0:
            raise LimitError(
                f"includes nest deeper than {_INCLUDE_DEPTH}",
                where=place,
                hint="look for a file that includes itself",
            )
        if not target.is_relative_to(root.resolve()) or not target.is_file():
            raise InputError(
                f"!include {text!r:.80} is no file within the zone folder",
                where=place,
                hint="keep included files below it",
            )
        tags = {"!include": _include(target, root, depth - 1)}
        where = _relative(target, root.resolve().parent)
        return load_yaml(read_bounded(target, where), where, tags=tags)[0]

    return read


def scan(directory: Directory) -> Layout:
    """Return the zones in a folder; raises SourceError when the folder cannot be listed."""
    layout = Layout()
    root = directory.path
    try:
        entries = sorted(root.iterdir())
    except OSError as error:
        raise SourceError(
            f"folder {root} cannot be listed: {error.strerror}",
            hint="path names the folder that holds the zone files",
        ) from error
    for entry in entries:
        if entry.name == directory.shared:
            continue
        if entry.is_dir():
            _add_split(layout, directory, entry)
        elif entry.suffix in (".yaml", ".yml") and entry.is_file() and directory.whole_files:
            _add_whole(layout, directory, entry)
        elif directory.whole_files and _looks_like_zone(entry):
            _remark(layout, directory, entry)
    if directory.shared is not None:
        shared = zone_file(root / directory.shared, root, directory.reading)
        for files in layout.zones.values():
            files.append(shared)
    return layout


def _add_split(layout: Layout, directory: Directory, entry: Path) -> None:
    extension = directory.split_extension
    if not extension or not entry.name.endswith(extension):
        return
    apex = _apex(layout, directory, entry, entry.name[: len(entry.name) - len(extension)])
    if apex is None:
        return
    files = [
        zone_file(path, directory.path, directory.reading)
        for path in sorted(entry.iterdir())
        if path.suffix == ".yaml" and path.is_file()
    ]
    layout.zones.setdefault(apex, []).extend(files)
    layout.clashes.setdefault(apex, []).append(f"{entry.name}/")


def _add_whole(layout: Layout, directory: Directory, entry: Path) -> None:
    if entry.suffix == ".yml":
        if not is_configuration(_document(entry)):
            _remark(layout, directory, entry)
        return
    apex = _apex(layout, directory, entry, entry.stem)
    if apex is None:
        return
    layout.zones.setdefault(apex, []).append(zone_file(entry, directory.path, directory.reading))
    layout.clashes.setdefault(apex, []).append(entry.name)


def _apex(layout: Layout, directory: Directory, entry: Path, name: str) -> str | None:
    try:
        apex = canonical(name)
    except TrustpathError as error:
        _stray(layout, directory, entry, f"its name is no zone name: {error.message}", "rename it")
        return None
    if "." not in apex:
        if entry.is_file() and is_configuration(_document(entry)):
            layout.settings.append(entry.name)
            return None
        reason = f"{apex!r} is a single label, which octoDNS does not list as a zone"
        _stray(layout, directory, entry, reason, "name zone files <zone>.yaml")
        return None
    return apex


def _document(entry: Path) -> object:
    """Return what a YAML file holds; None where it cannot be read."""
    try:
        return load_yaml(read_bounded(entry, entry.name), entry.name)[0]
    except TrustpathError:
        return None


def _looks_like_zone(entry: Path) -> bool:
    """Say whether a file without the ending of a zone file has its name and its form."""
    try:
        apex = canonical(entry.name)
    except TrustpathError:
        return False
    if "." not in apex or apex.startswith(".") or not entry.is_file():
        return False
    document = _document(entry)
    if not isinstance(document, dict):
        return False
    sets = [
        one for each in document.values() for one in (each if isinstance(each, list) else [each])
    ]
    return bool(sets) and all(isinstance(one, dict) and "type" in one for one in sets)


def is_configuration(document: object) -> bool:
    """Say whether a document is octoDNS's own configuration: providers and zones."""
    return isinstance(document, dict) and all(
        isinstance(document.get(key), dict) and "type" not in document[key]
        for key in ("providers", "zones")
    )


def _remark(layout: Layout, directory: Directory, entry: Path) -> None:
    where = _relative(entry, directory.path.parent)
    message = "octoDNS reads only .yaml, so this file changes nothing"
    layout.remarks.append((entry.name, Problem(message, where, "rename it to .yaml, or remove it")))


def _stray(layout: Layout, directory: Directory, entry: Path, message: str, hint: str) -> None:
    where = _relative(entry, directory.path.parent)
    layout.strays.append((entry.name, Problem(message, where, hint)))
