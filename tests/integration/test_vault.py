"""Certificates from a real OpenBao over its own API: signed, fetched, revoked, refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509

import orders
from cas import OpenBao, openbao
from trustpath.base.clock import DAY, FixedClock
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.vault import VaultIssuer, make
from trustpath.facts.issuing import IssuerSpec, LostOrderError, OrderStatus, RejectedError, Request
from trustpath.facts.source import Context

pytestmark = pytest.mark.peer
NAMES = ("www.vault.example", "vault.example")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("bao"), dns="127.0.0.1:53", tls=True) as started:
        yield started


def issuer(server: OpenBao, token: str | None = None, **options: Any) -> VaultIssuer:
    given = {
        "url": server.address,
        "role": "web",
        "token": "env:TOKEN",
        "roots": str(server.vouching),
        **options,
    }
    spec = IssuerSpec("bao", "vault", "internal", given, Path(), "estate.yaml:1")
    secrets = {"TOKEN": server.token if token is None else token}
    return make(spec, Context(clock=FixedClock(0), secrets=secrets))


def request(names: tuple[str, ...] = NAMES) -> tuple[Request, bytes]:
    asked = orders.request(*names)
    return asked, asked.csr


def test_a_request_is_signed_and_can_be_fetched_again(server: OpenBao) -> None:
    one = issuer(server, lifetime="2d")
    asked, csr = request()
    order = one.finalize(one.begin(asked), csr)
    chain = one.fetch(one.look(order.url))
    leaf = x509.load_der_x509_certificate(chain.certificates[0])
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert order.status is OrderStatus.VALID
    assert set(names.get_values_for_type(x509.DNSName)) == set(NAMES)
    assert leaf.public_key() == x509.load_der_x509_csr(csr).public_key()
    lived = (leaf.not_valid_after_utc - leaf.not_valid_before_utc).total_seconds()
    assert 2 * DAY <= lived <= 2 * DAY + 60
    assert len(chain.certificates) == 1, "the root issues by itself and is left out"


def test_revoking_is_seen_in_the_crl_and_twice_is_told(server: OpenBao) -> None:
    one = issuer(server)
    asked, csr = request()
    certificate = one.fetch(one.finalize(one.begin(asked), csr)).certificates[0]
    assert one.revoke(certificate, 4)
    one.revoke(certificate, 4)
    answer = requests.get(f"{server.address}/v1/pki/crl", verify=str(server.vouching), timeout=10)
    crl = x509.load_der_x509_crl(answer.content)
    serial = x509.load_der_x509_certificate(certificate).serial_number
    assert crl.get_revoked_certificate_by_serial_number(serial) is not None


def test_what_the_role_forbids_is_rejected_with_the_server_s_reason(server: OpenBao) -> None:
    one = issuer(server)
    asked, csr = request(("www.elsewhere.invalid",))
    with pytest.raises(RejectedError, match="not allowed"):
        one.finalize(one.begin(asked), csr)


def test_a_token_that_may_not_is_rejected_and_not_shown(server: OpenBao) -> None:
    one = issuer(server, token="s.no-such-token")
    asked, csr = request()
    with pytest.raises(RejectedError) as caught:
        one.finalize(one.begin(asked), csr)
    assert "no-such-token" not in f"{caught.value!r} {caught.value}"
    assert "token" in caught.value.hint


def test_an_order_that_was_not_signed_is_lost(server: OpenBao) -> None:
    one = issuer(server)
    with pytest.raises(LostOrderError):
        one.look(one.begin(request()[0]).url)
    with pytest.raises(LostOrderError):
        one.look("vault:serial/00:01:02")


def test_a_server_that_is_not_there_may_come_back(server: OpenBao) -> None:
    one = issuer(server, url="https://127.0.0.1:1")
    asked, csr = request()
    with pytest.raises(SourceError, match="cannot be asked") as caught:
        one.finalize(one.begin(asked), csr)
    assert not isinstance(caught.value, RejectedError)


def test_a_server_that_nobody_vouches_for_is_not_asked(server: OpenBao) -> None:
    one = issuer(server, roots=None)
    asked, csr = request()
    with pytest.raises(SourceError, match="cannot be asked"):
        one.finalize(one.begin(asked), csr)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "ftp://a"}, "no URL"),
        ({"url": "https://u:p@a"}, "more than scheme"),
        ({"url": "http://vault.example:8200"}, "in the clear"),
        ({"role": "../sys"}, "no path"),
        ({"token": "hvs.secret"}, "not written into"),
        ({"lifetime": "soon"}, "no duration"),
        ({"colour": "red"}, "unknown option"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bad_options_are_named(options: dict[str, Any], told: str) -> None:
    given = {"url": "https://127.0.0.1:1", "role": "web", "token": "env:T", **options}
    spec = IssuerSpec("bao", "vault", "internal", given, Path(), "estate.yaml:7")
    with pytest.raises(EstateError, match=told) as caught:
        make(spec, Context(clock=FixedClock(0)))
    assert caught.value.where == "estate.yaml:7"
    assert "hvs.secret" not in str(caught.value)
