from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import (
    DAY,
    NOW,
    Issued,
    intermediate,
    leaf,
    moment,
    new_key,
    pem_bundle,
    revocation_list,
    root,
    rsa_key,
)
from pathcases import bare_ca
from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError, LimitError, SourceError
from trustpath.base.files import open_regular
from trustpath.connectors.certificates import make
from trustpath.connectors.certificates.containers import read
from trustpath.connectors.certificates.reading import Limits, Reading
from trustpath.connectors.certificates.revocations import read_list
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificatePath,
    CertificatePlace,
)
from trustpath.facts.relations.revocation import Crl, Revocation
from trustpath.facts.source import Context, RootSet, SourceSpec
from trustpath.facts.trust import PathBuilder

TOP = root()
MID = intermediate(TOP)
SHOP = leaf(MID, "shop.example.com")
LIMITS = Limits()
Row = TypeVar("Row")


def collect(
    folder: Path, path: str = ".", secrets: dict[str, str] | None = None, **options: Any
) -> dict[str, Part]:
    spec = SourceSpec("certs", "certificates", {"path": path, **options}, folder, "estate.yaml:7")
    context = Context(FixedClock(NOW), roots=RootSet(public=[TOP.der]), secrets=secrets or {})
    found = [frozen(part) for part in make(spec, context).collect()]
    assert len({part.name for part in found}) == len(found)
    return {part.name: part for part in found}


def frozen(part: Part) -> Part:
    facts = tuple(part.facts)
    assert part.grade is Grade.AUTHORITATIVE
    assert part.observed_at == NOW
    assert part.coverage is not Coverage.FULL or not part.problems
    assert part.coverage is not Coverage.NONE or (part.problems and not facts)
    return Part(part.name, part.grade, part.coverage, part.observed_at, facts, part.problems)


def rows(part: Part, kind: type[Row]) -> list[Row]:
    return [fact for fact in part.facts if isinstance(fact, kind)]


def fingerprints(part: Part) -> list[str]:
    return [row.fingerprint for row in rows(part, Certificate)]


def test_a_pem_bundle_gives_every_kind_of_row(tmp_path: Path) -> None:
    (tmp_path / "shop.pem").write_bytes(pem_bundle(SHOP, MID))
    (part,) = collect(tmp_path).values()
    assert (part.name, part.coverage, part.problems) == ("shop.pem", Coverage.FULL, ())
    assert fingerprints(part) == [SHOP.fingerprint, MID.fingerprint]
    assert [row.name for row in rows(part, CertificateName)] == ["shop.example.com"]
    assert rows(part, CertificatePath)[0].publicly_trusted is True
    assert rows(part, CertificatePlace) == [
        (SHOP.fingerprint, "file", "shop.pem", False),
        (MID.fingerprint, "file", "shop.pem", None),
    ]


def test_an_intermediate_anywhere_helps_all(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(SHOP.pem)
    (tmp_path / "z" / "deep").mkdir(parents=True)
    (tmp_path / "z" / "deep" / "ca.der").write_bytes(MID.der)
    parts = collect(tmp_path)
    assert rows(parts["a.pem"], CertificatePath)[0].issuer_certificate == MID.fingerprint
    assert rows(parts["a.pem"], CertificatePath)[0].publicly_trusted is True
    assert "z/deep/ca.der" in parts


def test_garbage_and_broken_blocks_do_not_hide_the_rest(tmp_path: Path) -> None:
    broken = SHOP.pem.replace(b"MII", b"M!I", 1)
    cut = b"-----BEGIN CERTIFICATE-----\nMIIB\n"
    rubbish = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"
    data = (
        b"subject=x\n\xff\xfe\x00"
        b"\n" + broken + b"junk -----BEGIN\n" + MID.pem + cut + rubbish + SHOP.pem
    )
    (tmp_path / "mess.pem").write_bytes(data.replace(b"\n", b"\r\n"))
    (part,) = collect(tmp_path).values()
    assert part.coverage is Coverage.PARTIAL
    assert fingerprints(part) == [MID.fingerprint, SHOP.fingerprint]
    assert [str(problem) for problem in part.problems] == [
        "mess.pem:3: CERTIFICATE block is not base64: Only base64 data is allowed (the other blocks of the file are used)",
        f"mess.pem:{cut_line(data)}: CERTIFICATE block without its END line (the other blocks of the file are used)",
        f"mess.pem:{cut_line(data) + 2}: {problem_of(b'hello')}",
    ]


def cut_line(data: bytes) -> int:
    return data[: data.index(b"MIIB\n")].count(b"\n")


def problem_of(der: bytes) -> str:
    with pytest.raises(InputError) as caught:
        PathBuilder(RootSet(), NOW).best_path(der)
    return str(caught.value)


def test_the_same_certificate_twice_in_a_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "twice.pem").write_bytes(SHOP.pem * 3)
    (part,) = collect(tmp_path).values()
    assert fingerprints(part) == [SHOP.fingerprint]


