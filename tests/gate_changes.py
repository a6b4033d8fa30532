"""The corpus of changes in ``tests/changes``: read, written as people write it, put to the gate.

The estate is invented; names outside it are asked of a real resolver over a real server. Each
change is proposed as an octoDNS folder and as zone files, and both must come to the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import dns.rdatatype
import dns.zone
import yaml

from resolvers import LOOPBACK, bind, unbound, write_zone
from trustpath.app.application import TrustpathApplication
from trustpath.app.proposals import read_proposal
from trustpath.base.clock import parse_instant
from trustpath.base.errors import TrustpathError
from trustpath.facts.proposal import Submission
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.plan import plan
from trustpath.workflow.session import Session

HERE: Final = Path(__file__).resolve().parent / "changes"
NOW: Final = parse_instant("2026-11-24T12:00:00Z")
MAIN: Final = "ministry.example"
FORMS: Final = ("octodns", "dns")

RRset = tuple[int, list[str]]
Zones = dict[str, dict[tuple[str, str], RRset]]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the corpus; its keys are explained at the head of ``changes.yaml``."""

    id: str
    want: str
    do: tuple[str, ...]
    why: str
    zone: str = MAIN
    first: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    forms: tuple[str, ...] = FORMS
    file: Mapping[str, str] = field(default_factory=dict)
    late: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gate said of a change in one form; ``error`` where it refused the input."""

    change: Change
    form: str
    verdict: str
    roles: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    error: str = ""

    @property
    def fault(self) -> str:
        """Say what is wrong with it: ``miss``, ``false denial``, ``held``; empty where right.

        An error counts as held: somebody has to look. A change is held too where one of the roles
        that it ``asks`` is among the approvals, which the verdict itself leaves aside here.
        """
        want, said = self.change.want, "hold" if self.error else self.verdict
        if want == "allow":
            return {"hold": "held", "deny": "false denial"}.get(said, "")
        if want == "deny":
            return "" if said == "deny" else "miss"
        if said == "deny":
            return "false denial"
        asked = bool(self.roles & set(self.change.asks))
        return (
            "" if said == "hold" or asked or (said == "warn" and not self.change.asks) else "miss"
        )

    def __str__(self) -> str:
        said = self.error or self.verdict
        told = "; ".join((*self.worse, *self.reasons)) or ", ".join(sorted(self.roles))
        return f"{self.change.id} ({self.form}): want {self.change.want}, {said}: {told}"


def corpus() -> list[Change]:
    """Return every change, in the order of the file."""
    rows: list[dict[str, Any]] = yaml.safe_load((HERE / "changes.yaml").read_text())
    return [
        Change(
            row["id"],
            row["want"],
            tuple(row["do"]),
            row["why"],
            zone=row.get("in", MAIN),
            first=tuple(row.get("first", ())),
            asks=tuple(row.get("asks", ())),
            forms=tuple(row.get("forms", FORMS)),
            file=row.get("file", {}),
            late=row.get("late", ""),
        )
        for row in rows
    ]


def held_zones() -> Zones:
    """Return the zones of the invented estate."""
    found: Zones = {}
    for path in sorted((HERE / "zones").glob("*.zone")):
        apex = path.name.removesuffix(".zone")
        zone = dns.zone.from_text(path.read_text(), origin=f"{apex}.", relativize=False)
        found[apex] = {
            (name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(rdataset.rdtype)): (
                rdataset.ttl,
                [rdata.to_text() for rdata in rdataset],
            )
            for name, node in zone.nodes.items()
            for rdataset in node
        }
    return found


def done(zones: Zones, zone: str, lines: Sequence[str]) -> Zones:
    """Return the zones after the lines of a change; raises KeyError for what is not there."""
    after: Zones = {
        apex: {key: (ttl, list(texts)) for key, (ttl, texts) in keys.items()}
        for apex, keys in zones.items()
    }
    for line in lines:
        sign, name, *rest = line.split(" ", 4 if line[0] == "+" else 3)
        if rest == ["zone"]:
            apex = name.rstrip(".")
            if sign == "+":
                after[apex] = {(apex, "A"): (300, ["198.51.100.97"])}
            else:
                del after[apex]
            continue
        owner = zone if name == "@" else name.rstrip(".") if name[-1] == "." else f"{name}.{zone}"
        content = after[zone]
        if sign == "+":
            ttl, kind, text = rest
            content.setdefault((owner, kind), (int(ttl), []))[1].append(text)
        elif sign == "~":
            kind, seconds = rest
            content[owner, kind] = (int(seconds), content[owner, kind][1])
        elif len(rest) == 1:
            del content[owner, rest[0]]
        else:
            content[owner, rest[0]][1].remove(rest[1])
            if not content[owner, rest[0]][1]:
                del content[owner, rest[0]]
    return after


_FIELDS: Final = {
    "MX": ("preference", "exchange"),
    "CAA": ("flags", "tag", "value"),
    "SRV": ("priority", "weight", "port", "target"),
    "DS": ("key_tag", "algorithm", "digest_type", "digest"),
    "TLSA": (
        "certificate_usage",
        "selector",
        "matching_type",
        "certificate_association_data",
    ),
}


def _value(kind: str, text: str) -> object:
    if kind in _FIELDS:
        names = _FIELDS[kind]
        pieces = text.split(" ", len(names) - 1)
        return {
            name: int(piece) if piece.isdigit() else piece.strip('"')
            for name, piece in zip(names, pieces, strict=True)
        }
    if kind == "TXT":
        return "".join(text[1:-1].split('" "')).replace(";", "\\;")
    return text


def write_octodns(folder: Path, zones: Zones) -> None:
    """Write zones as octoDNS keeps them: no SOA, and no NS at the apex."""
    folder.mkdir(parents=True, exist_ok=True)
    for apex, keys in zones.items():
        document: dict[str, Any] = {}
        for (name, kind), (ttl, texts) in sorted(keys.items()):
            if name == apex and kind in ("SOA", "NS"):
                continue
            label = name.removesuffix(apex).rstrip(".")
            values = [_value(kind, text) for text in texts]
            document.setdefault(label, []).append({"type": kind, "ttl": ttl, "values": values})
        (folder / f"{apex}.yaml").write_text(yaml.safe_dump(document))


def write_masters(folder: Path, zones: Zones) -> list[Path]:
    """Write zones as master files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for apex, keys in zones.items():
        ordered = sorted(keys.items(), key=lambda item: (item[0][1] != "SOA", item[0]))
        lines = [
            f"{name}. {ttl} IN {kind} {text}"
            for (name, kind), (ttl, texts) in ordered
            for text in texts
        ]
        path = folder / f"{apex}.zone"
        path.write_text("\n".join([f"$ORIGIN {apex}.", *lines]) + "\n")
        paths.append(path)
    return paths


