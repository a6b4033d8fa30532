"""Dynamic updates of real servers: BIND, Knot, PowerDNS. The zone is compared whole each time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.message
import dns.opcode
import dns.query
import pytest

from dns_servers import (
    KEY_NAME,
    KEY_SECRET,
    DnsServer,
    bind,
    bind_secondary,
    free_port,
    knot,
    powerdns,
)
from peers import require
from trustpath.base.errors import SourceError
from trustpath.connectors.writers.rfc2136.sending import send
from trustpath.facts.edits import Edit, inverted
from trustpath.facts.writer import ConflictError, RefusedError, UncertainError, Writer, agrees
from writing import (
    LIFE,
    ZONE,
    edit,
    key,
    life,
    makes,
    makes_nothing,
    rrset,
    served,
    tsig,
    update_writer,
    writer,
    zone_file,
)

pytestmark = pytest.mark.peer

SERVERS = {"bind": bind, "knot": knot, "powerdns": powerdns}


@pytest.fixture(scope="module", params=sorted(SERVERS))
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DnsServer]:
    folder = tmp_path_factory.mktemp(request.param)
    with SERVERS[request.param](folder / "server", {ZONE: zone_file(folder)}, updates=True) as made:
        yield made


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    folder = tmp_path_factory.mktemp("one")
    with bind(folder / "server", {ZONE: zone_file(folder)}, updates=True) as made:
        yield made


def confirmed(changing: Writer, edits: list[Edit]) -> None:
    """Hold that every server shows what the edits lead to."""
    views = changing.observe(ZONE, [e.key for e in edits])
    assert views
    for view in views:
        assert view.problem == ""
        assert view.serial is not None
        for e in edits:
            assert agrees(e.type, view.content[e.key], e.after), (view.server, e)


@pytest.mark.parametrize("case", sorted(LIFE))
def test_an_rrset_is_added_moved_changed_and_removed(server: DnsServer, case: str) -> None:
    changing = update_writer(server)
    for step in life(case):
        assert changing.current(ZONE, [step.key]) == {step.key: step.before}
        with makes(server, step):
            changing.apply(ZONE, [step])
        confirmed(changing, [step])


def test_what_stands_in_the_zone_is_told_apart_from_what_only_answers(server: DnsServer) -> None:
    zone = served(server)
    own = [k for k in zone if k[1] in ("A", "CNAME", "TXT", "NS", "DNAME")]
    only_answers = [
        (key("nowhere"), "TXT"),
        (key("deep.down.nowhere"), "TXT"),
        (key("deep.star"), "TXT"),
        (key("alias"), "A"),
        (key("away"), "A"),
        (key("www"), "AAAA"),
    ]
    hidden = [(key("below.moved"), "CNAME"), (key("below.moved"), "A"), (key("other.child"), "A")]
    found = update_writer(server).current(ZONE, [*own, *only_answers, *hidden])
    # PowerDNS may be set to know nothing of DNAME, and then nothing is hidden there.
    assert all(found.get(k) is None for k in hidden)
    told = {k: content for k, content in found.items() if k not in hidden}
    assert told == {**{k: zone[k] for k in own}, **dict.fromkeys(only_answers)}


def test_what_a_delegation_hides_is_written_and_taken_away_unseen(server: DnsServer) -> None:
    """The way out of ZONE-001 has to work: prerequisites compare what no question shows."""
    changing = update_writer(server)
    text = rrset(60, '"token"')
    add = edit("_acme-challenge.child", "TXT", None, text)
    with makes(server, add):
        changing.apply(ZONE, [add])
    with makes_nothing(server), pytest.raises(ConflictError):
        changing.apply(ZONE, [edit("_acme-challenge.child", "TXT", rrset(60, '"other"'), None)])
    away = edit("_acme-challenge.child", "TXT", text, None)
    for view in changing.observe(ZONE, [away.key]):
        assert (view.problem, view.content) == ("", {})
    with makes(server, away):
        changing.apply(ZONE, [away])


def test_many_edits_are_one_change(server: DnsServer) -> None:
    changing = update_writer(server)
    edits = [
        edit("swap", "A", None, rrset(60, "192.0.2.1")),
        edit("swap", "TXT", None, rrset(60, '"x"')),
        edit("inner", "NS", None, rrset(60, "ns.inner.example.test.")),
        edit("ns.inner", "A", None, rrset(60, "192.0.2.53")),
    ]
    with makes(server, *edits):
        changing.apply(ZONE, edits)
    confirmed(changing, edits)
    swap = [
        edit("swap", "A", edits[0].after, None),
        edit("swap", "TXT", edits[1].after, None),
        edit("swap", "CNAME", None, rrset(60, "www.example.test.")),
    ]
    with makes(server, *swap):
        changing.apply(ZONE, swap)
    confirmed(changing, swap)
    with makes(server, *inverted(swap), *inverted(edits)):
        changing.apply(ZONE, inverted(swap))
        changing.apply(ZONE, inverted(edits))


def test_the_servers_and_the_soa_of_the_apex(server: DnsServer) -> None:
    changing = update_writer(server)
    old, new = rrset(300, "ns1.example.test.", "ns.outside.invalid."), rrset(400, "ns9.invalid.")
    to = edit("", "NS", old, new)
    with makes(server, to):
        changing.apply(ZONE, [to])
    with makes(server, to.inverted()):
        changing.apply(ZONE, [to.inverted()])
    soa = changing.current(ZONE, [(ZONE, "SOA")])[ZONE, "SOA"]
    assert soa is not None
    fields = soa.rdatas[0].split()
    moved = edit("", "SOA", soa, rrset(300, " ".join([*fields[:2], "1", *fields[3:6], "61"])))
    changing.apply(ZONE, [moved])
    confirmed(changing, [moved])
    only_serial = edit(
        "", "SOA", moved.after, rrset(300, " ".join([*fields[:2], "7", *fields[3:6], "61"]))
    )
    before = changing.observe(ZONE, [])[0].serial
    changing.apply(ZONE, [only_serial])
    assert changing.observe(ZONE, [])[0].serial == before
    for gone in (edit("", "NS", old, None), edit("", "SOA", soa, None)):
        with pytest.raises(RefusedError, match="keeps its SOA and NS"):
            changing.apply(ZONE, [gone])


@pytest.mark.parametrize(
    "wrong",
    [
        edit("www", "A", rrset(300, "192.0.2.99"), rrset(300, "192.0.2.2")),
        edit("www", "A", rrset(301, "192.0.2.1"), rrset(300, "192.0.2.2")),
        edit("www", "A", rrset(301, "192.0.2.1"), rrset(302, "192.0.2.1")),
        edit("www", "A", None, rrset(300, "192.0.2.2")),
        edit("gone", "A", rrset(300, "192.0.2.1"), None),
        edit("nowhere", "TXT", rrset(300, '"wild"'), None),
        edit("alias", "A", None, rrset(300, "192.0.2.2")),
        edit("www", "CNAME", None, rrset(300, "alias.example.test.")),
    ],
    ids=[
        "data",
        "ttl-and-data",
        "ttl",
        "there",
        "not-there",
        "synthesised",
        "beside-cname",
        "cname-beside",
    ],
)
def test_a_change_from_another_state_is_refused_as_a_whole(server: DnsServer, wrong: Edit) -> None:
    good = edit("good", "A", None, rrset(300, "192.0.2.1"))
    with makes_nothing(server), pytest.raises(ConflictError):
        update_writer(server).apply(ZONE, [good, wrong])


def test_a_lost_race_is_refused_and_theirs_stands(server: DnsServer) -> None:
    changing = update_writer(server)
    planned = edit("race", "A", None, rrset(300, "192.0.2.1"))
    script = (
        f"server 127.0.0.1 {server.port}\nzone {ZONE}.\n"
        f"update add {planned.name}. 300 A 192.0.2.66\nsend\n"
    )
    signed = f"hmac-sha256:{KEY_NAME}:{KEY_SECRET}"
    theirs = edit("race", "A", None, rrset(300, "192.0.2.66"))
    with makes(server, theirs):
        subprocess.run(
            [require("nsupdate"), "-y", signed], input=script.encode(), check=True, timeout=20
        )
        with pytest.raises(ConflictError):
            changing.apply(ZONE, [planned, edit("race2", "A", None, rrset(300, "192.0.2.1"))])
    changing.apply(ZONE, [theirs.inverted()])


def test_a_ttl_that_moves_between_comparing_and_writing_is_told(
    server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prerequisite cannot hold a TTL: theirs is overwritten, and that is said."""
    changing = update_writer(server)
    at = rrset(300, "192.0.2.1")
    changing.apply(ZONE, [edit("raced", "A", None, at)])

    def late(*arguments: Any) -> None:
        monkeypatch.undo()
        changing.apply(ZONE, [edit("raced", "A", at, rrset(900, "192.0.2.1"))])
        send(*arguments)

    monkeypatch.setattr("trustpath.connectors.writers.rfc2136.writer.send", late)
    wanted = edit("raced", "A", at, rrset(300, "192.0.2.2"))
    with pytest.raises(UncertainError, match="1 other changes came between"):
        changing.apply(ZONE, [wanted])
    assert served(server)[wanted.key] == wanted.after
    changing.apply(ZONE, [edit("raced", "A", wanted.after, None)])


