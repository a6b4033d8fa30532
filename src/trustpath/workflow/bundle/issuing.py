"""Steps that obtain certificates: each an event of a change, judged and consented to like any."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.bundle import Bundle
from trustpath.facts.change import UNDER_WAY, Change, State
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.proposal import CertificateEvent, Submission
from trustpath.workflow.bundle.ports import BeyondError, EndedError, Outcome, Pending
from trustpath.workflow.bundle.records import JUDGE_AGAIN, carry_on, ended, origin_of, settled
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.intent import Wanted, register
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.order import Runner
from trustpath.workflow.certificate.ports import Ports as CertificatePorts
from trustpath.workflow.certificate.request import look_first
from trustpath.workflow.certificate.revoking import last_filed, propose_revocation
from trustpath.workflow.certificate.source import latest
from trustpath.workflow.certificate.state import follow
from trustpath.workflow.change.apply import StoppedError, resume
from trustpath.workflow.change.decide import propose, withdraw
from trustpath.workflow.change.ports import Desk
from trustpath.workflow.change.ports import Ports as ChangePorts
from trustpath.workflow.change.state import OPEN

FRESH = 600
"""Seconds for which facts that were collected for one certificate serve for the next."""
_SERVED = frozenset((IssuanceState.DEPLOYED, IssuanceState.VERIFIED))


@dataclass(frozen=True, slots=True)
class Certificates:
    """What steps on certificates share; ``refreshed`` keeps when facts were collected last."""

    office: CertificateOffice
    refreshed: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ports(self) -> CertificatePorts:
        """What carrying out issuances needs."""
        return self.office.ports

    @property
    def desk(self) -> Desk:
        """What deciding on changes needs."""
        return self.office.changes.desk

    @property
    def changes(self) -> ChangePorts:
        """What applying changes needs."""
        return self.office.changes.ports

    def job(self, identity: str) -> JobPlan:
        """Return a job that is carried out here; raises InputError for another."""
        found = self.ports.jobs.get(identity)
        if found is None:
            raise InputError(f"no job {identity!r} has issuers", where=identity, hint="see jobs")
        return found

    def orders(self, job: str) -> Sequence[Issuance]:
        """Return the issuances of a job in order."""
        with self.ports.store.reading() as reader:
            return reader.orders(job=job)

    def last_change(self, bundle: Bundle, number: int) -> Change | None:
        """Return the last change of a step."""
        found = self.office.filed(origin_of(bundle, number))
        return found[-1] if found else None

    def refresh(self) -> None:
        """Collect the facts again unless that was done a moment ago."""
        with self.lock:
            now = self.desk.pace.now()
            if now - self.refreshed.get("at", 0) >= FRESH:
                self.office.renew_facts()
                self.refreshed["at"] = self.desk.pace.now()


@dataclass(frozen=True, slots=True)
class KeyDoer:
    """Does PREPARE steps: the key is made at its place and its intent registered."""

    on: Certificates

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Make the key, or find the one that was made before an interruption."""
        step = bundle.steps[number]
        job = self.on.job(step.what["job"])
        issuance = self._prepared(bundle, number)
        if issuance is None:
            issuer = self.on.ports.connected.issuer(step.what.get("issuer") or job.issuers[0])
            current = latest(self.on.orders(job.id))
            wanted = Wanted(
                job, job.names, replaces=current.fingerprint if current else None, fresh=True
            )
            issuance = register(self.on.ports, wanted, issuer, bundle.actor)
        return Outcome({"order": issuance.id, "spki": issuance.spki})

    def undo(self, bundle: Bundle, number: int) -> None:
        """Drop the key, unless it came to be used."""
        issuance = self._prepared(bundle, number)
        if issuance is None:
            return
        ended = Runner(self.on.ports, issuance.id, bundle.actor).abandon(f"{bundle.id} goes back")
        if ended.state not in _SERVED:
            self.on.ports.connected.deployer(self.on.job(issuance.job)).settle(issuance.id)

    def _prepared(self, bundle: Bundle, number: int) -> Issuance | None:
        step = bundle.steps[number]
        if "order" in step.result:
            with self.on.ports.store.reading() as reader:
                return reader.order(step.result["order"])
        begun = step.started_at or 0
        found = [
            item
            for item in self.on.orders(step.what["job"])
            if item.state is IssuanceState.REGISTERED
            and item.change is None
            and item.created_at >= begun
        ]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class OrderDoer:
    """Does ORDER and REPLACE steps."""

    on: Certificates

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Propose the event, wait for consents, carry it out until it is seen everywhere."""
        step = bundle.steps[number]
        last = self.on.last_change(bundle, number)
        change = self._settled(bundle, number, last, lambda vain: self._why(bundle, number, vain))
        if change is None:
            try:
                change = self._propose(bundle, number)
            except StoppedError as error:
                if step.alone:
                    raise  # it fails by itself, and is tried again when the bundle is resumed
                return Pending(str(error), self.on.desk.pace.now() + JUDGE_AGAIN)
        if change.state not in (State.PROPOSED, State.APPLIED):
            self._tie(bundle, number, change)
        carried = carry_on(self.on.desk, self.on.changes, change, bundle.actor)
        if isinstance(carried, Pending):
            return carried
        change = carried
        if change.state in OPEN:
            why = f"{change.id}: {change.outcome.get('why', change.state.value)}"
            if step.alone:
                raise InputError(why, where=change.id)
            return Pending(why, self.on.desk.pace.now() + JUDGE_AGAIN)
        if change.state in UNDER_WAY:
            # It came to no end yet, so nothing is spent: the next try carries the same change on.
            why = change.outcome.get("why", change.state.value)
            raise SourceError(f"not finished yet: {why}", where=change.id)
        if change.state is not State.APPLIED:
            raise self._why(bundle, number, change)
        issuance = self._issuance(bundle, number, change)
        revoked = self._revoke(bundle, number, issuance)
        if isinstance(revoked, Pending):
            return revoked
        return Outcome(_left(change, issuance), rest=_rest(bundle, step.what))

    def undo(self, bundle: Bundle, number: int) -> None:
        """Abandon what is not in use yet; raises BeyondError where it is."""
        change = self.on.last_change(bundle, number)
        issuance = None if change is None else self._known(bundle, number, change)
        if issuance is not None and issuance.state not in _SERVED:
            runner = Runner(self.on.ports, issuance.id, bundle.actor)
            issuance = runner.abandon(f"{bundle.id} goes back")
            if change is not None and change.state in UNDER_WAY and issuance.fingerprint:
                resume(self.on.desk, self.on.changes, change.id, bundle.actor)
        if issuance is not None and issuance.state in _SERVED and change is not None:
            if change.state in UNDER_WAY:
                resume(self.on.desk, self.on.changes, change.id, bundle.actor)
            raise BeyondError(_left(change, issuance), _rest(bundle, bundle.steps[number].what))
        if change is not None and change.state in OPEN:
            withdraw(self.on.desk, change.id, bundle.actor, f"{bundle.id} was cancelled")

    def _settled(
        self,
        bundle: Bundle,
        number: int,
        change: Change | None,
        told: Callable[[Change], EndedError],
    ) -> Change | None:
        return settled(self.on.desk, self.on.changes, change, bundle, number, told=told)

    def _propose(self, bundle: Bundle, number: int) -> Change:
        step = bundle.steps[number]
        what = step.what
        self.on.refresh()
        current = latest(self.on.orders(what["job"]))
        event = CertificateEvent(
            id=f"{bundle.id}-{number}",
            kind=what["event"],
            job=what["job"],
            ca=self._ca(what),
            account=bundle.steps[what["account"]].result["uri"] if "account" in what else None,
            spki=bundle.steps[what["key"]].result["spki"] if "key" in what else None,
            certificate=current.fingerprint if current and what["event"] == "rekey" else None,
        )
        look_first(self.on.ports, (event,))
        submission = Submission(origin=origin_of(bundle, number), events=(event,))
        return propose(self.on.desk, submission, bundle.actor, reason=step.says).change

    def _ca(self, what: Any) -> str | None:
        if what["event"] != "change-ca":
            return None
        if what.get("ca"):
            return str(what["ca"])
        return self.on.ports.connected.issuer(what["issuer"]).spec.ca

    def _tie(self, bundle: Bundle, number: int, change: Change) -> None:
        """Let the change carry on the issuance whose key was announced, again where it failed."""
        key = bundle.steps[number].what.get("key")
        if key is None:
            return
        with self.on.ports.store.act() as act:
            issuance = act.order(bundle.steps[key].result["order"])
            if issuance.state is IssuanceState.FAILED and issuance.fingerprint is None:
                issuance = follow(issuance, IssuanceState.REGISTERED, url="", problem="")
            if issuance.state is not IssuanceState.REGISTERED or issuance.change == change.id:
                return
            tied = replace(issuance, change=change.id, updated_at=self.on.desk.pace.now())
            act.put_order(tied)
            act.record(
                entries.entry(tied, "again", bundle.actor, tied.updated_at, change=change.id)
            )

    def _known(self, bundle: Bundle, number: int, change: Change) -> Issuance | None:
        key = bundle.steps[number].what.get("key")
        with self.on.ports.store.reading() as reader:
            found = reader.orders(change=change.id)
            if not found and key is not None:
                return reader.order(bundle.steps[key].result["order"])
        return found[-1] if found else None

    def _issuance(self, bundle: Bundle, number: int, change: Change) -> Issuance:
        found = self._known(bundle, number, change)
        if found is None:
            why = change.outcome.get("why", change.state.value)
            raise SourceError(f"nothing was ordered: {why}", where=change.id)
        return found

    def _why(self, bundle: Bundle, number: int, change: Change) -> EndedError:
        """Return the error of a change that came to nothing: before issuance it may be repeated."""
        issuance = self._known(bundle, number, change)
        if issuance is None or change.state is not State.ROLLED_BACK:
            return ended(self.on.desk, change)
        why = issuance.problem or str(change.outcome.get("why", change.state.value))
        before = issuance.fingerprint is None and issuance.state is IssuanceState.FAILED
        return EndedError(f"{issuance.id}: {why}", change.id, passing=before)

    def _revoke(self, bundle: Bundle, number: int, issuance: Issuance) -> Pending | None:
        """Have what was replaced revoked, by a change of its own; returns what that waits for."""
        reason = bundle.steps[number].what.get("reason")
        if not reason:
            return None
        orders = self.on.orders(issuance.job)
        replaced = [item for item in orders if item.fingerprint == issuance.replaces]
        if not replaced or replaced[-1].state is not IssuanceState.SUPERSEDED:
            return None
        old, office = replaced[-1].id, self.on.office
        last = last_filed(office, old, reason)
        change = self._settled(bundle, number, last, lambda vain: ended(self.on.desk, vain))
        if change is None:
            change = propose_revocation(office, old, reason, bundle.actor).change
        carried = carry_on(self.on.desk, self.on.changes, change, bundle.actor)
        if isinstance(carried, Pending):
            return carried
        if carried.state is not State.APPLIED:
            raise ended(self.on.desk, carried)
        return None


def _left(change: Change, issuance: Issuance) -> dict[str, str]:
    """Return what the step leaves for later ones."""
    return {"change": change.id, "order": issuance.id, "spki": issuance.spki}


def _rest(bundle: Bundle, what: Any) -> int:
    """Return how long a wait after the step lasts: as long as after the change it names."""
    return int(bundle.steps[what["rest"]].result.get("rest", 0)) if "rest" in what else 0
