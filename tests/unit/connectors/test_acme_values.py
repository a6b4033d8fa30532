"""Names and values of challenges, persistent records and certIDs, against published vectors."""

from __future__ import annotations

import hashlib

import pytest
from acme import challenges, client
from josepy.b64 import b64encode
from josepy.jwk import JWKEC

from certs import intermediate, leaf, new_key, root
from trustpath.base.errors import InputError
from trustpath.facts import challenge_values as values
from trustpath.facts.issuing import Account, Offer
from trustpath.facts.persist import (
    ANY_DOMAIN,
    account_hash,
    account_value,
    persist_record,
    persist_values,
)
from trustpath.facts.records.issuing import persist_fact
from trustpath.facts.renewal_info import certificate_id, join_id

THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
ACCOUNT = Account("https://ca.example/acct/123", "valid", THUMBPRINT)


def test_vector_of_dns_account() -> None:
    account = "https://example.com/acme/acct/ExampleAccount"
    assert values.account_label(account) == "_ujmmovf2vn55tgye"
    assert (
        values.account_record("*.shop.example", account)
        == "_ujmmovf2vn55tgye._acme-challenge.shop.example"
    )


def test_vector_of_renewal_information() -> None:
    issuer = bytes.fromhex("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")
    assert join_id(issuer, 0x87654321) == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"


@pytest.mark.parametrize("serial", [1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 2**158 - 1, 2**159 - 1])
def test_certificate_ids_equal_those_of_the_library(serial: int) -> None:
    one = leaf(intermediate(root("R"), "I"), "a.example", serial=serial)
    expected = client._renewal_info_path_component(one.certificate)
    assert certificate_id(one.der) == expected


def test_a_certificate_that_names_no_issuer_key_has_no_id() -> None:
    assert certificate_id(leaf(root("R"), "a.example", key_identifiers=False).der) is None


def test_values_equal_those_of_the_library() -> None:
    key = JWKEC(key=new_key())
    token = b"\x01" * 32
    text = b64encode(token).decode()
    authorization = values.key_authorization(text, b64encode(key.thumbprint()).decode())
    by_dns, by_http = challenges.DNS01(token=token), challenges.HTTP01(token=token)
    assert values.dns_value(authorization) == by_dns.validation(key)
    assert values.dns_record("*.a.example") == by_dns.validation_domain_name("a.example")
    assert authorization == by_http.validation(key)
    assert values.http_path(text) == by_http.path
    digest = hashlib.sha256(authorization.encode()).hexdigest()
    assert values.alpn_digest(authorization) == digest


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "a/b", "a.b", "a b", "ä", "a\n", "a="])
def test_what_is_no_token(text: str) -> None:
    assert not values.is_token(text)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.com", "5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw"),
        (ANY_DOMAIN, "NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug"),
    ],
)
def test_vectors_of_the_hashed_form(domain: str, expected: str) -> None:
    assert account_hash(domain, THUMBPRINT, ACCOUNT.uri) == expected


def test_a_record_in_each_form_is_read_as_what_it_is() -> None:
    names = ("ca.example",)
    plain = Offer(persist_form="plain", persist_names=names)
    hashed = Offer(persist_form="hashed", persist_names=names, hash_prefix="https://ca.example/h/")
    for offer, account in (
        (plain, ACCOUNT.uri),
        (hashed, "https://ca.example/h/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw"),
    ):
        (text,) = persist_values("*.example.com", ACCOUNT, offer, until=2_000_000_000)
        assert text == f"ca.example; accounturi={account}; persistUntil=2000000000"
        row = persist_fact("", persist_record("*.example.com"), "example.com", f'"{text}"')
        assert row.well_formed
        assert (row.form, row.accounturi, row.until) == (
            offer.persist_form,
            account,
            2_000_000_000,
        )


def test_the_plain_form_says_what_it_extends_to() -> None:
    offer = Offer(persist_form="plain", persist_names=("a.test", "b.test"))
    found = persist_values("example.com", ACCOUNT, offer, ("c.test",), wildcard=True)
    assert found == (f"c.test; accounturi={ACCOUNT.uri}; policy=wildcard",)
    assert len(persist_values("example.com", ACCOUNT, offer)) == 2


def test_any_domain_gives_one_value_for_all() -> None:
    offer = Offer(persist_form="hashed", hash_prefix="https://ca.example/h/")
    anywhere = {account_value(n, ACCOUNT, offer, any_domain=True) for n in ("a.test", "b.test")}
    assert anywhere == {"https://ca.example/h/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug"}


def test_a_ca_without_persistent_records_is_told() -> None:
    with pytest.raises(InputError, match="does not say"):
        account_value("example.com", ACCOUNT, Offer())
