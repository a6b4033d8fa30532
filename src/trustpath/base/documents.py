"""YAML 1.1 documents from people and from outside, read within bounds.

The C loader of PyYAML is fast but composes nested collections recursively without a limit, so a
few kilobytes of brackets end the whole process; aliases multiply, duplicate keys vanish silently.
Here the shape is bounded before anything is composed, aliases are paid for each time they are
used, and a key that is written twice is an error. Values have the types that YAML 1.1 safe
loading gives them. JSON is read as well, being nearly a subset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from trustpath.base.errors import InputError, LimitError

Path: TypeAlias = tuple[str | int, ...]
TagReader: TypeAlias = Callable[[str, str], Any]
"""Gives the value of a scalar with an application tag, from its text and its place (file:line)."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_STR, _MERGE = _PREFIX + "str", _PREFIX + "merge"
# A block collection starts at a column that only indentation and indicators lead up to, so that
# a document without a long run of these and with few brackets is shallow enough for the stack of
# the C loader; the exact limit is checked when values are built.
_LONG_RUN = re.compile(rb"[ \t\-?:]{48}")
_FEW_BRACKETS = 48
_TIMESTAMP = _PREFIX + "timestamp"
_SCALARS: dict[str, Callable[[SafeConstructor, Any], Any]] = {
    _PREFIX + "null": SafeConstructor.construct_yaml_null,
    _PREFIX + "bool": SafeConstructor.construct_yaml_bool,
    _PREFIX + "int": SafeConstructor.construct_yaml_int,
    _PREFIX + "float": SafeConstructor.construct_yaml_float,
    _PREFIX + "binary": SafeConstructor.construct_yaml_binary,
    _TIMESTAMP: SafeConstructor.construct_yaml_timestamp,
    _PREFIX + "value": SafeConstructor.construct_yaml_str,
    _STR: SafeConstructor.construct_yaml_str,
}


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Bounds of one file: octets, nesting levels, and nodes after aliases are expanded."""

    octets: int = 32 * 1024 * 1024
    depth: int = 64
    nodes: int = 2_000_000


DEFAULT_LIMITS: Final = DocumentLimits()


class LineIndex:
    """Finds the line on which something was written; costs nothing until it is asked."""

    __slots__ = ("_root",)

    def __init__(self, root: Node | None) -> None:
        self._root = root

    def line(self, path: Path) -> int | None:
        """Return the line (from 1) of the key or item at ``path``.

        Where the path leads further than the document does (a key that is missing), this is the
        line of what it reached; None only for an empty document.
        """
        node = self._root
        if node is None:
            return None
        line = node.start_mark.line
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line + 1


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode):
        if isinstance(step, int) and 0 <= step < len(node.value):
            item = node.value[step]
            return item.start_mark.line, item
        return None
    if not isinstance(node, MappingNode):
        return None
    merged: list[Node] = []
    found: tuple[int, Node] | None = None
    for key, value in node.value:
        if key.tag == _MERGE:
            merged.extend(value.value if isinstance(value, SequenceNode) else [value])
        elif isinstance(key, ScalarNode) and (key.value == step or _same_key(key, step)):
            found = key.start_mark.line, value
    if found is None:
        for other in merged:
            found = found or _child(other, step)
    return found


def _same_key(key: ScalarNode, step: str | int) -> bool:
    if key.tag == _STR:
        return False
    try:
        return bool(_SCALARS[key.tag](SafeConstructor(), key) == step)
    except (KeyError, ValueError):
        return False


def load_yaml(
    data: bytes,
    where: str,
    *,
    limits: DocumentLimits = DEFAULT_LIMITS,
    tags: Mapping[str, TagReader] | None = None,
    duplicates: MutableSequence[InputError] | None = None,
) -> tuple[Any, LineIndex]:
    """Read the one document in ``data``; an empty one is None.

    ``where`` names the file in messages. ``tags`` reads scalars with application tags
    (``!include``); any other unknown tag is an error. With ``duplicates`` given, a key that is
    written twice is noted there and the last value stands; without, it is an error.

    Raises LimitError beyond a limit and InputError for anything else, both with file and line.
    """
    nodes = _compose(data, where, limits)
    if len(nodes) > 1:
        raise InputError(
            "more than one document in this file",
            where=_place(where, nodes[1]),
            hint="keep one, without --- between",
        )
    root = nodes[0] if nodes else None
    builder = _Builder(where, limits, tags or {}, duplicates)
    return (None if root is None else builder.build(root)), LineIndex(root)


def load_yaml_all(
    data: bytes, where: str, *, limits: DocumentLimits = DEFAULT_LIMITS
) -> list[tuple[Any, LineIndex]]:
    """Read every document in ``data``, as ``load_yaml`` reads one."""
    builder = _Builder(where, limits, {}, None)
    return [(builder.build(node), LineIndex(node)) for node in _compose(data, where, limits)]


def _place(where: str, node: Node) -> str:
    return f"{where}:{node.start_mark.line + 1}"


def _compose(data: bytes, where: str, limits: DocumentLimits) -> list[Node]:
    if len(data) > limits.octets:
        raise LimitError(
            f"{len(data)} octets, and at most {limits.octets} are read",
            where=where,
            hint="split the file",
        )
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "not UTF-8", where=f"{where}:{line}", hint="save the file as UTF-8"
        ) from error
    try:
        _bound_shape(data, where, limits)
        loader = _LOADER(data)
        try:
            nodes: list[Node] = []
            while loader.check_node():
                nodes.append(loader.get_node())
            return nodes
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _readable(error, data, where) from error


def _bound_shape(data: bytes, where: str, limits: DocumentLimits) -> None:
    """Refuse what is too deep or too large, without building any of it."""
    brackets = data.count(b"[") + data.count(b"{")
    marks = brackets + sum(data.count(mark) for mark in (b"\n", b"\r", b",", b":", b"- ", b"?"))
    if brackets < _FEW_BRACKETS and marks < limits.nodes and not _LONG_RUN.search(data):
        return
    loader = _LOADER(data)
    depth = nodes = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                continue
            nodes += 1
            if depth > limits.depth or nodes > limits.nodes:
                what = "nests deeper" if depth > limits.depth else "holds more nodes"
                bound = limits.depth if depth > limits.depth else limits.nodes
                raise LimitError(
                    f"{what} than {bound}",
                    where=f"{where}:{event.start_mark.line + 1}",
                    hint="split the file or flatten it",
                )
    finally:
        loader.dispose()


def _readable(error: yaml.YAMLError, data: bytes, where: str) -> InputError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}" if mark else where
        if mark and _tab_indents(data, mark.line):
            return InputError(
                "indented by a tab, which YAML does not allow", where=place, hint="indent by spaces"
            )
        context = f" {error.context}" if error.context else ""
        return InputError(f"no valid YAML: {error.problem}{context}", where=place)
    position = getattr(error, "position", None)
    place = where
    if isinstance(position, int):
        line = data.count(b"\n", 0, position) + 1
        place = f"{where}:{line}"
    return InputError(
        f"no valid YAML: {getattr(error, 'reason', None) or error}",
        where=place,
        hint="remove control characters",
    )


def _tab_indents(data: bytes, line: int) -> bool:
    lines = data.splitlines()
    return line < len(lines) and b"\t" in lines[line][: -len(lines[line].lstrip()) or None]


class _Builder:
    """Turns composed nodes into values, each alias paid for as often as it is used."""

    def __init__(
        self,
        where: str,
        limits: DocumentLimits,
        tags: Mapping[str, TagReader],
        duplicates: MutableSequence[InputError] | None,
    ) -> None:
        self._where = where
        self._depth = limits.depth
        self._left = limits.nodes
        self._limit = limits.nodes
        self._tags = tags
        self._duplicates = duplicates
        self._scalars = SafeConstructor()

    def build(self, node: Node, depth: int = 0) -> Any:
        if isinstance(node, ScalarNode):
            return node.value if node.tag == _STR else self._scalar(node)
        self._left -= len(node.value) + 1
        if self._left < 0:
            raise LimitError(
                f"aliases expand to more than {self._limit} nodes",
                where=_place(self._where, node),
                hint="write the values out or use fewer aliases",
            )
        if depth >= self._depth:
            raise LimitError(
                f"nests deeper than {self._depth}, or contains itself",
                where=_place(self._where, node),
                hint="flatten it and look at its aliases",
            )
        if isinstance(node, MappingNode):
            self._expect(node, "map")
            return self._mapping(node, depth + 1)
        self._expect(node, "seq")
        build, inner = self.build, depth + 1
        return [build(item, inner) for item in node.value]

    def _expect(self, node: Node, kind: str) -> None:
        if node.tag != _PREFIX + kind:
            raise self._unknown_tag(node)

    def _unknown_tag(self, node: Node) -> InputError:
        return InputError(
            f"unknown tag {node.tag!r}",
            where=_place(self._where, node),
            hint="write plain values, lists and mappings",
        )

    def _scalar(self, node: ScalarNode) -> Any:
        reader = self._tags.get(node.tag)
        if reader is not None:
            return reader(node.value, _place(self._where, node))
        construct = _SCALARS.get(node.tag)
        if construct is None:
            raise self._unknown_tag(node)
        try:
            return construct(self._scalars, node)
        except (ValueError, KeyError, OverflowError, yaml.YAMLError) as error:
            if node.tag == _TIMESTAMP:
                raise InputError(
                    f"{node.value[:60]!r} is no date of the calendar",
                    where=_place(self._where, node),
                    hint="correct it, such as 2026-11-24, or quote it if it is text",
                ) from error
            raise InputError(
                f"{node.value[:60]!r} cannot be read as {node.tag.removeprefix(_PREFIX)}",
                where=_place(self._where, node),
                hint="quote it if it is text",
            ) from error

    def _mapping(self, node: MappingNode, depth: int) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                for key, value in self._merge(value_node, depth).items():
                    merged.setdefault(key, value)
                continue
            if not isinstance(key_node, ScalarNode):
                raise InputError(
                    "a key must be a plain value, not a list or a mapping",
                    where=_place(self._where, key_node),
                )
            key = key_node.value if key_node.tag == _STR else self._scalar(key_node)
            if key in own:
                self._duplicate(node, key_node, key)
            own[key] = self.build(value_node, depth)
        return merged | own if merged else own

    def _merge(self, node: Node, depth: int) -> dict[Any, Any]:
        """Return what ``<<`` adds: a mapping, or a list of them where the first one wins."""
        value = self.build(node, depth)
        parts = value if isinstance(value, list) else [value]
        merged: dict[Any, Any] = {}
        for part in reversed(parts):
            if not isinstance(part, dict):
                raise InputError(
                    "<< takes a mapping or a list of mappings", where=_place(self._where, node)
                )
            merged |= part
        return merged

    def _duplicate(self, node: MappingNode, again: ScalarNode, key: object) -> None:
        first = next(
            k for k, _ in node.value if k.value == again.value or _same_key(k, again.value)
        )
        error = InputError(
            f"key {key!r} is written twice, first on line {first.start_mark.line + 1}",
            where=_place(self._where, again),
            hint="keep one of them",
        )
        if self._duplicates is None:
            raise error
        self._duplicates.append(error)
