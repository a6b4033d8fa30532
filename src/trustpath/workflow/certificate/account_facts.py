"""What is known of our accounts at CAs, as facts in the place of what the estate says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from trustpath.base import names
from trustpath.facts.account import KnownAccount
from trustpath.facts.estate import Estate
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.persist import hashed_uris
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import AcmeAccount, Job


def told_accounts(
    estate: Estate, known: Iterable[KnownAccount], key_is_here: Callable[[IssuerSpec], bool]
) -> Estate:
    """Return the estate with the accounts as they are: status, terms, whether the key is here.

    Owner and the end of a binding stay as declared. A job that names no account has that of its
    first issuer. Hashed URIs for the names of its jobs stand beside an account, so that records
    which carry them are known as its own.
    """
    specs = {spec.id: spec for spec in estate.issuers}
    declared = {row.uri: row for row in estate.declarations if isinstance(row, AcmeAccount)}
    newest = {account.issuer: account for account in known}
    rows: list[Fact] = []
    for account in known:
        stated = declared.get(account.uri)
        spec = specs.get(account.issuer)
        current = newest[account.issuer].uri == account.uri
        here = current and spec is not None and key_is_here(spec)
        row = AcmeAccount(
            account.uri,
            account.ca,
            account.status,
            stated.owner if stated else estate.roles.get("pki"),
            account.terms_accepted,
            here,
            stated.eab_expires if stated else None,
        )
        rows.append(row)
        rows += (row._replace(uri=uri) for uri in _hashed(estate, account))
    ours = {account.uri for account in known}
    kept = (row for row in estate.declarations if getattr(row, "uri", None) not in ours)
    first = {job.id: newest[job.issuers[0]].uri for job in estate.jobs if job.issuers[0] in newest}
    return replace(estate, declarations=(*(_job(row, first) for row in kept), *rows))


def _job(row: Fact, first: dict[str, str]) -> Fact:
    if isinstance(row, Job) and row.account is None and row.id in first:
        return row._replace(account=first[row.id])
    return row


def _hashed(estate: Estate, account: KnownAccount) -> Iterator[str]:
    if account.hash_prefix is None:
        return
    jobs = [job for job in estate.jobs if account.issuer in job.issuers]
    bases = {names.base(name) for job in jobs for name in job.names}
    keys = (account.thumbprint, *account.former)
    found = {
        uri for base in bases for uri in hashed_uris(base, account.uri, account.hash_prefix, keys)
    }
    yield from sorted(found)
