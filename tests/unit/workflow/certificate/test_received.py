"""What a CA delivers is looked at before it is put to use."""

from __future__ import annotations

import hashlib
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import DAY, NOW, Issued, general_name, intermediate, leaf, root
from trustpath.base.errors import InputError
from trustpath.workflow.certificate.pem import der_chain, pem_chain
from trustpath.workflow.certificate.received import read

ROOT = root("Received Root")
CA = intermediate(ROOT, "Received CA 1")
NAMES = ("www.shop.example", "*.shop.example")


def spki(issued: Issued) -> str:
    """Return the SHA-256 of a certificate's public key in hex."""
    key = issued.certificate.public_key()
    data = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(data).hexdigest()


GOOD = leaf(CA, *NAMES, not_before=NOW - DAY, not_after=NOW + 60 * DAY)


def test_what_was_ordered_has_no_faults() -> None:
    found = read((GOOD.der, CA.der), NAMES, spki(GOOD), NOW)
    assert found.faults == ()
    assert (found.fingerprint, found.not_after) == (GOOD.fingerprint, NOW + 60 * DAY)
    assert set(found.names) == set(NAMES)


@pytest.mark.parametrize(
    ("chain", "wanted", "now", "fault"),
    [
        ((GOOD.der, CA.der), NAMES[:1], NOW, "it is for *.shop.example, www.shop.example, not"),
        ((GOOD.der, CA.der), (*NAMES, "x.example"), NOW, "it is for *.shop.example"),
        ((GOOD.der, CA.der), NAMES, NOW + 61 * DAY, "it has expired"),
        ((GOOD.der, CA.der), NAMES, NOW - 9 * DAY, "it is not valid yet"),
        ((GOOD.der, ROOT.der), NAMES, NOW, "is not signed by the next one"),
        ((GOOD.der, intermediate(ROOT, "Received CA 1").der), NAMES, NOW, "is not signed by"),
        ((GOOD.der, CA.der, CA.der), NAMES, NOW, "is not signed by the next one"),
    ],
    ids=("fewer", "more", "expired", "early", "gap", "namesake", "twice"),
)
def test_what_is_not_as_ordered_is_told(
    chain: tuple[bytes, ...], wanted: tuple[str, ...], now: int, fault: str
) -> None:
    (found,) = read(chain, wanted, spki(GOOD), now).faults
    assert fault in found


@pytest.mark.parametrize("text", [r"\119ww.shop.example", "www.shop.example."])
def test_a_name_that_has_to_be_converted_first_is_another_one(text: str) -> None:
    odd = leaf(CA, x509.DNSName(text), "*.shop.example", not_before=NOW - DAY, not_after=NOW + DAY)
    (found,) = read((odd.der, CA.der), NAMES, spki(odd), NOW).faults
    assert f"DNSName:{text}" in found


def test_another_key_or_another_kind_of_name_is_told() -> None:
    other = leaf(CA, *NAMES, not_before=NOW - DAY, not_after=NOW + DAY)
    assert read((other.der, CA.der), NAMES, spki(GOOD), NOW).faults == ("it is for another key",)
    addressed = leaf(CA, *NAMES, general_name("192.0.2.1"))
    (fault,) = read((addressed.der, CA.der), NAMES, spki(addressed), NOW).faults
    assert "it is for *.shop.example, 192.0.2.1, www" in fault


@pytest.mark.parametrize("chain", [(), (b"nothing",)], ids=("empty", "garbage"))
def test_what_is_no_certificate_is_refused(chain: tuple[bytes, ...]) -> None:
    with pytest.raises(InputError, match="no certificate"):
        read(chain, NAMES, "", NOW)


def test_a_chain_is_kept_as_text_and_comes_back() -> None:
    chain = (GOOD.der, CA.der, ROOT.der)
    assert pem_chain(chain).encode() == GOOD.pem + CA.pem + ROOT.pem
    assert der_chain(pem_chain(chain)) == chain
    assert der_chain("") == ()


def test_an_address_that_was_ordered_is_the_one_that_came() -> None:
    names = ("192.0.2.1", "2001:db8::1", "www.shop.example")
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in names[:2]]
    issued = leaf(CA, *addresses, names[2], not_before=NOW - DAY, not_after=NOW + DAY)
    found = read((issued.der, CA.der), names, spki(issued), NOW)
    assert (found.faults, found.names) == ((), names)


def test_a_dns_name_that_spells_an_address_is_not_the_address() -> None:
    issued = leaf(CA, x509.DNSName("192.0.2.1"), not_before=NOW - DAY, not_after=NOW + DAY)
    (fault,) = read((issued.der, CA.der), ("192.0.2.1",), spki(issued), NOW).faults
    assert "it is for DNSName:192.0.2.1" in fault