class Bench:
    """The estate in a folder, with a resolver, and changes put to its gate."""

    def __init__(self, folder: Path, resolver: int) -> None:
        self.folder, self.resolver = folder, resolver
        self.zones = held_zones()
        self._number = 0

    def outcomes(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Put changes to the gate; those that start from the same state share a collection."""

        def start(change: Change) -> tuple[str, tuple[str, ...]]:
            return (change.zone if change.first else "", change.first)

        for (zone, first), group in groupby(sorted(changes, key=start), start):
            zones = done(self.zones, zone or MAIN, first)
            together = list(group)
            sessions = {form: self._session(form, zones, together) for form in FORMS}
            for change in together:
                for form in change.forms if not change.file else FORMS[:1]:
                    yield self._outcome(sessions[form], change, form, zones)

    def _session(self, form: str, zones: Zones, changes: Sequence[Change]) -> Session:
        folder = self._fresh()
        if form == "octodns":
            write_octodns(folder / "zones", zones)
            source: dict[str, object] = {
                "id": "repo",
                "kind": "octodns",
                "path": "zones",
                "whole": True,
            }
        else:
            write_masters(folder / "zones", zones)
            source = {"id": "repo", "kind": "zonefile", "path": "zones"}
        document = yaml.safe_load((HERE / "estate.yaml").read_text())
        document["sources"] = [
            source,
            {
                "id": "resolver",
                "kind": "resolve",
                "servers": [f"{LOOPBACK}:{self.resolver}"],
                "names": sorted(_outside(zones, changes)),
                "types": ["A", "AAAA", "CNAME", "TXT", "MX", "CAA", "NS"],
            },
        ]
        path = folder / "estate.yaml"
        path.write_text(yaml.safe_dump(document))
        session = TrustpathApplication().open(path, now=NOW)
        for _ in session.collect():
            pass
        return session

    def _outcome(self, session: Session, change: Change, form: str, zones: Zones) -> Outcome:
        try:
            said = plan(session, self._submission(change, form, zones), consented=True)
        except TrustpathError as error:
            return Outcome(change, form, "", error=f"{error.message} ({error.where})")
        return Outcome(
            change,
            form,
            said.verdict.word,
            frozenset(approval.role for approval in said.approvals),
            said.reasons + tuple(map(str, said.problems)),
            tuple(_worse(said)),
        )

    def _submission(self, change: Change, form: str, zones: Zones) -> Submission:
        folder = self._fresh() / "zones"
        after = done(zones, change.zone, change.do)
        if form == "octodns":
            write_octodns(folder, after)
            for name, text in change.file.items():
                (folder / name).write_text(text)
            return read_proposal({"octodns": str(folder)})
        moved = {apex: keys for apex, keys in after.items() if keys != zones.get(apex)}
        shown = moved or {MAIN: after[MAIN]}
        return read_proposal({"dns": [str(path) for path in write_masters(folder, shown)]})

    def _fresh(self) -> Path:
        self._number += 1
        folder = self.folder / str(self._number)
        folder.mkdir()
        return folder


def _worse(said: Assessment) -> Iterator[str]:
    for impact in (*said.impact, *said.unknown):
        yield f"{impact.rule} {impact.subject} -> {impact.after.word}"


def _outside(zones: Zones, changes: Sequence[Change]) -> set[str]:
    """Return the names outside that records lead to, before or after any of the changes."""
    states = [zones, *(done(zones, change.zone, change.do) for change in changes)]
    found: set[str] = set()
    for state in states:
        for keys in state.values():
            for (_name, kind), (_ttl, texts) in keys.items():
                if kind in ("CNAME", "NS", "MX", "SRV"):
                    found |= {text.rsplit(" ", 1)[-1].rstrip(".").lower() for text in texts}
    return {
        name
        for name in found
        if name and not any(name == apex or name.endswith(f".{apex}") for apex in zones)
    }


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Start the servers and give the bench; the folder is empty."""
    served = folder / "served"
    served.mkdir()
    world = {
        path.name.removesuffix(".zone"): write_zone(
            served, path.name.removesuffix(".zone"), path.read_text()
        )
        for path in sorted((HERE / "world").glob("*.zone"))
    }
    recursive = folder / "resolver"
    recursive.mkdir()
    with bind(served, world) as port, unbound(recursive, dict.fromkeys(world, port)) as resolver:
        work = folder / "work"
        work.mkdir()
        yield Bench(work, resolver)