def test_what_is_overwritten_right_afterwards_is_told(
    server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing = update_writer(server)
    first, second, third = (rrset(300, f"192.0.2.{n}") for n in (1, 2, 3))
    changing.apply(ZONE, [edit("after", "A", None, first)])

    def early(*arguments: Any) -> None:
        monkeypatch.undo()
        send(*arguments)
        changing.apply(ZONE, [edit("after", "A", second, third)])

    monkeypatch.setattr("trustpath.connectors.writers.rfc2136.writer.send", early)
    with pytest.raises(UncertainError, match=r"right afterwards the RRset is 300 192\.0\.2\.3"):
        changing.apply(ZONE, [edit("after", "A", first, second)])
    changing.apply(ZONE, [edit("after", "A", third, None)])


def test_of_two_at_the_same_time_one_wins(server: DnsServer) -> None:
    edits = [edit("both", "A", None, rrset(300, f"192.0.2.{n}")) for n in range(1, 7)]
    outcomes: dict[int, str] = {}

    def run(index: int) -> None:
        try:
            update_writer(server, timeout=10).apply(ZONE, [edits[index]])
            outcomes[index] = "made"
        except ConflictError:
            outcomes[index] = "refused"

    before = served(server)
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(edits))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes.values()) == ["made"] + ["refused"] * 5
    won = edits[next(i for i, o in outcomes.items() if o == "made")]
    assert served(server) == {**before, won.key: won.after}
    update_writer(server).apply(ZONE, [won.inverted()])


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_key_that_the_server_does_not_accept(server: DnsServer, transport: str) -> None:
    new = edit("denied", "A", None, rrset(300, "192.0.2.1"))
    options = {"server": server.address, "tsig": tsig(), "timeout": 2, "transport": transport}
    other_secret = writer("rfc2136", options, {"TSIG": "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI="})
    other_name = writer("rfc2136", {**options, "tsig": tsig("nobody")})
    no_key = writer("rfc2136", {k: v for k, v in options.items() if k != "tsig"})
    with makes_nothing(server):
        for changing in (other_secret, other_name, no_key):
            with pytest.raises(RefusedError):
                changing.apply(ZONE, [new])
        for changing in (other_secret, other_name):
            with pytest.raises(RefusedError):
                changing.current(ZONE, [new.key])


