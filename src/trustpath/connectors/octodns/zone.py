"""The records of one octoDNS zone, from its YAML files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trustpath.base.documents import LineIndex, Path, TagReader, load_yaml
from trustpath.base.errors import InputError, TrustpathError
from trustpath.base.names import canonical
from trustpath.connectors.octodns import values
from trustpath.facts.part import Problem
from trustpath.facts.records.rrset import ROUTE53_ALIAS

MAX_TTL: Final = 2**31 - 1
_TARGET_FIELDS: Final = {"MX": "exchange", "SRV": "target", "NAPTR": "replacement"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How records are read: the settings of octoDNS's YamlProvider that matter for content.

    With ``lenient`` False, what octoDNS takes only leniently is a problem instead of a record.
    """

    default_ttl: int = 3600
    escaped_semicolons: bool = True
    replace: bool = False
    lenient: bool = True


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """One file with records: its place for messages, how to read it, and how to get its octets."""

    where: str
    read: Callable[[], bytes]
    reading: Reading
    include: TagReader | None = None


@dataclass(frozen=True, slots=True)
class RecordSet:
    """One record set: canonical owner name, type as written, TTL in seconds, rdata texts.

    ``ttl`` is None where the record has none of its own.
    """

    name: str
    type: str
    ttl: int | None
    rdatas: tuple[str, ...]


@dataclass(slots=True)
class ZoneContent:
    """What the files of a zone gave; ``entries`` counts what was there, readable or not.

    ``ignored`` are the sets that octoDNS is told to leave alone. ``where`` tells which file a set
    is from, its index of lines and the path in the document.
    """

    apex: str
    sets: dict[tuple[str, str], RecordSet] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ignored: set[tuple[str, str]] = field(default_factory=set)
    entries: int = 0
    foreign: int = 0
    where: dict[tuple[str, str], tuple[str, LineIndex, Path]] = field(default_factory=dict)

    def place(self, name: str, rdtype: str) -> str | None:
        """Return file and line of a record set; the file alone where no line is known."""
        found = self.where.get((name, rdtype))
        return None if found is None else _place(*found)


def read_zone(apex: str, files: Iterable[ZoneFile]) -> ZoneContent:
    """Read every file of a zone; what cannot be read is a problem and leaves the rest alone."""
    content = ZoneContent(apex)
    for file in files:
        duplicates: list[InputError] = []
        tags = {"!include": file.include} if file.include else {}
        try:
            document, lines = load_yaml(file.read(), file.where, tags=tags, duplicates=duplicates)
        except TrustpathError as error:
            place = error.where or file.where
            content.problems.append(Problem(error.message, place, error.hint, syntax=True))
            continue
        content.problems.extend(Problem(e.message, e.where, e.hint, True) for e in duplicates)
        if document is None or document == {}:
            continue
        if not isinstance(document, dict):
            content.foreign += 1
            content.problems.append(
                Problem(
                    "holds no mapping of names to records", file.where, "write NAME: {type: ...}"
                )
            )
            continue
        _FileReader(content, file, lines).read(document)
    return content


class _FileReader:
    def __init__(self, content: ZoneContent, file: ZoneFile, lines: LineIndex) -> None:
        self._content = content
        self._file = file
        self._lines = lines

    def read(self, document: Mapping[Any, Any]) -> None:
        content, reading = self._content, self._file.reading
        for key, entry in document.items():
            several = isinstance(entry, list)
            records = entry if several else [entry]
            for position, data in enumerate(records):
                content.entries += 1
                path: Path = (key, position) if several else (key,)
                try:
                    self._add(record_set(content.apex, key, data, reading), data, path)
                except TrustpathError as error:
                    self._problem(path, key, data, error)

    def _add(self, found: RecordSet, data: Mapping[str, Any], path: Path) -> None:
        key = (found.name, found.type)
        if key in self._content.sets and not self._file.reading.replace:
            raise InputError(
                f"a second {found.type} record set at this name",
                hint="put the values of both under one",
            )
        self._content.sets[key] = found
        self._content.where[key] = (self._file.where, self._lines, path)
        told = data.get("octodns")
        if isinstance(told, dict) and told.get("ignored"):
            self._content.ignored.add(key)

    def _problem(self, path: Path, key: object, data: object, error: TrustpathError) -> None:
        place = _place(self._file.where, self._lines, path)
        kind = ""
        if isinstance(data, dict) and "type" in data:
            kind = f" {data['type']}"
        else:
            self._content.foreign += 1
        message = f"record {str(key)!r:.80}{kind:.40}: {error.message}"
        self._content.problems.append(Problem(message, place, error.hint))


