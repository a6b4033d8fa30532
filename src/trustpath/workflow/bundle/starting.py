"""What a bundle is started with: found in the facts, from what a person names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trustpath.base import names
from trustpath.base.addresses import canonical_address
from trustpath.base.errors import InputError
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance
from trustpath.rules.judge import Engine
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.source import latest

_TLSA = "SELECT DISTINCT name FROM tlsa WHERE host = ?"
_CAA = "SELECT owner FROM caa_relevant WHERE name = ? AND owner IS NOT NULL"
_TAGS = "SELECT DISTINCT tag FROM caa WHERE name = ?"
_BOUND = "SELECT DISTINCT name FROM caa WHERE name = ? AND accounturi = ?"
_IDENTITIES = "SELECT identity FROM ca_identity WHERE ca = ? ORDER BY identity"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for; which fields count depends on the kind.

    ``ca``, ``method``, ``account`` and ``spki`` select certificates to replace, ``jobs`` name them.
    """

    kind: str
    jobs: tuple[str, ...] = ()
    issuer: str | None = None
    name: str | None = None
    addresses: tuple[str, ...] = ()
    port: int = 443
    ca: str | None = None
    method: str | None = None
    account: str | None = None
    spki: str | None = None
    new_key: bool = False
    reason: str | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """A bundle that can be started: its kind, what it is about, the arguments of its plan."""

    kind: str
    subject: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


def starting(wish: Wish, engine: Engine, ports: Ports) -> Start:
    """Return the start that a wish means; raises InputError for one that cannot be followed."""
    makers = {
        "key-rollover": _key_rollover,
        "change-ca": _change_ca,
        "endpoint-move": _endpoint_move,
        "change-account": _change_account,
        "replacement": _replacement,
    }
    if wish.kind not in makers:
        raise InputError(
            f"there is no bundle of kind {wish.kind!r}",
            where="KIND",
            hint="one of " + ", ".join(makers),
        )
    return makers[wish.kind](wish, engine, ports)


def _key_rollover(wish: Wish, engine: Engine, ports: Ports) -> Start:
    job = _job(wish, ports)
    owners = sorted({str(row[0]) for base in _bases(job) for row in engine.query(_TLSA, (base,))})
    if not owners:
        raise InputError(
            "none of its names has a TLSA record, so no key has to be announced",
            where=job.id,
            hint=f"trustpath cert renew --job {job.id} --force",
        )
    return Start(wish.kind, job.id, {"job": job.id, "tlsa": owners})


def _change_ca(wish: Wish, engine: Engine, ports: Ports) -> Start:
    job, issuer = _job(wish, ports), _issuer(wish, ports)
    now = latest(_orders(ports, job.id))
    former = now.ca if now else ports.connected.issuer(job.issuers[0]).spec.ca
    ca = issuer.spec.ca
    if ca == former:
        raise InputError(f"{job.id} has its certificate from {ca} already", where="--issuer")
    _named(job, issuer.spec.id)
    identities = _identities(engine, ca) or list(issuer.offer().identities)
    if not identities:
        raise InputError(
            f"no CAA name is known of {ca}", where="--issuer", hint="add caa to it under cas"
        )
    records: dict[str, list[str]] = {}
    for owner in _caa_owners(engine, job):
        tags = {str(row[0]) for row in engine.query(_TAGS, (owner,))}
        wild = "issuewild" in tags and any(map(names.is_wildcard, job.names))
        wanted = ["issue", "issuewild"] if wild else ["issue"]
        records[owner] = [f'0 {tag} "{identities[0]}"' for tag in wanted]
    return Start(
        wish.kind,
        f"{job.id} from {former} to {ca}",
        {
            "job": job.id,
            "issuer": issuer.spec.id,
            "ca": ca,
            "caa": records,
            "former": _identities(engine, former),
        },
    )


