"""A change that is killed between any two acts ends applied and verified, or rolled back."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from changing import Bed, bed, content, dies_at, operations, serving, unhappy, writer_for
from dns_servers import DnsServer
from trustpath.facts.change import Change, State
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.proposal import Submission
from trustpath.workflow.change.apply import apply, resume
from trustpath.workflow.change.decide import get, propose

pytestmark = pytest.mark.peer

WRITE = ("begin", "intended", "written", "recorded")
FORWARD = (
    "applying",
    *(f"forward.{number}.{place}" for number in (0, 1) for place in WRITE),
    "verifying",
    "served",
    "verified",
)
BACK = (
    "rolling-back",
    *(f"back.{number}.{place}" for number in (1, 0) for place in WRITE),
    "restored",
)
ROWS = (
    *((place, False, State.APPLIED) for place in (*FORWARD, "applied")),
    *((place, True, State.ROLLED_BACK) for place in (*BACK, "rolled-back")),
)
IDS = [f"{place}-{'back' if fails else 'on'}" for place, fails, _ in ROWS]
EXTRA = ("late", "torn", "twice", "old")


def zones_of(row: str) -> tuple[str, str]:
    """Return the two zones that a row of the table works on."""
    name = row.replace(".", "-")
    return f"a-{name}.example", f"b-{name}.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    zones = [zone for row in (*IDS, *EXTRA) for zone in zones_of(row)]
    with serving(tmp_path_factory.mktemp("faults"), zones) as started:
        yield started


def proposed(path: Path, server: DnsServer, row: str) -> str:
    """File a change of both zones of a row and return its id."""
    made = bed(path, server)
    steps = tuple(op for zone in zones_of(row) for op in operations(zone))
    change = propose(made.desk, Submission("test", operations=steps), "ann").change
    made.database.dispose()
    assert change.state is State.APPROVED
    return change.id


def killed(path: Path, server: DnsServer, change: str, place: str, *, fails: bool = False) -> None:
    """Apply a change in a process that dies at a place."""

    def work(passing: Callable[[str], None]) -> None:
        made = bed(path, server, verifiers=(unhappy,) if fails else (), passing=passing)
        apply(made.desk, made.ports, change, "ann")

    assert dies_at(place, work) == -signal.SIGKILL


@pytest.mark.parametrize(("place", "fails", "expected"), ROWS, ids=IDS)
def test_killed_at_any_place_it_ends(
    tmp_path: Path, server: DnsServer, place: str, fails: bool, expected: State
) -> None:
    row = IDS[[(p, f) for p, f, _ in ROWS].index((place, fails))]
    before = {zone: content(writer_for(server), zone) for zone in zones_of(row)}
    path = tmp_path / "store.db"
    change = proposed(path, server, row)
    killed(path, server, change, place, fails=fails)
    made = bed(path, server, verifiers=(unhappy,) if fails else ())
    if get(made.desk, change).state is not expected:
        resume(made.desk, made.ports, change, "ann")
    ended = get(made.desk, change)
    assert ended.state is expected
    for zone in zones_of(row):
        now = content(made.writer, zone)
        if expected is State.APPLIED:
            assert now == {edit.key: edit.after for edit in ended.plan.of_zone(zone)}
        else:
            assert now == before[zone]
    with made.desk.store.reading() as reader:
        assert {step.state.value for step in reader.steps(change)} == {"made"}
    kinds = made.kinds()
    assert kinds[-1] == f"change.{expected.value}"
    assert kinds.count("change.applying") == 1
    writes = 2 if expected is State.APPLIED else 4
    assert kinds.count("change.intent") == writes
    assert kinds.count("change.outcome") == writes
    # The zones are free again: the same names can be changed at once.
    follow = operations(zones_of(row)[0], "192.0.2.77")[:1]
    after = propose(made.desk, Submission("next", operations=follow), "ann").change
    quiet = bed(path, server)
    assert apply(quiet.desk, quiet.ports, after.id, "ann").state is State.APPLIED


def foreign(server: DnsServer, zone: str) -> RecordSet:
    """Let somebody else change www of a zone; returns what it is then."""
    writer = writer_for(server)
    key = (f"www.{zone}", "A")
    other = RecordSet(300, ("192.0.2.66",))
    writer.apply(zone, [Edit(zone, *key, writer.current(zone, [key])[key], other)])
    return other


def crossed(
    path: Path, server: DnsServer, row: str, place: str, zone: str
) -> tuple[Bed, Change, RecordSet]:
    """Die at a place, let somebody write to a zone, resume; returns also what they wrote."""
    change = proposed(path, server, row)
    killed(path, server, change, place)
    theirs = foreign(server, zone)
    made = bed(path, server)
    return made, resume(made.desk, made.ports, change, "ann"), theirs


def test_a_race_lost_while_dead_takes_everything_back(tmp_path: Path, server: DnsServer) -> None:
    """Somebody changes the second zone while we are dead: it stays theirs, the first goes back."""
    first, second = zones_of("late")
    before = content(writer_for(server), first)
    path = tmp_path / "store.db"
    made, ended, theirs = crossed(path, server, "late", "forward.0.recorded", second)
    assert ended.state is State.ROLLED_BACK
    assert "planned from" in ended.outcome["why"]
    assert content(made.writer, first) == before
    assert content(made.writer, second)[f"www.{second}", "A"] == theirs
    assert content(made.writer, second)[f"new.{second}", "TXT"] is None


def test_where_nothing_can_be_told_a_person_is_asked(tmp_path: Path, server: DnsServer) -> None:
    """Dead before the outcome was written down, and then somebody wrote to the same RRset."""
    first, second = zones_of("torn")
    path = tmp_path / "store.db"
    made, ended, theirs = crossed(path, server, "torn", "forward.0.written", first)
    assert ended.state is State.FAILED
    stands = {(i["name"], i["type"]): i["holds"] for i in ended.outcome["stands"]}
    assert stands[f"www.{first}", "A"] == "other"
    assert stands[f"new.{first}", "TXT"] == "after"
    assert stands[f"www.{second}", "A"] == "before"
    assert content(made.writer, first)[f"www.{first}", "A"] == theirs
    assert made.kinds()[-1] == "change.failed"
    # The person puts the zone back to what it was; then the change can be closed.
    back = [
        Edit(e.zone, e.name, e.type, content(made.writer, first)[e.key], e.before)
        for e in ended.plan.of_zone(first)
    ]
    made.writer.apply(first, back)
    assert resume(made.desk, made.ports, ended.id, "ann").state is State.ROLLED_BACK


def test_killed_again_while_resuming(tmp_path: Path, server: DnsServer) -> None:
    path = tmp_path / "store.db"
    change = proposed(path, server, "twice")
    killed(path, server, change, "forward.0.written")
    for place in ("resumed", "forward.1.intended", "forward.1.written", "verifying"):

        def again(passing: Callable[[str], None]) -> None:
            made = bed(path, server, passing=passing)
            resume(made.desk, made.ports, change, "ann")

        assert dies_at(place, again) == -signal.SIGKILL
    made = bed(path, server)
    assert resume(made.desk, made.ports, change, "ann").state is State.APPLIED
    assert made.kinds().count("change.resumed") == 5


def test_what_was_interrupted_long_ago_goes_back(tmp_path: Path, server: DnsServer) -> None:
    path = tmp_path / "store.db"
    before = content(writer_for(server), zones_of("old")[0])
    change = proposed(path, server, "old")
    killed(path, server, change, "forward.0.recorded")
    made = bed(path, server)
    with made.database.begin() as connection:
        connection.exec_driver_sql("UPDATE act_change SET started_at = started_at - 7200")
    assert resume(made.desk, made.ports, change, "ann").state is State.ROLLED_BACK
    assert content(made.writer, zones_of("old")[0]) == before