def test_der_cut_short_and_empty_files_are_problems_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "good.der").write_bytes(SHOP.der)
    (tmp_path / "cut.der").write_bytes(SHOP.der[:200])
    (tmp_path / "empty.crt").write_bytes(b"")
    (tmp_path / "text.cer").write_text("no certificate here")
    (tmp_path / "inner.der").write_bytes(b"\x30\x03\x02\x01\x05")
    parts = collect(tmp_path)
    assert parts["good.der"].coverage is Coverage.FULL
    for name in ("cut.der", "empty.crt", "text.cer", "inner.der"):
        assert parts[name].coverage is Coverage.NONE
        assert parts[name].problems[0].where == name
    assert "cut off" in parts["cut.der"].problems[0].message


def test_files_of_no_interest_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("see wiki")
    (tmp_path / "notes.txt").write_bytes(b"0 is a digit")
    (tmp_path / "privkey.pem").write_bytes(SHOP.key_pem)
    (tmp_path / "key.der").write_bytes(der_key(rsa_key()))
    request = x509.CertificateSigningRequestBuilder().subject_name(SHOP.certificate.subject)
    from cryptography.hazmat.primitives import hashes

    signed = request.sign(SHOP.key, hashes.SHA256())
    (tmp_path / "request.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (tmp_path / "odd-name").write_bytes(SHOP.pem)
    assert list(collect(tmp_path)) == ["odd-name"]


def der_key(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return bytes(key.private_bytes(Encoding.DER, form, NoEncryption()))


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_der_keys_are_recognised_and_not_read(form: PrivateFormat, kind: str) -> None:
    reading = read(der_key(new_key(kind), form), "x.der", (), LIMITS)
    assert (reading.key, reading.empty, reading.problems) == (True, True, [])
    encrypted = new_key(kind).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    assert read(encrypted, "x.der", (), LIMITS).key is True


def test_keys_are_facts_only_as_being_there(tmp_path: Path) -> None:
    (tmp_path / "with.pem").write_bytes(SHOP.key_pem + pem_bundle(SHOP, MID))
    (tmp_path / "stem.crt").write_bytes(SHOP.pem)
    (tmp_path / "stem.key").write_bytes(SHOP.key_pem)
    (tmp_path / "alone.crt").write_bytes(SHOP.pem)
    for folder, number in (("live", ""), ("archive", "3")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"fullchain{number}.pem").write_bytes(pem_bundle(SHOP, MID))
        (tmp_path / folder / f"chain{number}.pem").write_bytes(MID.pem)
        (tmp_path / folder / f"privkey{number}.pem").write_bytes(SHOP.key_pem)
    parts = collect(tmp_path)
    found = {
        (r.place, r.certificate): r.key_present
        for p in parts.values()
        for r in rows(p, CertificatePlace)
    }
    assert found == {
        ("with.pem", SHOP.fingerprint): True,
        ("with.pem", MID.fingerprint): None,
        ("stem.crt", SHOP.fingerprint): True,
        ("alone.crt", SHOP.fingerprint): False,
        ("live/fullchain.pem", SHOP.fingerprint): True,
        ("live/fullchain.pem", MID.fingerprint): None,
        ("live/chain.pem", MID.fingerprint): False,
        ("archive/fullchain3.pem", SHOP.fingerprint): True,
        ("archive/fullchain3.pem", MID.fingerprint): None,
        ("archive/chain3.pem", MID.fingerprint): False,
    }
    secret = SHOP.key_pem.split(b"\n")[1].decode()
    assert not any(secret in str(part.facts) + str(part.problems) for part in parts.values())


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.pem").write_bytes(SHOP.pem)
    base = tmp_path / "letsencrypt"
    (base / "archive" / "shop").mkdir(parents=True)
    (base / "live" / "shop").mkdir(parents=True)
    (base / "archive" / "shop" / "cert1.pem").write_bytes(SHOP.pem)
    (base / "live" / "shop" / "cert.pem").symlink_to("../../archive/shop/cert1.pem")
    (base / "live" / "shop" / "stolen.pem").symlink_to(outside / "secret.pem")
    (base / "live" / "shop" / "gone.pem").symlink_to("nowhere.pem")
    (base / "live" / "loop.pem").symlink_to("loop.pem")
    (base / "live" / "again").symlink_to(base)
    (base / "live" / "etc").symlink_to(outside)
    parts = collect(tmp_path, "letsencrypt")
    assert {name: part.coverage for name, part in parts.items()} == {
        "archive/shop/cert1.pem": Coverage.FULL,
        "live/shop/cert.pem": Coverage.FULL,
        "live/shop/stolen.pem": Coverage.NONE,
        "live/shop/gone.pem": Coverage.NONE,
        "live/loop.pem": Coverage.NONE,
        "live/etc": Coverage.NONE,
    }
    assert "out of the folder" in parts["live/shop/stolen.pem"].problems[0].message
    places = [row.place for part in parts.values() for row in rows(part, CertificatePlace)]
    assert sorted(places) == ["archive/shop/cert1.pem", "live/shop/cert.pem"]


def certbot(base: Path) -> Path:
    """A folder as certbot keeps it; returns its ``live``."""
    for folder in ("archive/shop", "archive/other", "live/shop"):
        (base / folder).mkdir(parents=True)
    (base / "archive/shop/cert1.pem").write_bytes(SHOP.pem)
    (base / "archive/shop/privkey1.pem").write_bytes(SHOP.key_pem)
    (base / "archive/other/cert1.pem").write_bytes(MID.pem)
    (base / "archive/shop/notes.pem").write_bytes(MID.pem)
    for name in ("cert", "privkey"):
        (base / f"live/shop/{name}.pem").symlink_to(f"../../archive/shop/{name}1.pem")
    return base / "live"


@pytest.mark.parametrize("path", ["le/live", "le/live/shop", "le/live/*/cert.pem"])
def test_certbots_live_folder_leads_to_its_archive(tmp_path: Path, path: str) -> None:
    certbot(tmp_path / "le")
    parts = collect(tmp_path, path)
    (part,) = parts.values()
    assert (part.coverage, fingerprints(part)) == (Coverage.FULL, [SHOP.fingerprint])
    assert [row.key_present for row in rows(part, CertificatePlace)] == [True]


def test_no_other_link_out_of_a_live_folder_is_followed(tmp_path: Path) -> None:
    live = certbot(tmp_path / "le")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "cert1.pem").write_bytes(MID.pem)
    (live / "shop/foreign.pem").symlink_to("../../archive/other/cert1.pem")
    (live / "shop/notes.pem").symlink_to("../../archive/shop/notes.pem")
    (live / "shop/away.pem").symlink_to(outside / "cert1.pem")
    (tmp_path / "le/archive/shop/cert2.pem").symlink_to(outside / "cert1.pem")
    (live / "shop/through.pem").symlink_to("../../archive/shop/cert2.pem")
    (live / "moved").mkdir()
    (tmp_path / "le/archive/moved").symlink_to(outside)
    (live / "moved/cert.pem").symlink_to("../../archive/moved/cert1.pem")
    parts = collect(tmp_path, "le/live")
    assert {name for name, part in parts.items() if part.coverage is Coverage.NONE} == {
        "shop/foreign.pem",
        "shop/notes.pem",
        "shop/away.pem",
        "shop/through.pem",
        "moved/cert.pem",
    }
    assert fingerprints(parts["shop/cert.pem"]) == [SHOP.fingerprint]


def keystore(password: bytes | None, *chain: Issued, key: bool = True) -> bytes:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    others = [one.certificate for one in chain]
    return pkcs12.serialize_key_and_certificates(
        b"shop", SHOP.key if key else None, SHOP.certificate, others, how
    )


def test_pkcs12_with_and_without_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open.p12").write_bytes(keystore(None, MID))
    (tmp_path / "shut.pfx").write_bytes(keystore(b"secret", MID))
    (tmp_path / "other.p12").write_bytes(keystore(b"another"))
    (tmp_path / "trust.p12").write_bytes(keystore(None, key=False))
    (tmp_path / "pass.txt").write_text("secret\n")
    monkeypatch.setenv("STORE_PASSWORD", "secret")
    for reference in ("env:STORE_PASSWORD", "file:pass.txt"):
        parts = collect(tmp_path, password=reference)
        assert fingerprints(parts["shut.pfx"]) == [SHOP.fingerprint, MID.fingerprint]
        assert rows(parts["shut.pfx"], CertificatePlace) == [
            (SHOP.fingerprint, "keystore", "shut.pfx", True),
            (MID.fingerprint, "keystore", "shut.pfx", None),
        ]
        assert parts["open.p12"].coverage is Coverage.FULL
        assert rows(parts["trust.p12"], CertificatePlace)[0].key_present is False
        assert parts["other.p12"].coverage is Coverage.NONE
        assert "password" in parts["other.p12"].problems[0].hint
    given_secret = collect(tmp_path, secrets={"env:ELSEWHERE": "another"}, password="env:ELSEWHERE")
    assert given_secret["other.p12"].coverage is Coverage.FULL


def test_pkcs12_that_would_burn_the_processor_is_refused() -> None:
    data = keystore(b"x")
    for marker in (b"\x02\x02\x4e\x20", b"\x02\x02\x08\x00", b"\x02\x03\x03\x0d\x40"):
        data = data.replace(
            marker, marker[:1] + bytes([len(marker) - 2]) + b"\x7f" * (len(marker) - 2)
        )
    reading = read(data, "x.p12", (b"x",), Limits(kdf_rounds=25_000))
    assert reading.empty
    assert "rounds of key derivation" in reading.problems[0].message


def test_pkcs7_in_der_and_pem(tmp_path: Path) -> None:
    certificates = [SHOP.certificate, MID.certificate]
    (tmp_path / "chain.p7b").write_bytes(pkcs7.serialize_certificates(certificates, Encoding.DER))
    (tmp_path / "chain.p7c").write_bytes(pkcs7.serialize_certificates(certificates, Encoding.PEM))
    (tmp_path / "bad.p7b").write_bytes(
        pkcs7.serialize_certificates(certificates, Encoding.DER)[:-40] + b"\0" * 40
    )
    parts = collect(tmp_path)
    for name in ("chain.p7b", "chain.p7c"):
        assert sorted(fingerprints(parts[name])) == sorted([SHOP.fingerprint, MID.fingerprint])
    assert parts["bad.p7b"].coverage is Coverage.NONE


def test_deeply_nested_der_is_an_error_not_a_crash(tmp_path: Path) -> None:
    deep = b"\x05\x00"
    for _ in range(3000):
        size = len(deep)
        header = (
            bytes([size])
            if size < 0x80
            else b"\x82" + size.to_bytes(2, "big")
            if size < 65536
            else b""
        )
        deep = b"\x30" + (header if size < 0x80 or size > 255 else b"\x81" + bytes([size])) + deep
    oid = bytes.fromhex("06092a864886f70d010702")
    inner = oid + b"\xa0\x82" + len(deep).to_bytes(2, "big") + deep
    (tmp_path / "deep.p7b").write_bytes(b"\x30\x82" + len(inner).to_bytes(2, "big") + inner)
    (tmp_path / "deep.der").write_bytes(deep)
    for part in collect(tmp_path).values():
        assert part.coverage is Coverage.NONE


def test_revocation_lists(tmp_path: Path) -> None:
    crl = revocation_list(MID, SHOP, reason=x509.ReasonFlags.key_compromise)
    stranger = revocation_list(root("Stranger"), SHOP)
    forged = revocation_list(Issued(MID.certificate, TOP.key), SHOP)
    (tmp_path / "ca.pem").write_bytes(MID.pem)
    (tmp_path / "a.crl").write_bytes(crl.public_bytes(Encoding.DER))
    (tmp_path / "b.pem").write_bytes(crl.public_bytes(Encoding.PEM))
    (tmp_path / "c.crl").write_bytes(stranger.public_bytes(Encoding.DER))
    (tmp_path / "d.crl").write_bytes(forged.public_bytes(Encoding.DER))
    parts = collect(tmp_path)
    issuer, serial = "CN=Example CA 1,O=Example Trust", format(SHOP.certificate.serial_number, "x")
    for name in ("a.crl", "b.pem"):
        assert rows(parts[name], Crl) == [(issuer, None, NOW - DAY, NOW + 6 * DAY, True, 1)]
        assert rows(parts[name], Revocation) == [
            (
                issuer,
                serial,
                None,
                "revoked",
                "keyCompromise",
                NOW - DAY,
                "crl",
                NOW - DAY,
                NOW + 6 * DAY,
            )
        ]
    assert rows(parts["c.crl"], Crl)[0].verified is None
    assert rows(parts["c.crl"], Revocation)[0].reason is None


def _point(**options: Any) -> tuple[x509.ExtensionType, bool]:
    """Return an issuing distribution point, critical as it must be."""
    given = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False, **options,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**given), True


_ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.2"), b"\x05\x00")


@pytest.mark.parametrize(
    "options, verified, revocations",
    [
        ({}, True, 1),
        ({"extra": [(_ODD, False)]}, True, 1),
        ({"extra": [(_ODD, True)]}, False, 0),
        ({"entry_extra": [(_ODD, False)]}, True, 1),
        ({"entry_extra": [(_ODD, True)]}, False, 0),
        ({"extra": [_point(only_contains_user_certs=True)]}, True, 1),
        ({"extra": [_point(only_contains_ca_certs=True)]}, None, 1),
        ({"extra": [_point(only_contains_attribute_certs=True)]}, None, 1),
        ({"extra": [_point(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))]}, None, 1),
        ({"extra": [(x509.DeltaCRLIndicator(1), True)]}, None, 1),
    ],
)  # fmt: skip
def test_a_list_proves_only_what_it_is_about(
    tmp_path: Path, options: dict[str, Any], verified: bool | None, revocations: int
) -> None:
    """RFC 5280 5.2: no use of what is not understood, and no absence from what is not whole."""
    (tmp_path / "ca.pem").write_bytes(MID.pem + TOP.pem)
    (tmp_path / "a.crl").write_bytes(
        revocation_list(MID, SHOP, **options).public_bytes(Encoding.DER)
    )
    part = collect(tmp_path)["a.crl"]
    assert rows(part, Crl)[0].verified is verified
    assert len(rows(part, Revocation)) == revocations
    assert bool(part.problems) is (verified is False)


