"""Options of the acme issuer, its key files, and servers that do not behave."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from certs import NOW
from tls_servers import Handler, drip, flood, say, scripted, stall
from trustpath.app.issuers import issuer_factory, make_issuers
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.acme import AcmeIssuer, keys, make
from trustpath.connectors.estate import read_estate
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.source import Context

BASE = {"directory": "https://ca.example/dir", "account_key": "account.pem"}


def issuer(folder: Path, **options: Any) -> AcmeIssuer:
    spec = IssuerSpec("le", "acme", "ca", {**BASE, **options}, folder, "estate.yaml:9")
    return make(spec, Context(FixedClock(NOW)))


# -- options ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"directory": None}, "directory: is missing"),
        ({"directory": "http://ca.example/dir"}, "is no https URL"),
        ({"directory": "ftp://ca.example/dir"}, "is no https URL"),
        ({"directory": "https://[::1/dir"}, "is no https URL"),
        ({"account_key": ""}, "account_key: is missing"),
        ({"extra": 1}, "extra: unknown option"),
        ({"timeout": "soon"}, "no duration"),
        ({"timeout": 0}, "not above 0"),
        ({"external_account": {"key": "env:X"}}, "kid: is missing"),
        ({"external_account": {"kid": "k", "key": "c2VjcmV0"}}, "a secret is not written"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_options_that_cannot_be_used(tmp_path: Path, options: dict[str, Any], match: str) -> None:
    with pytest.raises(EstateError, match=match) as error:
        issuer(tmp_path, **options)
    assert error.value.where == "estate.yaml:9"
    assert "c2VjcmV0" not in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "[::1]:80", "localhost"])
def test_plain_http_is_for_this_machine(tmp_path: Path, host: str) -> None:
    assert issuer(tmp_path, directory=f"http://{host}/dir").spec.id == "le"


ESTATE = """\
organisation: Example
cas:
  - {id: le, caa: [letsencrypt.org]}
  - {id: own, directory: https://own.example/dir}
issuers:
  - {id: a, kind: acme, ca: le, account_key: a.pem}
  - {id: b, kind: acme, ca: own, account_key: b.pem}
  - {id: c, kind: acme, ca: own, account_key: c.pem, directory: https://c.example/dir}
"""


def test_the_directory_of_the_ca_is_that_of_its_issuers(tmp_path: Path) -> None:
    file = tmp_path / "estate.yaml"
    file.write_text(ESTATE)
    made = make_issuers(read_estate(file), Context(FixedClock(NOW)))
    directories = {id_: one.spec.options["directory"] for id_, one in made.items()}
    assert directories == {
        "a": "https://acme-v02.api.letsencrypt.org/directory",
        "b": "https://own.example/dir",
        "c": "https://c.example/dir",
    }
    assert isinstance(made["a"], AcmeIssuer)


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(EstateError, match="no issuer of kind 'cmp'") as error:
        issuer_factory("cmp", "estate.yaml:5")
    assert "acme" in error.value.hint


# -- keys -------------------------------------------------------------------------------------


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "account.pem"
    keys.make(file)
    content = file.read_bytes()
    with pytest.raises(EstateError, match="cannot be written"):
        keys.make(file)
    assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_key_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EstateError, match="account key"):
        keys.make(tmp_path / "file" / "account.pem")
    with pytest.raises(EstateError, match="account key cannot be read"):
        keys.load(tmp_path / "file" / "account.pem")


@pytest.mark.parametrize("content", ["", "nothing", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key(tmp_path: Path, content: str) -> None:
    file = tmp_path / "account.pem"
    file.touch(0o600)
    file.write_text(content)
    with pytest.raises(EstateError, match="no private key") as error:
        keys.load(file)
    assert error.value.__cause__ is None


# -- the wire ---------------------------------------------------------------------------------


def response(body: bytes, status: int = 200, *headers: str) -> bytes:
    head = f"HTTP/1.1 {status} {http.client.responses[status]}\r\n"
    lines = "".join(
        f"{line}\r\n" for line in (*headers, "Connection: close", f"Content-Length: {len(body)}")
    )
    return f"{head}{lines}\r\n".encode() + body


@pytest.mark.parametrize(
    ("handler", "match"),
    [
        (say(b"", after=1), "no answer"),
        (say(b"SSH-2.0-x\r\n", after=1), "no answer"),
        (say(response(b"not json"), after=1), "no JSON object"),
        (say(response(b"{}"), after=1), "no ACME directory"),
        (say(response(b"", 302, "Location: https://evil.example/"), after=1), "answers 302"),
        (say(response(b"gone", 410), after=1), "answers 410"),
        (
            say(response(b"\x1f\x8b\x08garbage", 200, "Content-Encoding: gzip"), after=1),
            "no JSON object",
        ),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", after=1), "no answer"),
        (flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), "more than 4194304 octets"),
        (stall, "no answer within 1 s"),
        (drip(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000, 0.02), "not complete in time"),
    ],
    ids=[
        "closed",
        "another protocol",
        "not json",
        "empty object",
        "redirect",
        "gone",
        "compressed",
        "truncated",
        "flood",
        "stall",
        "drip",
    ],
)
def test_servers_that_do_not_behave(tmp_path: Path, handler: Handler, match: str) -> None:
    started = time.monotonic()
    with scripted(handler) as (port, _):
        here = issuer(tmp_path, directory=f"http://127.0.0.1:{port}/dir", timeout=1)
        with pytest.raises(SourceError, match=match):
            here.offer()
    assert time.monotonic() - started < 6


def test_a_connection_that_went_away_is_made_anew_where_asking_twice_is_harmless(
    tmp_path: Path,
) -> None:
    answers = iter([b"", response(b"[]")])

    def handler(connection: socket.socket, stop: threading.Event) -> None:
        say(next(answers), after=1)(connection, stop)

    with scripted(handler) as (port, accepted):
        here = issuer(tmp_path, directory=f"http://127.0.0.1:{port}/dir", timeout=1)
        with pytest.raises(SourceError, match="no JSON object"):
            here.offer()
    assert len(accepted) == 2


def test_a_directory_that_leads_elsewhere_in_the_open_is_not_followed(tmp_path: Path) -> None:
    names = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
    body = json.dumps({name: f"http://other.example/{name}" for name in names}).encode()
    with scripted(say(response(body), after=1)) as (port, _):
        here = issuer(tmp_path, directory=f"http://127.0.0.1:{port}/dir", timeout=1)
        keys.make(tmp_path / "account.pem")
        with pytest.raises(SourceError, match="no https URL"):
            here.register(agree=True)
