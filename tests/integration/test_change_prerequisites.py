"""What an update asks of other RRsets holds when it is applied, not only when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from changing import Bed, bed, content, serving, writer_for, zone_of
from dns_servers import API_KEY, KEY_SECRET, DnsServer, bind, free_port, knot, powerdns
from trustpath.base.errors import InputError
from trustpath.connectors.proposals.nsupdate import parse_nsupdate
from trustpath.connectors.writers.rfc2136.message import compose
from trustpath.connectors.writers.rfc2136.sending import send
from trustpath.connectors.writers.rfc2136.writer import UpdateWriter
from trustpath.facts.change import State, plain, plan_from
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.proposal import HeldZone, Operation, Prerequisite, Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.facts.writer import ConflictError, Writer
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.decide import propose
from trustpath.workflow.change.standing import operation_of
from writing import ZONE, edit, key, makes, makes_nothing, rrset, tsig, writer, zone_file

pytestmark = pytest.mark.peer

KINDS = ("rfc2136-bind", "rfc2136-knot", "rfc2136-powerdns", "powerdns", "octodns")
SECRETS = {"TSIG": KEY_SECRET, "API": API_KEY}
SERVERS = {"bind": bind, "knot": knot, "powerdns": powerdns, "octodns": bind}


@pytest.fixture(scope="module", params=KINDS)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DnsServer, Writer]]:
    kind, _, named = request.param.partition("-")
    folder = tmp_path_factory.mktemp(request.param)
    zones, port = {ZONE: zone_file(folder)}, free_port()
    if kind == "powerdns":
        with powerdns(folder / "server", zones, updates=True, api_port=port) as server:
            known = {"url": f"http://127.0.0.1:{port}", "key": "env:API", "timeout": 5}
            yield server, writer(kind, {**known, "servers": [server.address]}, SECRETS)
        return
    with SERVERS[named or kind](folder / "server", zones, updates=True) as server:
        options = {"server": server.address, "tsig": tsig(), "servers": [server.address]}
        if kind == "octodns":
            options = {
                "class": "octodns_bind.Rfc2136Provider",
                "settings": {
                    "host": "127.0.0.1",
                    "port": server.port,
                    "key_name": tsig()["name"],
                    "key_secret": "env/TSIG",
                    "key_algorithm": "hmac-sha256",
                },
                "servers": [server.address],
            }
        yield server, writer(kind, options, SECRETS)


def asks(kind: str, name: str, rdtype: str | None = None, *rdatas: str) -> Prerequisite:
    return Prerequisite(kind, ZONE, key(name), rdtype, rdatas)


MET = {
    "exists": asks("rrset-exists", "www", "A"),
    "equals": asks("rrset-equals", "two", "TXT", '"one" "two"'),
    "absent": asks("rrset-absent", "www", "AAAA"),
    "in-use": asks("name-in-use", "ns1"),
    "not-in-use": asks("name-not-in-use", "nobody"),
    "not-in-use-but-wild": asks("name-not-in-use", "some.thing"),
}
UNMET = {
    "exists": asks("rrset-exists", "www", "AAAA"),
    "exists-but-wild": asks("rrset-exists", "some.thing", "TXT"),
    "equals-nothing": asks("rrset-equals", "nobody", "A", "192.0.2.1"),
    "equals-other": asks("rrset-equals", "www", "A", "192.0.2.2"),
    "equals-a-part": asks("rrset-equals", "www", "A", "192.0.2.1", "192.0.2.2"),
    "absent": asks("rrset-absent", "www", "A"),
    "in-use": asks("name-in-use", "nobody"),
    "not-in-use": asks("name-not-in-use", "ns1"),
}
NEW = edit("asked", "A", None, rrset(300, "192.0.2.7"))


@pytest.mark.parametrize("case", sorted(MET))
def test_a_change_is_made_while_what_it_asks_holds(
    target: tuple[DnsServer, Writer], case: str
) -> None:
    server, changing = target
    with makes(server, NEW):
        changing.apply(ZONE, [NEW], [MET[case]])
    changing.apply(ZONE, [NEW.inverted()], [MET[case]])


@pytest.mark.parametrize("case", sorted(UNMET))
def test_nothing_is_written_where_it_does_not(target: tuple[DnsServer, Writer], case: str) -> None:
    server, changing = target
    with makes_nothing(server), pytest.raises(ConflictError, match="no longer holds"):
        changing.apply(ZONE, [NEW], [MET["exists"], UNMET[case]])


@pytest.mark.parametrize("target", KINDS[:3], indirect=True)
@pytest.mark.parametrize("case", sorted(UNMET))
def test_the_server_itself_refuses_it_in_the_same_moment(
    target: tuple[DnsServer, Writer], case: str
) -> None:
    """What we saw just before is not what counts: the message carries the condition."""
    server, changing = target
    assert isinstance(changing, UpdateWriter)
    update, wire = compose(ZONE, [NEW], None, changing._key(), [UNMET[case]])
    with makes_nothing(server), pytest.raises(ConflictError, match="server answers"):
        send(changing.server, update, wire, "tcp", 5)


def test_what_is_edited_is_not_asked_twice(target: tuple[DnsServer, Writer]) -> None:
    server, changing = target
    moved = edit("www", "A", rrset(300, "192.0.2.1"), rrset(300, "192.0.2.8"))
    same = asks("rrset-equals", "www", "A", "192.0.2.1")
    with makes(server, moved):
        changing.apply(ZONE, [moved], [same])
    with makes_nothing(server), pytest.raises(ConflictError, match="no longer holds"):
        changing.apply(ZONE, [moved.inverted()], [same])
    changing.apply(ZONE, [moved.inverted()])


class Held:
    """One zone, as an estate holds it."""

    def __init__(self, **sets: RecordSet) -> None:
        self.sets = {(key(name), "A"): value for name, value in sets.items()}

    def zone_of(self, _name: str) -> str:
        return ZONE

    def zones(self) -> list[HeldZone]:
        return [HeldZone(ZONE, "primary", "axfr", whole=True)]

    def zone_content(self, _zone: str) -> dict[tuple[str, str], RecordSet]:
        return self.sets

    def content(self, _zone: str, at: tuple[str, str]) -> RecordSet | None:
        return self.sets.get(at)

    def keys_at(self, _zone: str, name: str) -> list[tuple[str, str]]:
        return [at for at in self.sets if at[0] == name]


def test_what_is_asked_between_messages_becomes_what_is_asked_of_the_zone_at_first() -> None:
    script = f"""\