def _place(file: str, lines: LineIndex, path: Path) -> str:
    line = lines.line(path)
    return file if line is None else f"{file}:{line}"


def owner_name(key: object, apex: str) -> str:
    """Return the canonical owner name for a key of a zone file; ``''`` is the apex."""
    # A plain number or a word such as "yes" is no text in YAML 1.1; octoDNS names it by str().
    label = key if isinstance(key, str) else str(key)
    if not label:
        return apex
    if any(character.isspace() for character in label):
        raise InputError("a name cannot contain white space")
    return canonical(f"{label}.{apex}")


def record_set(apex: str, key: object, data: Any, reading: Reading) -> RecordSet:
    """Return the record set that one entry describes; raises InputError."""
    if not isinstance(data, dict):
        raise InputError(f"is {data!r:.40}, not a mapping with type and value")
    kind = data.get("type")
    if not isinstance(kind, str):
        raise InputError("has no type", hint="add type: A, say")
    render = values.renderer(kind)
    written = _written_values(kind, data)
    if not _is_lenient(data, reading):
        _refuse_lenient_forms(kind, key, written)
    if not reading.escaped_semicolons and kind in ("TXT", "SPF"):
        written = [v.replace(";", "\\;") if isinstance(v, str) else v for v in written]
    rdatas = tuple(dict.fromkeys([render(value, apex) for value in written]))
    if kind in values.SINGLE and len(rdatas) > 1:
        raise InputError(f"{len(rdatas)} values, and {kind} takes one")
    name = owner_name(key, apex)
    # Route 53 aliases take the TTL of their target; what the file says is a placeholder.
    ttl = None if kind == ROUTE53_ALIAS else _ttl(data, reading)
    return RecordSet(name, kind, ttl, rdatas)


def _ttl(data: Mapping[str, Any], reading: Reading) -> int:
    written = data.get("ttl", reading.default_ttl)
    try:
        ttl = int(written)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"ttl is {written!r:.40}, not a number", hint="write it in seconds"
        ) from error
    if not 0 <= ttl <= MAX_TTL:
        raise InputError(f"ttl is {ttl}, not between 0 and {MAX_TTL} (RFC 2181 8)")
    return ttl


def _written_values(kind: str, data: Mapping[str, Any]) -> list[Any]:
    """Return the default values: pools and geographic sets choose among more at query time."""
    written = data.get("values", data.get("value"))
    listed = written if isinstance(written, list) else [] if written is None else [written]
    if not listed:
        listed = _pool_values(data)
    if not listed:
        raise InputError(f"{kind} has no value", hint="add value: or values:")
    return listed


def _pool_values(data: Mapping[str, Any]) -> list[Any]:
    dynamic = data.get("dynamic")
    pools = dynamic.get("pools") if isinstance(dynamic, dict) else None
    found: list[Any] = []
    for pool in pools.values() if isinstance(pools, dict) else ():
        members = pool.get("values") if isinstance(pool, dict) else None
        found.extend(
            member["value"]
            for member in (members if isinstance(members, list) else ())
            if isinstance(member, dict) and "value" in member
        )
    return found


def _is_lenient(data: Mapping[str, Any], reading: Reading) -> bool:
    meta = data.get("octodns")
    return reading.lenient or bool(isinstance(meta, dict) and meta.get("lenient"))


def _refuse_lenient_forms(kind: str, key: object, written: list[Any]) -> None:
    if key == "@":
        raise InputError("'@' is not the apex here", hint="write '' for the apex")
    if kind == "CNAME" and key == "":
        raise InputError("a CNAME cannot stand at the apex", hint="use ALIAS")
    for value in written:
        content = value.get(_TARGET_FIELDS[kind]) if _is_target_field(kind, value) else value
        if kind in ("TXT", "SPF"):
            if isinstance(value, str) and ";" in value.replace("\\;", ""):
                raise InputError("unescaped ; in text", hint="write \\;")
        elif kind in _HOSTS and isinstance(content, str) and not values.is_absolute(content):
            raise InputError(
                f"{content!r:.60} has no trailing dot", hint="end it with a dot, or be lenient"
            )


_HOSTS: Final = frozenset({"ALIAS", "CNAME", "DNAME", "NS", "PTR", *_TARGET_FIELDS})


def _is_target_field(kind: str, value: object) -> bool:
    return kind in _TARGET_FIELDS and isinstance(value, dict)
