"""Orders at a real Pebble: every method of proof, chains, refusals, and what can go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from cas import Pebble, pebble
from changing import serving
from dns_servers import DnsServer, free_port
from orders import SystemClock, Zone, acme_issuer, names_of, obtain, request, settle, wait
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.acme import AcmeIssuer, network
from trustpath.connectors.acme.answer import Answer
from trustpath.connectors.acme.network import Network
from trustpath.connectors.responders import http, tls_alpn
from trustpath.facts.challenge import Responder, ResponderSpec
from trustpath.facts.issuing import LostOrderError, Order, OrderStatus, Proof, RejectedError
from trustpath.facts.source import Context

APEX = "a.example"
WILD = f"*.w.{APEX}"


@dataclass(frozen=True)
class World:
    """A CA with an account, and the zone that it validates in."""

    folder: Path
    dns: DnsServer
    ca: Pebble
    issuer: AcmeIssuer
    zone: Zone


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("acme")
    with (
        serving(folder / "dns", [APEX]) as server,
        pebble(folder / "ca", dns=server.address, alternate_roots=2) as ca,
    ):
        _point_home(server)
        issuer = acme_issuer(ca, folder)
        issuer.register(agree=True)
        yield World(folder, server, ca, issuer, Zone(server.port, APEX))


def _point_home(server: DnsServer) -> None:
    """Let names below ``home`` lead to this machine, where challenges are answered."""
    Zone(server.port, APEX).add(f"*.home.{APEX}", "A", "127.0.0.1")


def test_a_name_and_its_wildcard_are_proven_side_by_side(world: World) -> None:
    wanted = request(f"w.{APEX}", WILD, f"www.{APEX}")
    order, chain = obtain(world.issuer, wanted, world.zone.present)
    assert names_of(chain.certificates[0]) == set(wanted.names) == set(order.names)
    shown = [proof for proof in world.zone.proofs if proof.name == f"w.{APEX}"]
    assert {proof.record for proof in shown} == {f"_acme-challenge.w.{APEX}"}
    assert {proof.wildcard for proof in shown} == {True, False}
    assert len({proof.value for proof in shown}) == 2


def test_the_chain_leads_to_the_root_and_does_not_hold_it(world: World) -> None:
    _, chain = obtain(world.issuer, request(f"chain.{APEX}"), world.zone.present)
    path = [x509.load_der_x509_certificate(one) for one in chain.certificates]
    root = x509.load_pem_x509_certificate(world.ca.root())
    for child, parent in zip(path, [*path[1:], root], strict=True):
        child.verify_directly_issued_by(parent)
    assert len(path) == 3


@pytest.mark.parametrize("by", ["name", "fingerprint"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_preferred_chain_is_taken(world: World, number: int, by: str) -> None:
    root = x509.load_pem_x509_certificate(world.ca.root(number))
    (common,) = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    print_ = root.fingerprint(hashes.SHA256()).hex(":")
    chosen = str(common.value) if by == "name" else print_.upper()
    issuer = acme_issuer(
        world.ca, world.folder, chain=chosen, anchors=[root.public_bytes(Encoding.DER)]
    )
    _, chain = obtain(issuer, request(f"{by}{number}.{APEX}"), world.zone.present)
    top = x509.load_der_x509_certificate(chain.certificates[-1])
    top.verify_directly_issued_by(root)


def test_a_chain_that_the_ca_does_not_offer_leaves_its_default(world: World) -> None:
    issuer = acme_issuer(world.ca, world.folder, chain="Another Root")
    _, chain = obtain(issuer, request(f"other.{APEX}"), world.zone.present)
    top = x509.load_der_x509_certificate(chain.certificates[-1])
    top.verify_directly_issued_by(x509.load_pem_x509_certificate(world.ca.root()))


@pytest.mark.parametrize("kind", ["http", "tls-alpn"])
def test_methods_without_dns(world: World, kind: str) -> None:
    makers: dict[str, Callable[[ResponderSpec, Context], Responder]] = {
        "http": http.make,
        "tls-alpn": tls_alpn.make,
    }
    port = {"http": world.ca.http_port, "tls-alpn": world.ca.tls_port}[kind]
    spec = ResponderSpec("r", kind, {"address": "127.0.0.1", "port": port}, world.folder)
    responder: Responder = makers[kind](spec, Context(SystemClock()))
    wanted = request(f"{kind}1.home.{APEX}", f"{kind}2.home.{APEX}")
    try:
        _, chain = obtain(world.issuer, wanted, responder.present, responder.method)
    finally:
        responder.close()
    assert names_of(chain.certificates[0]) == set(wanted.names)


def test_a_proof_that_is_not_there_names_whom_and_why(world: World) -> None:
    good, bad = f"good.{APEX}", f"bad.{APEX}"
    order = world.issuer.begin(request(good, bad))

    def only_the_good(proof: Proof) -> None:
        if proof.name == good:
            world.zone.present(proof)

    order = settle(world.issuer, order, only_the_good)
    assert order.status is OrderStatus.INVALID
    assert order.blamed == (bad,)
    assert order.problem_kind == "unauthorized"
    assert f"_acme-challenge.{bad}" in order.problem


def test_a_name_that_the_ca_does_not_serve_is_refused(world: World) -> None:
    with pytest.raises(RejectedError, match=r"blocked\.test") as refusal:
        world.issuer.begin(request("blocked.test"))
    assert refusal.value.kind == "rejectedIdentifier"


def test_a_profile_that_nobody_offers_is_not_ignored(world: World) -> None:
    with pytest.raises(RejectedError, match="no profile 'short'") as refusal:
        world.issuer.begin(request(f"p.{APEX}", profile="short"))
    assert refusal.value.kind == "invalidProfile"
    assert "leave profile out" in refusal.value.hint


def test_an_order_that_the_ca_forgot_is_lost(world: World) -> None:
    order = world.issuer.begin(request(f"lost.{APEX}"))
    with pytest.raises(LostOrderError):
        world.issuer.look(order.url[:-4] + "none")


def test_another_process_takes_an_order_on_from_its_url(world: World) -> None:
    wanted = request(f"resumed.{APEX}")
    url = world.issuer.begin(wanted).url

    def fresh() -> AcmeIssuer:
        return acme_issuer(world.ca, world.folder)

    assert settle(fresh(), fresh().look(url), world.zone.present).status is OrderStatus.READY
    bare = Order(url, OrderStatus.READY, wanted.names)
    wait(fresh(), fresh().finalize(bare, wanted.csr))
    assert names_of(fresh().fetch(bare).certificates[0]) == set(wanted.names)


def test_telling_twice_does_no_harm(world: World) -> None:
    order = world.issuer.begin(request(f"twice.{APEX}"))
    (proof,) = (one for one in order.proofs if one.method == "dns-01")
    world.zone.present(proof)
    world.issuer.show(proof)
    assert wait(world.issuer, order).status is OrderStatus.READY
    world.issuer.show(proof)


def test_finalizing_too_early_is_refused(world: World) -> None:
    wanted = request(f"early.{APEX}")
    order = world.issuer.begin(wanted)
    with pytest.raises(RejectedError) as refusal:
        world.issuer.finalize(order, wanted.csr)
    assert refusal.value.kind == "orderNotReady"


def test_revocation_says_why_and_that_it_was_done_before(world: World) -> None:
    _, chain = obtain(world.issuer, request(f"gone.{APEX}"), world.zone.present)
    leaf = chain.certificates[0]
    serial = x509.load_der_x509_certificate(leaf).serial_number
    assert world.issuer.revoke(leaf, 1) is True
    status = world.ca.status(serial)
    assert (status["Status"], status["Reason"]) == ("Revoked", 1)
    assert world.issuer.revoke(leaf, 1) is False


def test_a_certificate_of_another_account_is_not_revoked(world: World, tmp_path: Path) -> None:
    _, chain = obtain(world.issuer, request(f"mine.{APEX}"), world.zone.present)
    stranger = acme_issuer(world.ca, tmp_path)
    stranger.register(agree=True)
    with pytest.raises(RejectedError) as refusal:
        stranger.revoke(chain.certificates[0], 0)
    assert refusal.value.kind == "unauthorized"


def test_the_ca_has_no_renewal_information(world: World) -> None:
    _, chain = obtain(world.issuer, request(f"ari.{APEX}"), world.zone.present)
    assert world.issuer.window(chain.certificates[0]) is None


def test_many_orders_at_once_share_one_issuer(world: World) -> None:
    lock = threading.Lock()

    def one(number: int) -> set[str]:
        def present(proof: Proof) -> None:
            with lock:
                world.zone.present(proof)

        _, chain = obtain(world.issuer, request(f"many{number}.{APEX}"), present)
        return names_of(chain.certificates[0])

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one, range(24))) == [{f"many{n}.{APEX}"} for n in range(24)]


def test_looking_at_an_order_of_many_names_costs_few_requests(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    send = Network._send

    def counting(self: Network, method: str, url: str, *rest: object) -> Answer:
        asked.append(url)
        return send(self, method, url, *rest)  # type: ignore[arg-type]

    names = [f"n{number}.{APEX}" for number in range(20)]
    with pebble(tmp_path / "ca", dns=world.dns.address, slow=3) as ca:
        issuer = acme_issuer(ca, tmp_path)
        issuer.register(agree=True)
        order = issuer.begin(request(*names))
        for proof in order.proofs:
            if proof.method == "dns-01":
                world.zone.present(proof)
                issuer.show(proof)
        monkeypatch.setattr(Network, "_send", counting)
        looks = 0
        while order.status is OrderStatus.PENDING:
            time.sleep(0.02)
            looks += 1
            order = issuer.look(order.url)
    assert order.status is OrderStatus.READY
    assert looks > 5
    # One for the order, one for the first name that is not decided, and each name once or twice.
    assert len(asked) <= 2 * looks + 2 * len(names)


def test_a_lost_connection_costs_a_look_nothing_and_places_no_order_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.issuer.begin(request(f"cut.{APEX}"))
    posted: list[str] = []
    send = Network._send

    def cutting(self: Network, method: str, url: str, *rest: object) -> Answer:
        posted.append(url)
        if len(posted) == 1:
            raise network._ClosedError("no answer: cut", where=url)
        return send(self, method, url, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Network, "_send", cutting)
    assert world.issuer.look(order.url).url == order.url
    assert posted[:2] == [order.url, order.url]
    posted.clear()
    with pytest.raises(SourceError, match="cut"):
        world.issuer.begin(request(f"cut.{APEX}"))
    assert len(posted) == 1


def test_an_authorization_is_given_back(world: World, tmp_path: Path) -> None:
    with pebble(tmp_path / "ca", dns=world.dns.address, reuse=100) as ca:
        issuer = acme_issuer(ca, tmp_path)
        issuer.register(agree=True)
        order, _ = obtain(issuer, request(f"kept.{APEX}"), world.zone.present)
        again = issuer.begin(request(f"kept.{APEX}"))
        assert again.status is OrderStatus.READY
        assert again.proofs == ()
        issuer.abandon(order.authorizations)
        issuer.abandon(order.authorizations)
        anew = issuer.begin(request(f"kept.{APEX}"))
        assert anew.status is OrderStatus.PENDING
        issuer.abandon([proof.authorization for proof in anew.proofs[:1]])
        over = issuer.look(anew.url)
        assert (over.status, over.blamed) == (OrderStatus.INVALID, (f"kept.{APEX}",))
        assert "deactivated" in over.problem


def test_refused_nonces_are_tried_again(world: World, tmp_path: Path) -> None:
    with pebble(tmp_path / "ca", dns=world.dns.address, nonce_reject=25) as ca:
        issuer = acme_issuer(ca, tmp_path)
        issuer.register(agree=True)
        for number in range(3):
            obtain(issuer, request(f"nonce{number}.{APEX}"), world.zone.present)
        assert "nonce" in ca.log.read_text()


def test_a_ca_that_refuses_every_nonce_is_left(world: World, tmp_path: Path) -> None:
    with (
        pebble(tmp_path / "ca", dns=world.dns.address, nonce_reject=100) as ca,
        pytest.raises(SourceError, match="10 fresh nonces"),
    ):
        acme_issuer(ca, tmp_path).register(agree=True)


def test_only_the_named_roots_vouch_for_the_directory(world: World, tmp_path: Path) -> None:
    stranger = tmp_path / "other.pem"
    stranger.write_bytes(world.ca.root())
    for roots in (str(stranger), None):
        with pytest.raises(SourceError, match="not who it should be") as error:
            acme_issuer(world.ca, world.folder, roots=roots).offer()
        assert "roots" in error.value.hint


def test_a_ca_that_is_not_there(world: World) -> None:
    nowhere = f"https://127.0.0.1:{free_port()}/dir"
    with pytest.raises(SourceError, match="no answer"):
        acme_issuer(world.ca, world.folder, directory=nowhere).begin(request(f"x.{APEX}"))


def test_a_ca_that_forgot_everything_is_noticed(world: World, tmp_path: Path) -> None:
    port = free_port()
    with pebble(tmp_path / "ca", dns=world.dns.address, port=port) as ca:
        issuer = acme_issuer(ca, tmp_path)
        issuer.register(agree=True)
        order = issuer.begin(request(f"x.{APEX}"))
    with pebble(tmp_path / "ca", dns=world.dns.address, port=port):
        with pytest.raises((RejectedError, LostOrderError)):
            issuer.look(order.url)
        with pytest.raises(EstateError, match="has no account yet") as error:
            issuer.begin(request(f"x.{APEX}"))
        assert error.value.hint == "trustpath account register test"
        issuer.register(agree=True)
        assert issuer.begin(request(f"x.{APEX}")).status is OrderStatus.PENDING