zone {ZONE}
prereq yxdomain other.{ZONE}
update add new.{ZONE} 60 A 192.0.2.1
send
prereq yxrrset new.{ZONE} A 192.0.2.1
prereq yxdomain new.{ZONE}
prereq yxrrset other.{ZONE} A
prereq nxrrset other.{ZONE} AAAA
update delete other.{ZONE} A
send
prereq nxdomain other.{ZONE}
prereq yxdomain other2.{ZONE}
update add new.{ZONE} 60 A 192.0.2.2
send
"""
    present = Held(other=rrset(60, "192.0.2.3"), other2=rrset(60, "192.0.2.4"))
    found = resolve(parse_nsupdate(script.encode(), "script"), present)
    assert [(p.kind, p.name, p.type, p.after) for p in found.prerequisites] == [
        ("name-in-use", key("other"), None, 0),
        ("rrset-exists", key("other"), "A", 0),
        ("rrset-absent", key("other"), "AAAA", 0),
        ("name-in-use", key("other2"), None, 0),
    ]
    assert ["not in use only after" in str(remark) for remark in found.remarks] == [True]
    # Asked again of the edits alone, it comes to the same.
    again = resolve(
        Submission("again", operations=_operations(found.edits), prerequisites=found.prerequisites),
        present,
    )
    assert (again.edits, again.prerequisites) == (found.edits, found.prerequisites)


def _operations(edits: tuple[Edit, ...]) -> tuple[Operation, ...]:
    return tuple(operation_of(one) for one in edits)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    zones = [zone_of(name) for name in ("kept", "raced")]
    with serving(tmp_path_factory.mktemp("bind"), zones) as made:
        yield made


def conditional(made: Bed, name: str) -> str:
    """File a change of www on condition that old is what it is."""
    zone = zone_of(name)
    script = (
        f'zone {zone}\nprereq yxrrset old.{zone} TXT "old"\n'
        f"update delete www.{zone} A\nupdate add www.{zone} 300 A 192.0.2.99\nsend\n"
    )
    held = Held()
    held.sets = {at: value for at, value in content(made.writer, zone).items() if value}
    held.zone_of = lambda _name: zone  # type: ignore[method-assign]
    found = resolve(parse_nsupdate(script.encode(), "script"), held)
    submission = Submission(
        "script", operations=_operations(found.edits), prerequisites=found.prerequisites
    )
    filed = propose(made.desk, submission, "ann").change
    assert filed.plan.prerequisites
    assert plan_from(plain(filed.plan)) == filed.plan
    return filed.id


def disturb(made: Bed, name: str) -> None:
    """Let somebody else change what the condition is about."""
    zone = zone_of(name)
    at, old = (f"old.{zone}", "TXT"), RecordSet(300, ('"old"',))
    made.writer.apply(zone, [Edit(zone, *at, old, RecordSet(300, ('"other"',)))])


def test_a_change_keeps_its_condition(tmp_path: Path, server: DnsServer) -> None:
    made = bed(tmp_path / "store.db", server)
    change = conditional(made, "kept")
    disturb(made, "kept")
    before = content(writer_for(server), zone_of("kept"))
    ended = apply(made.desk, made.ports, change, "ann")
    assert ended.state is State.APPROVED
    assert "the prerequisite rrset-equals no longer holds" in ended.outcome["why"]
    assert content(made.writer, zone_of("kept")) == before


def test_a_condition_that_falls_while_the_change_is_applied(
    tmp_path: Path, server: DnsServer
) -> None:
    def passing(place: str) -> None:
        if place == "forward.0.intended":
            disturb(made, "raced")

    made = bed(tmp_path / "store.db", server, passing=passing)
    change = conditional(made, "raced")
    ended = apply(made.desk, made.ports, change, "ann")
    assert ended.state is State.APPROVED
    www = content(made.writer, zone_of("raced"))[f"www.{zone_of('raced')}", "A"]
    assert www == RecordSet(300, ("192.0.2.1",))


def test_input_whose_condition_does_not_hold_is_refused_at_once() -> None:
    script = f"zone {ZONE}\nprereq yxdomain nobody.{ZONE}\nupdate delete www.{ZONE}\nsend\n"
    with pytest.raises(InputError, match="name-in-use does not hold"):
        resolve(parse_nsupdate(script.encode(), "script"), Held(www=rrset(60, "192.0.2.1")))
