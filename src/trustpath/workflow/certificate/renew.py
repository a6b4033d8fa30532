"""Renewing what is due: without people where nothing moved, held with the reason where it did."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from trustpath.base.clock import DAY, HOUR
from trustpath.base.errors import SourceError, TrustpathError
from trustpath.facts.change import UNDER_WAY as CHANGE_UNDER_WAY
from trustpath.facts.change import Change, State
from trustpath.facts.issuing import Issuer, RateLimitedError, Window
from trustpath.facts.job import JobPlan
from trustpath.facts.order import UNDER_WAY, Issuance, IssuanceState, SeenWindow
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.decide import Due, next_try, renewal
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.order import Runner, give_up
from trustpath.workflow.certificate.pem import der_chain
from trustpath.workflow.certificate.request import deviating, renewal_event, submission
from trustpath.workflow.certificate.source import failures, latest, least_of, window_of
from trustpath.workflow.change.apply import StoppedError, apply
from trustpath.workflow.change.decide import Stand, propose, standing_of, withdraw
from trustpath.workflow.change.state import OPEN

ASK_AGAIN: Final = 6 * HOUR
"""Seconds after which a window is asked for again where the CA says no other (RFC 9773 4.3.2)."""


class Outcome(enum.StrEnum):
    """How it went with one job."""

    NOT_DUE = "not-due"
    NEVER_ISSUED = "never-issued"
    WAITING = "waiting"
    """A failure or a limit is too fresh."""
    RENEWED = "renewed"
    HELD = "held"
    FAILED = "failed"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What became of one job: ``at`` is when its next renewal or try is due."""

    job: str
    outcome: Outcome
    at: int | None = None
    why: str = ""
    change: str | None = None
    issuance: str | None = None


def renew(
    office: CertificateOffice, actor: str, jobs: Collection[str] = (), *, force: bool = False
) -> Iterator[Renewal]:
    """Take on what was interrupted, then renew every job that is due; yields what became of each.

    ``jobs`` are ids, all active ones where there are none; ``force`` does not wait for the time.
    """
    yield from resume(office, actor, jobs)
    for job in office.ports.jobs.values():
        if job.active and (not jobs or job.id in jobs):
            yield _guarded(job.id, partial(_renew, office, actor, job, force=force))


def resume(office: CertificateOffice, actor: str, jobs: Collection[str] = ()) -> Iterator[Renewal]:
    """Take on what an interruption left: changes with events, then issuances without a change."""
    with office.changes.desk.store.reading() as reader:
        changes = reader.changes(CHANGE_UNDER_WAY)
    continued = set()
    for change in changes:
        for event in change.plan.events:
            if event.job and (not jobs or event.job in jobs):
                continued.add(change.id)
                yield _guarded(event.job, partial(_continued, office, actor, change, event.job))
                break
    with office.ports.store.reading() as reader:
        begun = reader.orders(UNDER_WAY)
        stopped = reader.orders((IssuanceState.HELD,))
    for issuance in begun:
        # An intent that is registered alone is of a key that a bundle announces, or waits.
        ours = issuance.state is not IssuanceState.REGISTERED and issuance.change not in continued
        if ours and (not jobs or issuance.job in jobs):
            yield _guarded(issuance.job, partial(_taken_on, office, actor, issuance))
    for issuance in stopped:
        if not jobs or issuance.job in jobs:
            with suppress(TrustpathError):  # its key is cleared away the next time
                _clear(office, actor, issuance)
    with suppress(TrustpathError):  # what no CRL or OCSP confirms is asked of them again
        office.revoker.unconfirmed(None, actor)


def _continued(office: CertificateOffice, actor: str, change: Change, job: str) -> Renewal:
    ended = apply(office.changes.desk, office.changes.ports, change.id, actor)
    return _ended(job, ended, Outcome.RESUMED)


def _taken_on(office: CertificateOffice, actor: str, issuance: Issuance) -> Renewal:
    done = Runner(office.ports, issuance.id, actor).run()
    return Renewal(
        done.job, Outcome.RESUMED, why=done.problem or done.state.value, issuance=done.id
    )


def _clear(office: CertificateOffice, actor: str, held: Issuance) -> None:
    """Give up what was held under a change that has ended; a key that was announced stays."""
    with office.changes.desk.store.reading() as reader:
        change = reader.get(held.change) if held.change else None
    if change is None or change.state in OPEN | CHANGE_UNDER_WAY:
        return
    if all(event.spki != held.spki for event in change.plan.events):
        give_up(office.ports, held, actor, f"{change.id} is {change.state.value}")


def _guarded(job: str, work: Callable[[], Renewal]) -> Renewal:
    """Do the work for a job; what goes wrong is its outcome and stops no other."""
    try:
        return work()
    except TrustpathError as error:
        return Renewal(job, Outcome.FAILED, why=str(error))


def when(office: CertificateOffice, job: JobPlan, held: Issuance) -> Due:
    """Return when a job is to be renewed, by its CA's window where that can be had."""
    seen = _window(office, held)
    return renewal(
        held.fingerprint or "",
        held.not_before or 0,
        held.not_after or 0,
        window=window_of(seen),
        percent=job.renew_after,
        least=least_of(seen, job),
        now=office.ports.pace.now(),
    )


def _window(office: CertificateOffice, held: Issuance) -> SeenWindow | None:
    """Return the window that the CA suggests, asked when it wants to be asked (RFC 9773 4.3).

    One that cannot be had leaves it to the last answer, or to the ratio.
    """
    issuer, now = office.issuers.get(held.issuer), office.ports.pace.now()
    seen = held.window
    if issuer is None or not held.chain or (seen is not None and now < _ask_again(seen)):
        return seen
    try:
        if not issuer.offer().renewal_info:
            return None
        found = issuer.window(der_chain(held.chain)[0])
    except RateLimitedError as error:
        if seen is not None and error.retry_at is not None:
            _write(office, held, replace(seen, ask_at=min(error.retry_at, now + DAY)))
        return seen
    except SourceError:
        return seen
    return None if found is None else _keep(office, held, found, now)


