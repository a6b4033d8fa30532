"""No secret in the traceback of a connector's exception, with every variable of every frame."""

from __future__ import annotations

import http.client
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cas import OpenBao, openbao
from dns_servers import API_KEY, KEY_NAME, KEY_SECRET, DnsServer, bind, free_port, powerdns
from orders import request
from trustpath.base.clock import FixedClock
from trustpath.base.errors import TrustpathError
from trustpath.base.secret import Variables
from trustpath.connectors.axfr.options import TsigOption
from trustpath.connectors.vault import make
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.source import Context
from writing import ZONE, edit, rrset, tsig, writer, zone_file

pytestmark = pytest.mark.peer
WRONG = "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmc="
NEW = edit("new", "A", None, rrset(300, "192.0.2.77"))


def shown(work: Callable[[], object]) -> str:
    """Return what a traceback of the error that comes of it shows, with all that led to it."""
    with pytest.raises(TrustpathError) as caught:
        work()
    found = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(found.format())
    assert "self = " in text, "variables are not shown: this proves nothing"
    return text.partition("trustpath/connectors")[2] + f"{caught.value!r}"


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    folder = tmp_path_factory.mktemp("bind")
    with bind(folder / "server", {ZONE: zone_file(folder)}, updates=True) as made:
        yield made


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("bao"), dns="127.0.0.1:53", tls=True) as started:
        yield started


@pytest.mark.parametrize("secret", [KEY_SECRET, WRONG], ids=["right", "wrong"])
def test_no_tsig_secret(named: DnsServer, secret: str) -> None:
    there = named.address if secret == WRONG else f"127.0.0.1:{free_port()}"
    options = {"server": there, "servers": [there], "timeout": 2}
    made = writer("rfc2136", {**options, "tsig": tsig()}, {"TSIG": secret})
    for text in (
        shown(lambda: made.apply(ZONE, [NEW])),
        shown(lambda: made.current(ZONE, [NEW.key])),
    ):
        assert "key = <TSIG key" in text, "no frame has the key: this proves nothing"
        assert secret not in text


def test_no_tsig_secret_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"secret \xff" + KEY_SECRET.encode())
    for place, secrets in (("file:key", {}), ("env:TSIG", {"TSIG": "!" + KEY_SECRET})):
        held = Variables(secrets)
        option = TsigOption(KEY_NAME, "hmac-sha256", place)
        assert KEY_SECRET not in shown(partial(option.key, held, tmp_path))


def test_no_api_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with powerdns(tmp_path / "server", {ZONE: zone_file(tmp_path)}, api_port=port) as server:
        options = {"url": f"http://127.0.0.1:{port}", "key": "env:KEY", "timeout": 2}
        options |= {"servers": [server.address]}
        refused = writer("powerdns", options, {"KEY": WRONG})
        assert WRONG not in shown(lambda: refused.apply(ZONE, [NEW]))
        made = writer("powerdns", options, {"KEY": API_KEY})
        monkeypatch.setattr(http.client.HTTPConnection, "endheaders", _lost)
        assert API_KEY not in shown(lambda: made.apply(ZONE, [NEW]))
    assert API_KEY not in shown(lambda: made.apply(ZONE, [NEW]))


def _lost(_connection: http.client.HTTPConnection, *_rest: object, **_named: object) -> None:
    raise ConnectionResetError("lost while it was sent")


@pytest.mark.parametrize("there", [True, False], ids=["refused", "gone"])
def test_no_vault_token(bao: OpenBao, there: bool) -> None:
    token = "s.wrong-token-of-the-tests" if there else bao.token
    url = bao.address if there else f"https://127.0.0.1:{free_port()}"
    given = {"url": url, "role": "web", "token": "env:T", "roots": str(bao.vouching)}
    context = Context(FixedClock(int(time.time())), secrets={"T": token})
    issuer = make(IssuerSpec("bao", "vault", "internal", given, Path(), "estate.yaml:1"), context)
    wanted = request("www.shown.example")
    order = issuer.begin(wanted)
    assert token not in shown(lambda: issuer.finalize(order, wanted.csr))
