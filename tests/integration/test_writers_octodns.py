"""Providers of octoDNS, the real ones for PowerDNS and BIND, driven by plans made from edits."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dns_servers import API_KEY, KEY_NAME, KEY_SECRET, DnsServer, bind, free_port, powerdns
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.writers.octodns import OctodnsWriter
from trustpath.facts.edits import Edit
from trustpath.facts.writer import ConflictError, RefusedError, UncertainError, Writer
from writing import LIFE, ZONE, edit, life, makes, makes_nothing, rrset, writer, zone_file

pytestmark = pytest.mark.peer

Target = tuple[DnsServer, dict[str, Any]]
SECRETS = {"PDNS_KEY": API_KEY, "BIND_SECRET": KEY_SECRET}
# octoDNS joins the strings of a TXT.
CASES = sorted(set(LIFE) - {"txt-strings"})


def bind_options(server: DnsServer) -> dict[str, Any]:
    settings = {
        "host": "127.0.0.1",
        "port": server.port,
        "key_name": KEY_NAME,
        "key_secret": "env/BIND_SECRET",
        "key_algorithm": "hmac-sha256",
        "timeout": 2,
    }
    return {"class": "octodns_bind.Rfc2136Provider", "settings": settings}


def pdns_options(port: int) -> dict[str, Any]:
    settings = {"host": "127.0.0.1", "port": port, "api_key": "env/PDNS_KEY", "timeout": 2}
    return {"class": "octodns_powerdns.PowerDnsProvider", "settings": settings}


@pytest.fixture(scope="module", params=["bind", "powerdns"])
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    zones = {ZONE: zone_file(folder)}
    if request.param == "bind":
        with bind(folder / "server", zones, updates=True) as server:
            yield server, bind_options(server)
    else:
        with powerdns(folder / "server", zones, api_port=port) as server:
            yield server, pdns_options(port)


def made(target: Target, secrets: dict[str, str] = SECRETS, **settings: Any) -> Writer:
    server, options = target
    changed = {**options, "settings": {**options["settings"], **settings}}
    return writer("octodns", {**changed, "servers": [server.address], "timeout": 2}, secrets)


@pytest.mark.parametrize("case", CASES)
def test_an_rrset_is_added_moved_changed_and_removed(target: Target, case: str) -> None:
    changing = made(target)
    for step in life(case):
        assert changing.current(ZONE, [step.key]) == {step.key: step.before}
        with makes(target[0], step):
            changing.apply(ZONE, [step])
        (view,) = changing.observe(ZONE, [step.key])
        assert (view.problem, view.content) == ("", {step.key: step.after})


def test_nothing_is_read_through_the_provider(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing = made(target)
    assert isinstance(changing, OctodnsWriter)
    provider = changing._provider()

    def populate(*_: Any, **__: Any) -> bool:
        pytest.fail("the whole zone was read for one change")

    monkeypatch.setattr(type(provider), "populate", populate)
    new = edit("unread", "A", None, rrset(300, "192.0.2.1"))
    with makes(target[0], new):
        changing.apply(ZONE, [new])
    changing.apply(ZONE, [new.inverted()])


def test_a_cname_takes_the_place_of_others(target: Target) -> None:
    changing = made(target)
    first = edit("swap", "A", None, rrset(60, "192.0.2.1"))
    swap = [first.inverted(), edit("swap", "CNAME", None, rrset(60, "www.example.test."))]
    for change in ([first], swap, [swap[1].inverted()]):
        with makes(target[0], *change):
            changing.apply(ZONE, change)


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        (edit("www", "A", rrset(300, "192.0.2.99"), None), ConflictError, "planned from"),
        (edit("www", "A", rrset(301, "192.0.2.1"), None), ConflictError, "planned from"),
        (edit("www", "A", None, rrset(300, "192.0.2.2")), ConflictError, "planned from"),
        (edit("nowhere", "TXT", rrset(300, '"wild"'), None), ConflictError, "not there"),
        (edit("s", "TXT", None, rrset(300, '"a" "b"')), RefusedError, 'would make "ab"'),
        (edit("s", "HINFO", None, rrset(300, '"a" "b"')), RefusedError, "does not take it"),
        (edit("s", "ALIAS", None, rrset(300, "x.invalid.")), RefusedError, "ALIAS"),
    ],
    ids=["data", "ttl", "there", "synthesised", "strings", "unknown-type", "no-such-type"],
)
def test_one_bad_edit_of_two_and_nothing_is_made(
    target: Target, wrong: Edit, error: type[Exception], told: str
) -> None:
    good = edit("good", "A", None, rrset(300, "192.0.2.1"))
    with makes_nothing(target[0]), pytest.raises(error, match=told):
        made(target).apply(ZONE, [good, wrong])


def test_a_provider_that_is_refused(target: Target) -> None:
    wrong = {"PDNS_KEY": "wrong-key", "BIND_SECRET": "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmc="}
    new = edit("denied", "A", None, rrset(300, "192.0.2.1"))
    with (
        makes_nothing(target[0]),
        pytest.raises(RefusedError, match="the provider failed") as caught,
    ):
        made(target, wrong).apply(ZONE, [new])
    assert not any(secret in str(caught.value) for secret in wrong.values())


def test_a_provider_that_cannot_be_made(target: Target) -> None:
    new = edit("denied", "A", None, rrset(300, "192.0.2.1"))
    with pytest.raises(SourceError, match=r"environment variable [A-Z_]+ is not set"):
        made(target, {}).apply(ZONE, [new])
    with pytest.raises(SourceError, match="does not take these settings"):
        made(target, no_such_setting=1).apply(ZONE, [new])
    with pytest.raises(RefusedError, match="apply_disabled"):
        made(target, apply_disabled=True).apply(ZONE, [new])


def test_octodns_says_nothing_of_its_own(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    new = edit("quiet", "A", None, rrset(300, "192.0.2.1"))
    changing = made(target)
    with caplog.at_level(logging.WARNING):
        changing.apply(ZONE, [new])
        changing.apply(ZONE, [new.inverted()])
    assert [record.getMessage() for record in caplog.records] == []


def test_a_server_that_dies_in_the_middle(tmp_path: Path) -> None:
    new = edit("dying", "A", None, rrset(300, "192.0.2.1"))
    with bind(tmp_path / "server", {ZONE: zone_file(tmp_path)}, updates=True) as server:
        changing = made((server, bind_options(server)))
        assert isinstance(changing, OctodnsWriter)
        provider = changing._provider()
        apply = provider.apply

        def stopping(plan: Any) -> Any:
            os.kill(server.process.pid, signal.SIGSTOP)
            return apply(plan)

        provider.apply = stopping
        killer = threading.Timer(0.4, server.process.kill)
        killer.start()
        try:
            with pytest.raises(UncertainError, match="the provider failed"):
                changing.apply(ZONE, [new])
        finally:
            killer.join()
            server.process.wait(10)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("octodns_nobody.Provider", "needs the Python package octodns_nobody"),
        ("Provider", "is no class in a package"),
        ("octodns_bind.", "is no class in a package"),
    ],
)
def test_a_class_that_is_not_there(name: str, told: str) -> None:
    with pytest.raises(EstateError, match=told) as caught:
        writer("octodns", {"class": name, "servers": ["192.0.2.1"]})
    assert caught.value.where == "estate.yaml:1"
    assert "class" in str(caught.value)


def test_without_octodns_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from trustpath.connectors.writers.octodns import provider

    monkeypatch.setattr(provider, "find_spec", lambda name: None)
    with pytest.raises(EstateError, match=r"needs the Python package octodns \(install octodns"):
        writer("octodns", {"class": "octodns_bind.Rfc2136Provider", "servers": ["192.0.2.1"]})


def test_credentials_are_tried_before_anything_is_written(target: Target) -> None:
    made(target).ready(ZONE)
    wrong = {"PDNS_KEY": "wrong", "BIND_SECRET": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="}
    with pytest.raises(SourceError, match="does not read the zone"):
        made(target, wrong).ready(ZONE)
