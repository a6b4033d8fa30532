"""The renewal jobs of an estate with when each is due next, read from the facts once for all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trustpath.base.clock import DAY
from trustpath.rules.judge import Engine
from trustpath.rules.value import Value

_Live = tuple[str, int, int, int]
"""A certificate with its begin, lifetime and end."""
_NONE: Final = "there is no certificate"
_TWO_THIRDS: Final = 3
_SHORT: Final = 10 * DAY

_JOBS = """
SELECT j.id, j.service, j.job_owner, j.ca, j.account, j.method, j.next_renewal, j.certificate
FROM job_state AS j WHERE j.active ORDER BY j.id
"""
_NAMES = "SELECT job, name, base, registered FROM job_name ORDER BY job, name"
_LIVE = """
SELECT n.name, s.certificate, s.not_before, s.lifetime, s.not_after
FROM certificate_name AS n JOIN certificate_state AS s ON s.certificate = n.certificate
WHERE s.live AND NOT s.is_ca AND n.kind = 'dns' AND n.name IN (SELECT name FROM job_name)
"""
_SUGGESTED = "SELECT certificate, starts FROM renewal_info"
_ZONES = "SELECT apex FROM zone"
_HELD = "SELECT j.base FROM job_name AS j JOIN node AS n ON n.name = j.base WHERE n.held"
_CLOSED = "SELECT kind FROM closed WHERE closed AND kind = 'certificates'"
_REACHED: Final = frozenset(("http-01", "tls-alpn-01", "br-18", "br-19", "br-20"))
"""Methods by which a CA comes to the addresses of a name."""


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One active job; ``due_by`` says what ``due`` follows from.

    ``missing`` is why that is a guess, empty where it is none. ``zones`` are the apexes of the
    zones that its names lie in, ``unheld`` the names in none that is held in full.
    """

    id: str
    service: str | None
    owner: str | None
    ca: str | None
    account: str | None
    names: tuple[str, ...]
    bases: tuple[str, ...]
    registered: tuple[str, ...]
    due: int
    due_by: str
    missing: str = ""
    method: str | None = None
    zones: tuple[str, ...] = ()
    unheld: tuple[str, ...] = ()

    def topics(self) -> Iterator[tuple[str, str]]:
        """Yield what subjects may be called that are about this job: kind and text."""
        yield "job", self.id
        if self.account:
            yield "account", self.account
            yield "limit", f"{self.ca} account {self.account}"
        yield "limit", f"{self.ca} name-set {' '.join(self.names)}"
        for base in dict.fromkeys((*self.bases, *self.zones)):
            yield "name", base
        for base in self.bases:
            yield "challenge", base
            yield "tlsa", base
            if self.method in _REACHED:
                yield "path", base
        for domain in self.registered:
            yield "limit", f"{self.ca} registered-domain {domain}"


def planned_jobs(engine: Engine, now: int, carried_out: Collection[str] = ()) -> list[PlannedJob]:
    """Return the active jobs; one without a certificate, or whose time has come, is due now.

    Of the jobs in ``carried_out`` everything that was issued is known. Of another one without a
    certificate the time is not known, unless the estate claims that all certificates are.
    """
    names: dict[str, list[tuple[str, str, str]]] = {}
    for job, name, base, registered in engine.query(_NAMES):
        names.setdefault(str(job), []).append((str(name), str(base), str(registered)))
    suggested = {str(c): int(str(starts)) for c, starts in engine.query(_SUGGESTED)}
    zones = {str(row[0]) for row in engine.query(_ZONES)}
    held = {str(row[0]) for row in engine.query(_HELD)}
    complete = bool(engine.query(_CLOSED))
    live: dict[str, list[_Live]] = {}
    for name, certificate, begins, lifetime, ends in engine.query(_LIVE):
        live.setdefault(str(name), []).append(
            (str(certificate), int(str(begins)), int(str(lifetime)), int(str(ends)))
        )
    made = []
    for row in engine.query(_JOBS):
        identity = str(row[0])
        listed = names.get(identity, [])
        due, why = _due(row, [name for name, _, _ in listed], live, suggested, now)
        bases = tuple(dict.fromkeys(base for _, base, _ in listed))
        texts = [None if value is None else str(value) for value in row]
        sure = why != _NONE or complete or identity in carried_out
        made.append(
            PlannedJob(
                id=identity,
                service=texts[1],
                owner=texts[2],
                ca=texts[3],
                account=texts[4],
                names=tuple(name for name, _, _ in listed),
                bases=bases,
                registered=tuple(dict.fromkeys(domain for _, _, domain in listed)),
                due=max(due, now),
                due_by=why,
                missing="" if sure else "certificates",
                method=texts[5],
                zones=tuple(dict.fromkeys(filter(None, (_apex(b, zones) for b in bases)))),
                unheld=tuple(base for base in bases if base not in held),
            )
        )
    return made


def _apex(name: str, zones: Collection[str]) -> str:
    here = name
    while here and here not in zones:
        here = here.partition(".")[2]
    return here


def _due(
    row: Sequence[Value],
    names: Sequence[str],
    live: Mapping[str, Sequence[_Live]],
    suggested: Mapping[str, int],
    now: int,
) -> tuple[int, str]:
    """Return when a job renews next and by what: the CA, declaration, or the lifetime's ratio."""
    if row[7] is not None and str(row[7]) in suggested:
        return suggested[str(row[7])], "the CA's window"
    if row[6] is not None:
        return int(str(row[6])), "declared"
    held = [set(live.get(name, ())) for name in names]
    common = set.intersection(*held) if held else set()
    if row[7] is not None:
        common = {entry for entry in common if entry[0] == row[7]} or common
    if not common:
        return now, _NONE
    certificate, begins, lifetime, _ends = max(common, key=lambda entry: entry[3])
    if certificate in suggested:
        return suggested[certificate], "the CA's window"
    if lifetime <= _SHORT:
        return begins + lifetime // 2, "half of the lifetime"
    return begins + 2 * lifetime // _TWO_THIRDS, "two thirds of the lifetime"
