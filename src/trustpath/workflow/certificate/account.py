"""Accounts at CAs: registered, given new keys, ended; each act is in the ledger with its row.

The CA hears of it first. What a crash keeps from the ledger is written by the next ``register``,
which asks the CA what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trustpath.base.errors import InputError
from trustpath.facts.account import KnownAccount
from trustpath.facts.change import plain
from trustpath.facts.issuing import Account, Accounts, Issuer, RejectedError
from trustpath.facts.persist import Grantee, hashed_uris
from trustpath.facts.relations.dns import Persist
from trustpath.ledger.entry import Entry
from trustpath.rules.judge import Engine
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.persist import grantee_of

_JOBS = "SELECT id FROM job WHERE active AND account = ?"
_CAA = "SELECT DISTINCT name FROM caa WHERE accounturi = ? ORDER BY name"
_PERSIST = (
    "SELECT DISTINCT zone, name, base, value, issuer, accounturi, form, until, until_valid, "
    "wildcard, well_formed FROM persist ORDER BY name, value"
)


_ENDED: Final = frozenset(("unauthorized", "accountDoesNotExist"))
"""How CAs say that an account is no more (RFC 8555 7.3.1, 7.3.6)."""


@dataclass(frozen=True, slots=True)
class Held:
    """An issuer with its account as it is known here, and the jobs that order with it."""

    issuer: Issuer
    account: KnownAccount | None
    jobs: tuple[str, ...]
    names: tuple[str, ...]


def listed(office: CertificateOffice) -> Iterator[Held]:
    """Yield every account that was registered here, and every issuer that has none yet."""
    with office.ports.store.reading() as reader:
        known = reader.accounts()
    for issuer in office.issuers.values():
        if not isinstance(issuer, Accounts):
            continue
        plans = [j for j in office.ports.jobs.values() if j.active and issuer.spec.id in j.issuers]
        scope = tuple(sorted({name for job in plans for name in job.names}))
        own = [account for account in known if account.issuer == issuer.spec.id]
        for number, account in enumerate(own or [None]):
            # The newest is the one that orders are made with.
            used = not own or number == len(own) - 1
            jobs = tuple(job.id for job in plans) if used else ()
            yield Held(issuer, account, jobs, scope if used else ())


def register(
    office: CertificateOffice, issuer: str, actor: str, *, agree: bool = False
) -> KnownAccount:
    """Register the account of an issuer, or find it; what is known of it is brought up to date."""
    found, keeper = _keeper(office, issuer)
    _may(office, actor)
    return keep(office, found, keeper.register(agree=agree), actor, "registered")


def rotate(
    office: CertificateOffice, issuer: str, actor: str, *, force: bool = False, reason: str = ""
) -> KnownAccount:
    """Give an account a new key.

    Raises InputError while hashed standing records name the present key and none the next one,
    unless ``force`` with a reason.
    """
    found, keeper = _keeper(office, issuer)
    _may(office, actor)
    lacking = list(_unprepared(office, found, keeper))
    hint = "trustpath account grant NAME --successor for each, apply them, then rotate"
    _stop("standing records would name no key of the account", lacking, hint, force, reason)
    rolled = keeper.roll()
    return keep(office, found, rolled, actor, "rotated", reason=reason, despite=lacking)


def deactivate(
    office: CertificateOffice, issuer: str, actor: str, *, force: bool = False, reason: str = ""
) -> KnownAccount:
    """End an account for good.

    Raises InputError while jobs order with it, or CAA or standing records name it, unless
    ``force`` with a reason. One that the CA has ended already is written down as such.
    """
    found, keeper = _keeper(office, issuer)
    _may(office, actor)
    try:
        account = _account(found)
    except RejectedError as error:
        gone = _newest(office, issuer) if error.kind in _ENDED else None
        if gone is None:
            raise
        over = Account(gone.uri, "deactivated", gone.thumbprint)
        return keep(office, found, over, actor, "deactivated", reason=reason, told=error.message)
    uses = list(_uses(office, found, account))
    hint = "stop or move what uses it first, or --force with --reason"
    _stop(f"the account {account.uri} is in use", uses, hint, force, reason)
    ended = replace(account, status=keeper.deactivate().status)
    return keep(office, found, ended, actor, "deactivated", reason=reason, despite=uses)


def keep(
    office: CertificateOffice, issuer: Issuer, account: Account, actor: str, kind: str, **more: Any
) -> KnownAccount:
    """Write what is known of an account, with its entry; nothing where that is no news."""
    now = office.ports.pace.now()
    offer = issuer.offer()
    with office.ports.store.act() as act:
        held = {known.uri: known for known in act.accounts()}
        before = held.get(account.uri)
        known = KnownAccount(
            uri=account.uri,
            issuer=issuer.spec.id,
            ca=issuer.spec.ca,
            status=account.status,
            thumbprint=account.thumbprint,
            former=_former(before, account),
            terms_accepted=_terms(before, account, agreed=offer.terms is not None),
            hash_prefix=offer.hash_prefix,
            registered_by=before.registered_by if before else actor,
            registered_at=before.registered_at if before else now,
            updated_at=now,
        )
        if before is not None and replace(known, updated_at=before.updated_at) == before:
            return before
        body = {key: value for key, value in plain(known).items() if value not in (None, [], ())}
        body |= {key: plain(value) for key, value in more.items() if value}
        act.put_account(known)
        act.record(Entry(now, actor, f"account.{kind}", known.uri, body))
    return known


def standing_of(engine: Engine) -> list[Persist]:
    """Return the standing records that the facts hold."""
    found = [Persist(*row) for row in engine.query(_PERSIST)]  # type: ignore[arg-type]
    return [
        row._replace(
            until_valid=bool(row.until_valid),
            wildcard=bool(row.wildcard),
            well_formed=bool(row.well_formed),
        )
        for row in found
    ]


def _former(before: KnownAccount | None, account: Account) -> tuple[str, ...]:
    if before is None or before.thumbprint == account.thumbprint:
        return before.former if before else ()
    return (*before.former, before.thumbprint)


def _terms(before: KnownAccount | None, account: Account, *, agreed: bool) -> bool | None:
    """Return whether terms are agreed to: a CA that has some takes nobody who did not."""
    if account.terms_accepted is not None:
        return account.terms_accepted
    return before.terms_accepted if before else (True if agreed else None)


def _keeper(office: CertificateOffice, issuer: str) -> tuple[Issuer, Accounts]:
    found = office.ports.connected.issuer(issuer)
    if isinstance(found, Accounts):
        return found, found
    raise InputError(
        f"issuer {issuer} of kind {found.spec.kind} has no accounts", where=found.spec.where
    )


def _newest(office: CertificateOffice, issuer: str) -> KnownAccount | None:
    with office.ports.store.reading() as reader:
        return next((k for k in reversed(reader.accounts()) if k.issuer == issuer), None)


def _account(issuer: Issuer) -> Account:
    account = issuer.account()
    if account is None:
        raise InputError("it has no account", where=f"issuer {issuer.spec.id}")
    return account


def _may(office: CertificateOffice, actor: str) -> None:
    """Raise InputError unless the actor speaks for the PKI team, or is an admin."""
    who = office.changes.desk.rules.actor(actor)
    team = office.changes.session.estate.roles.get("pki")
    speaks = team is not None and who.owner == team and who.roles != {"auditor"}
    if speaks or "admin" in who.roles:
        return
    raise InputError(
        f"{actor} does not speak for the PKI team",
        where="--actor",
        hint="it takes an actor of the owner that roles names as pki, or an admin",
    )


def _stop(what: str, why: Sequence[str], hint: str, force: bool, reason: str) -> None:
    """Raise InputError where something stands against an act that nobody forces with a reason."""
    if why and not force:
        raise InputError(f"{what}: {'; '.join(why)}", hint=hint)
    if force and not reason.strip():
        raise InputError("to force it takes a reason, which is kept", where="--reason")


def _uses(office: CertificateOffice, issuer: Issuer, account: Account) -> Iterator[str]:
    """Say what orders with an account, and which records name it, as far as the facts tell."""
    with office.ports.store.reading() as reader:
        former = {k.uri: k.former for k in reader.accounts()}.get(account.uri, ())
    with office.changes.session.judging(engine="sqlite") as engine:
        jobs = {str(row[0]) for row in engine.query(_JOBS, (account.uri,))}
        caa = [str(row[0]) for row in engine.query(_CAA, (account.uri,))]
        standing = standing_of(engine)
    plans = office.ports.jobs.values()
    jobs |= {job.id for job in plans if job.active and issuer.spec.id in job.issuers}
    yield from (f"job {job} orders with it" for job in sorted(jobs))
    yield from (f"CAA of {name} names it" for name in caa)
    prefix, keys = issuer.offer().hash_prefix, (account.thumbprint, *former)
    for row in standing:
        hashed = hashed_uris(row.base, account.uri, prefix, keys) if prefix else frozenset()
        if row.accounturi == account.uri or row.accounturi in hashed:
            yield f"{row.name} TXT {row.value!r} names it"


def _unprepared(office: CertificateOffice, issuer: Issuer, keeper: Accounts) -> Iterator[str]:
    """Name the hashed records of the present key that have no twin for the next one."""
    if issuer.offer().hash_prefix is None:
        return
    present = grantee_of(office.ports, issuer)
    with office.changes.session.judging(engine="sqlite") as engine:
        standing = standing_of(engine)
    ours = [row for row in standing if present.grants_us(row, earlier=False)]
    if not ours:
        return
    following = Grantee(replace(present.account, thumbprint=keeper.successor()), present.offer)
    for row in ours:
        twins = [o for o in standing if o.base == row.base and following.grants_us(o)]
        if not any(twin.wildcard or not row.wildcard for twin in twins):
            text = following.text(row.base, until=row.until, wildcard=row.wildcard)
            yield f'{row.name} lacks TXT "{text}"'
