"""Carrying out the certificate events of a change: which order they lead to, and with whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from trustpath.base.errors import InputError, TrustpathError
from trustpath.facts.change import Change, counts
from trustpath.facts.issuing import Issuer
from trustpath.facts.job import JobPlan
from trustpath.facts.order import IN_USE, UNDER_WAY, Issuance, IssuanceState
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.certificate.basis import Basis, Deviation, basis_from, deviations
from trustpath.workflow.certificate.intent import Wanted, again, register
from trustpath.workflow.certificate.order import UNSERVED, Runner, tidy
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.source import latest
from trustpath.workflow.change.ports import Going, Held

Handler = Callable[[Change, CertificateEvent, str], Sequence[Problem]]
"""Carries one event of a change out for an actor; returns what did not happen as it should."""
Judge = Callable[[CertificateEvent], Sequence[str]]
"""Says why the gate would not let an event pass; nothing where it would."""

ORDERING: Final = frozenset(
    (
        "issue",
        "renew",
        "rekey",
        "add-names",
        "remove-names",
        "change-ca",
        "change-account",
        "change-key",
    )
)


@dataclass(frozen=True, slots=True)
class EventCarrier:
    """Carries events out by their kind; ``others`` are the kinds that lead to no order."""

    ports: Ports
    judge: Judge
    others: Mapping[str, Handler] = field(default_factory=dict)

    def __call__(self, change: Change, event: CertificateEvent, actor: str) -> Sequence[Problem]:
        """Carry one event out, or go on with it; doing it twice is the same as doing it once."""
        where = f"{event.kind} {event.id}"
        try:
            if event.kind in ORDERING:
                return self._order(change, event, actor)
            handler = self.others.get(event.kind)
            if handler is None:
                return (Problem("nothing carries out events of this kind", where),)
            return handler(change, event, actor)
        except TrustpathError as error:
            return (Problem(error.message, error.where or where, error.hint),)

    def ready(self, change: Change) -> Sequence[str]:
        """Return what keeps events from being carried out now; nothing is made or ordered.

        An order needs its job, its place of use, and one issuer that answers and has an account.
        """
        failed: list[str] = []
        for event in change.plan.ours:
            where = f"{event.kind} {event.id}"
            if event.kind not in ORDERING:
                known = event.kind in self.others
                failed += [] if known else [f"{where}: nothing carries out events of this kind"]
                continue
            try:
                job = self._job(event)
                self.ports.connected.deployer(job).current()
                silent = [self._silent(issuer) for issuer in fitting(self.ports, job, event)]
            except TrustpathError as error:
                failed.append(f"{where}: {error}")
                continue
            if all(silent):
                failed.append(f"{where}: {'; '.join(silent) or 'no issuer of the job fits it'}")
        return failed

    def _silent(self, issuer: Issuer) -> str:
        """Return why an order cannot be placed at an issuer; empty where it can."""
        try:
            issuer.offer()
            issuer.account()
        except TrustpathError as error:
            return f"issuer {issuer.spec.id}: {error}"
        return ""

    def _order(self, change: Change, event: CertificateEvent, actor: str) -> Sequence[Problem]:
        job = self._job(event)
        with self.ports.store.reading() as reader:
            held = reader.orders(job=job.id)
        mine = [item for item in held if item.change == change.id]
        if mine and mine[-1].state in UNDER_WAY:
            return self._told(Runner(self.ports, mine[-1].id, actor).run())
        if mine and mine[-1].state in IN_USE:
            tidy(self.ports, job, mine[-1].id, actor)
            return ()
        if mine and mine[-1].fingerprint:
            return self._told(mine[-1])  # it was issued and given up since
        current = latest(held)
        wanted = Wanted(
            job=job,
            names=names_of(event, job),
            change=change.id,
            replaces=current.fingerprint if current else None,
            fresh=event.kind == "rekey",
        )
        stopped = [item for item in mine if item.state is IssuanceState.HELD]
        return self._obtain(wanted, event, change, actor, stopped)

    def _job(self, event: CertificateEvent) -> JobPlan:
        job = event.job
        if job is None and event.certificate is not None:
            with self.ports.store.reading() as reader:
                known = reader.orders(fingerprint=event.certificate)
            job = known[-1].job if known else None
        found = self.ports.jobs.get(job or "")
        if found is None:
            raise InputError(
                "no job of the estate with issuers and a place of use",
                where=f"{event.kind} {event.id}",
                hint="name one with job, and give it issuers and deploy in the estate file",
            )
        if not found.active:
            raise InputError(f"the job {found.id} is not active", where=found.where)
        return found

    def _obtain(
        self,
        wanted: Wanted,
        event: CertificateEvent,
        change: Change,
        actor: str,
        stopped: Sequence[Issuance] = (),
    ) -> Sequence[Problem]:
        """Ask one issuer after the other until one has delivered; a later one is judged anew.

        What was ``stopped`` under the same change goes on under its intent and with its key.
        """
        problems: list[Problem] = []
        for issuer in fitting(self.ports, wanted.job, event):
            where = f"issuer {issuer.spec.id}"
            try:
                moved = self._moved(wanted, issuer, event, change)
                if moved:
                    return (Problem(moved, wanted.job.id, "propose the renewal again"),)
                if problems:
                    refused = self.judge(replace(event, ca=issuer.spec.ca, account=None))
                    if refused:
                        problems.append(Problem("; ".join(refused), where))
                        continue
                issuance = again(self.ports, wanted, issuer, stopped, actor) or register(
                    self.ports, wanted, issuer, actor
                )
                self.ports.passing("registered")
                ended = Runner(self.ports, issuance.id, actor, held=True).run()
            except TrustpathError as error:
                problems.append(Problem(error.message, error.where or where, error.hint))
                continue
            if ended.state not in (IssuanceState.FAILED, IssuanceState.HELD):
                return self._told(ended)
            kind = Held if ended.state is IssuanceState.HELD else Problem
            problems.append(kind(ended.problem, f"{ended.id} at {issuer.spec.id}"))
            if ended.fingerprint:
                break  # it was issued: what failed is not the CA's
        return problems or (Problem("no issuer of the job fits the event", wanted.job.where),)

    def _moved(
        self, wanted: Wanted, issuer: Issuer, event: CertificateEvent, change: Change
    ) -> str:
        """Return which facts moved beyond what was consented to; nothing where all is as judged."""
        with self.ports.store.reading() as reader:
            current = latest(reader.orders(job=wanted.job.id))
            consents = reader.consents(change.id)
        if current is None or not current.basis:
            return ""
        now = self.ports.facts.basis(wanted.job, issuer, wanted.names)
        found = moved_since(basis_from(current.basis), now, wanted.job, self.ports)
        final = [str(item) for item in found if item.final]
        if final:
            return "; ".join(final)
        told = {str(item) for item in found}
        if event.kind != "renew" and event.reason is None:
            return ""  # a person asked for something else than before
        agreed = set((event.reason or "").split("; "))
        if told - agreed:
            return "; ".join(sorted(told - agreed))
        consented = any(c.decision == "approve" and counts(change, c) for c in consents)
        if told and not consented and change.emergency is None:
            return "nobody consented to: " + "; ".join(sorted(told))
        return ""

    def _told(self, ended: Issuance) -> Sequence[Problem]:
        """Return why an issuance is not where it should be: in its place, and not seen to fail."""
        unserved = ended.problem.startswith(UNSERVED)
        if ended.state in (IssuanceState.DEPLOYED, IssuanceState.VERIFIED) and not unserved:
            return ()
        kind = Going if ended.state in (IssuanceState.ISSUED, IssuanceState.DEPLOYED) else Problem
        return (kind(ended.problem or ended.state.value, ended.id),)


def moved_since(before: Basis, now: Basis, job: JobPlan, ports: Ports) -> tuple[Deviation, ...]:
    """Return what moved since the last issue of a job; empty: nothing did.

    A CA that the job names among its issuers, and its account, are as they were declared.
    """
    declared = {ports.connected.issuer(name).spec.ca for name in job.issuers}
    known = before.ca in declared and now.ca != before.ca
    return tuple(
        item for item in deviations(before, now) if not (known and item.fact in ("ca", "account"))
    )


def fitting(ports: Ports, job: JobPlan, event: CertificateEvent) -> Iterator[Issuer]:
    """Yield the issuers of a job that an event may be carried out at, in their order."""
    for name in job.issuers:
        issuer = ports.connected.issuer(name)
        fits = event.kind != "change-ca" or issuer.spec.ca == event.ca
        if event.kind == "change-account":
            account = issuer.account()
            fits = account is not None and account.uri == event.account
        if fits:
            yield issuer


def names_of(event: CertificateEvent, job: JobPlan) -> tuple[str, ...]:
    """Return the names to order, sorted as the estate has them, else as they came."""
    held = dict.fromkeys(job.names)
    if event.kind == "add-names":
        held |= dict.fromkeys(event.names)
    elif event.kind == "remove-names":
        for name in event.names:
            held.pop(name, None)
    elif event.names and event.kind in ("issue", "renew", "rekey"):
        held = dict.fromkeys(event.names)
    if not held:
        raise InputError("no name would be left", where=f"{event.kind} {event.id}")
    return tuple(held)
