"""The walk against ``describe``: it agrees, or it hands over."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import (
    CLIENT,
    DAY,
    NOW,
    SERVER,
    Issued,
    intermediate,
    issue,
    leaf,
    new_key,
    root,
    sct_list,
)
from trustpath.base.errors import InputError
from trustpath.facts.x509 import CertificateIndex, describe

TOP = root()
MIDS = [intermediate(TOP), intermediate(TOP, "Émetteur 2", organisation='O, "quoted"'), TOP]
KEYS = [new_key(kind) for kind in ("p256", "p384", "p521", "ed25519", "ed448", "rsa")]

LABEL = st.text("abcXYZ019-_", min_size=1, max_size=8)
DNS = st.builds(".".join, st.lists(LABEL, min_size=1, max_size=4)).flatmap(
    lambda name: st.sampled_from([name, f"*.{name}", f"f*.{name}", f"*.*.{name}", "*", name + "."])
)
NAME: st.SearchStrategy[x509.GeneralName] = st.one_of(
    DNS.map(x509.DNSName),
    st.ip_addresses().map(x509.IPAddress),
    DNS.map(lambda d: x509.UniformResourceIdentifier(f"spiffe://{d}/a")),
    DNS.map(lambda d: x509.RFC822Name(f"me@{d}")),
)
COMMON = st.one_of(
    st.none(),
    LABEL,
    st.text(min_size=1, max_size=20).filter(lambda t: t[0] < "\ud800" and _encodable(t)),
    st.sampled_from(
        ["*.example.com", "a,b", "#x", " x", "x ", 'a"b', "a+b", "a=b", "x" * 64, "a\\b", "*.*"]
    ),
)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@st.composite
def certificates(draw: st.DrawFn) -> bytes:
    options: dict[str, Any] = {
        "names": draw(st.lists(NAME, max_size=4)),
        "organisation": draw(st.sampled_from([None, "Example", "Ex, Ltd.", "Ünï"])),
        "key": draw(st.sampled_from(KEYS)),
        "serial": draw(st.one_of(st.integers(1, 300), st.integers(1, (1 << 159) - 1))),
        "not_before": draw(st.integers(-DAY, NOW)),
        "not_after": draw(st.integers(NOW, NOW + 40_000 * DAY)),
        "usages": draw(st.sampled_from([None, [SERVER], [SERVER, CLIENT], [x509.ObjectIdentifier("1.2.3.4")]])),
        "crl": draw(st.sampled_from([None, "http://crl.example/1"])),
        "ocsp": draw(st.sampled_from([None, "http://ocsp.example"])),
        "key_identifiers": draw(st.booleans()),
        "basic_constraints": draw(st.booleans()),
        "ca": draw(st.booleans()),
        "extra": [sct_list(*times)] if (times := draw(st.lists(st.integers(0, 1 << 44), max_size=3))) else [],
    }  # fmt: skip
    return issue(draw(st.sampled_from([*MIDS, None])), draw(COMMON), **options).der


SHARED = CertificateIndex(confirm_every=1 << 60)


@settings(deadline=None, max_examples=400)
@given(der=certificates())
def test_generated_certificates_give_the_same_rows(der: bytes) -> None:
    expected = describe(der)
    assert SHARED.facts(der) == expected
    assert SHARED.facts(der) == expected


def same_outcome(index: CertificateIndex, der: bytes) -> None:
    try:
        expected: Any = describe(der)
    except InputError as error:
        expected = str(error)
    try:
        found: Any = index.facts(der)
    except InputError as error:
        found = str(error)
    assert found == expected


def profile_leaves() -> list[Issued]:
    mid = MIDS[0]
    scts = [sct_list(1_795_478_400_999, 5)]
    return [
        leaf(
            mid,
            "a.example.com",
            "*.a.example.com",
            "192.0.2.1",
            key=KEYS[0],
            crl="http://c.example",
            extra=scts,
        ),
        leaf(mid, "b.example.com", key=KEYS[1], organisation="Shop Ltd", common="b.example.com"),
        leaf(mid, "c.example.com", key=KEYS[5], ocsp="http://o.example"),
    ]


@settings(deadline=None, max_examples=1500)
@given(data=st.data())
def test_mutated_certificates_have_the_same_outcome(data: st.DataObject) -> None:
    der = bytearray(data.draw(st.sampled_from(LEAVES)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(der) - 1))
        match data.draw(st.sampled_from(["flip", "set", "delete", "insert", "cut"])):
            case "flip":
                der[at] ^= 1 << data.draw(st.integers(0, 7))
            case "set":
                der[at] = data.draw(st.integers(0, 255))
            case "delete":
                del der[at]
            case "insert":
                der.insert(at, data.draw(st.integers(0, 255)))
            case _:
                del der[at:]
        if not der:
            break
    same_outcome(MUTATED, bytes(der))


LEAVES = [one.der for one in profile_leaves()]
MUTATED = CertificateIndex(confirm_every=1 << 60)
for _der in LEAVES:
    MUTATED.facts(_der)


def test_every_single_octet_changed() -> None:
    """Not drawn but complete: each octet of a certificate in five ways, with a warm memo."""
    der = LEAVES[0]
    choose = random.Random(1)
    for at in range(len(der)):
        for value in (der[at] ^ 1, der[at] ^ 0x80, 0, 0xFF, choose.randrange(256)):
            same_outcome(MUTATED, der[:at] + bytes([value]) + der[at + 1 :])


def test_every_root_of_the_usual_public_set_gives_the_same_rows() -> None:
    index = CertificateIndex(confirm_every=1 << 60)
    bundle = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    ders = [one.public_bytes(Encoding.DER) for one in bundle]
    for der in [*ders, *ders]:
        assert index.facts(der) == describe(der)
    assert index.walked > len(ders) // 2


def test_ordinary_certificates_are_walked() -> None:
    index = CertificateIndex(confirm_every=10)
    for number in range(50):
        der = leaf(MIDS[0], f"h{number}.example.com", f"*.h{number}.example.com", key=KEYS[0]).der
        assert index.facts(der) == describe(der)
    assert (index.walked, index.described, index.differed) == (49, 1, False)


def test_a_difference_ends_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    index = CertificateIndex(confirm_every=2)
    ders = [leaf(MIDS[0], f"h{number}.example.com", key=KEYS[0]).der for number in range(4)]
    monkeypatch.setattr("trustpath.facts.x509.walk._subject", lambda encoded: "CN=wrong")
    found = [index.facts(der) for der in ders]
    assert index.differed
    assert found[2:] == [describe(der) for der in ders[2:]]


def test_memory_of_what_is_common_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustpath.facts.x509.walk._MEMO_ENTRIES", 8)
    index = CertificateIndex()
    for number in range(40):
        der = leaf(MIDS[0], "a.example", key=KEYS[0], crl=f"http://crl.example/{number}").der
        assert index.facts(der) == describe(der)
    assert len(index._profiles) <= 8


@pytest.mark.parametrize("oid", ["2.5.29.17", "2.5.29.14", "1.3.6.1.4.1.11129.2.4.2"])
def test_a_repeated_extension_is_refused_as_cryptography_refuses_it(oid: str) -> None:
    """Extensions that the walk reads itself, twice in one certificate, with all lengths right."""
    der = LEAVES[0]
    certificate = x509.load_der_x509_certificate(der)
    wanted = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid)).value
    inner = x509.Extension(x509.ObjectIdentifier(oid), False, wanted).value.public_bytes()
    again = tlv(0x30, oid_der(oid) + tlv(0x04, inner))
    tbs = certificate.tbs_certificate_bytes
    at = tbs.index(b"\xa3")
    extensions = tbs[tbs.index(b"\xa3\x82", at) + 8 :]
    start = tbs.rindex(b"\xa3\x82", 0, len(tbs) - len(extensions))
    body = tbs[4:start] + tlv(0xA3, tlv(0x30, extensions + again))
    rest = der[4 + len(tbs) :]
    doubled = tlv(0x30, tlv(0x30, body) + rest)
    with pytest.raises(InputError):
        describe(doubled)
    same_outcome(MUTATED, doubled)


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | octets]) + size.to_bytes(octets, "big") + content


def oid_der(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    out = [first * 40 + second]
    for number in others:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        out.extend(reversed(groups))
    return tlv(0x06, bytes(out))
