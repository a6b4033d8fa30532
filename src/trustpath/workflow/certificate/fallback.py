"""What the later issuers of jobs would make of a renewal: each judged as if it had the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trustpath.facts import schema
from trustpath.facts.relations.automation import Job, JobName
from trustpath.facts.world import Delta
from trustpath.rules.judge import Answers, Finding
from trustpath.rules.status import Status
from trustpath.workflow.certificate.planned import PlannedJob
from trustpath.workflow.gate.ports import Snapshot
from trustpath.workflow.session import Session

OF_CA: Final = ("CAA-002", "CAA-009", "CAA-015", "ACME-006", "POL-002")
"""Rules on jobs whose answer depends on the CA; all others say the same of every issuer."""

_SEPARATOR: Final = "~"
_NEEDS: Final = frozenset(("job", "job_name"))
_ACCOUNTS = """
SELECT ca, MIN(uri) FROM acme_account WHERE status = 'valid' GROUP BY ca HAVING COUNT(*) = 1
"""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A later issuer of a job, and the job as it would be there."""

    issuer: str
    job: PlannedJob

    @property
    def id(self) -> str:
        """Return the id of the job that stands for it while it is judged."""
        return f"{self.job.id}{_SEPARATOR}{self.issuer}"


def alternatives(session: Session, jobs: Sequence[PlannedJob]) -> dict[str, list[Alternative]]:
    """Return the later issuers of jobs, in order, with the account known at each CA."""
    cas = {spec.id: spec.ca for spec in session.estate.issuers}
    later = {plan.id: plan.issuers[1:] for plan in session.estate.jobs if len(plan.issuers) > 1}
    wanted = [job for job in jobs if job.id in later]
    if not wanted:
        return {}
    with session.judging() as engine:
        accounts = {str(ca): str(uri) for ca, uri in engine.query(_ACCOUNTS)}
    return {
        job.id: [
            Alternative(issuer, replace(job, ca=cas[issuer], account=accounts.get(cas[issuer])))
            for issuer in later[job.id]
            if issuer in cas
        ]
        for job in wanted
    }


def judged(
    session: Session, found: Sequence[Alternative], instants: Sequence[int]
) -> Mapping[str, Sequence[Finding]]:
    """Return what does not hold of each alternative by its id, at the last instant it reaches.

    Only of the rules that depend on the CA.
    """
    rules = [session.catalogue.get(identity) for identity in OF_CA]
    patterns = session.estate.validation_names
    memory, now = session.memory, session.clock.now()
    with memory.gating(now, session.freshness, rules, _NEEDS, patterns) as snapshot:
        case = snapshot.case((), _delta(snapshot, found))
        answers = [case.compare(now)[1]]
        answers += [after for _before, after in case.forecast(instants[1:])]
    held: list[Mapping[str, Mapping[str, list[Finding]]]] = [_by_job(one) for one in answers]
    result: dict[str, list[Finding]] = {}
    for item in found:
        last = sum(instant <= item.job.due for instant in instants) - 1
        result[item.id] = list(_latest(held[: max(last, 0) + 1], item.id))
    return result


def _latest(
    held: Sequence[Mapping[str, Mapping[str, list[Finding]]]], identity: str
) -> Iterator[Finding]:
    """Yield what each rule says at the last instant at which it was judged."""
    for rule in OF_CA:
        for answers in reversed(held):
            if rule in answers:
                yield from answers[rule].get(identity, ())
                break


def _by_job(answers: Answers) -> dict[str, dict[str, list[Finding]]]:
    found: dict[str, dict[str, list[Finding]]] = {}
    for rule, answered in answers.items():
        of_rule = found.setdefault(rule, {})
        for subject, finding in answered.judged().items():
            kind, _, rest = subject.partition(" ")
            if kind == "job" and finding.status is not Status.PASS:
                of_rule.setdefault(rest.partition(" ")[0], []).append(finding)
    return found


def _delta(snapshot: Snapshot, found: Sequence[Alternative]) -> Delta:
    delta = Delta()
    jobs, listed = schema.BY_RELATION[Job].name, schema.BY_RELATION[JobName].name
    for item in found:
        for row in snapshot.rows("job", "id", item.job.id):
            job = Job(*row)  # type: ignore[arg-type]
            moved = job._replace(id=item.id, ca=item.job.ca, account=item.job.account, next_ca=None)
            delta.come[jobs].add(tuple(moved))
        for row in snapshot.rows("job_name", "job", item.job.id):
            delta.come[listed].add(tuple(JobName(*row)._replace(job=item.id)))  # type: ignore[arg-type]
    return delta