def test_a_zone_that_the_server_does_not_have(server: DnsServer) -> None:
    away = Edit("nope.test", "www.nope.test", "A", None, rrset(300, "192.0.2.1"))
    with pytest.raises(RefusedError):
        update_writer(server).apply("nope.test", [away])
    with pytest.raises(SourceError):
        update_writer(server).current("nope.test", [away.key])


def test_large_changes_and_answers_go_over_tcp(server: DnsServer) -> None:
    # BIND holds at most a hundred records of a type at a name.
    texts = [f'"{n:03} {"x" * 200}"' for n in range(90)]
    large = edit("large", "TXT", None, rrset(300, *texts))
    changing = update_writer(server, transport="udp")
    with makes(server, large):
        changing.apply(ZONE, [large])
    confirmed(changing, [large])
    with makes(server, large.inverted()):
        changing.apply(ZONE, [large.inverted()])


def test_a_change_beyond_one_message_is_told_before_anything_is_sent() -> None:
    port = free_port()  # nobody listens: whoever asks there gets another error
    texts = [f'"{n:03} {"x" * 200}"' for n in range(400)]
    changing = writer("rfc2136", {"server": f"127.0.0.1:{port}"})
    with pytest.raises(RefusedError, match="do not fit into one message of 65535 octets"):
        changing.apply(ZONE, [edit("large", "TXT", None, rrset(300, *texts))])


# -- one server only: what happens around the update itself -------------------------------------


