"""The ledger entries of issuances: one kind for each act, the issuance's id as subject."""

from __future__ import annotations

from typing import Any

from trustpath.facts.change import plain
from trustpath.facts.order import Issuance
from trustpath.ledger.entry import Entry

LISTED = 200
"""Items of a list that an entry holds."""


def entry(issuance: Issuance, kind: str, actor: str, at: int, **details: Any) -> Entry:
    """Return the entry of an act on an issuance; what is not known is left out."""
    body: dict[str, Any] = {
        "job": issuance.job,
        "state": issuance.state.value,
        "spki": issuance.spki,
    }
    if issuance.fingerprint:
        body["certificate"] = issuance.fingerprint
    for key, value in details.items():
        if isinstance(value, list | tuple) and len(value) > LISTED:
            body[f"{key}_in_all"] = len(value)
            value = value[:LISTED]  # noqa: PLW2901
        if value not in (None, "", (), []):
            body[key] = plain(value)
    return Entry(at, actor, f"certificate.{kind}", issuance.id, body)


def intent(issuance: Issuance, actor: str) -> Entry:
    """Return the entry of an intent: everything that the certificate to come is matched by."""
    return entry(
        issuance,
        "intent",
        actor,
        issuance.created_at,
        names=issuance.names,
        issuer=issuance.issuer,
        ca=issuance.ca,
        account=issuance.account,
        method=issuance.method,
        profile=issuance.profile,
        replaces=issuance.replaces,
        change=issuance.change,
        adopted=issuance.adopted or None,
    )