def test_entries_of_an_indirect_list_inherit_the_issuer_of_the_one_before(tmp_path: Path) -> None:
    """RFC 5280 5.3.3: the issuer stands once, and goes on until another one is named."""
    listed = revocation_list(MID, SHOP, extra=[_point(indirect_crl=True)])
    other = x509.CertificateIssuer([x509.DirectoryName(TOP.certificate.subject)])
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(listed.issuer)
        .last_update(listed.last_update_utc)
        .next_update(moment(NOW + DAY))
        .add_extension(_point(indirect_crl=True)[0], True)
    )
    for serial, named in ((1, False), (2, True), (3, False)):
        entry = x509.RevokedCertificateBuilder(serial, listed.last_update_utc)
        if named:
            entry = entry.add_extension(other, True)
        builder = builder.add_revoked_certificate(entry.build())
    (tmp_path / "ca.pem").write_bytes(MID.pem)
    crl = builder.sign(MID.key, SHA256())
    (tmp_path / "a.crl").write_bytes(crl.public_bytes(Encoding.DER))
    found = rows(collect(tmp_path)["a.crl"], Revocation)
    own, others = listed.issuer.rfc4514_string(), TOP.certificate.subject.rfc4514_string()
    assert [(row.serial, row.issuer) for row in found] == [("1", own), ("2", others), ("3", others)]


