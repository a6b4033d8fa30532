from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certs import (
    CLIENT,
    DAY,
    NOW,
    SERVER,
    Issued,
    distinguished,
    intermediate,
    issue,
    leaf,
    new_key,
    root,
    rsa_key,
)
from trustpath.base.errors import InputError
from trustpath.facts.source import RootSet
from trustpath.facts.trust import PathBuilder


def builder(
    *known: Issued, public: tuple[Issued, ...] = (), private: tuple[Issued, ...] = ()
) -> PathBuilder:
    roots = RootSet([one.der for one in public], [one.der for one in private])
    return PathBuilder(roots, NOW, [one.der for one in known])


def test_a_path_through_an_intermediate_to_a_public_root() -> None:
    top = root()
    mid = intermediate(top)
    shop = leaf(mid, "shop.example.com")
    path = builder(mid, public=(top,)).best_path(shop.der)
    assert path.certificate == shop.fingerprint
    assert path.issuer_certificate == mid.fingerprint
    assert path.root == top.fingerprint
    assert (path.publicly_trusted, path.privately_trusted) == (True, False)
    assert path.path_not_after == NOW + 700 * DAY
    assert (path.constraints_met, path.weak_issuer_signature) == (True, False)


def test_a_root_of_the_private_set_is_private_trust_only() -> None:
    top = root()
    shop = leaf(top, "shop.example.com")
    path = builder(private=(top,)).best_path(shop.der)
    assert (path.publicly_trusted, path.privately_trusted) == (False, True)
    assert path.path_not_after is None


def test_without_an_issuer_trust_is_unknown() -> None:
    top = root()
    mid = intermediate(top)
    path = builder(public=(top,)).best_path(leaf(mid, "a.example").der)
    assert (path.publicly_trusted, path.privately_trusted, path.root) == (None, None, None)
    assert path.issuer_certificate is None


def test_an_issuer_whose_own_issuer_is_missing_leaves_trust_unknown() -> None:
    mid = intermediate(root("Nobody knows me"))
    path = builder(mid, public=(root("Other"),)).best_path(leaf(mid, "a.example").der)
    assert path.publicly_trusted is None
    assert path.issuer_certificate == mid.fingerprint
    assert path.root is None


def test_an_unknown_root_is_not_trusted() -> None:
    top = root("Not in the set")
    mid = intermediate(top)
    path = builder(mid, top, public=(root(),)).best_path(leaf(mid, "a.example").der)
    assert (path.publicly_trusted, path.privately_trusted) == (False, False)
    assert path.root == top.fingerprint


def test_a_self_signed_leaf_is_its_own_root() -> None:
    alone = leaf(None, "a.example", not_after=NOW - DAY)
    assert builder().best_path(alone.der).publicly_trusted is False
    assert builder().best_path(alone.der).root == alone.fingerprint
    pinned = builder(private=(alone,)).best_path(alone.der)
    assert (pinned.publicly_trusted, pinned.privately_trusted) == (False, True)


def test_a_self_signed_claim_without_the_signature_is_unknown() -> None:
    stranger = root("Same name")
    forged = issue(stranger, "Same name", ca=True, key_identifiers=False)
    assert builder(public=(root(),)).best_path(forged.der).publicly_trusted is None


def test_the_end_of_the_leaf_does_not_break_its_path_but_that_of_an_intermediate_does() -> None:
    top = root()
    old = intermediate(top, not_after=NOW - DAY)
    fresh = intermediate(top, "Example CA 2")
    paths = builder(old, fresh, public=(top,))
    assert paths.best_path(leaf(old, "a.example").der).publicly_trusted is False
    assert paths.best_path(leaf(fresh, "a.example", not_after=NOW - DAY).der).publicly_trusted


def test_a_renewed_intermediate_of_the_same_key_is_the_better_path() -> None:
    top, key = root(), new_key()
    old = intermediate(top, key=key, not_after=NOW - DAY)
    fresh = intermediate(top, key=key)
    path = builder(old, fresh, public=(top,)).best_path(leaf(old, "a.example").der)
    assert path.publicly_trusted is True
    assert path.issuer_certificate == fresh.fingerprint


def test_an_expired_root_ends_no_valid_path() -> None:
    top = root(not_after=NOW - DAY)
    assert builder(public=(top,)).best_path(leaf(top, "a.example").der).publicly_trusted is False


