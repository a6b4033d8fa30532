"""The store's tables, made from the relations; the migrations create exactly these."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
)

from trustpath.facts import schema

METADATA = MetaData()


def put(connection: Connection, table: Table, **values: Any) -> None:
    """Write a whole row, new or in place of the one with its primary key."""
    connection.execute(_replacing(table), values)


def next_number(connection: Connection, table: Table) -> int:
    """Return the number that the next row of a table of numbered ones has."""
    highest = connection.execute(select(func.max(table.c.number))).scalar_one()
    return int(highest or 0) + 1


@cache
def _replacing(table: Table) -> Insert:
    # Making the statement costs more than running it.
    return insert(table).prefix_with("OR REPLACE")


PART = Table(
    "source_part",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("view", Text, nullable=False),
    Index("source_part_key", "source", "name", unique=True),
)
"""One part of one source; facts and collections refer to it."""

COLLECTION = Table(
    "collection",
    METADATA,
    Column("part", Integer, ForeignKey("source_part.id"), nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("coverage", Text, nullable=False),
    Column("problems", Text, nullable=False),
    Column("gone", Boolean, nullable=False),
    Index("collection_part", "part", "observed_at"),
)
"""Each time a part was collected; problems as JSON, ``gone``: the source no longer has it."""

_TYPES = {"TEXT": Text, "BIGINT": BigInteger, "BOOLEAN": Boolean}


def _fact_table(shape: schema.Table) -> Table:
    name = f"fact_{shape.name}"
    return Table(
        name,
        METADATA,
        *(Column(c.name, _TYPES[c.type], nullable=c.nullable) for c in shape.columns),
        Column("part", Integer, ForeignKey("source_part.id"), nullable=False),
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_to", BigInteger, nullable=True),
        Index(f"{name}_part", "part", "valid_to"),
    )


FACTS: dict[str, Table] = {
    shape.name: _fact_table(shape) for shape in schema.TABLES if shape.name != "moment"
}
"""One table a relation: its columns, the part that said it, and [valid_from, valid_to)."""

LEDGER_ENTRY = Table(
    "ledger_entry",
    METADATA,
    Column("index", Integer, primary_key=True),
    Column("entry", LargeBinary, nullable=False),
)
"""The evidence log: canonical bytes by place, from 0 without gaps."""

LEDGER_NODE = Table(
    "ledger_node",
    METADATA,
    Column("position", Integer, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
)
"""Roots of the log's perfect subtrees, leaf hashes included, in the order they become complete."""

LEDGER_CHECKPOINT = Table(
    "ledger_checkpoint",
    METADATA,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    Column("published_at", BigInteger, nullable=True),
)
"""Signed heads of the log, and when the last of their publications succeeded."""

ACT_CHANGE = Table(
    "act_change",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("assessment", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reverts", Text, nullable=True),
    Column("emergency", Text, nullable=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=True),
    Column("applied_at", BigInteger, nullable=True),
    Column("safe_until", BigInteger, nullable=True),
    Column("review_due", BigInteger, nullable=True),
    Column("reviewed_at", BigInteger, nullable=True),
    Index("act_change_state", "state"),
    Index("act_change_origin", "origin"),
)
"""Changes (``facts.change.Change``); plan, assessment and outcome as JSON."""

ACT_CONSENT = Table(
    "act_consent",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("change", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("owner", Text, nullable=True),
    Column("digest", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("signature", Text, nullable=True),
    Index("act_consent_change", "change"),
    Index("act_consent_decision", "decision", "note", "at"),
)
"""Who decided what about a change, and the signatures over it; nothing is ever taken out."""

ACT_STEP = Table(
    "act_step",
    METADATA,
    Column("change", Text, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("zone", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
)
"""Each write of a change to a zone: what is known of it now. Its history is in the ledger."""

ACT_LOCK = Table(
    "act_lock",
    METADATA,
    Column("zone", Text, primary_key=True),
    Column("change", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
"""Which change writes to a zone now, and which process does it."""

ACT_EXCEPTION = Table(
    "act_exception",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=True),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("control", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("revoked_by", Text, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
)
"""Exceptions that were granted (``facts.change.Grant``)."""

ACT_ORDER = Table(
    "act_order",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("job", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("ca", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("spki", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("account", Text, nullable=True),
    Column("profile", Text, nullable=True),
    Column("change", Text, nullable=True),
    Column("replaces", Text, nullable=True),
    Column("url", Text, nullable=False),
    Column("challenge", Text, nullable=True),
    Column("chain", Text, nullable=False),
    Column("fingerprint", Text, nullable=True),
    Column("not_before", BigInteger, nullable=True),
    Column("not_after", BigInteger, nullable=True),
    Column("basis", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("registered_at", BigInteger, nullable=True),
    Column("issued_at", BigInteger, nullable=True),
    Column("deployed_at", BigInteger, nullable=True),
    Column("verified_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Column("revocation_reason", Text, nullable=True),
    Column("confirmed_at", BigInteger, nullable=True),
    Column("abandoned_at", BigInteger, nullable=True),
    Column("window", Text, nullable=True),
    Index("act_order_job", "job"),
    Index("act_order_state", "state"),
    Index("act_order_fingerprint", "fingerprint"),
)
"""Issuances (``facts.order.Issuance``); names, basis and window as JSON."""

APPROVED_ZONE = Table(
    "approved_zone",
    METADATA,
    Column("zone", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("serial", BigInteger, nullable=True),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
)
"""The content of a zone that somebody accepted as approved: compressed JSON."""

APPROVED_RRSET = Table(
    "approved_rrset",
    METADATA,
    Column("zone", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""What applied changes made of a zone since: JSON, null for an RRset that is to be absent."""

ZONE_POLL = Table(
    "zone_poll",
    METADATA,
    Column("zone", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("serial", BigInteger, nullable=True),
    Column("digest", Text, nullable=False),
)
"""What the last look for drift saw of a zone."""

ZONE_SEEN = Table(
    "zone_seen",
    METADATA,
    Column("zone", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""The content that a source showed then, compressed JSON: later looks ask for changes since."""

ACT_BUNDLE = Table(
    "act_bundle",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("pivot", Integer, nullable=False),
    Column("back", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", BigInteger, nullable=True),
    Column("problem", Text, nullable=False),
    Column("holder", Text, nullable=True),
    Column("lease", BigInteger, nullable=True),
    Index("act_bundle_state", "state"),
)
"""Bundles (``facts.bundle.Bundle``), and which process carries each until when."""

ACT_BUNDLE_STEP = Table(
    "act_bundle_step",
    METADATA,
    Column("bundle", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("verb", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("undoable", Boolean, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("started_at", BigInteger, nullable=True),
    Column("ended_at", BigInteger, nullable=True),
    Column("earliest", BigInteger, nullable=True),
    Column("problem", Text, nullable=False),
    Column("spent", Text, nullable=False, server_default=""),
)
"""The steps of bundles by place; arguments and result as JSON."""

ACT_ACCOUNT = Table(
    "act_account",
    METADATA,
    Column("uri", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("ca", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("thumbprint", Text, nullable=False),
    Column("former", Text, nullable=False),
    Column("terms_accepted", Boolean, nullable=True),
    Column("hash_prefix", Text, nullable=True),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
"""Accounts at CAs (``facts.account.KnownAccount``); earlier thumbprints as JSON, never a key."""
