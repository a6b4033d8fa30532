"""The HTTP API of a real PowerDNS. The zone is compared whole each time."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dns_servers import API_KEY, DnsServer, free_port, powerdns
from trustpath.base.errors import SourceError
from trustpath.connectors.writers.powerdns import PowerDnsWriter
from trustpath.facts.edits import Edit, inverted
from trustpath.facts.writer import ConflictError, RefusedError, UncertainError, Writer
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
    writer,
    zone_file,
)

pytestmark = pytest.mark.peer

Api = tuple[DnsServer, int]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder, port = tmp_path_factory.mktemp("powerdns"), free_port()
    with powerdns(folder / "server", {ZONE: zone_file(folder)}, api_port=port) as server:
        yield server, port


def api_writer(api: Api, secret: str = API_KEY, **options: Any) -> Writer:
    server, port = api
    known = {"url": f"http://127.0.0.1:{port}", "key": "env:KEY", "timeout": 2}
    return writer("powerdns", {**known, "servers": [server.address], **options}, {"KEY": secret})


def patch(api: Api, *rrsets: dict[str, Any]) -> None:
    """Change the zone as somebody else would."""
    connection = http.client.HTTPConnection("127.0.0.1", api[1], timeout=10)
    path = f"/api/v1/servers/localhost/zones/{ZONE}."
    connection.request("PATCH", path, json.dumps({"rrsets": rrsets}), {"X-API-Key": API_KEY})
    assert connection.getresponse().status == 204
    connection.close()


def foreign(name: str, rdtype: str, *contents: str, disabled: bool = False) -> dict[str, Any]:
    return {
        "name": f"{key(name)}.",
        "type": rdtype,
        "ttl": 300,
        "changetype": "REPLACE" if contents else "DELETE",
        "records": [{"content": c, "disabled": disabled} for c in contents],
    }


def confirmed(changing: Writer, edits: list[Edit]) -> None:
    wanted = {e.key: e.after for e in edits}
    assert changing.current(ZONE, wanted) == wanted
    (view,) = changing.observe(ZONE, wanted)
    assert (view.problem, view.content) == ("", wanted)


@pytest.mark.parametrize("case", sorted(LIFE))
def test_an_rrset_is_added_moved_changed_and_removed(api: Api, case: str) -> None:
    changing = api_writer(api)
    for step in life(case):
        assert changing.current(ZONE, [step.key]) == {step.key: step.before}
        with makes(api[0], step):
            changing.apply(ZONE, [step])
        confirmed(changing, [step])


def test_the_whole_zone_is_read_as_it_is_transferred(api: Api) -> None:
    zone = served(api[0])
    absent = [(key(f"n{n}"), "A") for n in range(80)]
    found = api_writer(api).current(ZONE, [*zone, *absent])
    assert found == {**zone, **dict.fromkeys(absent)}


def test_many_edits_are_one_change(api: Api) -> None:
    changing = api_writer(api)
    edits = [edit("swap", "A", None, rrset(60, "192.0.2.1"))]
    edits.append(edit("swap", "TXT", None, rrset(60, '"x"')))
    swap = [edit("swap", "CNAME", None, rrset(60, "www.example.test."))]
    swap += inverted(edits)
    for change in (edits, swap):
        with makes(api[0], *change):
            changing.apply(ZONE, change)
        confirmed(changing, change)
    with makes(api[0], swap[0].inverted()):
        changing.apply(ZONE, [swap[0].inverted()])


def test_the_soa_keeps_the_servers_serial(api: Api) -> None:
    changing = api_writer(api)
    soa = changing.current(ZONE, [(ZONE, "SOA")])[ZONE, "SOA"]
    assert soa is not None
    before = changing.observe(ZONE, [])[0].serial
    fields = soa.rdatas[0].split()
    to = edit("", "SOA", soa, rrset(300, " ".join([*fields[:2], "0", *fields[3:6], "61"])))
    changing.apply(ZONE, [to])
    after = changing.current(ZONE, [(ZONE, "SOA")])[ZONE, "SOA"]
    assert after is not None
    assert after.rdatas[0].split()[3:] == [*fields[3:6], "61"]
    assert before is not None
    assert int(after.rdatas[0].split()[2]) == before + 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (edit("www", "A", rrset(300, "192.0.2.99"), rrset(300, "192.0.2.2")), ConflictError),
        (edit("www", "A", rrset(301, "192.0.2.1"), rrset(302, "192.0.2.1")), ConflictError),
        (edit("www", "A", None, rrset(300, "192.0.2.2")), ConflictError),
        (edit("gone", "A", rrset(300, "192.0.2.1"), None), ConflictError),
        (edit("nowhere", "TXT", rrset(300, '"wild"'), None), ConflictError),
        (edit("alias", "A", None, rrset(300, "192.0.2.2")), ConflictError),
        (edit("www", "CNAME", None, rrset(300, "alias.example.test.")), ConflictError),
        (edit("www.other", "ALIAS", None, rrset(300, "x.")), RefusedError),
    ],
    ids=[
        "data",
        "ttl",
        "there",
        "not-there",
        "synthesised",
        "beside-cname",
        "cname-beside",
        "type",
    ],
)
def test_one_bad_edit_of_two_and_nothing_is_made(
    api: Api, wrong: Edit, error: type[Exception]
) -> None:
    good = edit("good", "A", None, rrset(300, "192.0.2.1"))
    with makes_nothing(api[0]), pytest.raises(error):
        api_writer(api).apply(ZONE, [good, wrong])


def test_a_lost_race_is_refused_and_theirs_stands(api: Api) -> None:
    planned = edit("race", "A", None, rrset(300, "192.0.2.1"))
    theirs = edit("race", "A", None, rrset(300, "192.0.2.66"))
    with makes(api[0], theirs):
        patch(api, foreign("race", "A", "192.0.2.66"))
        with pytest.raises(ConflictError):
            api_writer(api).apply(ZONE, [planned])
    patch(api, foreign("race", "A"))


def test_writers_of_one_process_take_turns(api: Api) -> None:
    changing = api_writer(api, timeout=10)
    edits = [edit("both", "A", None, rrset(300, f"192.0.2.{n}")) for n in range(1, 6)]
    refused: list[Edit] = []

    def run(one: Edit) -> None:
        try:
            changing.apply(ZONE, [one])
        except ConflictError:
            refused.append(one)

    threads = [threading.Thread(target=run, args=(one,)) for one in edits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [e for e in edits if e not in refused]
    assert served(api[0])[won.key] == won.after
    changing.apply(ZONE, [won.inverted()])


def test_a_change_between_comparing_and_writing_is_told(api: Api) -> None:
    class Slow(PowerDnsWriter):
        """Lets somebody else in after the comparison."""

        def _held(self, *arguments: Any) -> Any:
            held = PowerDnsWriter._held(self, *arguments)
            patch(api, foreign("between", "A", "192.0.2.66"))
            return held

    plain = api_writer(api)
    assert isinstance(plain, PowerDnsWriter)
    fields = (plain.spec, plain.endpoint, plain.key, plain.servers, plain.timeout, plain.probes)
    slow = Slow(*fields, plain.secrets)
    with pytest.raises(UncertainError, match="1 other changes came between"):
        slow.apply(ZONE, [edit("between", "A", None, rrset(300, "192.0.2.1"))])
    patch(api, foreign("between", "A"))


def test_what_is_overwritten_right_afterwards_is_told(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = PowerDnsWriter._patch

    def early(self: PowerDnsWriter, *arguments: Any) -> Any:
        headers = made(self, *arguments)
        patch(api, foreign("later", "A", "192.0.2.66"))
        return headers

    monkeypatch.setattr(PowerDnsWriter, "_patch", early)
    with pytest.raises(UncertainError, match=r"right afterwards the RRset is \d+ 192\.0\.2\.66"):
        api_writer(api).apply(ZONE, [edit("later", "A", None, rrset(300, "192.0.2.1"))])
    patch(api, foreign("later", "A"))


def test_disabled_records_are_none_of_the_zone(api: Api) -> None:
    patch(api, foreign("off", "A", "192.0.2.5", disabled=True))
    changing = api_writer(api)
    others = [(key(f"n{n}"), "A") for n in range(80)]
    for more in ([], others):
        assert changing.current(ZONE, [(key("off"), "A"), *more])[key("off"), "A"] is None
    patch(api, foreign("off", "A"))


@pytest.mark.parametrize(
    ("options", "secret", "told"),
    [
        ({}, "another-key", "401.*compare the API key"),
        ({"server_id": "elsewhere"}, API_KEY, "404"),
        ({}, "", "is empty: env:KEY"),
    ],
    ids=["key", "server", "no-key"],
)
def test_what_the_server_does_not_accept(
    api: Api, options: dict[str, Any], secret: str, told: str
) -> None:
    changing = api_writer(api, secret, **options)
    new = edit("denied", "A", None, rrset(300, "192.0.2.1"))
    with makes_nothing(api[0]), pytest.raises(SourceError, match=told) as caught:
        changing.apply(ZONE, [new])
    assert not isinstance(caught.value, UncertainError)
    assert not secret or secret not in str(caught.value)


def test_a_zone_that_the_server_does_not_have(api: Api) -> None:
    away = Edit("nope.test", "www.nope.test", "A", None, rrset(300, "192.0.2.1"))
    with pytest.raises(RefusedError, match="404"):
        api_writer(api).apply("nope.test", [away])


def test_a_server_that_dies_after_the_change_was_sent(tmp_path: Path) -> None:
    port = free_port()
    new = edit("dying", "A", None, rrset(300, "192.0.2.1"))
    with powerdns(tmp_path / "server", {ZONE: zone_file(tmp_path)}, api_port=port) as server:

        class Stopping(PowerDnsWriter):
            """Stops the server after the comparison."""

            def _held(self, *arguments: Any) -> Any:
                held = PowerDnsWriter._held(self, *arguments)
                os.kill(server.process.pid, signal.SIGSTOP)
                return held

        plain = api_writer((server, port), timeout=1)
        assert isinstance(plain, PowerDnsWriter)
        fields = (plain.spec, plain.endpoint, plain.key, plain.servers, plain.timeout, plain.probes)
        killer = threading.Timer(0.4, server.process.kill)
        killer.start()
        try:
            with pytest.raises(UncertainError, match="no proper answer"):
                Stopping(*fields, plain.secrets).apply(ZONE, [new])
        finally:
            killer.join()
            server.process.wait(10)
        with pytest.raises(SourceError, match="nothing was sent") as dead:
            plain.apply(ZONE, [new])
        assert not isinstance(dead.value, UncertainError)


def test_an_answer_without_end_is_given_up(tmp_path: Path) -> None:
    """A server that is none: it sends headers, and then one octet at a time for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def drip() -> None:
            stream, _ = listener.accept()
            with stream:
                stream.recv(65536)
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                while not done.wait(0.05):
                    try:
                        stream.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        options = {"url": url, "key": "env:KEY", "timeout": 0.5, "servers": ["127.0.0.1:53"]}
        try:
            with pytest.raises(SourceError, match="not complete within"):
                writer("powerdns", options, {"KEY": "k"}).current(ZONE, [(ZONE, "NS")])
        finally:
            done.set()
            thread.join(10)


def test_what_could_be_written_is_told_before(api: Api) -> None:
    api_writer(api).ready(ZONE)
    with pytest.raises(SourceError, match="401"):
        api_writer(api, secret="wrong").ready(ZONE)
    with pytest.raises(SourceError, match=r"404.*does not have the zone"):
        api_writer(api).ready("other.example")
    closed = free_port()
    with pytest.raises(SourceError, match=f"127.0.0.1:{closed}"):
        api_writer(api, url=f"http://127.0.0.1:{closed}").ready(ZONE)
