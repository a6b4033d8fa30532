"""``--dns FILE``: new versions of zone files in master format (RFC 1035 5)."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from trustpath.base import names
from trustpath.base.errors import InputError, LimitError
from trustpath.connectors.proposals.files import refuse
from trustpath.connectors.proposals.ports import MasterFile, MasterFiles
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Submission, ZoneVersion, pack

SIGNED_BY_SERVER = frozenset(
    {
        "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "ZONEMD", "TYPE65534",
    }
)  # fmt: skip
"""What a server that signs adds to the zone it is given."""


def read_zonefiles(files: Iterable[tuple[Path, str | None]], reader: MasterFiles) -> Submission:
    """Return the zones of the files, each with the zone it holds where that was said.

    Without it the zone is that of the SOA, else that of $ORIGIN-less file names such as
    ``example.com.zone``. Raises InputError when a file is no whole zone: a record that cannot be
    read would look like one that is to go.
    """
    listed = list(files)
    found = [read_version(path, path.parent, zone, reader) for path, zone in listed]
    shown = ", ".join(str(path) for path, _ in listed[:3]) + (", ..." if len(listed) > 3 else "")
    return Submission(
        f"zone file {shown}",
        tuple(item.version for item in found),
        problems=tuple(problem for item in found for problem in item.problems),
    )


def split_zone(argument: str) -> tuple[Path, str | None]:
    """Return file and zone of ``FILE`` or ``ZONE=FILE``; raises InputError for a bad zone name."""
    zone, mark, file = argument.partition("=")
    try:
        whole = not mark or Path(argument).exists()
    except OSError:
        whole = False  # longer than any file name
    if whole:
        return Path(argument), None
    return Path(file), names.canonical(zone)


class NoZoneError(InputError):
    """A file that is no zone file at all."""


class Version(NamedTuple):
    """A zone, what is wrong with it although every record was read, and what it includes."""

    version: ZoneVersion
    problems: tuple[Problem, ...]
    included: set[Path]


def read_version(path: Path, root: Path, zone: str | None, reader: MasterFiles) -> Version:
    """Return the zone of one file.

    ``root`` confines $INCLUDE. Raises NoZoneError for a file without SOA and zone name, and
    InputError as ``read_zonefiles``.
    """
    where = str(path)
    guess, known = reader.apex(path.name)
    with _without_collection():
        try:
            reading = reader.read(path, root, zone if zone is not None else guess)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=where) from error
        except LimitError as error:
            raise LimitError(error.message, where=error.where or where, hint=error.hint) from error
        apex = _apex(reading, zone, guess if known else None, where)
        if reading.problems:
            raise refuse(reading.problems, f"zone {apex or '.'} cannot be read whole", where)
        content, problems = pack(reading.records, apex, where)
    signed = any(rdtype == "RRSIG" for _, rdtype in content)
    unstated: frozenset[str] = frozenset() if signed else SIGNED_BY_SERVER
    version = ZoneVersion(apex, content, unstated=unstated, where=where)
    return Version(version, problems, reading.included)


def _apex(reading: MasterFile, zone: str | None, known: str | None, where: str) -> str:
    apexes = [record[0] for record in reading.records if record[1] == "SOA"]
    if len(set(apexes)) > 1:
        raise InputError(
            f"the file has SOA records of {apexes[0] or '.'} and {apexes[-1] or '.'}",
            where=where,
            hint="give one file a zone",
        )
    if apexes and zone is not None and apexes[0] != zone:
        raise InputError(
            f"the SOA is at {apexes[0] or '.'}, not at {zone or '.'}",
            where=where,
            hint="name the zone of the SOA, or leave it out",
        )
    apex = apexes[0] if apexes else zone if zone is not None else known
    if apex is None or not reading.records:
        problems = reading.problems or (Problem("it has no SOA record", where, "write ZONE=FILE"),)
        error = refuse(problems, "this is no zone file", where)
        raise NoZoneError(error.message, where=error.where, hint=error.hint)
    if not apexes:
        raise InputError(
            f"zone {apex or '.'} has no SOA record, so it may be a piece of one",
            where=where,
            hint="give the whole zone; single records go into an nsupdate script",
        )
    return apex


@contextmanager
def _without_collection() -> Iterator[None]:
    """Hold the garbage collector back: a million new tuples hold no cycle, and are counted."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
