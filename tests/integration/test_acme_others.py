"""OpenBao with external account binding, and acme2certifier with renewal information."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from cas import Acme2Certifier, Ca, OpenBao, acme2certifier, openbao
from certs import DAY, leaf, root
from changing import serving
from dns_servers import DnsServer
from orders import Zone, acme_issuer, names_of, obtain, request, settle
from trustpath.base.errors import EstateError
from trustpath.connectors.acme import AcmeIssuer
from trustpath.connectors.acme.answer import Answer
from trustpath.connectors.acme.network import Network
from trustpath.facts.issuing import LostOrderError, OrderStatus, RejectedError
from trustpath.facts.renewal_info import certificate_id

APEX = "a.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("dns"), [APEX]) as running:
        yield running


@dataclass(frozen=True)
class At:
    """An issuer with an account at a running CA."""

    ca: Ca
    issuer: AcmeIssuer
    zone: Zone


@pytest.fixture(scope="module")
def bao(server: DnsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[At]:
    folder = tmp_path_factory.mktemp("bao")
    with openbao(folder / "ca", dns=server.address, eab=True, tls=True) as ca:
        issuer = _bound(ca, folder)
        issuer.register(agree=False)
        yield At(ca, issuer, Zone(server.port, APEX))


@pytest.fixture(scope="module")
def a2c(server: DnsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[At]:
    folder = tmp_path_factory.mktemp("a2c")
    with acme2certifier(folder / "ca", dns=server.address, retry_after=10, persist=True) as ca:
        issuer = acme_issuer(ca, folder)
        issuer.register(agree=False)
        yield At(ca, issuer, Zone(server.port, APEX))


def _bound(ca: OpenBao, folder: Path) -> AcmeIssuer:
    kid, secret = ca.new_binding()
    binding = {"kid": kid, "key": "env:HMAC"}
    return acme_issuer(ca, folder, secrets={"HMAC": secret}, external_account=binding)


@pytest.mark.parametrize("which", ["bao", "a2c"])
def test_a_certificate_is_obtained(which: str, request_: At) -> None:
    wanted = request(f"{which}1.{APEX}", f"{which}2.{APEX}")
    _, chain = obtain(request_.issuer, wanted, request_.zone.present)
    assert names_of(chain.certificates[0]) == set(wanted.names)
    path = [x509.load_der_x509_certificate(one) for one in chain.certificates]
    assert isinstance(request_.ca, OpenBao | Acme2Certifier)
    anchor = x509.load_pem_x509_certificate(request_.ca.root())
    for child, parent in zip(path, [*path[1:], anchor], strict=True):
        child.verify_directly_issued_by(parent)


@pytest.fixture
def request_(which: str, request: pytest.FixtureRequest) -> At:
    found: At = request.getfixturevalue(which)
    return found


@pytest.mark.parametrize("which", ["bao", "a2c"])
def test_an_order_that_the_ca_never_had_is_lost(which: str, request_: At) -> None:
    order = request_.issuer.begin(request(f"{which}-lost.{APEX}"))
    with pytest.raises(LostOrderError):
        request_.issuer.look(order.url[:-4] + "0000")


@pytest.mark.parametrize("which", ["bao", "a2c"])
def test_an_authorization_is_given_back(which: str, request_: At) -> None:
    order = request_.issuer.begin(request(f"{which}-back.{APEX}"))
    request_.issuer.abandon([proof.authorization for proof in order.proofs[:1]])
    if which == "bao":
        over = request_.issuer.look(order.url)
        assert (over.status, bool(over.problem)) == (OrderStatus.INVALID, True)


# -- OpenBao ----------------------------------------------------------------------------------


def test_without_its_binding_openbao_has_no_account_for_us(bao: At, tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="external_account: the CA asks for one"):
        acme_issuer(bao.ca, tmp_path).register(agree=True)


def test_a_binding_serves_one_account(bao: At, tmp_path: Path) -> None:
    assert isinstance(bao.ca, OpenBao)
    first = _bound(bao.ca, tmp_path / "one")
    first.register(agree=True)
    second = acme_issuer(
        bao.ca,
        tmp_path / "two",
        secrets=first._session.secrets,
        external_account=dict(first.spec.options["external_account"]),
    )
    with pytest.raises(RejectedError):
        second.register(agree=True)


def test_openbao_takes_no_reason(bao: At) -> None:
    _, chain = obtain(bao.issuer, request(f"gone.{APEX}"), bao.zone.present)
    certificate = chain.certificates[0]
    with pytest.raises(RejectedError) as refusal:
        bao.issuer.revoke(certificate, 4)
    assert refusal.value.kind == "badRevocationReason"
    assert "unspecified is taken everywhere" in refusal.value.hint
    assert bao.issuer.revoke(certificate, 0) is True
    assert bao.issuer.revoke(certificate, 0) is False
    serial = x509.load_der_x509_certificate(certificate).serial_number
    assert isinstance(bao.ca, OpenBao)
    colons = ":".join(f"{octet:02x}" for octet in serial.to_bytes(20, "big"))
    assert bao.ca.call("GET", f"pki/cert/{colons}")["data"]["revocation_time"] > 0


def test_openbao_does_not_change_keys_and_the_old_one_stays(bao: At) -> None:
    before = bao.issuer.account()
    with pytest.raises(RejectedError, match="does not change keys") as refusal:
        bao.issuer.roll()
    assert "register another account" in refusal.value.hint
    assert bao.issuer.account() == before
    assert bao.issuer.begin(request(f"still.{APEX}")).status is OrderStatus.PENDING


def test_a_deactivated_account_is_told(bao: At, tmp_path: Path) -> None:
    assert isinstance(bao.ca, OpenBao)
    issuer = _bound(bao.ca, tmp_path)
    issuer.register(agree=True)
    assert issuer.deactivate().status == "deactivated"
    found = issuer.account()
    assert found is not None
    assert found.status == "deactivated"
    with pytest.raises(RejectedError):
        issuer.begin(request(f"x.{APEX}"))
    with pytest.raises(EstateError, match="deactivated") as error:
        issuer.register(agree=True)
    assert "name another file" in error.value.hint


# -- acme2certifier ---------------------------------------------------------------------------


def test_what_it_offers(a2c: At) -> None:
    offer = a2c.issuer.offer()
    assert offer.renewal_info
    assert set(offer.profiles) == {"classic", "short"}
    assert offer.identities == ("a2c.test",)
    assert offer.persist_form is None


def test_the_window_of_a_certificate(a2c: At) -> None:
    now = int(time.time())
    _, chain = obtain(a2c.issuer, request(f"window.{APEX}"), a2c.zone.present)
    window = a2c.issuer.window(chain.certificates[0])
    assert window is not None
    assert now < window.starts < window.ends <= now + 47 * DAY + 60
    # It asks to come back after 10 seconds: less than a minute is not taken (RFC 9773 4.3.2).
    assert window.retry_after == 60


def test_a_certificate_that_it_does_not_know_has_no_window(a2c: At) -> None:
    assert a2c.issuer.window(leaf(root("R"), f"x.{APEX}").der) is None


def test_a_certificate_without_an_issuer_key_is_not_asked_for(
    a2c: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Network, "get", None)
    assert a2c.issuer.window(leaf(root("R"), f"x.{APEX}", key_identifiers=False).der) is None


def _payload(content: bytes | None) -> dict[str, object]:
    part = json.loads(content or b"{}").get("payload", "")
    return dict(json.loads(base64.urlsafe_b64decode(part + "==") or b"{}"))


@pytest.mark.parametrize("conflict", [False, True], ids=["taken", "replaced already"])
def test_a_predecessor_is_named_unless_it_has_a_successor(
    a2c: At, monkeypatch: pytest.MonkeyPatch, conflict: bool
) -> None:
    _, chain = obtain(a2c.issuer, request(f"old{conflict:d}.{APEX}"), a2c.zone.present)
    identifier = certificate_id(chain.certificates[0])
    sent: list[object] = []
    send = Network._send

    def watching(
        self: Network, method: str, url: str, content: bytes | None = None, *rest: object
    ) -> Answer:
        payload = _payload(content) if url.endswith("neworders") else {}
        if payload:
            sent.append(payload.get("replaces"))
        if conflict and "replaces" in payload:
            # acme2certifier does not look at the field; this is what RFC 9773 5 has it answer.
            kind = "urn:ietf:params:acme:error:alreadyReplaced"
            nonce = send(self, "HEAD", url.replace("neworders", "newnonce"))
            return Answer(url, 409, nonce.headers, json.dumps({"type": kind}).encode())
        return send(self, method, url, content, *rest)

    monkeypatch.setattr(Network, "_send", watching)
    order = a2c.issuer.begin(request(f"old{conflict:d}.{APEX}", replaces=identifier))
    assert order.status in (OrderStatus.PENDING, OrderStatus.READY)
    assert sent == ([identifier, None] if conflict else [identifier])


def test_one_standing_record_proves_a_name_again_and_again(a2c: At) -> None:
    name = f"standing.{APEX}"
    wanted = request(name, f"*.{name}")
    order = a2c.issuer.begin(wanted)
    asked = [proof for proof in order.proofs if proof.method == "dns-persist-01"]
    account = a2c.issuer.account()
    assert account is not None
    grant = f"a2c.test; accounturi={account.uri}"
    assert {(proof.record, proof.value) for proof in asked} == {
        (f"_validation-persist.{name}", grant),
        (f"_validation-persist.{name}", f"{grant}; policy=wildcard"),
    }
    order = settle(a2c.issuer, order, a2c.zone.present, "dns-persist-01")
    assert order.status is OrderStatus.READY
    # Nothing is written any more.
    _, chain = obtain(a2c.issuer, wanted, lambda _: None, "dns-persist-01")
    assert names_of(chain.certificates[0]) == {name, f"*.{name}"}


def test_a_profile_that_it_offers(a2c: At) -> None:
    order = a2c.issuer.begin(request(f"profile.{APEX}", profile="short"))
    assert order.status in (OrderStatus.PENDING, OrderStatus.READY)
    with pytest.raises(RejectedError, match="no profile 'tlsserver'") as refusal:
        a2c.issuer.begin(request(f"profile.{APEX}", profile="tlsserver"))
    assert "classic, short" in refusal.value.hint


def test_it_leaves_the_order_pending_and_says_nothing_when_a_proof_fails(a2c: At) -> None:
    order = a2c.issuer.begin(request(f"unproven.{APEX}"))
    order = settle(a2c.issuer, order, lambda _: None)
    assert order.status is OrderStatus.INVALID
    assert order.blamed == (f"unproven.{APEX}",)
    assert "does not say why" in order.problem


def test_a_new_key_and_a_revocation_in_its_crl(a2c: At) -> None:
    _, chain = obtain(a2c.issuer, request(f"rolled.{APEX}"), a2c.zone.present)
    before = a2c.issuer.account()
    after = a2c.issuer.roll()
    assert before is not None
    assert (after.uri, after.thumbprint != before.thumbprint) == (before.uri, True)
    assert a2c.issuer.revoke(chain.certificates[0], 4) is True
    assert a2c.issuer.revoke(chain.certificates[0], 4) is False
    assert isinstance(a2c.ca, Acme2Certifier)
    listed = x509.load_pem_x509_crl(a2c.ca.crl.read_bytes())
    serial = x509.load_der_x509_certificate(chain.certificates[0]).serial_number
    assert listed.get_revoked_certificate_by_serial_number(serial) is not None
