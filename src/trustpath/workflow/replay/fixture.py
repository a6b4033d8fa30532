"""Incidents as files: the facts before, the events, what must be said of them, and a benign twin.

docs/incidents.md shows the notation. Offsets (``+3d``) of events count from ``start``; instants
within the sections of an event count from that event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from trustpath.base import names
from trustpath.base.documents import load_yaml
from trustpath.base.errors import InputError
from trustpath.facts.proposal import EVENT_KINDS, CertificateEvent
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Verdict
from trustpath.workflow.vectors.values import instant

SECTIONS = ("certificates", "ct", "presentations", "answers", "estate", "facts")
"""What an event may bring beside changes of records."""
_EVENT = frozenset(("at", "what", "dns", "changes", "verdict", "bypass", *SECTIONS))
_TOLD = frozenset(("start", "events", "expect", "world"))
_INCIDENT = _TOLD | {"id", "title", "when", "about", "dates", "gap", "damage", "noticed", "twin"}
_UNCOVERED = frozenset(("id", "title", "when", "about", "not_yet_covered"))
_TWIN = _TOLD | {"title"}
_OPERATIONS = ("add", "remove", "replace")


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """Records that come or go in one zone, as lines of the notation.

    ``source`` names the copy of a zone that changes; None is its first, the one that we write.
    """

    zone: str
    source: str | None
    operation: str
    lines: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened or was seen at an instant; time passing has neither.

    ``dns`` and ``changes`` are put to the gate unless ``bypass`` says why they never passed one;
    ``verdict`` is what it must say. ``seen`` are sections of the world.
    """

    at: int
    what: str
    dns: tuple[ZoneChange, ...]
    changes: tuple[CertificateEvent, ...]
    verdict: Verdict | None
    bypass: str | None
    seen: Mapping[str, Any]

    @property
    def changes_ours(self) -> bool:
        """Say whether this changes what we write: records, or a certificate."""
        return bool(self.changes) or any(change.source is None for change in self.dns)

    @property
    def asks(self) -> bool:
        """Say whether this is a change that goes through the gate."""
        return self.changes_ours and self.bypass is None


