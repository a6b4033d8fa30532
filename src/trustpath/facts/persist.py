"""Persistent validation records: standing grants by DNS, in the plain and in the hashed form.

The form is that which the directory of the CA asks for: ``accountHashPrefix`` means hashed.
Standards: BR 3.2.2.4.22; draft-ietf-acme-dns-persist-01 (plain) and -02 (hashed).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.challenge_values import url64
from trustpath.facts.issuing import Account, Offer

ANY_DOMAIN = "*"
"""In place of the domain in a hash: the record can be told to belong to an account anywhere."""


def persist_record(name: str) -> str:
    """Return the owner name of the record; that of a wildcard is at its base."""
    return f"_validation-persist.{names.base(name)}"


def account_hash(domain: str, thumbprint: str, account: str) -> str:
    """Return the hash of an account for a domain (draft -02), SHA-256 in base64url.

    ``domain`` is a lower-case A-label name without a dot at its end, or ``ANY_DOMAIN``.
    """
    octets = domain.encode("ascii")
    if not 0 < len(octets) < 256:
        raise InputError(f"{domain!r} cannot be hashed", hint="a domain name, or * for any")
    hashed = bytes([len(octets)]) + octets + thumbprint.encode("ascii") + account.encode("ascii")
    return url64(hashlib.sha256(hashed).digest())


def account_value(name: str, account: Account, offer: Offer, *, any_domain: bool = False) -> str:
    """Return what ``accounturi`` has to be; raises InputError where the CA knows no such records.

    ``any_domain``: in the hashed form the same value for every domain.
    """
    if offer.persist_form == "plain":
        return account.uri
    if offer.persist_form != "hashed" or offer.hash_prefix is None:
        raise InputError(
            "the CA does not say that it takes persistent validation records",
            hint="validate by dns-01",
        )
    domain = ANY_DOMAIN if any_domain else names.base(name)
    digest = account_hash(domain, account.thumbprint, account.uri)
    return f"{offer.hash_prefix}sha-256/{digest}"


def persist_value(
    issuer: str, account: str, *, until: int | None = None, wildcard: bool = False
) -> str:
    """Return the text of the TXT record.

    ``account`` is what ``account_value`` gave; ``until`` the instant after which it is void;
    ``wildcard`` extends it to wildcards and names below.
    """
    parts = [issuer, f"accounturi={account}"]
    if wildcard:
        parts.append("policy=wildcard")
    if until is not None:
        parts.append(f"persistUntil={until}")
    return "; ".join(parts)


def persist_values(
    name: str,
    account: Account,
    offer: Offer,
    issuers: Sequence[str] = (),
    *,
    until: int | None = None,
    wildcard: bool = False,
) -> tuple[str, ...]:
    """Return for each issuer domain name that the CA takes the text of a record that it accepts.

    One of them is enough. ``issuers`` are those of a challenge; absent: those of the directory.
    """
    value = account_value(name, account, offer)
    return tuple(
        persist_value(issuer, value, until=until, wildcard=wildcard)
        for issuer in (issuers or offer.persist_names)
    )