def test_a_key_without_crl_sign_signs_no_list(tmp_path: Path) -> None:
    """RFC 5280 6.3.3 (f): the signature is right, and the key may not make it."""
    usage = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
    mid = bare_ca((usage, True))
    shop = leaf(mid, "a.example")
    (tmp_path / "ca.pem").write_bytes(mid.pem)
    (tmp_path / "a.crl").write_bytes(revocation_list(mid, shop).public_bytes(Encoding.DER))
    part = collect(tmp_path)["a.crl"]
    assert rows(part, Crl)[0].verified is False
    assert rows(part, Revocation) == []
    assert "cRLSign" in part.problems[0].message


def test_a_revocation_list_with_a_false_signature_revokes_nothing(tmp_path: Path) -> None:
    good = revocation_list(MID, SHOP).public_bytes(Encoding.DER)
    forged = good[:-4] + bytes(octet ^ 1 for octet in good[-4:])
    (tmp_path / "ca.pem").write_bytes(MID.pem)
    (tmp_path / "bad.crl").write_bytes(forged)
    part = collect(tmp_path)["bad.crl"]
    assert rows(part, Crl)[0].verified is False
    assert rows(part, Revocation) == []
    assert "false signature" in part.problems[0].message


def test_ten_thousand_names(tmp_path: Path) -> None:
    (tmp_path / "many.pem").write_bytes(
        leaf(MID, *(f"h{n}.example.com" for n in range(10_000))).pem
    )
    (part,) = collect(tmp_path).values()
    assert len(rows(part, CertificateName)) == 10_000


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.pem").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    with (tmp_path / "huge.bin").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    (tmp_path / "good.pem").write_bytes(SHOP.pem)
    parts = collect(tmp_path)
    assert parts["huge.pem"].coverage is Coverage.NONE
    assert "octets" in parts["huge.pem"].problems[0].message
    assert parts["good.pem"].coverage is Coverage.FULL
    assert "huge.bin" not in parts


