"""Which keys and chains TLSA records announce, over real certificates."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import leaf, root
from trustpath.workflow.certificate.dane import announces_chain, announces_key, records_of

CA = root("TLSA Root")
LEAF, OTHER = leaf(CA, "www.example.com"), leaf(CA, "www.example.com")
CHAIN = (LEAF.der, CA.der)


def spki(der: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate."""
    key = x509.load_der_x509_certificate(der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def record(usage: int, selector: int, matching: int, der: bytes) -> str:
    """Return the record that binds a certificate in this way."""
    data = spki(der) if selector else der
    if matching:
        data = (hashlib.sha256 if matching == 1 else hashlib.sha512)(data).digest()
    return f"{usage} {selector} {matching} {data.hex()}"


KEY = hashlib.sha256(spki(LEAF.der)).hexdigest()


@pytest.mark.parametrize(
    ("texts", "key", "announced"),
    [
        ([], KEY, True),
        ([record(3, 1, 1, LEAF.der)], KEY, True),
        ([record(3, 1, 1, OTHER.der), record(1, 1, 1, LEAF.der)], KEY, True),
        ([record(3, 1, 1, OTHER.der)], KEY, False),
        ([record(3, 1, 1, LEAF.der)], None, False),
        ([record(3, 0, 1, LEAF.der)], KEY, False),
        ([record(3, 1, 2, LEAF.der)], KEY, None),
        ([record(3, 1, 2, LEAF.der)], None, False),
        ([record(2, 1, 1, CA.der)], KEY, None),
        ([record(2, 0, 1, CA.der), record(3, 1, 1, OTHER.der)], None, None),
        (["3 1 1 00", "9 1 1 " + "0" * 64], KEY, True),
    ],
    ids=[
        *("no-record", "its-own", "one-of-two", "of-another", "not-made-yet", "whole-leaf"),
        *("longer-digest", "longer-not-made", "of-a-ca", "ca-and-another", "none-usable"),
    ],
)
def test_a_key_is_announced(texts: list[str], key: str | None, announced: bool | None) -> None:
    assert announces_key(records_of(texts), key) is announced


@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize("selector", [0, 1])
def test_a_chain_is_announced_by_its_leaf_or_its_ca(selector: int, matching: int) -> None:
    for usage, own, foreign in ((3, LEAF, CA), (1, LEAF, CA), (2, CA, LEAF), (0, CA, LEAF)):
        assert announces_chain(records_of([record(usage, selector, matching, own.der)]), CHAIN)
        for wrong in (foreign, OTHER):
            text = record(usage, selector, matching, wrong.der)
            assert not announces_chain(records_of([text]), CHAIN)
    assert announces_chain((), CHAIN)
