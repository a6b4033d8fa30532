"""Which reader takes which kind of proposal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from trustpath.base.clock import FixedClock
from trustpath.base.errors import InputError
from trustpath.connectors import proposals
from trustpath.connectors.octodns import OctodnsSource
from trustpath.connectors.proposals import MasterFiles
from trustpath.connectors.zonefile.apex import from_file_name
from trustpath.connectors.zonefile.reader import read_master_file
from trustpath.facts.part import Part
from trustpath.facts.proposal import Submission, merged
from trustpath.facts.source import Context, SourceSpec

MASTERS = MasterFiles(read_master_file, from_file_name)
"""The reader of zone files, as proposals need it."""


def octodns(path: Path) -> Iterable[Part]:
    """Read an octoDNS folder; yields one part a zone."""
    spec = SourceSpec("proposal", "octodns", {"path": path.name or "."}, path.parent)
    return OctodnsSource(spec, Context(FixedClock(0))).collect()


def _zonefiles(texts: Sequence[str]) -> Submission:
    return proposals.read_zonefiles(map(proposals.split_zone, texts), MASTERS)


def _git(text: str) -> Submission:
    """Read ``BASE..HEAD``, or ``BASE..HEAD:PATH`` for a part of the repository."""
    revisions, _, path = text.partition(":")
    return proposals.read_git(revisions, [Path(path or ".")], MASTERS, octodns)


READERS: Mapping[str, Callable[[str], Submission]] = {
    "octodns": lambda text: proposals.read_octodns(Path(text), octodns),
    "nsupdate": lambda text: proposals.read_nsupdate(Path(text)),
    "update": lambda text: proposals.read_update(Path(text)),
    "terraform": lambda text: proposals.read_terraform(Path(text)),
    "git": _git,
    "cert-event": lambda text: proposals.read_events(Path(text)),
}
"""Kinds of proposal besides ``dns`` and ``proposal``, by the name of their option."""
RECORDS = ("dns", *(kind for kind in READERS if kind != "cert-event"))
"""Kinds of which one proposal has one at the most; certificate events may come beside it."""


def read_proposal(given: Mapping[str, str | Sequence[str] | None]) -> Submission:
    """Return what was given proposes as one; raises InputError.

    That is one input of records (``dns`` may be several zone files), or certificate events
    (``cert-event``), or both; or a file that names them (``proposal``).
    """
    named = {kind: text for kind, text in given.items() if text}
    if "proposal" in named:
        path = named.pop("proposal")
        if named or not isinstance(path, str):
            raise InputError(
                "a proposal file names everything that is proposed",
                where="--proposal",
                hint=f"write what --{next(iter(named), 'dns')} has into the file",
            )
        return _from_file(Path(path))
    return _read(named)


def _read(named: Mapping[str, str | Sequence[str]]) -> Submission:
    records = [kind for kind in named if kind in RECORDS]
    if len(records) > 1 or not named:
        raise InputError(
            "records come from one input, and certificate events beside it",
            where=f"--{records[1]}" if records else "--dns",
            hint="one of "
            + ", ".join(f"--{kind}" for kind in RECORDS)
            + "; --cert-event alone or with it; or --proposal",
        )
    read = [_one(kind, named[kind]) for kind in (*records, "cert-event") if kind in named]
    return read[0] if len(read) == 1 else merged(*read)


def _one(kind: str, text: str | Sequence[str]) -> Submission:
    texts = [text] if isinstance(text, str) else list(text)
    return _zonefiles(texts) if kind == "dns" else READERS[kind](texts[0])


def _from_file(path: Path) -> Submission:
    found = proposals.read_proposal_file(path)
    read = [_one(kind, text) for kind, text in found.records.items()]
    if found.events is not None:
        read.append(found.events)
    both = read[0] if len(read) == 1 else merged(*read)
    return replace(both, origin=f"proposal {path}")
