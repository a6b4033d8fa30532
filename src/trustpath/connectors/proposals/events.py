"""``--cert-event FILE``: certificate events, in YAML or JSON, as a list under ``events``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from trustpath.base import names
from trustpath.base.clock import parse_instant
from trustpath.base.documents import DocumentLimits, LineIndex, load_yaml
from trustpath.base.errors import InputError
from trustpath.connectors.proposals.files import read_bounded
from trustpath.facts.proposal import EVENT_KINDS, CertificateEvent, Submission

DEFAULT_LIMITS = DocumentLimits(octets=4 << 20, depth=8, nodes=200_000)
MAX_EVENTS = 10_000

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_METHOD = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_REASONS = (
    "unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation",
    "certificateHold", "removeFromCRL", "privilegeWithdrawn", "aACompromise",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an event needs: all of ``needed``, one of ``one_of``; ``allowed`` may stand as well."""

    needed: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


_WHICH = ("certificate", "job")
_KINDS: Mapping[str, _Kind] = {
    "issue": _Kind(("names", "ca"), (), ("account", "method", "job", "service", "spki")),
    "renew": _Kind((), _WHICH, ("ca", "account", "method", "service", "spki")),
    "rekey": _Kind((), _WHICH, ("ca", "account", "method", "service", "spki")),
    "add-names": _Kind(("names",), _WHICH, ("ca", "account", "method", "service", "spki")),
    "remove-names": _Kind(("names",), _WHICH, ("ca", "account", "method", "service", "spki")),
    "change-ca": _Kind(("ca",), _WHICH, ("account", "method", "service", "spki")),
    "change-account": _Kind(("account",), _WHICH, ("ca", "method", "service")),
    "change-key": _Kind((), _WHICH, ("service", "spki")),
    "revoke": _Kind(("certificate",), (), ("reason", "job", "service")),
    "retire": _Kind((), (*_WHICH, "service"), ()),
}


def read_events(path: Path, limits: DocumentLimits = DEFAULT_LIMITS) -> Submission:
    """Return the events of a file; raises InputError with file and line."""
    return parse_events(read_bounded(path, limits.octets), str(path), limits)


def parse_events(data: bytes, where: str, limits: DocumentLimits = DEFAULT_LIMITS) -> Submission:
    """Return the events of a document; ``where`` names it. Raises InputError, LimitError."""
    document, lines = load_yaml(data, where, limits=limits)
    held: Mapping[Any, Any] = document if isinstance(document, dict) else {}
    listed = held.get("events")
    others = sorted(str(key) for key in held if key != "events")
    if listed is not None and others:
        raise InputError(f"unknown key {others[0][:40]!r}", where=where, hint="known is events")
    return Submission(f"certificate events {where}", events=listed_events(listed, where, lines))


def listed_events(listed: object, where: str, lines: LineIndex) -> tuple[CertificateEvent, ...]:
    """Return the events of a list that stands under ``events``; raises InputError with the line."""
    if not isinstance(listed, list) or not listed:
        raise InputError(
            "no list of events", where=where, hint="write events: and a list of them below"
        )
    if len(listed) > MAX_EVENTS:
        raise InputError(f"more than {MAX_EVENTS} events", where=where, hint="split the file")
    events: dict[str, CertificateEvent] = {}
    for index, item in enumerate(listed):
        event = _Reader(item, index, where, lines).event()
        if event.id in events:
            raise InputError(
                f"event id {event.id!r} is used twice",
                where=event.where,
                hint=f"first at {events[event.id].where}",
            )
        events[event.id] = event
    return tuple(events.values())


