"""What was intended and issued, as facts: a source beside those that the estate names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trustpath.base import names
from trustpath.base.clock import DAY, HOUR, Clock
from trustpath.facts.estate import Estate
from trustpath.facts.issuing import Window
from trustpath.facts.job import JobPlan
from trustpath.facts.order import IN_USE, Issuance, IssuanceState, SeenWindow
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import (
    AbandonedValidation,
    Intent,
    IntentName,
    Job,
    RenewalInfo,
)
from trustpath.facts.relations.certificate import Certificate, CertificatePlace
from trustpath.facts.relations.revocation import CompromisedKey, Revocation
from trustpath.facts.revoking import COMPROMISED
from trustpath.facts.source import SourceSpec
from trustpath.facts.x509 import describe
from trustpath.workflow.certificate.decide import LEAST_AGE, renewal
from trustpath.workflow.certificate.pem import der_chain
from trustpath.workflow.session import ISSUANCE_SOURCE

KEPT: Final = 30 * DAY
"""Certificates that ended longer ago are not told any more; their intents are."""


@dataclass(frozen=True, slots=True)
class IssuanceSource:
    """The stored issuances as a source of facts."""

    issuances: Sequence[Issuance]
    clock: Clock
    folder: Path

    @property
    def spec(self) -> SourceSpec:
        """The description under which the facts are recorded."""
        return SourceSpec(
            ISSUANCE_SOURCE, ISSUANCE_SOURCE, {}, self.folder, "issuances in the store"
        )

    def collect(self) -> Iterator[Part]:
        """Yield all of them as one part."""
        now = self.clock.now()
        facts = [fact for item in self.issuances for fact in _facts(item, now)]
        facts += _abandoned(self.issuances)
        yield Part(ISSUANCE_SOURCE, Grade.AUTHORITATIVE, Coverage.FULL, now, tuple(facts))


def _facts(item: Issuance, now: int) -> Iterator[Fact]:
    yield Intent(
        item.id,
        item.job,
        item.ca,
        item.account,
        item.method,
        item.spki,
        item.fingerprint,
        item.state.value,
        item.adopted,
        item.registered_at or item.created_at,
        item.issued_at,
        item.deployed_at,
        item.verified_at,
    )
    for name in item.names:
        yield IntentName(item.id, name, names.base(name), names.is_wildcard(name))
    if item.chain and (item.not_after or 0) > now - KEPT:
        described = describe(der_chain(item.chain)[0])
        yield described.certificate
        yield from described.names
        yield from described.timestamps
        yield CertificatePlace(described.certificate.fingerprint, "issuance", item.id, None)
        yield from _revocation(item, described.certificate)
    if item.window is not None and item.fingerprint:
        yield RenewalInfo(
            item.fingerprint,
            item.job,
            item.window.starts,
            item.window.ends,
            item.window.former_starts,
            item.window.fetched_at,
            item.window.retry_after,
        )


def _abandoned(held: Sequence[Issuance]) -> Iterator[Fact]:
    """Yield each job of which every validation was deactivated, not those of one order alone."""
    last: dict[str, int] = {}
    for item in held:
        if item.abandoned_at is not None:
            last[item.job] = max(item.abandoned_at, last.get(item.job, 0))
    left = {item.job for item in held if item.issued_at and item.abandoned_at is None}
    yield from (AbandonedValidation(job, at) for job, at in last.items() if job not in left)


def _revocation(item: Issuance, certificate: Certificate) -> Iterator[Fact]:
    if item.revoked_at is None:
        return
    yield Revocation(
        certificate.issuer,
        certificate.serial,
        certificate.fingerprint,
        "revoked",
        item.revocation_reason,
        item.revoked_at,
        "declared",
        item.confirmed_at or item.revoked_at,
        None,
    )
    if item.revocation_reason == COMPROMISED:
        yield CompromisedKey(item.spki, f"{item.id} was revoked for it")


def told(estate: Estate, issuances: Iterable[Issuance], now: int) -> Estate:
    """Return the estate with what issuing knows of its jobs in the place of what it says."""
    by_job: dict[str, list[Issuance]] = {}
    for item in issuances:
        by_job.setdefault(item.job, []).append(item)
    jobs = {job.id: job for job in estate.jobs}
    return replace(
        estate,
        declarations=tuple(
            _job(row, by_job[row.id], jobs, now)
            if isinstance(row, Job) and row.id in by_job
            else row
            for row in estate.declarations
        ),
    )


def _job(row: Job, held: Sequence[Issuance], jobs: Mapping[str, JobPlan], now: int) -> Job:
    current = latest(held)
    failed = failures(held)
    recent = [item for item in failed if item.updated_at > now - HOUR]
    # A certificate that is gone leaves the validation behind it, which a CA may reuse.
    validated = max((item.issued_at for item in held if item.issued_at), default=None)
    row = row._replace(
        failures=len(failed),
        failures_last_hour=len(recent),
        last_validation=validated or row.last_validation,
    )
    if current is None or current.not_before is None or current.not_after is None:
        return row
    return row._replace(
        certificate=current.fingerprint,
        account=current.account or row.account,
        lifetime=current.not_after - current.not_before + 1,
        next_renewal=renewal_of(current, jobs, now),
    )


def renewal_of(held: Issuance, jobs: Mapping[str, JobPlan], now: int) -> int | None:
    """Return when a certificate is to be renewed by what is known of it, None where it is not."""
    job = jobs.get(held.job)
    if held.state not in IN_USE or held.not_before is None or held.not_after is None:
        return None
    return renewal(
        held.fingerprint or "",
        held.not_before,
        held.not_after,
        window=window_of(held.window),
        percent=job.renew_after if job else None,
        least=least_of(held.window, job),
        now=now,
    ).at


def least_of(seen: SeenWindow | None, job: JobPlan | None) -> int | None:
    """Return before which percentage of the lifetime a window does not count; None: it counts."""
    if seen is None or seen.ahead or seen.starts > seen.fetched_at:
        return None
    return LEAST_AGE if job is None or job.least_age is None else job.least_age


def window_of(seen: SeenWindow | None) -> Window | None:
    """Return the window that the CA suggested, None where it suggested none."""
    return Window(seen.starts, seen.ends, None, seen.retry_after) if seen else None


def latest(held: Sequence[Issuance]) -> Issuance | None:
    """Return the issuance of a job whose certificate is the newest in use, if there is one."""
    found = [item for item in held if item.state in IN_USE and item.fingerprint]
    return found[-1] if found else None


def failures(held: Sequence[Issuance]) -> list[Issuance]:
    """Return the failures of a job since its last success."""
    found: list[Issuance] = []
    for item in held:
        if item.state is IssuanceState.FAILED:
            found.append(item)
        elif item.issued_at is not None or item.adopted:
            found.clear()
    return found
