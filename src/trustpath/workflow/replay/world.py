"""How a world changes from event to event; every step gives a new world, none is altered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit, Key, RecordSet, diff, record_set
from trustpath.workflow.replay.fixture import Event, ZoneChange
from trustpath.workflow.vectors.values import instant
from trustpath.workflow.vectors.world import record_sets

World = Mapping[str, Any]
_RELATIVE = re.compile(r"[+-]\d+[smhdw]|now")
_DEFAULTS = {
    "certificates": {"not_before": "-30d", "not_after": "+60d"},
    "ct": {"logged_at": "-1h", "not_before": "-1h", "not_after": "+89d"},
}
"""Instants that the notation supplies relative to the moment of reading; here they are facts."""
_KEYS: dict[str, dict[str, object]] = {
    "presentations": {"address": "", "port": 443, "name": "", "protocol": "tls", "vantage": "here"},
    "answers": {"name": "", "type": "A", "vantage": "here"},
}
"""What identifies an observation, with its values where none is given: a later one replaces it."""


def beginning(world: World, now: int, where: str) -> World:
    """Return a world whose instants are absolute and whose zones are lists of copies."""
    made = {
        section: _pinned(section, content, now, where)
        for section, content in world.items()
        if section != "zones"
    }
    zones = (world.get("zones") or {}).items()
    made["zones"] = {names.canonical(apex): _copies(given) for apex, given in zones}
    return made


def after(world: World, event: Event, where: str) -> World:
    """Return the world after an event; raises InputError where it cannot have happened."""
    where = f"{where}: {event.what}"
    made = dict(world)
    for change in event.dns:
        made["zones"] = _zones(made["zones"], change, where)
    for section, content in event.seen.items():
        brought = _pinned(section, content, event.at, where)
        made[section] = _merged(section, made.get(section), brought, where)
    return made


def edits_of(before: World, later: World) -> tuple[Edit, ...]:
    """Return what differs in the first copy of each zone: the one that we write."""
    found: list[Edit] = []
    for apex, copies in later["zones"].items():
        old = before["zones"][apex][0]["records"]
        if copies[0]["records"] != old:
            new = copies[0]["records"]
            found += diff(apex, dict(_content(apex, old)), dict(_content(apex, new)))
    return tuple(found)


def _copies(given: Any) -> list[dict[str, Any]]:
    return [_copy(one) for one in (given if isinstance(given, list) else [given])]


def _copy(given: Any) -> dict[str, Any]:
    whole = dict(given) if isinstance(given, Mapping) else {"records": given}
    return {**whole, "records": str(whole.get("records") or "")}


def _pinned(section: str, content: Any, now: int, where: str) -> Any:
    supplied = _DEFAULTS.get(section)
    if supplied and isinstance(content, Mapping):
        content = {k: None if v is None else {**supplied, **v} for k, v in content.items()}
    elif supplied:
        content = [{**supplied, **row} for row in content]
    return _absolute(content, now, where)


def _absolute(value: Any, now: int, where: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _absolute(item, now, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_absolute(item, now, where) for item in value]
    if isinstance(value, str) and _RELATIVE.fullmatch(value):
        return instant(value, now, where)
    return value


def _merged(section: str, old: Any, brought: Any, where: str) -> Any:
    if section in _KEYS:
        keys = [_identity(section, row) for row in brought]
        return [row for row in old or () if _identity(section, row) not in keys] + brought
    if section == "ct":
        return [*(old or ()), *brought]
    if section == "certificates":
        for name, given in brought.items():
            if given is None and name not in (old or {}):
                raise InputError(f"there is no certificate {name!r} to remove", where=where)
        made = {**(old or {}), **brought}
        return {name: given for name, given in made.items() if given is not None}
    return {**(old or {}), **brought}


def _identity(section: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name, default)) for name, default in _KEYS[section].items())


def _zones(zones: World, change: ZoneChange, where: str) -> World:
    copies = list(zones.get(change.zone) or ())
    places = [
        number for number, one in enumerate(copies) if change.source in (None, one.get("source"))
    ]
    if not places:
        raise InputError(f"there is no such copy of the zone {change.zone!r}", where=where)
    copy = copies[places[0]]
    content = dict(_content(change.zone, copy["records"]))
    copies[places[0]] = {**copy, "records": _text(_changed(content, change, where))}
    return {**zones, change.zone: copies}


def _content(apex: str, text: str) -> Iterator[tuple[Key, RecordSet]]:
    for name, kind, ttl, rdatas in record_sets(apex, text):
        yield (name, kind), record_set(ttl, rdatas)


def _text(content: Mapping[Key, RecordSet]) -> str:
    return "\n".join(
        f"{name}. {'' if kept.ttl is None else kept.ttl} {kind} {rdata}"
        for (name, kind), kept in content.items()
        for rdata in kept.rdatas
    )


def _changed(content: dict[Key, RecordSet], change: ZoneChange, where: str) -> dict[Key, RecordSet]:
    whole, lines = _whole_sets(change)
    for key in whole:
        if content.pop(key, None) is None:
            raise InputError(f"there is no {' '.join(key)} to remove", where=where)
    for key, given in _content(change.zone, lines):
        held = content.get(key, RecordSet(given.ttl, ()))
        if change.operation == "replace":
            content[key] = given
        elif change.operation == "add":
            content[key] = record_set(given.ttl, (*held.rdatas, *given.rdatas))
        else:
            if not set(given.rdatas) <= set(held.rdatas):
                raise InputError(f"there is no such {' '.join(key)} to remove", where=where)
            kept = [rdata for rdata in held.rdatas if rdata not in given.rdatas]
            if kept:
                content[key] = record_set(held.ttl, kept)
            else:
                del content[key]
    return content


def _whole_sets(change: ZoneChange) -> tuple[list[Key], str]:
    """Separate the lines ``owner type``, which remove a whole RRset, from those with rdata."""
    if change.operation != "remove":
        return [], change.lines
    lines: Iterable[str] = change.lines.splitlines()
    short = [line for line in lines if len(line.split()) == 2]
    keys = []
    for owner, kind in (line.split() for line in short):
        name = owner if owner.endswith(".") else f"{owner}.{change.zone}"
        keys.append((change.zone if owner == "@" else names.canonical(name), kind))
    return keys, "\n".join(line for line in change.lines.splitlines() if line not in short)
