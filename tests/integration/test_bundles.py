"""Every kind of bundle, end to end against real peers: Pebble, OpenBao, BIND, nginx."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from bundling import Play, ended, held, hours, obtain, spki, states
from cas import Pebble, openbao
from certs import leaf, pem_bundle, root
from dns_servers import KEY_SECRET, DnsServer
from issuing import Shop, authorities, entries, shop
from tls_servers import Served, nginx
from trustpath.facts.bundle import BundleState
from trustpath.workflow.bundle.starting import Wish

__all__ = ("hours",)
pytestmark = pytest.mark.peer
ZONES = tuple(f"{name}.example" for name in ("roll", "change", "move", "account", "mass", "engine"))
CAS = [
    {
        "id": name,
        "approved": True,
        "public": False,
        "acme": name == "pebble",
        "caa": [f"{name}.example"],
        "reuse": "90d",
    }
    for name in ("pebble", "bao")
]


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DnsServer, Pebble]]:
    with authorities(tmp_path_factory.mktemp("bundles"), ZONES) as started:
        yield started


def services(place: Shop) -> list[dict[str, Any]]:
    """Return the services as the estate file has them."""
    return list(yaml.safe_load(place.estate.read_text())["services"])


def deployers(place: Shop) -> list[dict[str, Any]]:
    """Return the deployers as the estate file has them."""
    return list(yaml.safe_load(place.estate.read_text())["deployers"])


def acme(place: Shop, name: str) -> list[dict[str, Any]]:
    """Return an issuer of the shop's Pebble with an account of its own."""
    key = "account.pem" if name == "pebble" else f"{name}.pem"
    return [
        {
            "id": name,
            "kind": "acme",
            "ca": "pebble",
            "directory": place.ca.directory,
            "roots": str(place.ca.vouching),
            "account_key": key,
        }
    ]


@pytest.fixture
def play(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    peers: tuple[DnsServer, Pebble],
    monkeypatch: pytest.MonkeyPatch,
    hours: object,
) -> Iterator[Play]:
    monkeypatch.setenv("TSIG", KEY_SECRET)
    with shop(tmp_path, request.param, *peers) as place:
        made = Play(place, hours)  # type: ignore[arg-type]
        obtain(made)
        yield made


@pytest.mark.parametrize("play", ["roll.example"], indirect=True)
def test_a_key_is_rolled_under_tlsa(play: Play) -> None:
    place = play.shop
    owner = f"_{place.port}._tcp.www.{place.zone}"
    old = spki(place)
    place.update(owner, "TLSA", f"3 1 1 {old}")
    bundle = play.start(Wish("key-rollover", jobs=("web",)))
    done = play.play(bundle, lambda b: b.steps[1].state.value == "done")
    new = done.steps[0].result["spki"]
    assert held(place, owner, "TLSA") == sorted([f"3 1 1 {old}", f"3 1 1 {new}"])
    assert spki(place) == old
    done = play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert ended(done)
    assert spki(place) == new != old
    assert held(place, owner, "TLSA") == [f"3 1 1 {new}"]
    assert set(states(done)) == {"done"}
    assert sum(play.waited) >= 4 * 300, "twice the TTL, before the key is used and after"
    kinds = [entry.kind for entry in entries(place.folder)]
    assert kinds.count("bundle.started") == 1