@dataclass(frozen=True, slots=True)
class Expectation:
    """A status that must be reached; ``*`` in ``subject`` stands for anything.

    ``at`` is the first moment with it. In a twin it is None: the status is that of the end, and
    None as status says that there is no such subject.
    """

    rule: str
    subject: str
    status: Status | None
    at: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """Events in a world, from ``start`` on."""

    title: str
    start: int
    world: Mapping[str, Any]
    events: tuple[Event, ...]
    expect: tuple[Expectation, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One real incident.

    ``damage`` is when it began to hurt; None where it is not yet covered, for which ``uncovered``
    gives the reason. ``noticed`` is when those concerned noticed it. ``gap`` says which part of the
    incident nothing here sees, ``dates`` how they were moved.
    """

    id: str
    title: str
    when: str
    about: str
    dates: str
    gap: str
    uncovered: str
    damage: int | None
    noticed: int | None
    story: Story | None
    twin: Story | None

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the ids of the rules that the incident and its twin are judged by."""
        stories = [story for story in (self.story, self.twin) if story]
        return tuple(sorted({one.rule for story in stories for one in story.expect}))


def read_incident(data: bytes, where: str) -> Incident:
    """Read one file; raises InputError naming file and event."""
    given, _ = load_yaml(data, where)
    if not isinstance(given, dict):
        raise InputError("an incident is a mapping", where=where)
    covered = "not_yet_covered" not in given
    _keys(given, _INCIDENT if covered else _UNCOVERED, where)
    for key in ("id", "title", "when", "about"):
        if not given.get(key):
            raise InputError(f"an incident needs {key!r}", where=where)
    texts = {key: str(given.get(key, "")).strip() for key in _TEXTS}
    if not covered:
        reason = str(given["not_yet_covered"] or "").strip()
        if not reason:
            raise InputError("not_yet_covered gives the reason", where=where)
        return Incident(**texts, uncovered=reason, damage=None, noticed=None, story=None, twin=None)
    for key in ("start", "events", "expect", "damage", "twin"):
        if not given.get(key):
            raise InputError(
                f"an incident needs {key!r}", where=where, hint="or not_yet_covered with a reason"
            )
    story = _story(given, {}, where, final=False)
    twin = {"start": given["start"], **given["twin"]}
    _keys(twin, _TWIN, f"{where}: twin")
    return Incident(
        **texts,
        uncovered="",
        damage=_instant(given["damage"], story.start, where),
        noticed=_instant(given["noticed"], story.start, where) if "noticed" in given else None,
        story=story,
        twin=_story(twin, given.get("world") or {}, f"{where}: twin", final=True),
    )


_TEXTS = ("id", "title", "when", "about", "dates", "gap")


def _story(
    given: Mapping[str, Any], shared: Mapping[str, Any], where: str, *, final: bool
) -> Story:
    start = _instant(given["start"], 0, where)
    events = tuple(_event(one, start, where) for one in given.get("events") or ())
    if not events or [one.at for one in events] != sorted({one.at for one in events}):
        raise InputError("events have different moments and stand in their order", where=where)
    if events[0].at <= start:
        raise InputError("the first event comes after the start", where=where)
    expect = tuple(
        _expectation(one, start, where, final=final) for one in given.get("expect") or ()
    )
    if not expect:
        raise InputError("nothing is expected", where=where)
    world = {**shared, **(given.get("world") or {})}
    return Story(str(given.get("title", "")), start, world, events, expect, where)


def _event(given: Any, start: int, where: str) -> Event:
    if not isinstance(given, dict) or not given.get("at") or not given.get("what"):
        raise InputError("an event has at and what", where=where)
    what = str(given["what"])
    where = f"{where}: {what}"
    _keys(given, _EVENT, where)
    at = _instant(given["at"], start, where)
    verdict = given.get("verdict")
    words = {one.word: one for one in Verdict}
    if verdict is not None and verdict not in words:
        raise InputError(f"there is no verdict {verdict!r}", where=where, hint=", ".join(words))
    event = Event(
        at=at,
        what=what,
        dns=tuple(_zone_change(one, where) for one in given.get("dns") or ()),
        changes=tuple(
            _certificate_event(one, number, at, where)
            for number, one in enumerate(given.get("changes") or (), 1)
        ),
        verdict=None if verdict is None else words[verdict],
        bypass=None if given.get("bypass") is None else str(given["bypass"]),
        seen={name: given[name] for name in SECTIONS if given.get(name) is not None},
    )
    if event.verdict is not None and not event.asks:
        raise InputError("a verdict is expected of what never reaches the gate", where=where)
    if event.bypass is not None and not event.changes_ours:
        raise InputError("what is no change has no gate to bypass", where=where)
    return event


def _zone_change(given: Any, where: str) -> ZoneChange:
    operations = [name for name in _OPERATIONS if name in given]
    _keys(given, frozenset(("zone", "source", *_OPERATIONS)), where)
    if not given.get("zone") or len(operations) != 1:
        raise InputError(
            "a change of records names a zone and one of add, remove, replace", where=where
        )
    operation = operations[0]
    zone = names.canonical(str(given["zone"]))
    return ZoneChange(zone, given.get("source"), operation, str(given[operation]))


def _certificate_event(given: Any, number: int, at: int, where: str) -> CertificateEvent:
    known = frozenset(field.name for field in fields(CertificateEvent)) - {"id", "where", "at"}
    _keys(given, known, where)
    if given.get("kind") not in EVENT_KINDS:
        raise InputError(
            f"there is no certificate event {given.get('kind')!r}",
            where=where,
            hint=", ".join(EVENT_KINDS),
        )
    columns = {**given, "names": tuple(names.canonical(name) for name in given.get("names", ()))}
    return CertificateEvent(id=f"event {number}", at=at, where=where, **columns)


def _expectation(given: Any, start: int, where: str, *, final: bool) -> Expectation:
    where = f"{where}: expect"
    _keys(given, frozenset(("rule", "subject", "status", "at")), where)
    if final == ("at" in given) or not given.get("rule") or not given.get("subject"):
        needs = "rule, subject and status" if final else "rule, subject, status and at"
        raise InputError(f"an expectation has {needs}", where=where)
    status, word = None, str(given.get("status"))
    if word != "none" or not final:
        try:
            status = Status.from_word(word)
        except ValueError as error:
            raise InputError(f"there is no status {word!r}", where=where) from error
    if not final and (status is None or status < Status.MEDIUM):
        raise InputError("an incident is caught by a finding of medium or above", where=where)
    at = None if final else _instant(given["at"], start, where)
    return Expectation(str(given["rule"]), str(given["subject"]), status, at)


def _instant(value: Any, start: int, where: str) -> int:
    found = start if value == "start" else instant(value, start, where)
    if found is None:
        raise InputError("an instant is missing", where=where)
    return found


def _keys(given: Any, known: frozenset[str], where: str) -> None:
    if not isinstance(given, dict):
        raise InputError("a mapping belongs here", where=where)
    strange: Sequence[str] = sorted(str(key) for key in given if key not in known)
    if strange:
        raise InputError(
            f"{strange[0]!r} is not known here", where=where, hint=", ".join(sorted(known))
        )
