"""Table shapes derived from the relations: one place that knows columns and keys."""

from __future__ import annotations

import re
import types
import typing
from dataclasses import dataclass

from trustpath.facts.relations import RELATIONS

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# The columns by which rules and links look rows up; the first of a relation leads its natural key.
INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "hosting_suffix": (("suffix",),),
    "zone": (("apex",),),
    "rrset": (("name", "type"), ("parent",), ("rname",), ("zone", "type")),
    "rdata": (("name", "type"), ("target",), ("address_key",)),
    "occluded": (("name", "type"),),
    "caa": (("name",),),
    "caa_method": (("name",),),
    "tlsa": (("host",), ("name",)),
    "ds": (("name",),),
    "dnskey": (("name",),),
    "dnskey_digest": (("name",),),
    "rrsig": (("name",),),
    "svcb": (("name",), ("host",), ("target",)),
    "srv": (("domain",), ("target",)),
    "persist": (("base",),),
    "validation_name": (("base",), ("name",)),
    "trust_function": (("name", "type"),),
    "mail_policy_record": (("domain",),),
    "mail_authentication": (("name",), ("domain",)),
    "answer": (("name", "type"),),
    "answer_rdata": (("name", "type"), ("target",)),
    "certificate": (("fingerprint",), ("spki",), ("not_after",), ("issuer_organisation",)),
    "certificate_name": (("certificate",), ("name",), ("base",), ("parent",)),
    "certificate_timestamp": (("certificate",),),
    "certificate_path": (("certificate",),),
    "certificate_place": (("certificate",),),
    "presentation": (("address_key", "server_name"), ("leaf",), ("server_name",)),
    "presented_certificate": (("certificate",), ("address", "port", "server_name")),
    "revocation": (("serial",), ("certificate",)),
    "ct_entry": (("serial",), ("fingerprint",), ("log", "entry")),
    "ct_name": (("name",), ("log", "entry"), ("base",)),
    "service_name": (("name",), ("service",)),
    "service_network": (("service",),),
    "ownership": (("base", "kind"),),
    "job_name": (("name",), ("job",)),
    "intent": (("spki",), ("certificate",)),
    "intent_name": (("intent",), ("base",)),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, SQL type (``TEXT``, ``BIGINT``, ``BOOLEAN``) and nullability."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One relation as a table."""

    name: str
    relation: type
    fields: tuple[str, ...]
    """The names of the columns in their order."""
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...]
    doc: str

    def at(self, column: str) -> int:
        """Return the place of a column in a row; raises ValueError where there is none."""
        return self.fields.index(column)


_SQL_TYPES: dict[object, str] = {str: "TEXT", int: "BIGINT", bool: "BOOLEAN"}


def table_name(relation: type) -> str:
    """Return ``certificate_name`` for ``CertificateName``."""
    return _CAMEL.sub("_", relation.__name__).lower()


def _column(name: str, annotation: object) -> Column:
    arguments = typing.get_args(annotation)
    nullable = types.NoneType in arguments
    plain = next((a for a in arguments if a is not types.NoneType), annotation)
    return Column(name, _SQL_TYPES[plain], nullable)


def _table(relation: type) -> Table:
    name = table_name(relation)
    hints = typing.get_type_hints(relation)
    fields: tuple[str, ...] = relation._fields  # type: ignore[attr-defined]
    return Table(
        name=name,
        relation=relation,
        fields=fields,
        columns=tuple(_column(field, hints[field]) for field in fields),
        indexes=INDEXES.get(name, ()),
        doc=(relation.__doc__ or "").strip(),
    )


TABLES: tuple[Table, ...] = tuple(_table(relation) for relation in RELATIONS)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
BY_RELATION: dict[type, Table] = {table.relation: table for table in TABLES}
