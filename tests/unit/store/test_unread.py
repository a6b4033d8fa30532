"""What is proposed for a zone that the estate names and nobody can read now."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from proposals import Held
from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit, Key, RecordSet, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.proposal import Action, HeldZone, Operation, Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.facts.records import zone_facts
from trustpath.store.database import open_store
from trustpath.store.gate import StoreGate
from trustpath.store.record import Recorder
from trustpath.store.snapshot import Snapshot

NOW = 1_795_000_000
DAY = 86_400
APEX = "example.test"
ADDRESS = Edit(APEX, f"www.{APEX}", "A", None, record_set(300, ["192.0.2.1"]))
READ = frozenset({"rrset", "zone"})


class Silent(Held):
    """An estate that names zones and can read none of them."""

    def __init__(self, *apexes: str) -> None:
        super().__init__({})
        self._unread = apexes

    def zones(self) -> list[HeldZone]:
        return [HeldZone(apex, "repo", "octodns", None) for apex in self._unread]

    def content(self, zone: str, key: Key) -> RecordSet | None:
        return None

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        return ()


def added(*lines: tuple[str, str, str]) -> Submission:
    """Return the operations of a change, kept earlier, that takes nothing away."""
    steps = tuple(
        Operation(Action.ADD, APEX, name, kind, 300, (text,), "C1") for name, kind, text in lines
    )
    return Submission("C1", operations=steps, starting=frozenset({APEX}))


def test_an_addition_to_a_zone_that_fell_silent_is_no_new_zone() -> None:
    found = resolve(added((f"www.{APEX}", "A", "192.0.2.1")), Silent(APEX))
    assert found.edits == ()
    assert "not held by the estate" in found.problems[0].message


@pytest.mark.parametrize("unread", [False, True])
def test_a_whole_zone_comes_again_from_a_change(unread: bool) -> None:
    submission = added((APEX, "NS", "ns1.example.net."), (f"www.{APEX}", "A", "192.0.2.1"))
    found = resolve(submission, Silent(*[APEX] * unread))
    assert len(found.edits) == 2
    assert found.problems == ()
    assert found.mended == ({APEX} if unread else set())


@pytest.mark.parametrize("coverage", [Coverage.FULL, Coverage.NONE])
def test_edits_of_a_zone_that_nobody_has_now_are_refused(coverage: Coverage) -> None:
    """Beside what the addition would stand is not known, be the evidence none or too old."""
    facts = zone_facts(APEX, [(APEX, "NS", 300, ["ns1.example.net."])], full=True)
    store = open_store(None)
    with Recorder(store, "repo", "octodns", NOW) as recorder:
        recorder.write(
            Part(
                APEX, Grade.AUTHORITATIVE, coverage, NOW, tuple(facts) if coverage == "full" else ()
            )
        )
        recorder.finish()
    late = NOW + 2 * DAY
    with StoreGate(store, Snapshot(late, late, {"repo": DAY}), (), READ) as gate:
        assert [(zone.apex, zone.whole) for zone in gate.zones()] == [(APEX, None)]
        sql = "SELECT name FROM rrset UNION ALL SELECT apex FROM zone"
        with pytest.raises(InputError, match="nothing of the zone can be read now"):
            gate.case([ADDRESS])
        whole = gate.case([ADDRESS], mended={APEX})
        assert sorted(whole.query(sql, after=True)) == [(APEX,), (ADDRESS.name,)]
    with StoreGate(store, Snapshot(late, late, {}), (), READ) as gate:
        assert sorted(gate.case([ADDRESS]).query(sql, after=True)) == [(APEX,), (ADDRESS.name,)]