def test_limits_of_a_block_and_of_a_file() -> None:
    reading = read(SHOP.pem, "x.pem", (), Limits(block_octets=100))
    assert "above 100 octets" in reading.problems[0].message
    with pytest.raises(LimitError):
        read(SHOP.pem, "x.pem", (), Limits(file_octets=100))
    with pytest.raises(LimitError):
        read(SHOP.pem * 3, "x.pem", (), Limits(certificates=2))


def test_thousands_of_broken_blocks_are_counted_not_listed(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\n" * 5000 + SHOP.pem)
    (part,) = collect(tmp_path).values()
    assert fingerprints(part) == [SHOP.fingerprint]
    assert len(part.problems) == 101
    assert "4900 more" in part.problems[-1].message


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_problem_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "good.pem").write_bytes(SHOP.pem)
    (tmp_path / "bad.pem").write_bytes(SHOP.pem)
    (tmp_path / "bad.pem").chmod(0)
    parts = collect(tmp_path)
    assert parts["bad.pem"].coverage is Coverage.NONE
    assert parts["good.pem"].coverage is Coverage.FULL


def test_a_file_that_fails_to_open_is_a_problem_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.pem").write_bytes(SHOP.pem)
    (tmp_path / "good.pem").write_bytes(SHOP.pem)
    os.mkfifo(tmp_path / "pipe.pem")

    def refuse(path: Path) -> BinaryIO:
        if path.name == "bad.pem":
            raise PermissionError(13, "Permission denied")
        return open_regular(path)

    monkeypatch.setattr("trustpath.connectors.certificates.files.open_regular", refuse)
    parts = collect(tmp_path)
    assert str(parts["bad.pem"].problems[0]) == "bad.pem: cannot be read: Permission denied"
    assert parts["pipe.pem"].problems[0].message == "is no regular file"
    assert parts["good.pem"].coverage is Coverage.FULL


