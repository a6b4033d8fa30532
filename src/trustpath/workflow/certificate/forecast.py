"""Forecast whether the next renewal of each job would get through, and from when on it would not.

The rules that speak about a renewal are judged with the evidence of today at the instants at which
something dated changes before the last renewal in reach: a requirement begins, a binding or a
profile ends. Between two of them nothing that these rules read moves, so a job whose renewal falls
there has the statuses of the earlier one, and a status that is new at an instant is new from then
on. What a rule gives without reading the moment is the same at all of them, and asked once.

A job that does not get through at its first issuer is judged at the later ones, in their order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final

from trustpath.base.errors import InputError
from trustpath.rules.judge import Engine, Finding, judge
from trustpath.rules.status import Status
from trustpath.rules.value import Value
from trustpath.workflow.certificate.fallback import OF_CA, Alternative, alternatives, judged
from trustpath.workflow.certificate.planned import PlannedJob, planned_jobs
from trustpath.workflow.certificate.writing import to_declare
from trustpath.workflow.session import Session

SPEAKS_OF: Final[Mapping[str, str]] = {
    "CAA-002": "job",
    "CAA-009": "job",
    "CAA-015": "job",
    "ACME-001": "job",
    "ACME-002": "job",
    "ACME-006": "job",
    "ACME-012": "account",
    "ACME-013": "job",
    "ACME-016": "job",
    "ACME-017": "path",
    "DNSSEC-001": "name",
    "DANE-002": "tlsa",
    "DANGLE-006": "challenge",
    "EXP-010": "limit",
    "EXP-011": "job",
    "POL-001": "job",
    "POL-002": "job",
}
"""The rules that decide over a renewal, and what their subjects are."""

_ENDS_AT: Final[Mapping[str, str]] = {"ACME-013": "ends"}
"""Rules that warn of something dated, and where its date is: until then a renewal gets through."""

EVIDENCE: Final = "EVIDENCE"
"""Stands for a rule where nobody looked at what every renewal depends on."""

_TIMED: Final = "moment"
MOST_INSTANTS: Final = 16
_DATES = """
SELECT at FROM deadline UNION SELECT ends FROM method_sunset UNION SELECT starts FROM validity_cap
UNION SELECT starts FROM validation_reuse UNION SELECT starts FROM profile_lifetime
UNION SELECT eab_expires + 1 FROM acme_account WHERE eab_expires IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a renewal would not get through. ``since``: from when on, None: today already.

    ``way_out``: what this estate in particular would have to say.
    """

    rule: str
    title: str
    subject: str
    status: Status
    owner: str | None
    since: int | None
    remediation: str
    evidence: Mapping[str, Value]
    missing: str | None = None
    way_out: str | None = None


@dataclass(frozen=True, slots=True)
class JobForecast:
    """The next renewal of one job. ``due_by`` says what ``due`` follows from.

    ``passes`` is None where evidence is missing, which ``unknown`` names. ``by`` is a later issuer
    of the job at which it would get through, None where the first is tried alone or does.
    """

    job: str
    service: str | None
    owner: str | None
    names: tuple[str, ...]
    due: int
    due_by: str
    blockers: tuple[Blocker, ...]
    unknown: tuple[Blocker, ...]
    by: str | None = None

    @property
    def passes(self) -> bool | None:
        """Say whether it would get through, at whatever issuer."""
        if self.by is not None:
            return True
        if self.blockers:
            return False
        return None if self.unknown else True


def forecast(session: Session, wanted: Sequence[str] = ()) -> tuple[JobForecast, ...]:
    """Return the forecast of the active jobs, or of those named; raises InputError for others."""
    now = session.clock.now()
    with session.judging() as engine:
        jobs = planned_jobs(engine, now, {plan.id for plan in session.estate.jobs})
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
        found = [_judged(session, engine, SPEAKS_OF)]
    timed = [i for i in SPEAKS_OF if _TIMED in session.catalogue.get(i).needs]
    for at in instants[1:]:
        with _at(session, at) as later:
            found.append(_replaced(found[0], timed, _judged(session, later, timed)))
    forecasts = [_forecast(job, instants, found) for job in chosen]
    told = [_with_way_out(session, one) for one in forecasts]
    return tuple(_at_others(session, chosen, told, instants, found))


def _with_way_out(session: Session, one: JobForecast) -> JobForecast:
    """Return a forecast that says what to add where the estate itself can write the challenge."""
    line = to_declare(session.estate, one.job, one.due)
    unknown = tuple(replace(b, way_out=line) if b.rule == "ACME-001" else b for b in one.unknown)
    return replace(one, unknown=unknown)


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


def _judged(session: Session, engine: Engine, rules: Iterable[str]) -> Found:
    found: dict[tuple[str, str], list[Finding]] = {}
    for identity in rules:
        kind = SPEAKS_OF[identity]
        outcome = judge(session.catalogue.get(identity), engine, unknowns=1_000_000)
        for finding in outcome.findings:
            for text in _about(kind, finding.subject):
                found.setdefault((kind, text), []).append(finding)
    return found


def _replaced(before: Found, rules: Collection[str], now: Found) -> Found:
    """Return what was found before, but of some rules what is found now."""
    kept: dict[tuple[str, str], Sequence[Finding]] = {
        key: [f for f in findings if f.rule.id not in rules]
        if any(f.rule.id in rules for f in findings)
        else findings
        for key, findings in before.items()
    }
    for key, findings in now.items():
        kept[key] = [*kept.get(key, ()), *findings]
    return kept


def _at_others(
    session: Session,
    jobs: Sequence[PlannedJob],
    forecasts: Sequence[JobForecast],
    instants: Sequence[int],
    found: Sequence[Found],
) -> Iterator[JobForecast]:
    """Yield the forecasts, those that another issuer would let through with its id."""
    stopped = {one.job for one in forecasts if one.passes is not True}
    others = alternatives(session, [job for job in jobs if job.id in stopped])
    every = [item for items in others.values() for item in items]
    answers = judged(session, every, instants) if every else {}
    for job, one in zip(jobs, forecasts, strict=True):
        last = found[max(bisect_right(instants, job.due) - 1, 0)]
        fitting = [
            item.issuer
            for item in others.get(job.id, ())
            if not answers[item.id] and not any(_elsewhere(item, last))
        ]
        yield replace(one, by=fitting[0]) if fitting else one


def _elsewhere(item: Alternative, found: Found) -> Iterator[Finding]:
    """Yield what stands against a job at another issuer, beside what depends on the CA."""
    for key in item.job.topics():
        yield from (f for f in found.get(key, ()) if f.rule.id not in OF_CA)


def _about(kind: str, subject: str) -> Iterator[str]:
    if kind == "job":
        head, _, rest = subject.partition(" ")
        if head == "job":
            yield rest.partition(" ")[0]
    elif kind == "challenge":
        yield subject.partition(".")[2] if subject.startswith("_") else subject
    elif kind == "path":
        yield subject.partition(":")[0]
    elif kind == "tlsa":  # _port._transport.host and what follows
        yield subject.partition(" ")[0].split(".", 2)[-1]
    else:
        yield subject


def _forecast(job: PlannedJob, instants: Sequence[int], found: Sequence[Found]) -> JobForecast:
    last = bisect_right(instants, job.due) - 1
    blockers: list[Blocker] = []
    unknown = list(_unseen(job))
    for key in job.topics():
        for finding in found[max(last, 0)].get(key, ()):
            since = _since(finding, key, instants, found[: last + 1])
            if finding.rule.id in _ENDS_AT and since is not None and since > job.due:
                continue
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


_UNHELD = (
    "Give the estate a source with the whole zone around the name, or take the name out of the job:"
    " what lies at it, CAA included, is not known."
)


def _unseen(job: PlannedJob) -> Iterator[Blocker]:
    """Yield what nobody looked at, of which rules have no subject to say so."""
    if job.missing:
        says = "When it is due is not known"
        yield _missing(job, says, f"job {job.id}", job.missing)
    for name in job.unheld:
        yield _missing(job, "No zone that is held in full has the name", name, "zones", _UNHELD)


def _missing(
    job: PlannedJob,
    title: str,
    subject: str,
    missing: str,
    remediation: str = "Give the estate a source that holds it.",
) -> Blocker:
    return Blocker(
        EVIDENCE, title, subject, Status.UNKNOWN, job.owner, None, remediation, {}, missing
    )


def _since(
    finding: Finding, key: tuple[str, str], instants: Sequence[int], found: Sequence[Found]
) -> int | None:
    """Return from when on a finding stands: the end of what its evidence says, else an instant."""
    until = finding.evidence.get(_ENDS_AT.get(finding.rule.id, "until"))
    if isinstance(until, int) and until > instants[0]:
        return until
    first = len(found)
    for number in range(len(found) - 1, -1, -1):
        known = found[number].get(key, ())
        if not any(_same(f, finding) for f in known):
            break
        first = number
    return instants[first] if 0 < first < len(instants) else None


def _same(one: Finding, other: Finding) -> bool:
    named = one.rule.id == other.rule.id and one.subject == other.subject
    return named and one.status is other.status


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
