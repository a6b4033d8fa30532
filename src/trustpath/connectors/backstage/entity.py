"""Entities of a Backstage catalogue and references between them.

An entity reference is ``[kind:][namespace/]name``, without regard to case. An owner id is the
name of a Group of the default namespace; anything else keeps its namespace or kind before it:
``payments/core``, ``user:ann``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trustpath.base.documents import LineIndex
from trustpath.base.errors import InputError

_NAME = r"[a-z0-9](?:[a-z0-9_.-]{0,61}[a-z0-9])?"
_REFERENCE = re.compile(rf"(?:(?P<kind>[a-z]+):)?(?:(?P<namespace>{_NAME})/)?(?P<name>{_NAME})")
ANNOTATION = "trustpath.io/"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference points at, all lower case."""

    kind: str
    namespace: str
    name: str

    @property
    def owner(self) -> str:
        """The owner id that stands for the entity."""
        local = self.name if self.namespace == "default" else f"{self.namespace}/{self.name}"
        return local if self.kind == "group" else f"{self.kind}:{local}"


@dataclass(frozen=True, slots=True)
class Entity:
    """One document of a catalogue file that has the shape of an entity; ``where`` is file:line."""

    reference: Reference
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]
    where: str

    def annotation(self, key: str) -> str | None:
        """Return an annotation of ours as text; raises InputError for one that is no text."""
        annotations = _mapping(self.metadata, "annotations", self.where)
        value = annotations.get(ANNOTATION + key)
        if value is None or isinstance(value, str):
            return value
        raise InputError(
            f"annotation {ANNOTATION}{key} is no text", where=self.where, hint="quote its value"
        )

    def listed(self, key: str) -> tuple[str, ...]:
        """Return the words of an annotation of ours, separated by commas or spaces."""
        return tuple(dict.fromkeys((self.annotation(key) or "").replace(",", " ").split()))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts of the spec; raises InputError for anything else."""
        value = self.spec.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InputError(f"spec.{key} is no list of names", where=self.where)
        return tuple(value)

    def part(self, key: str) -> Mapping[str, Any]:
        """Return a mapping of the spec, empty where it is absent."""
        return _mapping(self.spec, key, self.where)

    def links(self) -> tuple[tuple[str, str], ...]:
        """Return (type, url) of the links; the type is empty where it is not stated."""
        value = self.metadata.get("links")
        if value is None:
            return ()
        if not isinstance(value, list):
            raise InputError("metadata.links is no list", where=self.where)
        found = []
        for link in value:
            if not isinstance(link, Mapping) or not isinstance(link.get("url"), str):
                raise InputError("a link without a url", where=self.where)
            found.append((str(link.get("type") or "").lower(), link["url"]))
        return tuple(found)


def reference(text: str, where: str, *, kind: str = "group") -> Reference:
    """Return the parsed reference, with ``kind`` where it names none; raises InputError."""
    match = _REFERENCE.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(
            f"{text[:80]!r} is no entity reference", where=where, hint="write group:default/web"
        )
    return Reference(match["kind"] or kind, match["namespace"] or "default", match["name"])


def entity(document: Any, lines: LineIndex, file: str) -> Entity | None:
    """Return the entity in a document, None for an empty one; raises InputError."""
    if document is None:
        return None
    where = f"{file}:{lines.line(()) or 1}"
    if not isinstance(document, Mapping) or not isinstance(document.get("kind"), str):
        raise InputError(
            "no catalogue entity: kind is missing",
            where=where,
            hint="apiVersion, kind, metadata and spec make an entity",
        )
    metadata = _mapping(document, "metadata", where)
    name, namespace = metadata.get("name"), metadata.get("namespace") or "default"
    if not isinstance(name, str) or not isinstance(namespace, str):
        raise InputError("metadata.name is missing or no text", where=where, hint="name the entity")
    return Entity(
        reference(f"{document['kind']}:{namespace}/{name}", where),
        metadata,
        _mapping(document, "spec", where),
        where,
    )


def _mapping(parent: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(f"{key} is no mapping", where=where)
    return value
