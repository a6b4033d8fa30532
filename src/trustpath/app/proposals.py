"""Which reader takes which kind of proposal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from trustpath.base.clock import FixedClock
from trustpath.base.errors import InputError
from trustpath.connectors import proposals
from trustpath.connectors.octodns import OctodnsSource
from trustpath.connectors.proposals import MasterFiles
from trustpath.connectors.zonefile.apex import from_file_name
from trustpath.connectors.zonefile.reader import read_master_file
from trustpath.facts.part import Part
from trustpath.facts.proposal import Submission
from trustpath.facts.source import Context, SourceSpec

MASTERS = MasterFiles(read_master_file, from_file_name)
"""The reader of zone files, as proposals need it."""


def octodns(path: Path) -> Iterable[Part]:
    """Read an octoDNS folder; yields one part a zone."""
    spec = SourceSpec("proposal", "octodns", {"path": str(path)}, path.parent)
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
"""Kinds of proposal besides ``dns``, by the name of their option."""


def read_proposal(given: Mapping[str, str | Sequence[str] | None]) -> Submission:
    """Return what the one option that was given proposes; raises InputError.

    ``dns`` may be several zone files.
    """
    named = [(kind, text) for kind, text in given.items() if text]
    if len(named) != 1:
        raise InputError(
            "a proposal comes from one input",
            where="--dns",
            hint="one of " + ", ".join(f"--{kind}" for kind in ("dns", *READERS)),
        )
    kind, text = named[0]
    texts = [text] if isinstance(text, str) else list(text)
    return _zonefiles(texts) if kind == "dns" else READERS[kind](texts[0])
