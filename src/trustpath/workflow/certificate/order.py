"""Carrying out an issuance: from the intent to a certificate that is seen everywhere.

What is done next follows from the stored row alone, so that going on after a crash is the same as
going on: whoever has the job reads how far it came, asks the CA or the place of use about the one
act of which only the intention is known, and continues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from trustpath.base.errors import InputError, SourceError, TrustpathError
from trustpath.facts.issuing import (
    Issuer,
    LostOrderError,
    Order,
    OrderStatus,
    Proof,
    RateLimitedError,
    Request,
)
from trustpath.facts.job import JobPlan
from trustpath.facts.order import UNDER_WAY, Issuance, IssuanceState
from trustpath.facts.renewal_info import certificate_id
from trustpath.workflow.certificate import challenge, dane
from trustpath.workflow.certificate.acts import Acts
from trustpath.workflow.certificate.deploy import prove, restore, to_add
from trustpath.workflow.certificate.intent import compromised
from trustpath.workflow.certificate.look import look
from trustpath.workflow.certificate.pem import der_chain, pem_chain
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.received import read

State = IssuanceState
UNSERVED = "not served everywhere"
"""How the problem of an issuance begins that is in its place and was seen not to be served."""
BEGINNINGS = 3
"""How often an order is begun under one intent: the CA may lose it, or we the answer."""


class Runner:
    """Takes one issuance that is under way to its end; ``held``: this process has its job."""

    def __init__(self, ports: Ports, issuance: str, actor: str, *, held: bool = False) -> None:
        self._ports = ports
        self._id = issuance
        self._acts = Acts(ports, actor)
        self._held = held
        self._order: Order | None = None
        self._proofs: tuple[Proof, ...] = ()
        self._request: bytes | None = None

    def run(self) -> Issuance:
        """Go on until the issuance has ended, or stands still for a reason that it names.

        Raises BusyError when another process is at its job.
        """
        with self._ports.store.reading() as reader:
            issuance = reader.order(self._id)
        steps: dict[State, Callable[[Issuance], Issuance]] = {
            State.REGISTERED: self._begin,
            State.ORDERED: self._show,
            State.PROVING: self._await_proof,
            State.FINALIZING: self._finalize,
            State.ISSUED: self._deploy,
            State.DEPLOYED: self._verify,
        }
        if not self._held:
            self._acts.hold(issuance.job)
        try:
            while issuance.state in UNDER_WAY:
                before = issuance.state
                issuance = self._step(steps[before], issuance)
                if issuance.state is before:
                    break
        finally:
            self._acts.release(issuance.job)
        return issuance

    def abandon(self, why: str) -> Issuance:
        """End an issuance that nothing uses yet; one that is used, or has ended, stays as it is."""
        with self._ports.store.reading() as reader:
            issuance = reader.order(self._id)
        if issuance.state not in UNDER_WAY - {State.DEPLOYED}:
            return issuance
        if not self._held:
            self._acts.hold(issuance.job)
        try:
            return self._fail(issuance, why)
        finally:
            self._acts.release(issuance.job)

    def _step(self, step: Callable[[Issuance], Issuance], issuance: Issuance) -> Issuance:
        """Take one step; what outside systems refuse ends the issuance, or leaves it standing."""
        try:
            return step(issuance)
        except LostOrderError as error:
            if issuance.attempts >= BEGINNINGS:
                return self._fail(issuance, str(error))
            issuance = self._withdraw(issuance)
            self._order, self._proofs = None, ()
            return self._acts.turn(issuance, State.REGISTERED, "lost", url="", problem=str(error))
        except (SourceError, InputError) as error:
            if issuance.state in (State.ISSUED, State.DEPLOYED):
                return self._acts.stand(issuance, str(error))
            return self._fail(issuance, str(error), retry_at=_retry_at(error))

    # -- at the CA --

    def _begin(self, issuance: Issuance) -> Issuance:
        job, issuer = self._job(issuance), self._issuer(issuance)
        if issuance.spki in compromised(self._ports):
            why = "the key was given up as compromised: nothing is ordered for it any more"
            return self._acts.turn(issuance, State.HELD, "held", problem=why, why=why)
        seen = look(
            self._ports,
            job,
            issuer,
            issuance.names,
            issuance.spki,
            account=issuance.account,
            method=issuance.method,
        )
        sets = {name: list(records) for name, records in seen.sets.items()}
        issuance = replace(issuance, basis={**issuance.basis, "caa": sets})
        if seen.refusals:
            why = "; ".join(seen.refusals)
            return self._acts.turn(issuance, State.HELD, "held", problem=why, why=why)
        self._ports.passing("checked")
        csr = self._csr(issuance, job)
        replaced = self._replaced(issuance, issuer)
        order = issuer.begin(Request(issuance.names, csr, issuance.profile, replaced))
        self._ports.passing("placed")
        self._order = order
        return self._acts.turn(
            issuance,
            State.ORDERED,
            "ordered",
            url=order.url,
            attempts=issuance.attempts + 1,
            problem="",
            order=order.url,
            caa=[f"{item.name}: {item.why}" for item in seen.permissions],
            granted=[item.why for item in seen.granted],
        )

    def _replaced(self, issuance: Issuance, issuer: Issuer) -> str | None:
        """Return the certID of the predecessor where the same CA issued it (RFC 9773 5)."""
        if issuance.replaces is None or not issuer.offer().renewal_info:
            return None
        with self._ports.store.reading() as reader:
            held = reader.orders(fingerprint=issuance.replaces)
        same = [item for item in held if item.ca == issuance.ca and item.chain]
        return certificate_id(der_chain(same[-1].chain)[0]) if same else None

    def _show(self, issuance: Issuance) -> Issuance:
        job, issuer = self._job(issuance), self._issuer(issuance)
        order = self._taken_order(issuance, issuer)
        if order.status is OrderStatus.INVALID:
            return self._invalid(issuance, order)
        if order.status is not OrderStatus.PENDING:
            self._order = order  # a back end without orders of its own could not be asked again
            return self._acts.turn(issuance, State.FINALIZING, "authorized")
        self._proofs = challenge.chosen(order, issuance.method)
        self._ports.passing("chosen")
        change = challenge.present(self._ports, _try(issuance), job.responder, self._proofs)
        self._ports.passing("published")
        return self._acts.turn(
            issuance,
            State.PROVING,
            "proving",
            challenge=change,
            names=[proof.name for proof in self._proofs],
        )

    def _await_proof(self, issuance: Issuance) -> Issuance:
        job, issuer = self._job(issuance), self._issuer(issuance)
        if not self._proofs:
            self._proofs = self._shown_again(issuance, issuer, job)
        for proof in self._proofs:
            issuer.show(proof)
        self._ports.passing("shown")
        order = self._poll(issuance, issuer, frozenset((OrderStatus.PENDING,)))
        if order.status is OrderStatus.INVALID:
            return self._invalid(issuance, order)
        return self._acts.turn(issuance, State.FINALIZING, "authorized")

    def _shown_again(self, issuance: Issuance, issuer: Issuer, job: JobPlan) -> tuple[Proof, ...]:
        """Return what is still to be shown after an interruption; listeners are up again."""
        order = issuer.look(issuance.url)
        self._order = order
        if order.status is not OrderStatus.PENDING:
            return ()
        proofs = challenge.chosen(order, issuance.method)
        challenge.present(self._ports, _try(issuance), job.responder, proofs)
        return proofs

    def _finalize(self, issuance: Issuance) -> Issuance:
        job, issuer = self._job(issuance), self._issuer(issuance)
        order = self._taken_order(issuance, issuer)
        if order.status is OrderStatus.READY:
            self._ports.passing("ready")
            order = issuer.finalize(order, self._csr(issuance, job))
            self._ports.passing("finalized")
        # Most CAs are done by the time that their answer is here: the first look waits for nothing.
        self._order = None if order.status is OrderStatus.PROCESSING else order
        waiting = frozenset((OrderStatus.PROCESSING, OrderStatus.READY))
        order = self._poll(issuance, issuer, waiting)
        if order.status is not OrderStatus.VALID:
            return self._invalid(issuance, order)
        chain = issuer.fetch(order).certificates
        self._ports.passing("fetched")
        now = self._now()
        found = read(chain, issuance.names, issuance.spki, now)
        kept = replace(
            issuance,
            chain=pem_chain(chain),
            fingerprint=found.fingerprint,
            not_before=found.not_before,
            not_after=found.not_after,
        )
        if found.faults:
            return self._fail(kept, "what came is not what was ordered: " + "; ".join(found.faults))
        return self._acts.turn(
            kept,
            State.ISSUED,
            "issued",
            issued_at=now,
            not_before=found.not_before,
            not_after=found.not_after,
            chain_length=len(chain),
        )

    def _taken_order(self, issuance: Issuance, issuer: Issuer) -> Order:
        """Return the order as it was seen last, or as it is where nobody looked yet."""
        order, self._order = self._order, None
        return order or issuer.look(issuance.url)

    def _poll(self, issuance: Issuance, issuer: Issuer, waiting: frozenset[OrderStatus]) -> Order:
        """Look until the order is in another state; the CA's Retry-After counts within bounds."""
        patience, pace = self._ports.patience, self._ports.pace
        ends = pace.monotonic() + patience.order
        pause = patience.first
        order = self._order or issuer.look(issuance.url)
        while order.status in waiting:
            if pace.monotonic() >= ends:
                raise SourceError(
                    f"the CA has not decided within {patience.order:g} s: {order.status.value}",
                    where=issuance.url,
                )
            pace.sleep(min(max(pause, order.retry_after or 0), patience.order))
            pause = min(pause * 2, patience.longest)
            order = issuer.look(issuance.url)
        self._order = order
        return order

    def _invalid(self, issuance: Issuance, order: Order) -> Issuance:
        blamed = f" ({', '.join(order.blamed)})" if order.blamed else ""
        why = order.problem or f"the order is {order.status.value}"
        return self._fail(issuance, f"{why}{blamed}", problem_kind=order.problem_kind)

    # -- at the place of use --

    def _deploy(self, issuance: Issuance) -> Issuance:
        job = self._job(issuance)
        try:
            deployer = self._ports.connected.deployer(job)
            chain = der_chain(issuance.chain)
            bound = dane.unmatched(self._ports, job, issuance.names, chain)
            if bound:
                raise InputError(
                    f"no TLSA record at {', '.join(bound)} matches it",
                    where=issuance.id,
                    hint=dane.WAY_OUT,
                )
            deployer.deploy(issuance.id, chain)
            self._ports.passing("in-place")
        finally:
            issuance = self._withdraw(issuance)
        return self._acts.turn(
            issuance, State.DEPLOYED, "deployed", deployed_at=self._now(), problem="",
            place=job.deployer,
        )  # fmt: skip

    def _verify(self, issuance: Issuance) -> Issuance:
        job = self._job(issuance)
        proof = prove(self._ports, job, issuance)
        self._ports.passing("observed")
        if proof.unseen:
            return self._acts.stand(issuance, proof.unseen)
        if not proof.proven:
            return self._back(issuance, job, "; ".join(proof.faults))
        done = self._acts.turn(
            issuance, State.VERIFIED, "verified", verified_at=self._now(), problem="",
            places=[f"{place.name} {place.address}:{place.port}" for place in proof.places],
        )  # fmt: skip
        self._ports.passing("recorded")
        tidy(self._ports, job, issuance.id, self._acts.actor)
        return done

    def _back(self, issuance: Issuance, job: JobPlan, why: str) -> Issuance:
        deployer = self._ports.connected.deployer(job)
        back = restore(self._ports, deployer, issuance)
        self._ports.passing("restored")
        if back.restored is None:
            lacks = to_add(self._ports, deployer, job, issuance)
            told = f"{UNSERVED}: {why}; no way back: {back.why}{lacks}"
            return self._acts.stand(issuance, told)
        return self._acts.turn(
            issuance,
            State.FAILED,
            "restored",
            problem=f"{UNSERVED}, the predecessor is back: {why}",
            why=why,
            restored=back.restored.fingerprint,
        )

    # -- acts --

    def _withdraw(self, issuance: Issuance) -> Issuance:
        """Take the answers to challenges away; what cannot be withdrawn now is tried again."""
        job = self._ports.jobs.get(issuance.job)
        challenge.clear(self._ports, job.responder if job else None, self._proofs)
        # Between publishing and writing that down the process may have ended.
        change = issuance.challenge or (
            self._ports.challenges.published(_try(issuance))
            if issuance.state is State.ORDERED
            else None
        )
        if change is None:
            return issuance
        self._ports.challenges.withdraw(change)
        self._ports.passing("withdrawn")
        return replace(issuance, challenge=None)

    def _fail(self, issuance: Issuance, why: str, **details: Any) -> Issuance:
        try:
            issuance = self._withdraw(issuance)
        except TrustpathError as error:
            details["left"] = str(error)
        return self._acts.turn(issuance, State.FAILED, "failed", problem=why, why=why, **details)

    # -- what it is about --

    def _job(self, issuance: Issuance) -> JobPlan:
        found = self._ports.jobs.get(issuance.job)
        if found is None:
            raise InputError(f"the estate has no job {issuance.job!r} any more", where=issuance.id)
        return found

    def _issuer(self, issuance: Issuance) -> Issuer:
        return self._ports.connected.issuer(issuance.issuer)

    def _csr(self, issuance: Issuance, job: JobPlan) -> bytes:
        """Return the request, after an interruption again: the same id gives the same key."""
        if self._request is not None:
            return self._request
        deployer = self._ports.connected.deployer(job)
        held = deployer.prepare(issuance.id, issuance.names, job.key, reuse=False)
        if held.spki != issuance.spki:
            raise InputError("the key is not the one that was registered", where=issuance.id)
        self._request = held.csr
        return held.csr

    def _now(self) -> int:
        return self._ports.pace.now()


def tidy(ports: Ports, job: JobPlan, verified: str, actor: str) -> None:
    """Drop what the place of use kept for an issuance that is seen, and for failed ones before."""
    deployer = ports.connected.deployer(job)
    with ports.store.reading() as reader:
        ended = reader.orders((State.FAILED, State.HELD), job=job.id)
    for item in ended:
        if item.state is State.HELD:
            give_up(ports, item, actor, f"{verified} is seen in its place")
        else:
            deployer.settle(item.id)
    deployer.settle(verified)


def give_up(ports: Ports, held: Issuance, actor: str, why: str) -> None:
    """End an issuance that was held, and drop the key that was made for it."""
    job = ports.jobs.get(held.job)
    if job is not None:
        ports.connected.deployer(job).settle(held.id)
    problem = f"given up, {why}; it was held: {held.problem}"
    Acts(ports, actor).end(held.id, State.HELD, problem)


def _try(issuance: Issuance) -> str:
    """Name one beginning of an order: another one has other challenges."""
    return f"{issuance.id}/{issuance.attempts}"


def _retry_at(error: TrustpathError) -> int | None:
    return error.retry_at if isinstance(error, RateLimitedError) else None
