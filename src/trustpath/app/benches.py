"""Places to lay out a world of a vector and judge it, one for each engine."""

from __future__ import annotations

from collections.abc import Sequence

from trustpath.facts.part import Part
from trustpath.rules.judge import Engine
from trustpath.rules.rule import Rule
from trustpath.store.database import open_store
from trustpath.store.gate import StoreGate
from trustpath.store.record import Recorder
from trustpath.store.snapshot import Snapshot
from trustpath.store.sqlite_judge import SqliteJudge


class StoreBench:
    """Records a world in a store in memory; a subclass may choose another engine."""

    def __init__(self) -> None:
        self._database = open_store(None)
        self._pending: dict[tuple[int, str], list[Part]] = {}

    def record(self, source: str, part: Part, now: int) -> None:
        """Take a part that a source gave at an instant."""
        self._pending.setdefault((now, source), []).append(part)

    def engine(self, now: int) -> Engine:
        """Record what is pending, moment by moment, and return an engine over it."""
        return self._judge(self._settle(now))

    def gating(self, now: int, rules: Sequence[Rule], extra: frozenset[str]) -> StoreGate:
        """Record what is pending and open the state for judging changes by some rules."""
        return StoreGate(self._database, self._settle(now), rules, extra)

    def _settle(self, now: int) -> Snapshot:
        for (moment, source), parts in sorted(self._pending.items(), key=lambda item: item[0][0]):
            with Recorder(self._database, source, source, moment) as recorder:
                for part in parts:
                    recorder.write(part)
                recorder.finish()
        sources = {source: None for _, source in self._pending}
        self._pending.clear()
        return Snapshot(now=now, as_of=now, freshness=sources)

    def _judge(self, snapshot: Snapshot) -> Engine:
        return SqliteJudge(self._database, snapshot)


class DuckdbBench(StoreBench):
    """The same on DuckDB."""

    def _judge(self, snapshot: Snapshot) -> Engine:
        from trustpath.store.duckdb_judge import DuckdbJudge

        return DuckdbJudge(self._database, snapshot)
