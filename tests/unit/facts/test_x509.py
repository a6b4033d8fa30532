from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from certs import (
    CLIENT,
    DAY,
    NOW,
    SCT_LOG,
    SERVER,
    intermediate,
    issue,
    leaf,
    new_key,
    root,
    sct_list,
)
from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.identity import identifies
from trustpath.facts.x509 import describe, fingerprint
from trustpath.facts.x509.rows import dns_row
from trustpath.facts.x509.walk import CertificateIndex

TOP = root()


def test_every_column_of_a_leaf() -> None:
    mid = intermediate(TOP)
    shop = leaf(
        mid, "shop.example.com", "*.shop.example.com", common="shop.example.com", serial=0x0ABC,
        not_before=NOW, not_after=NOW + 90 * DAY - 1, usages=[SERVER, CLIENT],
        crl="http://crl.example/1", ocsp="http://ocsp.example",
        extra=[sct_list(1_795_478_400_999, 1_795_478_401_000),
               (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)],
    )  # fmt: skip
    facts = describe(shop.der)
    spki = shop.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    authority = x509.SubjectKeyIdentifier.from_public_key(mid.key.public_key()).digest.hex()
    subject = x509.SubjectKeyIdentifier.from_public_key(shop.key.public_key()).digest.hex()
    assert facts.certificate._asdict() == {
        "fingerprint": shop.fingerprint,
        "serial": "abc",
        "issuer": "CN=Example CA 1,O=Example Trust",
        "issuer_organisation": "Example Trust",
        "subject": "CN=shop.example.com",
        "not_before": NOW,
        "not_after": NOW + 90 * DAY - 1,
        "lifetime": 90 * DAY,
        "spki": hashlib.sha256(spki).hexdigest(),
        "key_type": "ec",
        "key_bits": 256,
        "curve": "P-256",
        "signature_hash": "sha256",
        "is_ca": False,
        "self_issued": False,
        "eku": True,
        "server_auth": True,
        "client_auth": True,
        "other_eku": False,
        "names": 2,
        "authority_key": authority,
        "subject_key": subject,
        "crl_url": "http://crl.example/1",
        "ocsp_url": "http://ocsp.example",
        "must_staple": True,
        "timestamps": 2,
        "name_constrained": False,
        "weak_key": False,
    }
    assert [(t.log_id, t.timestamp, t.valid) for t in facts.timestamps] == [
        (SCT_LOG.hex(), 1_795_478_400, None),
        (SCT_LOG.hex(), 1_795_478_401, None),
    ]
    assert facts.names[1] == (
        shop.fingerprint, "dns", "*.shop.example.com", "shop.example.com", True,
        "example.com", "com.example.shop", "example.com", True,
    )  # fmt: skip
    assert fingerprint(shop.der) == shop.fingerprint


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("p256", ("ec", 256, "P-256")),
        ("p384", ("ec", 384, "P-384")),
        ("p521", ("ec", 521, "P-521")),
        ("ed25519", ("ed25519", 256, None)),
        ("ed448", ("ed448", 456, None)),
        ("rsa", ("rsa", 2048, None)),
    ],
)
def test_kinds_of_key(kind: str, expected: tuple[str, int, str | None]) -> None:
    key = new_key(kind)
    row = describe(leaf(TOP, "a.example", key=key).der).certificate
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (row.key_type, row.key_bits, row.curve) == expected
    assert row.spki == hashlib.sha256(spki).hexdigest()
    own = describe(leaf(None, "a.example", key=key).der).certificate
    assert own.signature_hash == (None if kind.startswith("ed") else "sha256")
    assert own.self_issued


def test_a_dsa_key_is_named_and_not_tested_for_weakness() -> None:
    key = dsa.generate_private_key(1024)
    row = describe(leaf(TOP, "a.example", key=key).der).certificate
    assert (row.key_type, row.key_bits, row.weak_key) == ("dsa", 1024, None)


def test_a_ca_and_its_constraints() -> None:
    row = describe(intermediate(TOP, permitted=[x509.DNSName("example.com")]).der).certificate
    assert (row.is_ca, row.name_constrained, row.self_issued, row.eku) == (True, True, False, False)
    assert describe(TOP.der).certificate.self_issued


def test_extended_key_usages_beyond_server_and_client() -> None:
    row = describe(leaf(TOP, "a.example", usages=[x509.OID_CODE_SIGNING]).der).certificate
    assert (row.eku, row.server_auth, row.client_auth, row.other_eku) == (True, False, False, True)


def test_kinds_of_names() -> None:
    service = x509.OtherName(
        x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"), b"\x16\x11_xmpp.example.com"
    )
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    facts = describe(
        leaf(
            TOP, "192.0.2.1", "2001:db8::1", "spiffe://Trust.example/ns/x", "me@Example.com",
            service, other, "A.Example.Com", "a.example.com", common="x",
        ).der
    )  # fmt: skip
    found = [(r.kind, r.name, r.base, r.rname, r.usable) for r in facts.names]
    assert found == [
        ("ip", "192.0.2.1", "192.0.2.1", "4000000000000000000000000c0000201", True),
        ("ip", "2001:db8::1", "2001:db8::1", "620010db8000000000000000000000001", True),
        ("uri", "spiffe://Trust.example/ns/x", "trust.example", "example.trust", True),
        ("email", "me@Example.com", "example.com", "com.example", True),
        ("srv", "_xmpp.example.com", "example.com", "com.example", True),
        ("dns", "a.example.com", "a.example.com", "com.example.a", True),
    ]
    assert facts.certificate.names == 6


