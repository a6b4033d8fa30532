"""Pebble believes what the responders show: orders under http-01 and tls-alpn-01 become valid."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cas import Pebble, pebble
from certs import NOW, leaf
from deploying import deployer
from dns_servers import bind
from orders import acme_issuer, settle, wait
from tls_servers import Served, free_port, nginx
from trustpath.app.responders import responder_factory
from trustpath.base.clock import FixedClock
from trustpath.connectors.acme import AcmeIssuer
from trustpath.facts.challenge import Responder, ResponderSpec
from trustpath.facts.deploying import KeyPolicy
from trustpath.facts.issuing import OrderStatus, Request
from trustpath.facts.source import Context

pytestmark = pytest.mark.peer

NAMES = ("www.shop.test", "static.shop.test")
CONTEXT = Context(FixedClock(int(time.time())))


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    folder = tmp_path_factory.mktemp("responders")
    zone = folder / "shop.test.zone"
    zone.write_text(
        "$ORIGIN shop.test.\n$TTL 60\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\n"
        "ns A 127.0.0.1\nwww A 127.0.0.1\nstatic A 127.0.0.1\n"
    )
    with (
        bind(folder / "bind", {"shop.test": zone}) as server,
        pebble(folder / "pebble", dns=server.address) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def issuer(ca: Pebble, tmp_path_factory: pytest.TempPathFactory) -> AcmeIssuer:
    made = acme_issuer(ca, tmp_path_factory.mktemp("account"))
    made.register(agree=True)
    return made


def responder(kind: str, folder: Path, options: Mapping[str, Any]) -> Responder:
    spec = ResponderSpec("r", kind, options, folder, "estate.yaml:7")
    return responder_factory(kind, spec.where)(spec, CONTEXT)


def obtain(issuer: AcmeIssuer, answering: Responder, folder: Path) -> None:
    """Go the whole way of an order, with a key that a deployer makes and puts into use."""
    now = CONTEXT.clock.now()
    place = deployer("files", folder, {"key": "key.pem", "chain": "chain.pem"}, now=now)
    pending = place.prepare("O1", NAMES, KeyPolicy(), reuse=False)
    order = issuer.begin(Request(NAMES, pending.csr))
    for _ in range(5):  # Pebble may take over what an earlier test proved
        proofs = [proof for proof in order.proofs if proof.method == answering.method]
        if len(proofs) == len(NAMES):
            break
        issuer.abandon(order.authorizations)
        order = issuer.begin(Request(NAMES, pending.csr))
    assert {proof.name for proof in proofs} == set(NAMES)
    order = settle(issuer, order, answering.present, answering.method)
    assert order.status is OrderStatus.READY, order.problem
    for proof in proofs:
        answering.withdraw(proof)
    order = wait(issuer, issuer.finalize(order, pending.csr))
    chain = issuer.fetch(order).certificates
    place.deploy("O1", chain)
    current = place.current()
    assert current is not None
    assert current.spki == pending.spki
    assert current.chain == chain


@pytest.mark.parametrize("kind", ["http", "tls-alpn"])
def test_listeners_prove_control(ca: Pebble, issuer: AcmeIssuer, tmp_path: Path, kind: str) -> None:
    port = ca.http_port if kind == "http" else ca.tls_port
    options = {"address": "127.0.0.1", "port": port}
    with closing(responder(kind, tmp_path, options)) as answering:
        obtain(issuer, answering, tmp_path)


def test_a_web_server_proves_control(ca: Pebble, issuer: AcmeIssuer, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    tmp_path.chmod(0o755)
    self_signed = leaf(None, "www.shop.test")
    # Served appends what answers everything, so it goes to a server of no use.
    extra = (
        f"}} server {{ listen 127.0.0.1:{ca.http_port}; root {site}; }}"
        f"server {{ listen 127.0.0.1:{free_port()};"
    )
    block = Served("127.0.0.1", free_port(), self_signed.pem, self_signed.key_pem, extra=extra)
    with (
        nginx(tmp_path / "nginx", [block]),
        closing(responder("webroot", tmp_path, {"path": "site"})) as answering,
    ):
        obtain(issuer, answering, tmp_path)
    assert [path.name for path in site.rglob("*") if path.is_file()] == []


def test_a_wrong_answer_is_not_believed(ca: Pebble, issuer: AcmeIssuer, tmp_path: Path) -> None:
    """The listener answers, and not with what was asked: so the CA does look at it."""
    options = {"address": "127.0.0.1", "port": ca.tls_port}
    place = deployer("files", tmp_path, {"key": "key.pem", "chain": "chain.pem"}, now=NOW)
    pending = place.prepare("O1", NAMES[:1], KeyPolicy(), reuse=False)
    order = issuer.begin(Request(NAMES[:1], pending.csr))
    [proof] = [proof for proof in order.proofs if proof.method == "tls-alpn-01"]
    with closing(responder("tls-alpn", tmp_path, options)) as answering:
        answering.present(replace(proof, value="00" * 32))
        issuer.show(proof)
        order = wait(issuer, order)
    assert order.status is OrderStatus.INVALID