def _ask_again(seen: SeenWindow) -> int:
    """Return when a CA wants to be asked again (RFC 9773 4.3.2 and 4.3.3)."""
    return max(seen.fetched_at + (seen.retry_after or ASK_AGAIN), seen.ask_at or 0)


def _keep(office: CertificateOffice, held: Issuance, found: Window, now: int) -> SeenWindow:
    """Keep the answer; that the CA moved a window goes into the ledger."""
    seen = held.window
    moved = seen is not None and (seen.starts, seen.ends) != (found.starts, found.ends)
    former = seen.starts if seen and moved else seen.former_starts if seen else None
    ahead = found.starts > now or (seen is not None and seen.ahead)
    kept = SeenWindow(found.starts, found.ends, now, found.retry_after, former, ahead)
    _write(office, held, kept, moved=moved)
    return kept


def _write(
    office: CertificateOffice, held: Issuance, kept: SeenWindow, *, moved: bool = False
) -> None:
    with office.ports.store.act() as act:
        # Others may have taken the issuance on since: only the window is news.
        current = replace(act.order(held.id), window=kept)
        act.see_window(current)
        if moved:
            span = {"starts": kept.starts, "ends": kept.ends, "former_starts": kept.former_starts}
            at = kept.fetched_at
            act.record(entries.entry(current, "window-moved", held.issuer, at, **span))


def _renew(office: CertificateOffice, actor: str, job: JobPlan, *, force: bool) -> Renewal:
    with office.ports.store.reading() as reader:
        orders = reader.orders(job=job.id)
    held = latest(orders)
    if held is None:
        return Renewal(
            job.id, Outcome.NEVER_ISSUED, why=f"ask for one: trustpath cert request {job.id}"
        )
    early = None if force else _early(office, job, orders, held)
    return early or _made(office, actor, job, held)


def _early(
    office: CertificateOffice, job: JobPlan, orders: Sequence[Issuance], held: Issuance
) -> Renewal | None:
    """Return why it is too early to renew, None where it is time."""
    now = office.ports.pace.now()
    due = when(office, job, held)
    if due.at > now and not _revoked(office, held, due):
        return Renewal(job.id, Outcome.NOT_DUE, due.at, f"by {due.by}")
    failed = failures(orders)
    if failed:
        again = next_try(len(failed), failed[-1].updated_at, held.not_after)
        if again > now:
            return Renewal(job.id, Outcome.WAITING, again, failed[-1].problem)
    return None


def _revoked(office: CertificateOffice, held: Issuance, due: Due) -> bool:
    """Say whether the CA revoked a certificate in use, which is then due at once.

    A CA that suggests windows tells it by them (RFC 9773 4.2); of others CRL and OCSP are asked.
    """
    ask = office.ports.revocations
    if due.by == "window" or ask is None or not held.chain:
        return False
    return bool(ask(der_chain(held.chain)))


def _made(office: CertificateOffice, actor: str, job: JobPlan, held: Issuance) -> Renewal:
    moved, facts = deviating(office.ports, job, _first(office, job), held)
    event = renewal_event(job, moved, facts)
    why = "; ".join(f"{item} (released by {item.releases})" for item in moved)
    if any(item.final for item in moved):
        return Renewal(job.id, Outcome.HELD, why=why)
    stand = _proposed(office, actor, event, why)
    if stand.change.state is State.PROPOSED:
        return _held(job.id, stand, why)
    try:
        # One that is held is judged again: what held it may be gone.
        ended = apply(office.changes.desk, office.changes.ports, stand.change.id, actor)
    except StoppedError as error:
        text = "; ".join(part for part in (why, str(error)) if part)
        return Renewal(job.id, Outcome.HELD, why=text, change=stand.change.id)
    return _ended(job.id, ended, Outcome.RENEWED)


def _first(office: CertificateOffice, job: JobPlan) -> Issuer:
    """Return the issuer that will be asked first: one that does not answer is passed over."""
    issuers = [office.ports.connected.issuer(name) for name in job.issuers]
    for issuer in issuers:
        with suppress(SourceError):
            issuer.account()
            return issuer
    return issuers[0]


def _proposed(office: CertificateOffice, actor: str, event: CertificateEvent, why: str) -> Stand:
    """File the renewal, or return where the one that is filed already stands."""
    desk = office.changes.desk
    for change in office.filed(submission(event).origin):
        if change.state not in OPEN:
            continue
        if change.plan.events == (event,):
            return standing_of(desk, change)
        if change.author == actor:
            withdraw(desk, change.id, actor, "other facts moved since")
    return propose(desk, submission(event), actor, reason=why)


def _held(job: str, stand: Stand, why: str) -> Renewal:
    waits = "; ".join((*stand.held, *(f"needs {item}" for item in stand.missing)))
    text = "; ".join(part for part in (why, waits) if part)
    return Renewal(job, Outcome.HELD, why=text, change=stand.change.id)


def _ended(job: str, ended: Change, good: Outcome) -> Renewal:
    if ended.state is State.APPLIED:
        return Renewal(job, good, change=ended.id)
    why = str(ended.outcome.get("why", ended.state.value))
    if ended.state in (State.HELD, State.VERIFYING):
        return Renewal(job, Outcome.HELD, why=why, change=ended.id)
    return Renewal(job, Outcome.FAILED, why=why, change=ended.id)