def test_a_cross_signed_intermediate_finds_the_root_that_is_in_the_set() -> None:
    ours, theirs, key = root("Ours"), root("Theirs"), new_key()
    by_ours, by_theirs = intermediate(ours, key=key), intermediate(theirs, key=key)
    shop = leaf(by_ours, "a.example")
    for order in ((by_ours, by_theirs, ours), (by_theirs, by_ours, ours)):
        path = builder(*order, public=(theirs,)).best_path(shop.der)
        assert path.publicly_trusted is True
        assert path.root == theirs.fingerprint
        assert path.issuer_certificate == by_theirs.fingerprint


def test_an_intermediate_that_is_a_private_anchor_may_lead_to_a_public_root() -> None:
    top = root()
    mid = intermediate(top)
    path = builder(public=(top,), private=(mid,)).best_path(leaf(mid, "a.example").der)
    assert (path.publicly_trusted, path.privately_trusted) == (True, True)
    alone = builder(private=(mid,)).best_path(leaf(mid, "a.example").der)
    assert (alone.publicly_trusted, alone.privately_trusted) == (False, True)


def test_a_served_ca_certificate_is_publicly_trusted_for_nobody() -> None:
    top = root()
    mid = intermediate(top, "a.example", usages=[SERVER])
    served = builder(public=(top,)).served_path([mid.der])
    assert (served.complete, served.publicly_trusted) == (True, False)
    assert builder(public=(top,)).best_path(mid.der).publicly_issued is True


def test_a_refused_path_says_why() -> None:
    top = root()
    mid = intermediate(top, usages=[CLIENT])
    path = builder(mid, public=(top,)).best_path(leaf(mid, "a.example").der)
    assert path.fault == "issuer CN=Example CA 1,O=Example Trust may not issue for servers"
    assert (path.publicly_trusted, path.publicly_issued, path.root) == (
        False,
        True,
        top.fingerprint,
    )
    client = leaf(mid, "a.example", usages=[CLIENT])
    assert builder(mid, public=(top,)).best_path(client.der).publicly_trusted is True


def test_a_leaf_that_is_refused_by_itself_is_so_without_an_issuer() -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
    lone = leaf(intermediate(root("Nobody")), "a.example", extra=[(odd, True)])
    path = builder(public=(root(),)).best_path(lone.der)
    assert (path.publicly_trusted, path.publicly_issued) == (False, None)
    assert path.fault is not None
    assert "1.3.6.1.4.1.55555.1" in path.fault


def test_crossed_signatures_that_form_a_loop_end() -> None:
    a_key, b_key = new_key(), new_key()
    a_root, b_root = root("A", key=a_key), root("B", key=b_key)
    a_by_b, b_by_a = intermediate(b_root, "A", key=a_key), intermediate(a_root, "B", key=b_key)
    path = builder(a_by_b, b_by_a, public=(root(),)).best_path(leaf(a_by_b, "a.example").der)
    assert path.publicly_trusted is None


def test_a_mesh_of_cross_signs_is_searched_in_bounded_time() -> None:
    keys = [new_key() for _ in range(6)]
    roots = [root(f"CA {n}", key=key) for n, key in enumerate(keys)]
    mesh = [
        intermediate(parent, f"CA {n}", key=key)
        for n, key in enumerate(keys)
        for parent in roots
        if parent.key is not key
        for _ in range(3)
    ]
    path = builder(*mesh).best_path(leaf(mesh[0], "a.example").der)
    assert path.publicly_trusted is None


def test_a_signature_by_another_key_of_the_same_name_is_not_trusted() -> None:
    top = root()
    forger = root()
    lookalike = leaf(forger, "a.example", key_identifiers=False)
    assert builder(public=(top,)).best_path(lookalike.der).publicly_trusted is None
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(top.key.public_key())
    forged = leaf(forger, "a.example", key_identifiers=False, extra=[(identifier, False)])
    assert builder(public=(top,)).best_path(forged.der).publicly_trusted is False


def test_a_certificate_that_is_no_ca_issues_nothing() -> None:
    top = root()
    shop = leaf(top, "shop.example.com")
    below = leaf(shop, "a.example")
    paths = builder(public=(top,))
    assert paths.add(shop.der) is False
    assert paths.best_path(below.der, [shop.der]).publicly_trusted is None
    assert paths.served_path([below.der, shop.der]).complete is False


