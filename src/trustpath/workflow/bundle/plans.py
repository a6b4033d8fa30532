"""The plans of bundles: which steps in which order, as data.

Each order is chosen so that whoever holds a legally cached answer sees no mismatch after any
prefix of the steps, forward or back; tests/property/test_bundle_model.py checks it against clients
with caches and servers that lag. The pivot is the first step that takes away what going back needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trustpath.facts.bundle import Bundle, Step, Verb

Plan = tuple[tuple[Step, ...], int]
"""Steps and the number of the pivot."""


def key_rollover(job: str, tlsa: Iterable[str]) -> Plan:
    """Roll the key of a job whose names have TLSA records (RFC 7671 8.1, 8.4).

    ``tlsa`` are the owner names. The next key is announced beside the present one, twice the TTL
    passes, then it is used; the old one is withdrawn once nobody can be served it any more.
    """
    names = sorted(tlsa)
    steps = (
        Step(Verb.PREPARE, f"make the next key of {job}", {"job": job}, undoable=True),
        Step(
            Verb.CHANGE,
            "announce the next key",
            {"make": "tlsa-add", "names": names, "key": 0},
            undoable=True,
        ),
        Step(Verb.WAIT, "until no cache lacks the next key", {"after": 1}),
        Step(
            Verb.ORDER,
            f"obtain the certificate of {job}, use it, see it everywhere",
            {"job": job, "event": "rekey", "key": 0, "rest": 1},
            undoable=True,
        ),
        Step(Verb.WAIT, "until the new key has been served for a while", {"after": 3}),
        Step(
            Verb.CHANGE,
            "withdraw the old key",
            {"make": "tlsa-withdraw", "names": names, "key": 0},
        ),
    )
    return steps, 4


def change_ca(
    job: str, issuer: str, ca: str, caa: Mapping[str, Sequence[str]], former: Iterable[str]
) -> Plan:
    """Move a job to another CA; ``caa`` maps owners of CAA sets to the records that let it in.

    ``former`` are the issuer domain names of the old CA: it stays permitted until the new
    certificate is seen everywhere.
    """
    widened = {owner: list(texts) for owner, texts in sorted(caa.items())}
    steps = (
        Step(
            Verb.CHANGE,
            f"permit {ca} in CAA",
            {"make": "caa-widen", "records": widened},
            undoable=True,
        ),
        Step(Verb.WAIT, "until no CA holds the old CAA", {"after": 0}),
        Step(
            Verb.ORDER,
            f"obtain the certificate from {issuer}, use it, see it everywhere",
            {"job": job, "event": "change-ca", "issuer": issuer, "ca": ca},
            undoable=True,
        ),
        Step(
            Verb.CHANGE,
            "withdraw the old CA from CAA",
            {"make": "caa-narrow", "names": sorted(widened), "drop": sorted(former)},
        ),
        Step(Verb.WAIT, "until every CA follows the new CAA", {"after": 3}),
    )
    return steps, 3


def endpoint_move(name: str, addresses: Iterable[str], port: int) -> Plan:
    """Move a name to other addresses, whose endpoints are proven before the record moves.

    The old endpoints are to serve on through the stale window; only after it may they be released.
    """
    wanted = sorted(addresses)
    place = {"name": name, "port": port, "addresses": wanted}
    steps = (
        Step(Verb.PROVE, "see the new endpoints serve the name", place),
        Step(
            Verb.CHANGE,
            f"point {name} to {', '.join(wanted)}",
            {"make": "addresses", "name": name, "addresses": wanted},
            undoable=True,
        ),
        Step(Verb.PROVE, "see the name served there", place),
        Step(Verb.WAIT, "until nobody uses the old addresses", {"after": 1}),
        Step(Verb.PROVE, "see it once more; the old addresses may be released", place),
    )
    return steps, len(steps)


def change_account(job: str, issuer: str, caa: Iterable[str], former: str, former_uri: str) -> Plan:
    """Move a job to another ACME account under CAA accounturi (RFC 8657 3).

    ``issuer`` has the new account, ``former`` the old one of the given URI; ``caa`` are the owners
    of CAA sets that name it.
    """
    owners = sorted(caa)
    steps = (
        Step(Verb.REGISTER, f"make the account of {issuer}", {"issuer": issuer}),
        Step(
            Verb.CHANGE,
            "permit the new account in CAA",
            {"make": "account-widen", "names": owners, "former": former_uri, "account": 0},
            undoable=True,
        ),
        Step(Verb.WAIT, "until no CA holds the old CAA", {"after": 1}),
        Step(
            Verb.ORDER,
            "obtain a certificate with it, use it, see it everywhere",
            {"job": job, "event": "change-account", "issuer": issuer, "account": 0},
            undoable=True,
        ),
        Step(
            Verb.CHANGE,
            "withdraw the old account from CAA",
            {"make": "account-narrow", "names": owners, "former": former_uri},
        ),
        Step(Verb.WAIT, "until every CA follows the new CAA", {"after": 4}),
        Step(Verb.DEACTIVATE, f"end the account of {former}", {"issuer": former, "job": job}),
    )
    return steps, 4


def replacement(
    jobs: Iterable[str], *, event: str, issuer: str | None, reason: str | None, drill: bool
) -> Plan:
    """Replace the certificates of many jobs, each on its own; one that fails stops no other.

    ``event`` is ``renew`` or, for a new key or CA, ``rekey`` or ``change-ca``. With a ``reason``
    what was replaced is revoked once its successor is seen everywhere; a drill revokes nothing.
    """
    steps = tuple(
        Step(
            Verb.REPLACE,
            f"replace the certificate of {job}",
            {
                "job": job,
                "event": event,
                "issuer": issuer,
                "reason": None if drill else reason,
            },
            alone=True,
        )
        for job in dict.fromkeys(jobs)
    )
    return steps, len(steps)


PLANS: Mapping[str, Callable[..., Plan]] = {
    "key-rollover": key_rollover,
    "change-ca": change_ca,
    "endpoint-move": endpoint_move,
    "change-account": change_account,
    "replacement": replacement,
}
"""The plans by their names."""


def build(
    identity: str, kind: str, subject: str, actor: str, now: int, /, **arguments: Any
) -> Bundle:
    """Return a bundle of a kind that starts now."""
    steps, pivot = PLANS[kind](**arguments)
    return Bundle(identity, kind, subject, actor, steps, pivot, created_at=now, updated_at=now)