def test_a_secret_may_come_from_a_key_file(one: DnsServer, tmp_path: Path) -> None:
    made = f'key "{KEY_NAME}" {{\n\talgorithm hmac-sha256;\n\tsecret "{KEY_SECRET}";\n}};\n'
    for name, text in (("key.conf", made), ("key.txt", KEY_SECRET + "\n")):
        (tmp_path / name).write_text(text)
        option = {**tsig(), "secret": f"file:{tmp_path / name}"}
        found = update_writer(one, tsig=option).current(ZONE, [(key("www"), "A")])
        assert found == {(key("www"), "A"): rrset(300, "192.0.2.1")}


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_server_that_dies_after_the_update_was_sent(tmp_path: Path, transport: str) -> None:
    new = edit("dying", "A", None, rrset(300, "192.0.2.1"))
    with bind(tmp_path / "server", {ZONE: zone_file(tmp_path)}, updates=True) as server:
        changing = update_writer(server, timeout=1, transport=transport)
        os.kill(server.process.pid, signal.SIGSTOP)
        killer = threading.Timer(0.4, server.process.kill)
        killer.start()
        try:
            with pytest.raises(UncertainError) as caught:
                changing.apply(ZONE, [new])
        finally:
            killer.join()
            server.process.wait(10)
        assert server.address in str(caught.value)
        assert "may have been made" in caught.value.hint
        # Now that nobody is there, it is certain that nothing is sent.
        with pytest.raises(SourceError) as dead:
            changing.apply(ZONE, [new])
        assert not isinstance(dead.value, UncertainError)
        view = changing.observe(ZONE, [new.key])[0]
        assert view.problem
        assert (view.serial, view.content) == (None, {})


def test_a_silent_server_leaves_the_change_uncertain_and_it_may_be_made(tmp_path: Path) -> None:
    new = edit("late", "A", None, rrset(300, "192.0.2.1"))
    with bind(tmp_path / "server", {ZONE: zone_file(tmp_path)}, updates=True) as server:
        changing = update_writer(server, timeout=0.5)
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(UncertainError):
                changing.apply(ZONE, [new])
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        until = time.monotonic() + 10
        while changing.current(ZONE, [new.key])[new.key] is None:
            assert time.monotonic() < until, "the update that was sent was never made"
            time.sleep(0.02)


def test_a_secondary_that_lags_shows(one: DnsServer, tmp_path: Path) -> None:
    new = edit("lagging", "A", None, rrset(300, "192.0.2.1"))
    with bind_secondary(tmp_path / "second", [ZONE], one) as second:
        changing = update_writer(one, second)
        changing.apply(ZONE, [new])
        primary, behind = changing.observe(ZONE, [new.key])
        assert (primary.server, behind.server) == (one.address, second.address)
        assert primary.content == {new.key: new.after}
        assert behind.content == {new.key: None}
        assert primary.serial is not None
        assert behind.serial is not None
        assert behind.serial < primary.serial
        notify = dns.message.make_query(ZONE, "SOA")
        notify.set_opcode(dns.opcode.NOTIFY)
        dns.query.udp(notify, "127.0.0.1", port=second.port, timeout=5)
        until = time.monotonic() + 20
        while changing.observe(ZONE, [new.key])[1].content != primary.content:
            assert time.monotonic() < until
            time.sleep(0.05)
        changing.apply(ZONE, [new.inverted()])


def test_servers_are_found_by_the_ns_records_as_far_as_the_estate_allows(one: DnsServer) -> None:
    options = {"server": one.address, "tsig": tsig(), "timeout": 0.5}
    wanted = [(key("www"), "A")]
    closed = writer("rfc2136", options).observe(ZONE, wanted)
    assert [(v.server, v.content == {}) for v in closed] == [
        (one.address, False),
        ("ns.outside.invalid", True),
        ("ns1.example.test (127.0.0.1)", True),
    ]
    assert "not in the zone" in closed[1].problem
    assert "does not allow" in closed[2].problem
    opened = writer("rfc2136", options, networks=("127.0.0.0/8",)).observe(ZONE, wanted)
    # It is asked at port 53, where no server of this test listens.
    assert "does not allow" not in opened[2].problem


def test_a_child_zone_on_the_same_server_is_not_taken_for_the_parent(tmp_path: Path) -> None:
    child = tmp_path / "child.zone"
    child.write_text(
        f"$ORIGIN child.{ZONE}.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.99\nx A 192.0.2.98\n"
    )
    zones = {ZONE: zone_file(tmp_path), f"child.{ZONE}": child}
    with bind(tmp_path / "server", zones, updates=True) as server:
        changing = update_writer(server)
        for hidden in ((key("child"), "NS"), (key("ns.child"), "A"), (key("x.child"), "AAAA")):
            with pytest.raises(SourceError, match=r"child zone|answers from the zone"):
                changing.current(ZONE, [hidden])
        assert changing.current(ZONE, [(key("child"), "DS")]) == {(key("child"), "DS"): None}