def _endpoint_move(wish: Wish, engine: Engine, ports: Ports) -> Start:
    del engine, ports
    if not wish.name or not wish.addresses:
        raise InputError("a move needs a name and its new addresses", where="--name")
    name = names.canonical(wish.name)
    if names.is_wildcard(name):
        raise InputError("a wildcard has no endpoint to look at", where="--name")
    addresses = [canonical_address(address) for address in wish.addresses]
    arguments = {"name": name, "addresses": addresses, "port": wish.port}
    return Start(wish.kind, name, arguments)


def _change_account(wish: Wish, engine: Engine, ports: Ports) -> Start:
    job, issuer = _job(wish, ports), _issuer(wish, ports)
    now = latest(_orders(ports, job.id))
    if now is None or now.account is None:
        raise InputError("it has no certificate that an account obtained", where=job.id)
    if issuer.spec.id == now.issuer:
        raise InputError(
            "the new account needs an issuer of its own, with a key file of its own",
            where="--issuer",
            hint="declare one for the same CA under issuers, and name it in the job",
        )
    _named(job, issuer.spec.id)
    owners = {
        str(row[0])
        for owner in _caa_owners(engine, job)
        for row in engine.query(_BOUND, (owner, now.account))
    }
    arguments = {
        "job": job.id,
        "issuer": issuer.spec.id,
        "caa": sorted(owners),
        "former": now.issuer,
        "former_uri": now.account,
    }
    return Start(wish.kind, f"{job.id} from {now.issuer} to {issuer.spec.id}", arguments)


def _replacement(wish: Wish, engine: Engine, ports: Ports) -> Start:
    del engine
    chosen = [
        job.id
        for job in ports.jobs.values()
        if job.active and _meant(wish, job, latest(_orders(ports, job.id)))
    ]
    if not chosen:
        raise InputError("no job of the estate is meant", where="--job", hint="see cert list")
    event = "change-ca" if wish.issuer else "rekey" if wish.new_key or wish.spki else "renew"
    said = [wish.ca, wish.method, wish.account, wish.spki]
    what = ", ".join(text for text in said if text) or f"{len(chosen)} jobs"
    subject = f"drill: {what}" if wish.drill else what
    arguments = {
        "jobs": chosen,
        "event": event,
        "issuer": wish.issuer,
        "reason": wish.reason,
        "drill": wish.drill,
    }
    return Start(wish.kind, subject, arguments)


def _meant(wish: Wish, job: JobPlan, now: Issuance | None) -> bool:
    if wish.jobs and job.id not in wish.jobs:
        return False
    if now is None or not now.fingerprint:
        return False
    pairs = (
        (wish.ca, now.ca),
        (wish.method, now.method),
        (wish.account, now.account),
        (wish.spki, now.spki),
    )
    return all(wanted is None or wanted == held for wanted, held in pairs)


def _job(wish: Wish, ports: Ports) -> JobPlan:
    if len(wish.jobs) != 1:
        raise InputError("this is about one job", where="--job")
    found = ports.jobs.get(wish.jobs[0])
    if found is None:
        raise InputError(
            f"no job {wish.jobs[0]!r} of the estate has issuers",
            where="--job",
            hint="known are " + (", ".join(sorted(ports.jobs)) or "none"),
        )
    return found


def _issuer(wish: Wish, ports: Ports) -> Any:
    if not wish.issuer:
        raise InputError("it needs the issuer to go to", where="--issuer")
    return ports.connected.issuer(wish.issuer)


def _named(job: JobPlan, issuer: str) -> None:
    if issuer not in job.issuers:
        raise InputError(
            f"the job {job.id} does not name the issuer {issuer}",
            where=job.where,
            hint="add it to its issuers in the estate file, the last in the list",
        )


def _orders(ports: Ports, job: str) -> Sequence[Issuance]:
    with ports.store.reading() as reader:
        return reader.orders(job=job)


def _bases(job: JobPlan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.base(name) for name in job.names))


def _caa_owners(engine: Engine, job: JobPlan) -> list[str]:
    return sorted({str(row[0]) for base in _bases(job) for row in engine.query(_CAA, (base,))})


def _identities(engine: Engine, ca: str) -> list[str]:
    return [str(row[0]) for row in engine.query(_IDENTITIES, (ca,))]
