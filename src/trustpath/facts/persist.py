"""Persistent validation records: standing grants by DNS, in the plain and in the hashed form.

The form is that which the directory of the CA asks for: ``accountHashPrefix`` means hashed.
Standards: BR 3.2.2.4.22; draft-ietf-acme-dns-persist-01 (plain) and -02 (hashed).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from trustpath.base import names
from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.facts.challenge_values import url64
from trustpath.facts.issuing import Account, Offer
from trustpath.facts.relations.dns import Persist

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


def hashed_uris(base: str, account: str, prefix: str, keys: Iterable[str]) -> frozenset[str]:
    """Return the hashed URIs of an account by each of its keys, for a domain and for any."""
    return frozenset(
        f"{prefix}sha-256/{account_hash(domain, key, account)}"
        for key in keys
        for domain in (base, ANY_DOMAIN)
    )


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


@dataclass(frozen=True, slots=True)
class Grantee:
    """Whom a standing record has to name: a CA, and our account there.

    The form and the issuer domain names are those of ``offer``. ``former`` are the thumbprints of
    keys that the account had: a CA takes hashes by them as long as the account lives (draft -02).
    """

    account: Account
    offer: Offer
    former: tuple[str, ...] = ()

    def accounts(self, base: str, *, earlier: bool = True) -> frozenset[str]:
        """Return every ``accounturi`` that the CA takes for the account at a base name."""
        if self.offer.persist_form == "plain":
            return frozenset((self.account.uri,))
        if self.offer.hash_prefix is None:
            return frozenset()
        keys = (self.account.thumbprint, *(self.former if earlier else ()))
        return hashed_uris(base, self.account.uri, self.offer.hash_prefix, keys)

    def grants_us(self, row: Persist, *, earlier: bool = True) -> bool:
        """Say whether a record lets the account obtain from the CA; its end is not looked at."""
        ours = row.accounturi in self.accounts(row.base, earlier=earlier)
        return row.well_formed and row.issuer in self.offer.persist_names and ours

    def text(self, name: str, *, until: int | None = None, wildcard: bool = False) -> str:
        """Return the text of the record that has to be added for a name."""
        texts = persist_values(name, self.account, self.offer, until=until, wildcard=wildcard)
        return texts[0]

    def refusal(self, row: Persist, *, wildcard: bool, beyond: int) -> str | None:
        """Say why a record does not prove a name at an instant, None where it does.

        ``wildcard``: the name is one, or lies below that of the record.
        """
        if not row.well_formed or not row.until_valid:
            return "it is malformed"
        if row.issuer not in self.offer.persist_names:
            return f"it names {row.issuer}, not {'/'.join(self.offer.persist_names)}"
        if not self.grants_us(row):
            other = row.form != self.offer.persist_form
            return f"its accounturi is {'of another form' if other else 'not our account'}"
        if row.until is not None and row.until < beyond:
            return f"it ends {format_instant(row.until)}"
        if wildcard and not row.wildcard:
            return "it has no policy=wildcard"
        return None


def settled(offer: Offer, form: str | None, identities: Collection[str]) -> Offer:
    """Return an offer that says in what form, and for what issuers, standing records are.

    What the directory says counts; where it is silent, ``form`` and ``identities`` of the estate.
    Raises InputError where neither says a form, or a name of the CA.
    """
    found = replace(
        offer,
        persist_form=offer.persist_form or form,
        persist_names=offer.persist_names or tuple(sorted(identities)) or offer.identities,
    )
    if found.persist_form is None:
        raise InputError(
            "neither the CA nor the estate says that it takes standing records",
            hint="write persist_form for the CA under cas, or validate by dns-01",
        )
    if not found.persist_names:
        raise InputError("no issuer domain name of the CA is known", hint="write caa under cas")
    return found
