"""Registering an intent: key and names are in the ledger before any CA hears of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError, SourceError
from trustpath.facts.deploying import Deployer, PendingKey
from trustpath.facts.issuing import Issuer, RateLimitedError
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.revoking import COMPROMISED
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.decide import Placed, limited_until
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.state import follow

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be obtained. ``change`` consented to it; ``replaces`` is a fingerprint.

    ``fresh`` asks for a new key whatever the job says.
    """

    job: JobPlan
    names: tuple[str, ...]
    change: str | None = None
    replaces: str | None = None
    fresh: bool = False


def register(ports: Ports, wanted: Wanted, issuer: Issuer, actor: str) -> Issuance:
    """Make the key where it is used and register the intent; the job is held by this process then.

    Raises SourceError or InputError where no key can be made that may be used or no account is
    there, and RateLimitedError where one order more would be beyond a limit of the CA.
    """
    job = wanted.job
    account = issuer.account()
    _check_limits(ports, wanted, issuer.spec.ca, account.uri if account else None)
    basis = ports.facts.basis(job, issuer, wanted.names)
    deployer = ports.connected.deployer(job)
    bad = compromised(ports)
    reuse = job.key.reuse and not wanted.fresh and not _worn(ports, job, bad)
    with ports.registering:
        for _ in range(ATTEMPTS):
            with ports.store.reading() as reader:
                order = reader.next_order()
            # Outside of the act: making a key may take long, and the same id gives the same key.
            pending = _key(deployer, order, wanted, bad, reuse=reuse)
            now = ports.pace.now()
            issuance = Issuance(
                id=order,
                job=job.id,
                issuer=issuer.spec.id,
                ca=issuer.spec.ca,
                account=account.uri if account else None,
                method=job.method,
                profile=job.profile,
                names=wanted.names,
                spki=pending.spki,
                state=IssuanceState.REGISTERED,
                change=wanted.change,
                replaces=wanted.replaces,
                basis=basis.document(),
                created_at=now,
                updated_at=now,
                registered_at=now,
            )
            with ports.store.act() as act:
                if act.next_order() == order:
                    act.hold_job(job.id, ports.holder, now, now + ports.patience.lease)
                    act.put_order(issuance)
                    act.record(entries.intent(issuance, actor))
                    return issuance
            deployer.settle(order)
    raise SourceError("others register intents all the time", where=job.id, hint="try again")


def again(
    ports: Ports, wanted: Wanted, issuer: Issuer, stopped: Sequence[Issuance], actor: str
) -> Issuance | None:
    """Take an intent up that was held for the same order; the job is held by this process then.

    None where there is none, or the job, its method or its account is another now.
    """
    account = issuer.account()
    uri = account.uri if account else None
    asked = (issuer.spec.id, issuer.spec.ca, uri, wanted.job.method, wanted.names)
    bad = compromised(ports)
    fitting = [
        item
        for item in stopped
        if (item.issuer, item.ca, item.account, item.method, item.names) == asked
        and item.profile == wanted.job.profile
        and item.spki not in bad
    ]
    if not fitting:
        return None
    basis, now = ports.facts.basis(wanted.job, issuer, wanted.names), ports.pace.now()
    with ports.store.act() as act:
        taken = follow(
            act.order(fitting[-1].id),
            IssuanceState.REGISTERED,
            problem="",
            updated_at=now,
            replaces=wanted.replaces,
            basis=basis.document(),
        )
        act.hold_job(wanted.job.id, ports.holder, now, now + ports.patience.lease)
        act.put_order(taken)
        act.record(entries.entry(taken, "again", actor, now, change=taken.change))
    return taken


def _key(
    deployer: Deployer, order: str, wanted: Wanted, bad: Collection[str], *, reuse: bool
) -> PendingKey:
    """Have a key made, or the one in use taken unless it was given up as compromised."""
    for kept in (True, False) if reuse else (False,):
        pending = deployer.prepare(order, wanted.names, wanted.job.key, reuse=kept)
        if pending.spki not in bad:
            return pending
        deployer.settle(order)  # somebody put it back where it is used
    raise InputError(
        "the key was given up as compromised: nothing is ordered for it any more",
        where=wanted.job.id,
        hint="make another one where it is used",
    )


def compromised(ports: Ports) -> frozenset[str]:
    """Return the keys that the facts know as such, and of what was revoked for it since."""
    with ports.store.reading() as reader:
        revoked = reader.orders((IssuanceState.REVOKED,))
    here = {item.spki for item in revoked if item.revocation_reason == COMPROMISED}
    return ports.facts.compromised() | here


def _worn(ports: Ports, job: JobPlan, bad: Collection[str]) -> bool:
    """Say whether the key in use is older than the job allows, or was given up as compromised."""
    with ports.store.reading() as reader:
        held = reader.orders(job=job.id)
    seen = [item.spki for item in held if item.verified_at or item.deployed_at or item.adopted]
    if seen and seen[-1] in bad:
        return True
    if job.key.max_age is None or not held:
        return False
    first = min(item.created_at for item in held if item.spki == held[-1].spki)
    return ports.pace.now() - first >= job.key.max_age


def _check_limits(ports: Ports, wanted: Wanted, ca: str, account: str | None) -> None:
    if not any(limit.ca == ca for limit in ports.limits):
        return
    now = ports.pace.now()
    with ports.store.reading() as reader:
        held = [item for item in reader.orders() if item.ca == ca and item.url]
    earlier = [_placed(item.ca, item.account, item.names, item.created_at) for item in held]
    limited = limited_until(ports.limits, earlier, _placed(ca, account, wanted.names, now))
    if limited is not None:
        error = RateLimitedError(
            f"not before {format_instant(limited[0])}: the CA takes {limited[1]}", where=ca
        )
        error.retry_at = limited[0]
        raise error


def _placed(ca: str, account: str | None, asked: Sequence[str], at: int) -> Placed:
    registered = frozenset(names.registered(names.base(name)) for name in asked)
    return Placed(ca, account, registered, frozenset(asked), at)
