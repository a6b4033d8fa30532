"""The relational schema of facts: one class a relation, one field a column.

A relation is a ``NamedTuple``: immutable, typed, and already the tuple that the store binds.
Column types are ``str``, ``int`` and ``bool``, each possibly ``| None``; ``None`` always means
*not known* or *has no such part*, never "no". Instants and durations are whole seconds. Names are
canonical (``trustpath.base.names``). The store adds the part that said it and the validity
interval; nothing here is a conclusion.
"""

from __future__ import annotations

from typing import TypeAlias

from trustpath.facts.relations import (
    automation,
    certificate,
    declaration,
    dns,
    policy,
    presentation,
    resolution,
    revocation,
    transparency,
)

Fact: TypeAlias = tuple[object, ...]

MODULES = (
    dns,
    resolution,
    certificate,
    presentation,
    revocation,
    transparency,
    declaration,
    automation,
    policy,
)

RELATIONS: tuple[type, ...] = tuple(
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type)
    and issubclass(value, tuple)
    and hasattr(value, "_fields")
    and value.__module__ == module.__name__
)