@pytest.mark.parametrize(
    "text",
    [
        r"\119ww.a.com", r"www\.a.com", "ｗｗｗ.a.com", "www。a.com", "bücher.example", "\u212a.example",
        "192.0.2.1", "*.192.0.2.1", "1.2.3", "host.0x7f", "a.1", "123", "2001:db8::1", "::ffff:192.0.2.1", "0x7f000001",
        "", ".", "@", ".a.com", "a.com.", "a..com", "*..com", "*.", "*", "*.*", "a.*.com", "w*.a.com", "xn--*.a.com",
        "a com", " a.com", "a.com\n", "a\0.com", "a.com\0.b.com", "-a.com", "a-.com", "b.-a.com", "a/b.com", "a@b.com",
        "a.com:443", f"{'a' * 64}.com", ".".join(["a" * 49] * 5) + ".abcd",
    ],
)  # fmt: skip
def test_a_name_that_is_not_in_the_preferred_syntax_covers_nothing(text: str) -> None:
    """A dNSName is no zone-file text (RFC 5280 4.2.1.6); nothing in it is unescaped or converted."""
    entry = x509.DNSName._init_without_validation(text)
    row = dns_row("f", entry.value)
    assert row.usable is False
    assert not identifies([row], "www.a.com")
    assert row.name.isprintable()
    # The bulk walk goes the same way, and the name as seen is not one that DNS data has.
    shop = leaf(TOP, entry, common="x")
    walked = CertificateIndex(confirm_every=1)
    walked.facts(shop.der)
    assert walked.facts(shop.der) == describe(shop.der)
    assert not walked.differed


@pytest.mark.parametrize(
    "text", ["a.com", "A.Com", "_x.a.com", "a_b.a.com", "xn--bcher-kva.example", "*.a.com", "1.a.com", "a.1a", "0x.com",
             "a--b.com", "host", f"{'a' * 63}.com", ".".join(["a" * 49] * 5) + ".abc"],
)  # fmt: skip
def test_names_in_the_preferred_syntax_are_usable_as_they_stand(text: str) -> None:
    row = dns_row("f", text)
    assert (row.usable, row.name) == (True, text.lower())


@given(st.text(max_size=30) | st.from_regex(r"[*a-z0-9.\\_-]{1,20}", fullmatch=True))
def test_a_usable_name_is_the_text_itself_and_a_name_in_dns(text: str) -> None:
    row = dns_row("f", text)
    if row.usable:
        assert row.name == text.lower() == names.canonical(text)
        assert "*" not in row.base
        assert "\\" not in row.base


@pytest.mark.parametrize(
    "text, usable",
    [("*.x.example", True), ("f*.x.example", False), ("*.*.x.example", False), ("x.*.example", False),
     ("*", False), ("a b.example", False), ("a..example", False), ("_x.example", True), ("host", True), ("*.host", True)],
)  # fmt: skip
def test_forms_that_relying_parties_ignore_are_kept_and_marked(text: str, usable: bool) -> None:
    (row,) = describe(leaf(TOP, x509.DNSName(text), common="x").der).names
    assert row.usable is usable
    assert row.kind == "dns"


def test_parent_reversed_and_registered_are_those_of_the_name_module() -> None:
    rules = [
        r for r in PublicSuffixList(only_icann=True)._publicsuffix if r.isascii() and "*" not in r
    ]
    odd = [r for r in rules if r.endswith(".no")]
    for rule in [*odd, *sorted(rules)[::7]]:
        for name in (rule, f"a.{rule}", f"b.a.{rule}", f"*.b.a.{rule}"):
            row = dns_row("f", name)
            assert row.parent == names.parent(row.base)
            assert row.rname == names.reverse(row.base)
            assert row.registered == names.registered(row.base), name


def test_ten_thousand_names() -> None:
    facts = describe(leaf(TOP, *(f"h{n}.example.com" for n in range(10_000))).der)
    assert len(facts.names) == facts.certificate.names == 10_000


def test_a_certificate_without_names_extensions_and_organisation() -> None:
    old = issue(None, "x", organisation=None, key_identifiers=False, basic_constraints=False)
    row = describe(old.der).certificate
    assert (row.names, row.issuer_organisation, row.authority_key, row.subject_key) == (
        0,
        "",
        None,
        None,
    )


@pytest.mark.parametrize(
    "der, message",
    [
        (b"", "no X.509 certificate"),
        (TOP.der[:100], "no X.509 certificate"),
        (TOP.der + b"\0", "no X.509 certificate"),
        (b"-----BEGIN CERTIFICATE-----", "no X.509 certificate"),
    ],
    ids=["empty", "cut", "longer", "armour"],
)
def test_what_is_no_certificate_is_said_to_be_none(der: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        describe(der)
    with pytest.raises(InputError, match=message):
        CertificateIndex().facts(der)


def test_a_broken_extension_names_the_part() -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x05\x82\x01")
    with pytest.raises(InputError, match="extensions"):
        describe(leaf(TOP, common="x", extra=[(broken, False)]).der)
    with pytest.raises(InputError, match="extensions"):
        describe(leaf(TOP, common="x", extra=[sct_list(1, version=7)]).der)


def test_dates_after_2049_and_before_1970() -> None:
    far = int(datetime(2301, 1, 1, tzinfo=UTC).timestamp())
    early = int(datetime(1960, 1, 1, tzinfo=UTC).timestamp())
    row = describe(leaf(TOP, "a.example", not_before=early, not_after=far).der).certificate
    assert (row.not_before, row.not_after) == (early, far)


def test_signature_hashes() -> None:
    for digest, name in (
        (hashes.SHA384(), "sha384"),
        (hashes.SHA512(), "sha512"),
        (hashes.SHA3_256(), "sha3-256"),
    ):
        assert (
            describe(leaf(TOP, "a.example", digest=digest).der).certificate.signature_hash == name
        )