def test_a_single_file_and_a_glob(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(SHOP.pem)
    (tmp_path / "b.pem").write_bytes(MID.pem)
    (tmp_path / "c.txt").write_bytes(TOP.pem)
    assert list(collect(tmp_path, "a.pem")) == ["a.pem"]
    assert list(collect(tmp_path, "*.pem")) == ["a.pem", "b.pem"]
    assert list(collect(tmp_path, str(tmp_path / "?.pem"))) != []


def test_a_path_to_nothing_is_the_failure_of_the_source(tmp_path: Path) -> None:
    for path in ("missing", "*.nothing"):
        with pytest.raises(SourceError):
            collect(tmp_path, path)


@pytest.mark.parametrize(
    "options",
    [{}, {"path": 3}, {"path": "x", "password": "plain"}, {"path": "x", "signatures": "none"}],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any]) -> None:
    spec = SourceSpec("certs", "certificates", options, tmp_path, "estate.yaml:7")
    with pytest.raises(EstateError) as caught:
        make(spec, Context(FixedClock(NOW)))
    assert caught.value.where == "estate.yaml:7"


def test_a_missing_password_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(SHOP.pem)
    for reference in ("env:NO_SUCH_VARIABLE_HERE", "file:nothing"):
        with pytest.raises(SourceError):
            collect(tmp_path, password=reference)


def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(str(tmp_path)) + b"/caf\xe9.pem")).write_bytes(SHOP.pem)
    assert list(collect(tmp_path)) == ["caf\\xe9.pem"]


def test_readings_that_are_not_kept_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pem").write_bytes(SHOP.pem)
    (tmp_path / "b.pem").write_bytes(MID.pem)
    kept = collect(tmp_path)
    monkeypatch.setattr("trustpath.connectors.certificates.source._KEPT_OCTETS", 10)
    assert collect(tmp_path) == kept


def test_sampling_turns_to_everything_for_an_issuer_with_a_false_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustpath.connectors.certificates.sampling.ALL_SIGNATURES", 0)
    monkeypatch.setattr("trustpath.connectors.certificates.sampling.FIRST_SIGNATURES", 2)
    monkeypatch.setattr("trustpath.connectors.certificates.sampling.EVERY_SIGNATURE", 4)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(MID.key.public_key())
    forger = Issued(MID.certificate, new_key())
    bad = [
        leaf(forger, f"h{n}.example", key_identifiers=False, extra=[(identifier, False)])
        for n in range(8)
    ]
    good = [leaf(MID, f"g{n}.example") for n in range(3)]
    (tmp_path / "all.pem").write_bytes(pem_bundle(*good, *bad, MID))
    (sampled,) = collect(tmp_path).values()
    trusted = [row.publicly_trusted for row in rows(sampled, CertificatePath)]
    assert trusted == [True] * 3 + [False] * 8 + [True]
    (full,) = collect(tmp_path, signatures="all").values()
    assert [row.publicly_trusted for row in rows(full, CertificatePath)] == trusted


SEEDS = [
    SHOP.pem + MID.pem,
    SHOP.der,
    pkcs7.serialize_certificates([SHOP.certificate], Encoding.DER),
    pkcs7.serialize_certificates([SHOP.certificate], Encoding.PEM),
    revocation_list(MID, SHOP, reason=x509.ReasonFlags.superseded).public_bytes(Encoding.DER),
    keystore(None, MID),
    der_key(rsa_key()),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 3)):
            case 0 if data:
                data[at] = draw(st.integers(0, 255))
            case 1:
                del data[at : at + draw(st.integers(1, 20))]
            case 2:
                data[at:at] = draw(st.binary(max_size=8))
            case _:
                data[at:at] = data[: draw(st.integers(0, 40))]
    return bytes(data)


@settings(deadline=None, max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.one_of(
        mutated(), st.binary(max_size=200), st.binary(max_size=50).map(lambda b: b"\x30" + b)
    )
)
def test_nothing_but_input_errors_ever_escapes(data: bytes) -> None:
    limits = Limits(kdf_rounds=30_000)
    reading: Reading = read(data, "x", (), limits)
    paths = PathBuilder(RootSet([TOP.der]), NOW, [MID.der])
    for _, der in reading.certificates:
        try:
            paths.best_path(der)
            paths.served_path([der, MID.der])
            paths.add(der)
        except InputError:
            pass
    for where, der in reading.revocation_lists:
        with contextlib.suppress(InputError):
            consume(read_list(der, where, paths).rows())


def consume(found: Iterator[object]) -> None:
    for _ in found:
        pass
