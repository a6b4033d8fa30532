"""The gate for many small changes in a row: its facts stay open, records are asked of the zone."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Final

from trustpath.base.errors import InputError
from trustpath.facts.change import NOBODY, Said
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.proposal import HeldZone, Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.facts.world import Delta
from trustpath.workflow.change.ports import Writers
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.gate.ports import Case, Snapshot
from trustpath.workflow.session import Session

REMEMBERED: Final = 256
"""Answers that are kept for the same question again."""


class LiveGate:
    """Judges by the facts that were collected, from what the primaries hold at the moment.

    Opening the facts for judging costs many times what judging a record does. They stay as they
    were until ``renew`` is called; the records that a change starts from are never older than the
    question. Threads that ask at the same time have the facts opened once each. The same question
    over the same facts and records, as it is asked again when a change is applied at once, has the
    same answer.
    """

    def __init__(self, session: Session, writers: Writers) -> None:
        self._session = session
        self._terms = replace(session.terms, consented=True)
        self._writers = writers
        self._lock = threading.Lock()
        self._idle: list[_Opened] = []
        self._generation = 0
        self._answered: dict[object, Assessment] = {}

    def refresh(self) -> None:
        """Do nothing: records are fresh at every question, and ``renew`` collects the rest."""

    def renew(self) -> None:
        """Collect the facts again."""
        self.close()
        for _ in self._session.collect():
            pass
        self.close()

    def close(self) -> None:
        """Give the facts back; a question that is under way keeps its own until it is answered."""
        with self._lock:
            self._generation += 1
            idle, self._idle = self._idle, []
            self._answered = {}
        for opened in idle:
            opened.close()

    def assess(self, submission: Submission, said: Said = NOBODY) -> Assessment:
        """Judge a submission; missing consents are left aside in the verdict.

        Raises InputError where it does not fit the present state or a part cannot be judged.
        """
        with self._facts() as snapshot:
            found = resolve(submission, _Live(snapshot, self._writers))
            if found.problems:
                raise InputError(
                    f"{len(found.problems)} parts of the input cannot be judged",
                    where=submission.origin,
                    hint="; ".join(map(str, found.problems[:3])),
                )
            answered = self._answered
            key = repr((replace(submission, operations=()), found, said, snapshot.now))
            answer = answered.get(key)
            if answer is None:
                if len(answered) >= REMEMBERED:
                    answered.clear()
                answer = answered[key] = assess_edits(
                    snapshot,
                    found.edits,
                    submission.events,
                    self._terms,
                    origin=submission.origin,
                    remarks=found.remarks,
                    prerequisites=found.prerequisites,
                    said=said,
                    mended=found.mended,
                )
            return answer

    @contextmanager
    def _facts(self) -> Iterator[Snapshot]:
        """Take opened facts that nobody uses, or open them; what failed to answer is not kept."""
        with self._lock:
            opened = self._idle.pop() if self._idle else None
            generation = self._generation
        opened = opened or _Opened(self._session.gating(), generation)
        try:
            yield opened.snapshot
        except BaseException:
            opened.close()
            raise
        with self._lock:
            kept = opened.generation == self._generation
            if kept:
                self._idle.append(opened)
        if not kept:
            opened.close()


class _Opened:
    """Facts that are open for judging, and how often they had been renewed then."""

    def __init__(self, gating: AbstractContextManager[Snapshot], generation: int) -> None:
        self._gating = gating
        self.generation = generation
        self.snapshot = gating.__enter__()

    def close(self) -> None:
        self._gating.__exit__(None, None, None)


class _Live:
    """A snapshot whose single RRsets are those of the primary, each asked once."""

    def __init__(self, snapshot: Snapshot, writers: Writers) -> None:
        self._snapshot = snapshot
        self._writers = writers
        self._seen: dict[tuple[str, Key], RecordSet | None] = {}

    @property
    def now(self) -> int:
        return self._snapshot.now

    def zone_of(self, name: str) -> str | None:
        return self._snapshot.zone_of(name)

    def content(self, zone: str, key: Key) -> RecordSet | None:
        if (zone, key) not in self._seen:
            # Whether an alias stands there is the next question of whoever adds a record.
            keys = dict.fromkeys((key, (key[0], "CNAME")))
            held = self._writers.for_zone(zone).current(zone, keys)
            # What a delegation hides nobody sees there; what was collected has to do.
            self._seen |= {
                (zone, one): held[one] if one in held else self._snapshot.content(zone, one)
                for one in keys
            }
        return self._seen[zone, key]

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        return self._snapshot.keys_at(zone, name)

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        return self._snapshot.zone_content(zone)

    def zones(self) -> Sequence[HeldZone]:
        return self._snapshot.zones()

    def rows(self, relation: str, column: str, key: str) -> list[tuple[object, ...]]:
        return self._snapshot.rows(relation, column, key)

    def case(
        self,
        edits: Sequence[Edit],
        delta: Delta | None = None,
        mended: Collection[str] = frozenset(),
    ) -> Case:
        return self._snapshot.case(edits, delta, mended)