class _Reader:
    """One event of the list."""

    def __init__(self, item: object, index: int, where: str, lines: LineIndex) -> None:
        self._index = index
        self._file = where
        self._lines = lines
        self._item: Mapping[Any, Any] = item if isinstance(item, dict) else {}
        if not self._item:
            raise InputError(
                "an event is a mapping", where=self._at(), hint="write kind: and what it needs"
            )

    def _at(self, key: object = None) -> str:
        path: tuple[str | int, ...] = ("events", self._index)
        line = self._lines.line((*path, key) if isinstance(key, str) else path)
        return f"{self._file}:{line}" if line else self._file

    def event(self) -> CertificateEvent:
        item = self._item
        kind = item.get("kind")
        shape = _KINDS.get(kind) if isinstance(kind, str) else None
        if shape is None:
            raise InputError(
                f"{str(kind)[:40]!r} is no kind of event" if kind else "the event has no kind",
                where=self._at("kind"),
                hint=f"known are {', '.join(EVENT_KINDS)}",
            )
        self._check(str(kind), shape)
        values = {key: self._value(key, read) for key, read in _FIELDS.items() if key in item}
        values.setdefault("id", f"event-{self._index + 1}")
        return CertificateEvent(kind=str(kind), where=self._at(), **values)

    def _check(self, kind: str, shape: _Kind) -> None:
        item = self._item
        known = (*shape.needed, *shape.one_of, *shape.allowed, "id", "kind", "at", "by")
        for key in item:
            if key not in known:
                raise InputError(
                    f"{kind} takes no {str(key)[:40]!r}",
                    where=self._at(key),
                    hint=f"it takes {', '.join(sorted(set(known) - {'kind'}))}",
                )
        for key in shape.needed:
            if item.get(key) is None:
                raise InputError(f"{kind} needs {key}", where=self._at())
        if shape.one_of and all(item.get(key) is None for key in shape.one_of):
            raise InputError(f"{kind} needs {' or '.join(shape.one_of)}", where=self._at())

    def _value(self, key: str, read: Callable[[Any], Any]) -> Any:
        try:
            return read(self._item[key])
        except InputError as error:
            raise InputError(
                f"{key}: {error.message}", where=self._at(key), hint=error.hint
            ) from error


def _text(value: Any) -> str:
    if isinstance(value, str) and value and len(value) <= 2000 and value.isprintable():
        return value
    raise InputError(f"{str(value)[:60]!r} is no text", hint="put it in quotes")


def _names(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    found = sorted({names.canonical(_text(item)) for item in listed})
    if not found or "" in found:
        raise InputError("no list of domain names")
    return tuple(found)


def _digest(value: Any) -> str:
    text = _text(value).replace(":", "").lower()
    if not _HEX.fullmatch(text):
        raise InputError("no SHA-256 digest", hint="write 64 hexadecimal digits")
    return text


def _method(value: Any) -> str:
    text = _text(value)
    if not _METHOD.fullmatch(text):
        raise InputError(f"{text[:40]!r} is no method", hint="write dns-01, http-01 or br-7, say")
    return text


def _account(value: Any) -> str:
    text = _text(value)
    if ":" not in text or " " in text:
        raise InputError(f"{text[:60]!r} is no account URI", hint="write the URI the CA gave")
    return text


def _reason(value: Any) -> str:
    text = _text(value)
    if text not in _REASONS:
        raise InputError(
            f"{text[:40]!r} is no reason of RFC 5280 5.3.1", hint=f"known are {', '.join(_REASONS)}"
        )
    return text


def _instant(value: Any) -> int:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return int(moment.timestamp())
    if isinstance(value, date):
        return parse_instant(value.isoformat())
    return parse_instant(_text(value))


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "id": _text,
    "names": _names,
    "certificate": _digest,
    "job": _text,
    "service": _text,
    "ca": _text,
    "account": _account,
    "method": _method,
    "spki": _digest,
    "reason": _reason,
    "at": _instant,
    "by": _text,
}


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of one event: what each kind needs and may have."""
    texts = {key: {"type": "string", "minLength": 1} for key in _FIELDS}
    named: dict[str, Any] = {
        **texts,
        "names": {"type": ["array", "string"], "items": {"type": "string"}, "minItems": 1},
        "certificate": {"type": "string", "description": "SHA-256 of its DER, in hex."},
        "reason": {"enum": list(_REASONS)},
        "kind": {"enum": list(EVENT_KINDS)},
    }
    rules = []
    for kind, shape in _KINDS.items():
        known = ["id", "kind", "at", *shape.needed, *shape.one_of, *shape.allowed]
        then: dict[str, Any] = {
            "required": list(shape.needed),
            "propertyNames": {"enum": sorted(known)},
        }
        if shape.one_of:
            then["anyOf"] = [{"required": [key]} for key in shape.one_of]
        rules.append({"if": {"properties": {"kind": {"const": kind}}}, "then": then})
    return {"type": "object", "required": ["kind"], "properties": named, "allOf": rules}
