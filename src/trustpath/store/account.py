"""Accounts at CAs in the store."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select

from trustpath.facts.account import KnownAccount, account_from
from trustpath.facts.change import plain
from trustpath.store.tables import ACT_ACCOUNT, put


def put_account(connection: Connection, account: KnownAccount) -> None:
    """Write an account, new or as it is now."""
    values = plain(account)
    put(connection, ACT_ACCOUNT, **{**values, "former": json.dumps(values["former"])})


def accounts(connection: Connection) -> Sequence[KnownAccount]:
    """Return every account that was registered here, in the order of registering."""
    query = select(ACT_ACCOUNT).order_by(ACT_ACCOUNT.c.registered_at, ACT_ACCOUNT.c.uri)
    rows = connection.execute(query).mappings()
    return [account_from({**row, "former": json.loads(row["former"])}) for row in rows]


def all_accounts(database: Engine) -> Sequence[KnownAccount]:
    """Return every account of a store."""
    with database.connect() as connection:
        return accounts(connection)
