"""Shapes: one declaration of what a part of the estate file looks like.

From a shape come the parsed values (``Reading.read``), every fault with its path, and the JSON
Schema that is published. Keeping the three in one place is what keeps them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from trustpath.base.documents import Path
from trustpath.base.errors import InputError
from trustpath.facts.estate.faults import Fault, nearest

Json: TypeAlias = dict[str, Any]
Entry: TypeAlias = Mapping[str, Any]
"""A parsed record: every key of its shape is there, absent ones as their default."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. ``read`` returns the parsed value or raises InputError.

    ``expected`` completes "expected ...". ``refers`` names what kind of id the value refers to,
    ``defines`` what kind it introduces; both are checked over the whole document.
    """

    expected: str
    json: Json
    read: Callable[[Any], Any]
    refers: str | None = None
    defines: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a record. ``default`` is the parsed value where the key is absent."""

    key: str
    shape: Shape
    default: Any = None
    required: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with these keys and no others; with ``open`` other keys are kept as written.

    ``short`` names the field that a bare value stands for: ``443`` for ``{port: 443}``. With
    ``blanks`` a key without a value counts as absent; elsewhere it is a fault like any other.
    """

    what: str
    fields: tuple[Field, ...]
    short: str | None = None
    open: bool = False
    blanks: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of such items."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping from free keys, read by ``key``, to values of one shape."""

    key: Scalar
    value: Shape


@dataclass(frozen=True, slots=True)
class Variants:
    """A record whose shape follows from the value of ``tag``; unknown tags take ``other``."""

    tag: str
    cases: Mapping[str, Record]
    other: Record


@dataclass(frozen=True, slots=True)
class Either:
    """A single text, or something with structure."""

    text: Scalar
    other: Listing | Record


Shape: TypeAlias = "Either | Scalar | Record | Listing | Table | Variants"


@dataclass(slots=True)
class Reading:
    """One pass over a document: parsed values out, faults, definitions and references collected."""

    faults: list[Fault] = field(default_factory=list)
    defined: dict[str, dict[str, Path]] = field(default_factory=dict)
    used: list[tuple[str, str, Path]] = field(default_factory=list)

    def read(self, shape: Shape, value: Any, path: Path) -> Any:
        """Return the parsed value; None where it is faulty, with the fault noted."""
        match shape:
            case Scalar():
                return self._scalar(shape, value, path)
            case Record():
                return self._record(shape, value, path)
            case Listing():
                return self._listing(shape, value, path)
            case Table():
                return self._table(shape, value, path)
            case Either():
                simple = isinstance(value, str)
                return self.read(shape.text if simple else shape.other, value, path)
            case Variants():
                return self._variants(shape, value, path)

    def unresolved(self, *, skip: frozenset[str] = frozenset()) -> None:
        """Note a fault for every reference to an id that nothing defines."""
        for kind, value, path in self.used:
            known = self.defined.get(kind, {})
            if kind not in skip and value not in known:
                self._fault(
                    path,
                    f"unknown {kind} {value!r}{nearest(value, known)}",
                    f"the id of one of the declared {_plural(kind)}",
                )

    def _fault(self, path: Path, message: str, expected: str) -> None:
        self.faults.append(Fault(path, message, expected))

    def _scalar(self, shape: Scalar, value: Any, path: Path) -> Any:
        try:
            parsed = shape.read(value)
        except InputError as error:
            hint = f"; {error.hint}" if error.hint and error.hint not in shape.expected else ""
            self._fault(path, error.message + hint, shape.expected)
            return None
        if shape.refers is not None:
            self.used.append((shape.refers, parsed, path))
        if shape.defines is not None:
            known = self.defined.setdefault(shape.defines, {})
            if parsed in known:
                message = f"{shape.defines} {parsed!r} is declared twice"
                self.faults.append(Fault(path, message, "a unique id", known[parsed]))
            known.setdefault(parsed, path)
        return parsed

    def _record(self, shape: Record, value: Any, path: Path) -> dict[str, Any] | None:
        if shape.short is not None and not isinstance(value, (Mapping, list)):
            only = next(f for f in shape.fields if f.key == shape.short)
            entry = {f.key: f.default for f in shape.fields}
            entry[shape.short] = self.read(only.shape, value, path)
            return entry
        if not isinstance(value, Mapping):
            self._fault(path, f"{_shown(value)} is no mapping", f"{shape.what} as a mapping")
            return None
        known = {f.key: f for f in shape.fields}
        entry = {}
        for key in value:
            if key in known:
                continue
            if shape.open and isinstance(key, str):
                entry[key] = value[key]
                continue
            meant = nearest(str(key), known)
            self._fault(
                (*path, key),
                f"unknown key {key!r}{meant}",
                f"a key of {shape.what}" if meant else "one of " + ", ".join(known),
            )
        for key, item in known.items():
            if key not in value or (shape.blanks and value[key] is None):
                entry[key] = item.default
                if item.required:
                    self._fault(path, f"{key} is missing", f"{shape.what} with a key {key}")
            else:
                entry[key] = self.read(item.shape, value[key], (*path, key))
        return entry

    def _listing(self, shape: Listing, value: Any, path: Path) -> tuple[Any, ...]:
        if not isinstance(value, list):
            self._fault(path, f"{_shown(value)} is no list", "a list")
            return ()
        return tuple(self.read(shape.item, item, (*path, i)) for i, item in enumerate(value))

    def _table(self, shape: Table, value: Any, path: Path) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self._fault(path, f"{_shown(value)} is no mapping", "a mapping")
            return {}
        return {
            self._scalar(shape.key, key, (*path, key)): self.read(shape.value, item, (*path, key))
            for key, item in value.items()
        }

    def _variants(self, shape: Variants, value: Any, path: Path) -> dict[str, Any] | None:
        tag = value.get(shape.tag) if isinstance(value, Mapping) else None
        return self._record(
            shape.cases.get(tag, shape.other) if isinstance(tag, str) else shape.other, value, path
        )


def _plural(kind: str) -> str:
    return f"{kind}s"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
