"""The store's tables, made from the relations; the migrations create exactly these."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from trustpath.facts import schema

METADATA = MetaData()

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
