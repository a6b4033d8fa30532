"""The gate for many small changes in a row: its facts stay open, records are asked of the zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from trustpath.base.errors import InputError
from trustpath.facts.change import NOBODY, Said
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.proposal import Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.facts.world import Delta
from trustpath.workflow.change.ports import Writers
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.gate.ports import Case, Snapshot
from trustpath.workflow.session import Session


class LiveGate:
    """Judges by the facts that were collected, from what the primaries hold at the moment.

    Opening the facts for judging costs many times what judging a record does. They stay as they
    were until ``renew`` is called; the records that a change starts from are never older than the
    question. One thread may use it.
    """

    def __init__(self, session: Session, writers: Writers) -> None:
        self._session = session
        self._writers = writers
        self._open = ExitStack()
        self._snapshot: Snapshot | None = None

    def refresh(self) -> None:
        """Do nothing: records are fresh at every question, and ``renew`` collects the rest."""

    def renew(self) -> None:
        """Collect the facts again."""
        self.close()
        for _ in self._session.collect():
            pass

    def close(self) -> None:
        """Give the facts back."""
        self._snapshot = None
        self._open.close()

    def assess(self, submission: Submission, said: Said = NOBODY) -> Assessment:
        """Judge a submission; missing consents are left aside in the verdict.

        Raises InputError where it does not fit the present state or a part cannot be judged.
        """
        if self._snapshot is None:
            self._snapshot = self._open.enter_context(self._session.gating())
        found = resolve(submission, _Live(self._snapshot, self._writers))
        if found.problems:
            raise InputError(
                f"{len(found.problems)} parts of the input cannot be judged",
                where=submission.origin,
                hint="; ".join(map(str, found.problems[:3])),
            )
        return assess_edits(
            self._snapshot,
            found.edits,
            submission.events,
            replace(self._session.terms, consented=True),
            origin=submission.origin,
            remarks=found.remarks,
            prerequisites=found.prerequisites,
            said=said,
        )


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
            self._seen[zone, key] = self._writers.for_zone(zone).current(zone, [key]).get(key)
        return self._seen[zone, key]

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        return self._snapshot.keys_at(zone, name)

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        return self._snapshot.zone_content(zone)

    def rows(self, relation: str, column: str, key: str) -> list[tuple[object, ...]]:
        return self._snapshot.rows(relation, column, key)

    def case(self, edits: Sequence[Edit], delta: Delta | None = None) -> Case:
        return self._snapshot.case(edits, delta)