def test_path_length_is_kept() -> None:
    top = root()
    first = intermediate(top, "First", path_length=0)
    second = intermediate(first, "Second")
    paths = builder(first, second, public=(top,))
    assert paths.best_path(leaf(first, "a.example").der).publicly_trusted is True
    assert paths.best_path(leaf(second, "a.example").der).publicly_trusted is False


@pytest.mark.parametrize("kind", ["p384", "p521", "ed25519", "ed448", "rsa"])
def test_signatures_of_every_kind_of_key(kind: str) -> None:
    top = root(key=new_key(kind))
    assert builder(public=(top,)).best_path(leaf(top, "a.example").der).publicly_trusted is True


def dns(*texts: str) -> list[x509.GeneralName]:
    return [x509.DNSName(text) for text in texts]


@pytest.mark.parametrize(
    "names, permitted, excluded, met",
    [
        (["a.example.com"], dns("example.com"), None, True),
        (["example.com"], dns("example.com"), None, True),
        (["badexample.com"], dns("example.com"), None, False),
        (["*.example.com"], dns("example.com"), None, True),
        (["example.com"], dns(".example.com"), None, False),
        (["a.example.com"], dns(".example.com"), None, True),
        (["*.example.com"], dns(".example.com"), None, True),
        (["a.example.com", "b.example.net"], dns("example.com"), None, False),
        (["a.example.com"], None, dns("example.com"), False),
        (["a.example.com"], dns("example.com"), dns("a.example.com"), False),
        (["a.example.com"], None, dns(""), False),
        (["192.0.2.1"], dns("example.com"), None, True),
        (["spiffe://a.example.com/x"], [x509.UniformResourceIdentifier("a.example.com")], None, True),
        (["spiffe://b.a.example.com/x"], [x509.UniformResourceIdentifier("a.example.com")], None, False),
        (["spiffe://b.a.example.com/x"], [x509.UniformResourceIdentifier(".example.com")], None, True),
        (["Me@Example.com"], [x509.RFC822Name("Me@example.com")], None, True),
        (["me@example.com"], [x509.RFC822Name("you@example.com")], None, False),
        (["me@example.com"], [x509.RFC822Name("example.com")], None, True),
        (["a.example.com"], [x509.DirectoryName(distinguished(None, "Shop"))], None, True),
        (["a.example.com"], [x509.DirectoryName(distinguished(None, "Else"))], None, False),
        (["a.example.com"], None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))], True),
        (["a.example.com"], None, dns("-a.example.com"), None),
        (["a.example.com"], dns("-a.example.com"), None, False),
    ],
)  # fmt: skip
def test_name_constraints(
    names: list[str],
    permitted: list[x509.GeneralName] | None,
    excluded: list[x509.GeneralName] | None,
    met: bool | None,
) -> None:
    top = root(organisation="Shop")
    mid = intermediate(top, permitted=permitted, excluded=excluded)
    path = builder(mid, public=(top,)).best_path(leaf(mid, *names, organisation="Shop").der)
    assert path.constraints_met is met
    assert path.publicly_trusted is met
    assert path.publicly_issued is True


@pytest.mark.parametrize("address, met", [("192.0.2.9", True), ("198.51.100.1", False)])
def test_address_constraints(address: str, met: bool) -> None:
    import ipaddress

    top = root(permitted=[x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))])
    path = builder(public=(top,)).best_path(leaf(top, address).der)
    assert path.constraints_met is met


def test_the_path_whose_constraints_are_met_is_preferred() -> None:
    top, key = root(), new_key()
    narrow = intermediate(top, key=key, permitted=dns("example.net"), not_after=NOW + 900 * DAY)
    wide = intermediate(top, key=key)
    path = builder(narrow, wide, public=(top,)).best_path(leaf(wide, "a.example.com").der)
    assert path.constraints_met is True
    assert path.issuer_certificate == wide.fingerprint


def test_constraints_bind_intermediates_too() -> None:
    top = root(permitted=[x509.DirectoryName(distinguished(None, "Shop"))], organisation="Shop")
    mid = intermediate(top, organisation="Elsewhere")
    path = builder(mid, public=(top,)).best_path(leaf(mid, "a.example", organisation="Shop").der)
    assert path.constraints_met is False


