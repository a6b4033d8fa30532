from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import NOW, leaf, root
from trustpath.facts.identity import dns_id, identifies, matches_dns, matches_ip
from trustpath.facts.x509 import describe


@pytest.mark.parametrize(
    "reference, presented, expected",
    [
        ("a.example.com", "a.example.com", True),
        ("A.Example.COM.", "a.example.com", True),
        ("a.example.com", "A.EXAMPLE.com", True),
        ("a.example.com", "*.example.com", True),
        ("a.b.example.com", "*.example.com", False),
        ("example.com", "*.example.com", False),
        ("a.example.com", "f*.example.com", False),
        ("foo.example.com", "f*.example.com", False),
        ("a.b.example.com", "*.*.example.com", False),
        ("a.x.example.com", "a.*.example.com", False),
        ("localhost", "*", False),
        ("*.example.com", "*.example.com", False),
        ("straße.example", "xn--strae-oqa.example", True),
        ("xn--strae-oqa.example.com", "*.example.com", True),
        ("xn--strae-oqa.example.com", "xn--*.example.com", False),
        ("192.0.2.1", "192.0.2.1", False),
        ("host.1", "host.1", False),
        ("www.a.com", r"\119ww.a.com", False),
        ("www.a.com", "www.a.com.", False),
        ("straße.example", "straße.example", False),
        ("", "", False),
        ("a..b", "a..b", False),
        ("com", "*.", False),
    ],
)
def test_dns_identities(reference: str, presented: str, expected: bool) -> None:
    assert matches_dns(reference, presented) is expected


@pytest.mark.parametrize(
    "reference, presented, expected",
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", False),
        ("a.example", "192.0.2.1", False),
        ("192.0.2.1", "*", False),
    ],
)
def test_ip_identities(reference: str, presented: str, expected: bool) -> None:
    assert matches_ip(reference, presented) is expected


def test_a_reference_is_no_wildcard_no_address_and_no_rubbish() -> None:
    assert dns_id("Example.com.") == "example.com"
    assert [dns_id(text) for text in ("*.example.com", "192.0.2.1", "::1", "", "a..b")] == [
        None
    ] * 5


def test_kinds_are_not_mixed_and_the_common_name_is_ignored() -> None:
    top = root()
    names = describe(leaf(top, "192.0.2.1", "*.example.com", common="other.example").der).names
    assert identifies(names, "192.0.2.1")
    assert identifies(names, "a.example.com")
    assert not identifies(names, "other.example")
    assert not identifies(names, "192.0.2.2")


TOP = root()
STORE = Store([TOP.certificate])
VERIFY = PolicyBuilder().store(STORE).time(datetime.fromtimestamp(NOW, UTC).replace(tzinfo=None))
LABEL = st.sampled_from(["a", "b", "xn--strae-oqa", "A", "f*", "*", "x-1", "www"])
NAME = st.builds(".".join, st.lists(LABEL, min_size=1, max_size=3)).map(
    lambda head: head + ".example.com"
)


@settings(deadline=None, max_examples=400)
@given(reference=NAME, presented=NAME)
def test_the_verifier_of_cryptography_agrees(reference: str, presented: str) -> None:
    shop = leaf(TOP, x509.DNSName(presented), common="x", key=KEY)
    try:
        verifier = VERIFY.build_server_verifier(x509.DNSName(reference))
        verifier.verify(shop.certificate, [])
        expected = True
    except (VerificationError, ValueError):
        expected = False
    assert matches_dns(reference, presented) is expected
    assert identifies(describe(shop.der).names, reference) is expected


KEY = root().key
