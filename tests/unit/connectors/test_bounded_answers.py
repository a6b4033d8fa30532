"""Servers that keep a reader waiting, or that never end: a Vault, and what certificates name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orders import request
from tls_servers import Handler, drip, flood, say, scripted, stall
from trustpath.base.clock import FixedClock
from trustpath.base.errors import SourceError
from trustpath.connectors.revocation import fetch
from trustpath.connectors.vault import VaultIssuer, make
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.source import Context, ProbePolicy

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
CASES = pytest.mark.parametrize(
    ("handler", "told"),
    [
        (drip(HEAD + b" " * 10_000, 0.02), "not complete in time"),
        (flood(HEAD, b" " * 65536), "has more than [0-9]+ octets"),
        (stall, "cannot be"),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", after=1), "cannot be"),
    ],
    ids=["drip", "flood", "stall", "truncated"],
)


def vault(port: int) -> VaultIssuer:
    written = {"url": f"http://127.0.0.1:{port}", "role": "web", "token": "env:T", "timeout": 1}
    spec = IssuerSpec("bao", "vault", "own", written, Path(), "estate.yaml:7")
    return make(spec, Context(FixedClock(0), secrets={"T": "token"}))


@CASES
def test_a_vault_is_waited_for_within_bounds(handler: Handler, told: str) -> None:
    started = time.monotonic()
    with scripted(handler) as (port, _), pytest.raises(SourceError, match=told):
        vault(port).look("vault:serial/01")
    assert time.monotonic() - started < 6


@CASES
def test_a_place_that_a_certificate_names_is_waited_for_within_bounds(
    handler: Handler, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_TIMEOUT", 1.0)
    monkeypatch.setattr(fetch, "_TOTAL_SECONDS", 1.0)
    started = time.monotonic()
    with scripted(handler) as (port, _), pytest.raises(SourceError, match=told):
        fetch.fetch(f"http://127.0.0.1:{port}/crl")
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_that_is_nested_too_deeply_is_no_answer(status: int) -> None:
    body = b"[" * 100_000
    head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    told = "no JSON" if status == 200 else "status 404"
    handler = say(head + body, after=1)
    with scripted(handler) as (port, _), pytest.raises(SourceError, match=told):
        vault(port).look("vault:serial/01")


def test_a_serial_number_leads_nowhere_else() -> None:
    body = b'{"data": {"serial_number": "../../sys/seal"}}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    asked = request("www.vault.example")
    with scripted(say(head + body, after=1)) as (port, _):
        one = vault(port)
        with pytest.raises(SourceError, match="no serial number"):
            one.finalize(one.begin(asked), asked.csr)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://[::1/crl", "no URL"),
        ("ldap://ca.example/crl", "no URL"),
        ("http:///crl", "no URL"),
        ("http://" + "a" * 64 + ".example/crl", "is no name of a host"),
        ("http://a..example/crl", "is no name of a host"),
        ("http://127.0.0.1/crl", "not among the networks"),
    ],
    ids=lambda value: value[:24],
)
def test_a_place_that_cannot_be_asked_is_told(url: str, told: str) -> None:
    assert told in fetch.allowed(url, (), ProbePolicy())
