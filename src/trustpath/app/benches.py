"""Places to lay out a world of a vector and judge it, one for each engine."""

from __future__ import annotations

from trustpath.facts.part import Part
from trustpath.rules.judge import Engine
from trustpath.store.database import open_store
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
        for (moment, source), parts in sorted(self._pending.items(), key=lambda item: item[0][0]):
            with Recorder(self._database, source, source, moment) as recorder:
                for part in parts:
                    recorder.write(part)
                recorder.finish()
        sources = {source: None for _, source in self._pending}
        self._pending.clear()
        return self._judge(Snapshot(now=now, as_of=now, freshness=sources))

    def _judge(self, snapshot: Snapshot) -> Engine:
        return SqliteJudge(self._database, snapshot)


class DuckdbBench(StoreBench):
    """The same on DuckDB."""

    def _judge(self, snapshot: Snapshot) -> Engine:
        from trustpath.store.duckdb_judge import DuckdbJudge

        return DuckdbJudge(self._database, snapshot)
