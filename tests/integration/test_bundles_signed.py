"""Every kind of bundle in a zone that BIND signs, killed at every place between two durable acts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest
import yaml
from cryptography import x509

from bundling import Hours, Play, done_once, held, hours, killed, obtain, spki
from cas import Pebble
from dns_servers import KEY_SECRET, DnsServer
from issuing import Shop, authorities, shop
from tls_servers import Served, nginx
from trustpath.facts.bundle import Bundle, BundleState, Verb
from trustpath.workflow.bundle.starting import Wish

__all__ = ("hours",)
pytestmark = pytest.mark.peer
NAMES = ("roll", "change", "move", "account", "mass")


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    zones = [f"{name}.example" for name in NAMES]
    with authorities(tmp_path_factory.mktemp("signed"), zones, signed=True) as started:
        for zone in zones:
            _await_signed(started[0], zone)
        yield started


@pytest.fixture
def play(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble],
    monkeypatch: pytest.MonkeyPatch,
    hours: Hours,
) -> Iterator[Play]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with shop(tmp_path, f"{request.param}.example", *peers) as place:
        place.write(
            place.job(issuers=["pebble", "second"]),
            cas=[_ca("pebble"), _ca("other")],
            issuers=[_issuer(place, "pebble", "pebble"), _issuer(place, "second", "other")],
            services=[{**_service(place), "cas": ["pebble", "other"]}],
        )
        place.register()
        made = Play(place, hours)
        obtain(made)
        yield made


def _ca(name: str) -> dict[str, Any]:
    caa = [f"{name}.example"]
    return {"id": name, "approved": True, "public": False, "acme": True, "caa": caa, "reuse": "90d"}


def _issuer(place: Shop, name: str, ca: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "acme",
        "ca": ca,
        "directory": place.ca.directory,
        "roots": str(place.ca.vouching),
        "account_key": f"{name}.pem",
    }


def _service(place: Shop) -> dict[str, Any]:
    return dict(yaml.safe_load(place.estate.read_text())["services"][0])


def _signatures(server: DnsServer, name: str, rdtype: str) -> int:
    query = dns.message.make_query(name, rdtype, want_dnssec=True)
    answer = dns.query.tcp(query, "127.0.0.1", port=server.port, timeout=10)
    return sum(rrset.rdtype == dns.rdatatype.RRSIG for rrset in answer.answer)


def _await_signed(server: DnsServer, zone: str) -> None:
    ends = time.monotonic() + 60
    while not _signatures(server, zone, "SOA"):
        assert time.monotonic() < ends, server.log.read_text()[-2000:]
        time.sleep(0.1)


def killed_everywhere(play: Play, bundle: str) -> Bundle:
    """Kill what carries a bundle before and after every step; return the bundle at its end."""
    for number, step in enumerate(play.bundle(bundle).steps):
        if step.verb is not Verb.WAIT:
            for place in ("begun", "done"):
                killed(play, bundle, f"{number}.{place}")
    done = play.play(bundle)
    assert done.state is BundleState.DONE, (done.problem, [s.problem for s in done.steps])
    assert done_once(play, done)
    return done


def published(play: Play, name: str, rdtype: str) -> Sequence[str]:
    """Return an RRset at the primary, which has to be signed."""
    assert _signatures(play.shop.server, name, rdtype), f"{name} {rdtype} is not signed"
    return held(play.shop, name, rdtype)


@pytest.mark.parametrize("play", ["roll"], indirect=True)
def test_a_key_rollover(play: Play) -> None:
    owner = f"_{play.shop.port}._tcp.www.{play.shop.zone}"
    play.shop.update(owner, "TLSA", f"3 1 1 {spki(play.shop)}")
    bundle = play.start(Wish("key-rollover", jobs=("web",)))
    done = killed_everywhere(play, bundle)
    assert spki(play.shop) == done.steps[0].result["spki"]
    assert [text.split()[-1] for text in published(play, owner, "TLSA")] == [spki(play.shop)]
    assert len(play.orders()) == 2


@pytest.mark.parametrize("play", ["change"], indirect=True)
def test_a_change_of_ca(play: Play) -> None:
    bundle = play.start(Wish("change-ca", jobs=("web",), issuer="second"))
    killed_everywhere(play, bundle)
    assert published(play, play.shop.zone, "CAA") == ['0 issue "other.example"']
    assert [order.ca for order in play.orders()] == ["pebble", "other"]


@pytest.mark.parametrize("play", ["move"], indirect=True)
def test_a_move_of_an_endpoint(play: Play) -> None:
    place = play.shop
    name = f"www.{place.zone}"
    place.write(services=[{k: v for k, v in _service(place).items() if k != "endpoints"}])
    chain, key = (place.web / "0.bin").read_bytes(), (place.web / "1.bin").read_bytes()
    with ExitStack() as stack:
        block = Served("127.0.0.3", place.port, chain, key)
        stack.enter_context(nginx(place.folder / "new", [block]))
        wish = Wish("endpoint-move", name=name, addresses=("127.0.0.3",), port=place.port)
        killed_everywhere(play, play.start(wish))
    assert published(play, name, "A") == ["127.0.0.3"]


@pytest.mark.parametrize("play", ["account"], indirect=True)
def test_a_change_of_account(play: Play) -> None:
    place = play.shop
    (first,) = play.orders()
    bound = f'0 issue "pebble.example; accounturi={first.account}"'
    place.update(place.zone, "CAA", bound)
    (place.folder / "second.pem").unlink()
    place.write(
        place.job(issuers=["pebble", "second"]),
        issuers=[_issuer(place, "pebble", "pebble"), _issuer(place, "second", "pebble")],
    )
    bundle = play.start(Wish("change-account", jobs=("web",), issuer="second"), "pia")
    done = killed_everywhere(play, bundle)
    now = done.steps[0].result["uri"]
    assert published(play, place.zone, "CAA") == [bound.replace(str(first.account), now)]
    assert [order.account for order in play.orders()] == [first.account, now]


@pytest.mark.parametrize("play", ["mass"], indirect=True)
def test_a_replacement_that_revokes(play: Play) -> None:
    old = play.orders()[-1]
    bundle = play.start(Wish("replacement", jobs=("web",), new_key=True, reason="superseded"))
    for place in ("begun", "done"):
        killed(play, bundle, f"0.{place}")
    done = play.play(bundle)
    for _ in range(3):  # an old worker of nginx may be seen to serve what is to be revoked
        if done.state is BundleState.STUCK:
            play.turn_to(bundle, "resume")
            done = play.play(bundle)
    assert done.state is BundleState.DONE, [step.problem for step in done.steps]
    assert len(play.orders()) == 2, "one certificate before, one after"
    serial = x509.load_pem_x509_certificate(old.chain.encode()).serial_number
    assert play.shop.ca.status(serial)["Status"] == "Revoked"
