"""Forecast whether the next renewal of each job would get through, and from when on it would not.

The rules that speak about a renewal are judged with the evidence of today at the instants at which
something dated changes before the last renewal in reach: a requirement begins, a binding or a
profile ends. Between two of them nothing that these rules read moves, so a job whose renewal falls
there has the statuses of the earlier one, and a status that is new at an instant is new from then
on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from trustpath.base.clock import DAY
from trustpath.base.errors import InputError
from trustpath.rules.judge import Engine, Finding, Value, judge
from trustpath.rules.status import Status
from trustpath.workflow.session import Session

SPEAKS_OF: Final[Mapping[str, str]] = {
    "CAA-002": "job",
    "CAA-009": "job",
    "CAA-015": "job",
    "ACME-001": "job",
    "ACME-002": "job",
    "ACME-006": "job",
    "ACME-010": "job",
    "ACME-012": "account",
    "ACME-013": "job",
    "ACME-016": "job",
    "ACME-017": "name",
    "DNSSEC-001": "name",
    "DANGLE-006": "challenge",
    "EXP-010": "limit",
    "EXP-011": "job",
    "POL-001": "job",
    "POL-002": "job",
}
"""The rules that decide over a renewal, and what their subjects are."""

MOST_INSTANTS: Final = 8
_TWO_THIRDS, _SHORT = 3, 10 * DAY

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
_DATES = """
SELECT at FROM deadline UNION SELECT ends FROM method_sunset UNION SELECT starts FROM validity_cap
UNION SELECT starts FROM validation_reuse UNION SELECT starts FROM profile_lifetime
UNION SELECT eab_expires FROM acme_account WHERE eab_expires IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a renewal would not get through. ``since``: from when on, None: today already."""

    rule: str
    title: str
    subject: str
    status: Status
    owner: str | None
    since: int | None
    remediation: str
    evidence: Mapping[str, Value]
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class JobForecast:
    """The next renewal of one job. ``due_by`` says what ``due`` follows from.

    ``passes`` is None where evidence is missing, which ``unknown`` names.
    """

    job: str
    service: str | None
    owner: str | None
    names: tuple[str, ...]
    due: int
    due_by: str
    blockers: tuple[Blocker, ...]
    unknown: tuple[Blocker, ...]

    @property
    def passes(self) -> bool | None:
        """Say whether it would get through."""
        if self.blockers:
            return False
        return None if self.unknown else True


@dataclass(frozen=True, slots=True)
class _Job:
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

    def topics(self) -> Iterator[tuple[str, str]]:
        """Yield what subjects may be called that are about this job: kind and text."""
        yield "job", self.id
        if self.account:
            yield "account", self.account
            yield "limit", f"{self.ca} account {self.account}"
        for base in self.bases:
            yield "name", base
            yield "challenge", base
        for domain in self.registered:
            yield "limit", f"{self.ca} registered-domain {domain}"


def forecast(session: Session, wanted: Sequence[str] = ()) -> tuple[JobForecast, ...]:
    """Return the forecast of the active jobs, or of those named; raises InputError for others."""
    now = session.clock.now()
    with session.judging() as engine:
        jobs = _jobs(engine, now)
        dates = {int(str(row[0])) for row in engine.query(_DATES) if row[0] is not None}
        unknown = sorted(set(wanted) - {job.id for job in jobs})
        if unknown:
            raise InputError(
                f"there is no active renewal job {unknown[0]!r}",
                where="--job",
                hint="trustpath inventory lists what the estate declares",
            )
        chosen = [job for job in jobs if not wanted or job.id in wanted]
        if not chosen:
            return ()
        instants = _instants(now, max(job.due for job in chosen), dates)
        found = [_judged(session, engine)]
    for at in instants[1:]:
        with _at(session, at) as later:
            found.append(_judged(session, later))
    return tuple(_forecast(job, instants, found) for job in chosen)


def _at(session: Session, at: int) -> AbstractContextManager[Engine]:
    """Open an engine at a coming instant with the evidence of today, which does not go stale."""
    now = session.clock.now()
    kept = {
        source: None if limit is None else limit + at - now
        for source, limit in session.freshness.items()
    }
    return session.memory.judging(at, now, kept, "auto")


def _instants(now: int, last: int, dates: set[int]) -> list[int]:
    """Return now and the dated instants up to the last renewal; of many, the next ones."""
    return [now, *sorted(date for date in dates if now < date <= last)[: MOST_INSTANTS - 1]]


Found = Mapping[tuple[str, str], Sequence[Finding]]
"""What does not hold at one instant, by what it is about."""


def _judged(session: Session, engine: Engine) -> Found:
    found: dict[tuple[str, str], list[Finding]] = {}
    for identity, kind in SPEAKS_OF.items():
        outcome = judge(session.catalogue.get(identity), engine, unknowns=1_000_000)
        for finding in outcome.findings:
            for text in _about(kind, finding.subject):
                found.setdefault((kind, text), []).append(finding)
    return found


def _about(kind: str, subject: str) -> Iterator[str]:
    if kind == "job":
        head, _, rest = subject.partition(" ")
        if head == "job":
            yield rest.partition(" ")[0]
    elif kind == "challenge":
        yield subject.partition(".")[2] if subject.startswith("_") else subject
    else:
        yield subject


def _forecast(job: _Job, instants: Sequence[int], found: Sequence[Found]) -> JobForecast:
    last = bisect_right(instants, job.due) - 1
    blockers: list[Blocker] = []
    unknown: list[Blocker] = []
    for key in job.topics():
        for finding in found[max(last, 0)].get(key, ()):
            since = _since(finding, key, instants, found[: last + 1])
            made = _blocker(finding, since)
            (unknown if finding.status is Status.UNKNOWN else blockers).append(made)
    worst = sorted(blockers, key=lambda b: (-b.status, b.rule, b.subject))
    return JobForecast(
        job.id,
        job.service,
        job.owner,
        job.names,
        job.due,
        job.due_by,
        tuple(worst),
        tuple(sorted(unknown, key=lambda b: (b.rule, b.subject))),
    )


def _since(
    finding: Finding, key: tuple[str, str], instants: Sequence[int], found: Sequence[Found]
) -> int | None:
    """Return from when on a finding stands: the end of what its evidence says, else an instant."""
    until = finding.evidence.get("until")
    if isinstance(until, int) and until > instants[0]:
        return until
    first = len(found)
    for number in range(len(found) - 1, -1, -1):
        known = found[number].get(key, ())
        if not any(f.id == finding.id and f.status is finding.status for f in known):
            break
        first = number
    return instants[first] if 0 < first < len(instants) else None


def _blocker(finding: Finding, since: int | None) -> Blocker:
    return Blocker(
        finding.rule.id,
        finding.rule.title,
        finding.subject,
        finding.status,
        finding.owner,
        since,
        finding.rule.remediation,
        finding.evidence,
        finding.missing,
    )


def _jobs(engine: Engine, now: int) -> list[_Job]:
    names: dict[str, list[tuple[str, str, str]]] = {}
    for job, name, base, registered in engine.query(_NAMES):
        names.setdefault(str(job), []).append((str(name), str(base), str(registered)))
    suggested = {str(c): int(str(starts)) for c, starts in engine.query(_SUGGESTED)}
    live: dict[str, list[tuple[str, int, int, int]]] = {}
    for name, certificate, begins, lifetime, ends in engine.query(_LIVE):
        live.setdefault(str(name), []).append(
            (str(certificate), int(str(begins)), int(str(lifetime)), int(str(ends)))
        )
    made = []
    for row in engine.query(_JOBS):
        identity = str(row[0])
        listed = names.get(identity, [])
        due, why = _due(row, [name for name, _, _ in listed], live, suggested, now)
        texts = [None if value is None else str(value) for value in row]
        made.append(
            _Job(
                identity,
                texts[1],
                texts[2],
                texts[3],
                texts[4],
                tuple(name for name, _, _ in listed),
                tuple(dict.fromkeys(base for _, base, _ in listed)),
                tuple(dict.fromkeys(domain for _, _, domain in listed)),
                max(due, now),
                why,
            )
        )
    return made


def _due(
    row: Sequence[Value],
    names: Sequence[str],
    live: Mapping[str, Sequence[tuple[str, int, int, int]]],
    suggested: Mapping[str, int],
    now: int,
) -> tuple[int, str]:
    """Return when a job renews next and by what: declaration, the CA, or the lifetime's ratio."""
    if row[6] is not None:
        return int(str(row[6])), "declared"
    held = [set(live.get(name, ())) for name in names]
    common = set.intersection(*held) if held else set()
    if row[7] is not None:
        common = {entry for entry in common if entry[0] == row[7]} or common
    if not common:
        return now, "there is no certificate"
    certificate, begins, lifetime, _ends = max(common, key=lambda entry: entry[3])
    if certificate in suggested:
        return suggested[certificate], "the CA's window"
    if lifetime <= _SHORT:
        return begins + lifetime // 2, "half of the lifetime"
    return begins + 2 * lifetime // _TWO_THIRDS, "two thirds of the lifetime"