def test_a_served_chain_complete_incomplete_and_out_of_order() -> None:
    top = root()
    first, second = intermediate(top, "First"), None
    second = intermediate(first, "Second")
    shop = leaf(second, "a.example")
    bare = builder(public=(top,))
    assert bare.served_path([shop.der, second.der, first.der]) == (
        True,
        True,
        False,
        NOW + 700 * DAY,
        False,
    )
    assert bare.served_path([shop.der, first.der, second.der, top.der]).complete
    missing = bare.served_path([shop.der, second.der])
    assert (missing.complete, missing.publicly_trusted) == (False, None)
    informed = builder(first, second, public=(top,)).served_path([shop.der])
    assert (informed.complete, informed.publicly_trusted) == (False, True)


def test_a_served_self_signed_certificate() -> None:
    alone = leaf(None, "a.example")
    served = builder(public=(root(),)).served_path([alone.der])
    assert served[:3] == (False, False, False)


def test_extras_count_for_one_call_only() -> None:
    top = root()
    mid = intermediate(top)
    shop = leaf(mid, "a.example").der
    paths = builder(public=(top,))
    assert paths.best_path(shop, [b"rubbish", mid.der]).publicly_trusted is True
    assert paths.best_path(shop).publicly_trusted is None


def test_what_becomes_known_later_counts() -> None:
    top = root()
    mid = intermediate(top)
    paths = builder(public=(top,))
    shop = leaf(mid, "a.example").der
    assert paths.best_path(shop).publicly_trusted is None
    assert paths.add(mid.der) is True
    assert paths.add(mid.der) is False
    assert paths.best_path(shop).publicly_trusted is True


def test_unreadable_input_is_an_input_error() -> None:
    paths = PathBuilder(RootSet([b"nonsense", root().der]), NOW)
    assert len(paths.unreadable) == 1
    for call in (
        lambda: paths.best_path(b"x"),
        lambda: paths.served_path([]),
        lambda: paths.served_path([b""]),
    ):
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_a_weak_signature_on_an_intermediate_is_seen_and_still_verified(
    tmp_path: Path, digest: str
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command, as the library signs no SHA-1 any more")
    top = root(key=rsa_key())
    mid = intermediate(top, key=rsa_key(2048, 1))
    (tmp_path / "ca.pem").write_bytes(top.pem + top.key_pem)
    request = x509.CertificateSigningRequestBuilder().subject_name(mid.certificate.subject)
    signed = request.sign(mid.key, hashes.SHA256())
    (tmp_path / "request.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (tmp_path / "ext").write_text("basicConstraints=critical,CA:TRUE\n")
    subprocess.run(
        ["openssl", "x509", "-req", f"-{digest}", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.pem",
         "-set_serial", "1", "-extfile", "ext", "-days", "4000", "-outform", "DER", "-out", "weak.der"],
        cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    weak = (tmp_path / "weak.der").read_bytes()
    shop = leaf(mid, "a.example")
    # The command knows only the real time, hence an instant at which all three are valid.
    instant = max(NOW, x509.load_der_x509_certificate(weak).not_valid_before_utc.timestamp() + 1)
    paths = PathBuilder(RootSet([top.der]), int(instant))
    served = paths.served_path([shop.der, weak])
    # The library still verifies SHA-1; nobody verifies MD5, so no path is built over it.
    verifiable = digest == "sha1"
    assert (served.complete, served.weak_chain_signature) == (verifiable, True)
    assert served.publicly_trusted is (True if verifiable else None)
    assert paths.best_path(shop.der, [weak]).weak_issuer_signature is True
    assert paths.served_path([shop.der, mid.der]).weak_chain_signature is False


def test_without_verification_only_the_signature_of_the_leaf_is_believed() -> None:
    from trustpath.facts.x509 import describe

    top, forger = root(), root()
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(top.key.public_key())
    forged = leaf(forger, "a.example", key_identifiers=False, extra=[(identifier, False)])
    paths = builder(public=(top,))
    assert paths.path_of(describe(forged.der), forged.der, verify=False).publicly_trusted is True
    assert paths.path_of(describe(forged.der), forged.der).publicly_trusted is False
    bare = leaf(forger, "a.example", key_identifiers=False)
    assert paths.path_of(describe(bare.der), bare.der, verify=False).publicly_trusted is None