@pytest.mark.parametrize("play", ["change.example"], indirect=True)
def test_a_job_goes_to_another_ca(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = play.shop
    with openbao(tmp_path / "bao", dns=place.server.address, tls=True) as bao:
        monkeypatch.setenv("BAO", bao.token)
        other = {
            "id": "bao",
            "kind": "vault",
            "ca": "bao",
            "url": bao.address,
            "role": "web",
            "token": "env:BAO",
            "roots": str(bao.vouching),
        }
        service = {**services(place)[0], "cas": ["pebble", "bao"]}
        place.write(
            place.job(issuers=["pebble", "bao"]),
            cas=CAS,
            issuers=[*acme(place, "pebble"), other],
            services=[service],
        )
        bundle = play.start(Wish("change-ca", jobs=("web",), issuer="bao"))
        widened = play.play(bundle, lambda b: b.steps[0].state.value == "done")
        both = ['0 issue "bao.example"', '0 issue "pebble.example"']
        assert held(place, place.zone, "CAA") == both, widened.problem
        before = place.served()
        done = play.play(bundle)
        assert done.state is BundleState.DONE, done.problem
        assert place.served() != before
        assert held(place, place.zone, "CAA") == both[:1]
        assert max(play.waited) >= 8 * 3600 - 60, "a CA may hold a CAA answer for eight hours"
        assert play.orders()[-1].ca == "bao"


@pytest.mark.parametrize("play", ["move.example"], indirect=True)
def test_an_endpoint_moves(play: Play, tmp_path: Path) -> None:
    place = play.shop
    name = f"www.{place.zone}"
    service = {k: v for k, v in services(place)[0].items() if k != "endpoints"}
    place.write(services=[service])
    wish = Wish("endpoint-move", name=name, addresses=("127.0.0.3",), port=place.port)
    bundle = play.start(wish)
    early = play.play(bundle, lambda b: b.attempts > 1)
    assert "127.0.0.3" in early.problem
    assert held(place, name, "A") == ["127.0.0.1"], "nobody is sent where nothing serves"
    chain, key = (place.web / "0.bin").read_bytes(), (place.web / "1.bin").read_bytes()
    with nginx(tmp_path / "new", [Served("127.0.0.3", place.port, chain, key)]):
        done = play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    assert held(place, name, "A") == ["127.0.0.3"]
    assert sum(play.waited) >= 300


@pytest.mark.parametrize("play", ["account.example"], indirect=True)
def test_a_job_goes_to_another_account(play: Play) -> None:
    place = play.shop
    (first,) = play.orders()
    bound = f'0 issue "pebble.example; accounturi={first.account}"'
    place.update(place.zone, "CAA", bound)
    place.write(
        place.job(issuers=["pebble", "second"]),
        issuers=[*acme(place, "pebble"), *acme(place, "second")],
    )
    bundle = play.start(Wish("change-account", jobs=("web",), issuer="second"), "pia")
    done = play.play(bundle)
    assert done.state is BundleState.DONE, done.problem
    last = play.orders()[-1]
    assert last.account == done.steps[0].result["uri"] != first.account
    assert held(place, place.zone, "CAA") == [bound.replace(str(first.account), str(last.account))]
    assert done.steps[-1].result["status"] == "deactivated"


@pytest.mark.parametrize("play", ["mass.example"], indirect=True)
def test_many_are_replaced_and_what_was_replaced_is_revoked(play: Play) -> None:
    old = leaf(root("Old Root"), f"api.{play.shop.zone}")
    block = Served("127.0.0.2", play.shop.port, pem_bundle(old), old.key_pem)
    with nginx(play.shop.folder / "api", [block]):
        replaced(play)


def replaced(play: Play) -> None:
    place = play.shop
    names = [f"api.{place.zone}"]
    both = [place.job(), place.job(id="api", service="api", names=names, deploy="api")]
    endpoints = [{"address": "127.0.0.2", "port": place.port}]
    api = {**services(place)[0], "id": "api", "names": names, "endpoints": endpoints}
    files = {"key": "api/1.bin", "chain": "api/0.bin", "configuration": "api/nginx.conf"}
    second = {"id": "api", "kind": "nginx", "prefix": "api", **files}
    place.update(f"api.{place.zone}", "A", "127.0.0.2")
    place.write(*both, deployers=[*deployers(place), second], services=[*services(place), api])
    obtain(play)
    place.update(f"api.{place.zone}", "CAA", '0 issue "another.example"')
    drill = play.start(Wish("replacement", ca="pebble", drill=True))
    partly = play.play(drill)
    assert (partly.state, states(partly)) == (BundleState.STUCK, ["done", "failed"])
    assert "CAA of api.mass.example" in partly.steps[1].problem
    place.update(f"api.{place.zone}", "CAA")
    play.turn_to(drill, "resume")
    done = play.play(drill)
    assert done.state is BundleState.DONE, [step.problem for step in done.steps]
    mine = [item for item in play.orders() if item.job == "web"]
    assert [item.state.value for item in mine] == ["superseded", "verified"]
    real = play.start(Wish("replacement", jobs=("web",), reason="superseded"))
    done = play.play(real)
    for _ in range(3):  # an old worker of nginx may be seen to serve what is to be revoked
        if done.state is BundleState.STUCK:
            time.sleep(1)
            play.turn_to(real, "resume")
            done = play.play(real)
    assert done.state is BundleState.DONE, [step.problem for step in done.steps]
    *_, before, last = (item for item in play.orders() if item.job == "web")
    assert (before.state.value, last.state.value) == ("revoked", "verified")
    serial = x509.load_pem_x509_certificate(before.chain.encode()).serial_number
    assert place.ca.status(serial)["Status"] == "Revoked"
    events = [change.plan.events for change in play.changes() if change.plan.events]
    assert events[-1][0].kind == "revoke", "judged and consented to like any"
