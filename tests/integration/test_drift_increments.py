"""Drift by what happened since the last look (IXFR) finds what whole transfers find."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dns_servers import DnsServer, bind, knot, powerdns
from trustpath.base.clock import FixedClock
from trustpath.base.errors import InputError
from trustpath.connectors.axfr import AxfrSource, transfer
from trustpath.connectors.axfr import make as make_axfr
from trustpath.connectors.axfr.increment import _Sequence
from trustpath.facts.drift import Accepted, Increment, Seen, Step, advanced, comparable, judged
from trustpath.facts.edits import RecordSet
from trustpath.facts.records import Record
from trustpath.facts.source import Context, SourceSpec
from trustpath.store.database import open_store
from trustpath.store.drift import DriftStore, accept
from trustpath.workflow.drift.run import ZoneDrift, drift
from trustpath.workflow.drift.served import Served, served
from writing import SECRETS, ZONE, edit, key, rrset, tsig, update_writer, zone_file

pytestmark = pytest.mark.peer

SERVERS = {"bind": bind, "knot": knot, "powerdns": powerdns}
NOW = int(time.time())


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DnsServer]:
    file = zone_file(tmp_path)
    with file.open("a") as more:
        more.writelines(f"filler{n} TXT {'x' * 200}\n" for n in range(300))
    with SERVERS[request.param](tmp_path / "server", {ZONE: file}, updates=True) as made:
        yield made


def source(server: DnsServer) -> AxfrSource:
    options = {"server": server.address, "zones": [ZONE], "tsig": tsig(), "timeout": "5s"}
    spec = SourceSpec("live", "axfr", options, Path())
    return make_axfr(spec, Context(FixedClock(int(time.time())), secrets=SECRETS))


def whole(server: DnsServer) -> Served:
    (found,) = served([source(server)])
    assert found.problem == ""
    return found


def meddle(server: DnsServer, choose: random.Random, held: dict[str, RecordSet]) -> None:
    """Add, change, retime or remove one address."""
    name = f"moving{choose.randrange(4)}"
    before = held.get(name)
    after = rrset(choose.choice((60, 300)), *(f"192.0.2.{choose.randrange(9)}" for _ in range(2)))
    gone = before is not None and choose.random() < 0.3
    update_writer(server).apply(ZONE, [edit(name, "A", before, None if gone else after)])
    held.pop(name, None)
    held |= {} if gone else {name: after}


def test_both_ways_see_the_same(
    server: DnsServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    octets = []
    receive = transfer._receive

    def counted(*arguments: object) -> bytes:
        chunk = receive(*arguments)  # type: ignore[arg-type]
        octets.append(len(chunk))
        return chunk

    monkeypatch.setattr(transfer, "_receive", counted)
    first = whole(server)
    size = sum(octets)
    assert first.serial is not None
    seen = Seen(ZONE, "live", first.serial, judged(first.content))
    choose, held = random.Random(8), dict[str, RecordSet]()
    for _round in range(4):
        for _ in range(choose.randrange(1, 5)):
            meddle(server, choose, held)
        octets.clear()
        (found,) = served([source(server)], last=lambda *_, seen=seen: seen, now=lambda: NOW)
        spent = sum(octets)
        full = whole(server)
        assert (found.serial, found.problem) == (full.serial, "")
        assert found.content == judged(full.content)
        assert found.serial is not None
        seen = Seen(ZONE, "live", found.serial, found.content)
        # PowerDNS answers with the zone whole, the others with what happened.
        if "powerdns" not in request.node.callspec.id:
            assert spent * 20 < size
        assert spent < size * 1.1
    assert comparable(found.content) == comparable(whole(server).content)


def test_an_unchanged_serial_claims_nothing(server: DnsServer) -> None:
    """Where somebody wrote past the serial, a look from it on would see nothing."""
    now = whole(server)
    assert now.serial is not None
    assert source(server).since(ZONE, now.serial) is None
    wrong = Seen(ZONE, "live", now.serial, {})
    (found,) = served([source(server)], last=lambda *_: wrong, now=lambda: NOW)
    assert found.content == now.content


def test_a_serial_that_the_server_never_had_gives_the_whole_zone(server: DnsServer) -> None:
    now = whole(server)
    assert now.serial is not None
    for serial in (now.serial - 1000, now.serial + 1000):
        lost = Seen(ZONE, "live", serial % (1 << 32), {})
        (found,) = served([source(server)], last=lambda *_, lost=lost: lost, now=lambda: NOW)
        assert judged(found.content) == judged(now.content)


def test_drift_is_the_same_from_the_last_look_on(server: DnsServer, tmp_path: Path) -> None:
    database = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    store, base = DriftStore(database), whole(server)
    with database.begin() as connection:
        accept(connection, Accepted(ZONE, base.content, base.serial, "root", NOW))

    def look(*, since: bool) -> ZoneDrift:
        last = store.last if since else (lambda *_: None)
        (found,) = drift(store, served([source(server)], last=last, now=lambda: NOW), (), None)
        return found

    assert look(since=True).differences == ()
    held: dict[str, RecordSet] = {}
    choose = random.Random(3)
    for _ in range(6):
        meddle(server, choose, held)
    kept = store.last(ZONE, "live")
    assert kept is not None
    assert kept.content == judged(base.content)
    found = look(since=True)
    assert found.served.serial != kept.serial
    assert len(found.differences) == len(held) > 0
    assert look(since=False).differences == found.differences


def soa(serial: int) -> Record:
    return (ZONE, "SOA", 300, f"ns1.{ZONE}. host.{ZONE}. {serial} 1 2 3 4")


def a(last: int) -> Record:
    return (key("www"), "A", 300, f"192.0.2.{last}")


def taken(*records: Record) -> Increment | None:
    sequence = _Sequence(ZONE, 1)
    ended = [sequence.take(record) for record in records]
    assert ended == [False] * (len(records) - 1) + [True]
    return sequence.result()


def test_the_forms_of_an_answer() -> None:
    assert taken(soa(1)) is None
    assert taken(soa(3), a(1), soa(3)) == Increment(3, (), (soa(3), a(1)))
    assert taken(soa(3), soa(1), a(1), soa(2), soa(2), soa(3), a(2), soa(3)) == Increment(
        3, (Step((soa(1), a(1)), (soa(2),)), Step((soa(2),), (soa(3), a(2))))
    )


@pytest.mark.parametrize(
    "records",
    [
        (a(1),),
        (soa(0),),
        (soa(3), a(1), soa(4)),
        (soa(3), soa(1), soa(2), soa(3)),
        (soa(3), soa(1), soa(2), soa(4)),
    ],
    ids=["no SOA", "went back", "moved meanwhile", "ends too early", "does not follow"],
)
def test_answers_that_lead_nowhere(records: tuple[Record, ...]) -> None:
    with pytest.raises(InputError):
        taken(*records)


def test_steps_that_do_not_fit_what_was_seen() -> None:
    held = {(ZONE, "SOA"): RecordSet(300, (soa(1)[3],)), (key("www"), "A"): rrset(300, "192.0.2.1")}
    seen = Seen(ZONE, "live", 1, held)

    def to(gone: Record, come: Record) -> object:
        return advanced(ZONE, seen, Increment(2, (Step((soa(1), gone), (soa(2), come)),)))

    assert to(a(1), a(2)) == {
        (ZONE, "SOA"): RecordSet(300, (soa(2)[3],)),
        (key("www"), "A"): rrset(300, "192.0.2.2"),
    }
    assert to(a(2), a(3)) is None
    assert to((key("www"), "A", 60, "192.0.2.1"), a(3)) is None
    assert advanced(ZONE, seen, Increment(2, (Step((soa(1),), (soa(2), a(1))),))) is None
