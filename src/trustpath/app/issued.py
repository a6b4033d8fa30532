"""What was issued and registered, as a source and as what the estate knows of its jobs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine as Database

from trustpath.base.clock import Clock
from trustpath.facts.estate import Estate
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.source import Source
from trustpath.store.account import all_accounts
from trustpath.store.order import all_orders


def issued(
    estate: Estate, database: Database, clock: Clock, folder: Path
) -> tuple[Estate, tuple[Source, ...]]:
    """Return the estate with what issuing knows of it, and the source, once anything was issued."""
    accounts = all_accounts(database)
    if accounts:
        from trustpath.workflow.certificate.account_facts import told_accounts

        estate = told_accounts(estate, accounts, _key_is_here)
    held = all_orders(database)
    if not held:
        return estate, ()
    from trustpath.workflow.certificate.source import IssuanceSource, told

    return told(estate, held, clock.now()), (IssuanceSource(held, clock, folder),)


def _key_is_here(spec: IssuerSpec) -> bool:
    """Say whether the file of an account's key is there; what is in it is for the CA to judge."""
    path = spec.options.get("account_key")
    return bool(path) and (spec.folder / str(path)).is_file()
