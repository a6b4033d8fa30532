"""RRsets into facts: canonical text, typed rows, trust functions, validation names."""

from __future__ import annotations

import dns.dnssec
import dns.name
import dns.rdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.addresses import address_key, canonical_address
from trustpath.base.errors import InputError
from trustpath.facts.records import canonical_rdata, rrset_facts, zone_facts
from trustpath.facts.records.issuing import parse_issue_value
from trustpath.facts.records.services import ech_public_name
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import (
    Caa,
    CaaMethod,
    Dnskey,
    DnskeyDigest,
    Ds,
    MailPolicyRecord,
    Nsec3param,
    Occluded,
    Persist,
    Rdata,
    Rrset,
    Rrsig,
    Srv,
    Svcb,
    SvcbHint,
    Tlsa,
    TrustFunction,
    ValidationName,
    Zone,
)

ZONE = "example.com"
KSK = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="


def facts(name: str, rdtype: str, *texts: str, ttl: int | None = 300) -> list[Fact]:
    canonical = [canonical_rdata(rdtype, text, ZONE) for text in texts]
    return list(rrset_facts(ZONE, name, rdtype, ttl, canonical))


def rows(kind: type, found: list[Fact]) -> list[Fact]:
    return [row for row in found if type(row) is kind]


def row(kind: type, found: list[Fact]) -> dict[str, object]:
    (only,) = rows(kind, found)
    return dict(zip(kind._fields, only, strict=True))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rdtype", "text", "expected"),
    [
        ("CNAME", "WWW", "www.example.com."),
        ("MX", "010 Mail.Example.ORG.", "10 mail.example.org."),
        ("AAAA", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("TXT", 'a "b c"  "d\\"e\\\\f\\200"', '"a" "b c" "d\\"e\\\\f\\200"'),
        ("SOA", "NS1 Host 1 1h 2 3 4", "ns1.example.com. host.example.com. 1 3600 2 3 4"),
        ("TLSA", "3 1 1 ABCD EF", "3 1 1 abcdef"),
        ("TYPE65534", "\\# 3 0A 0B 0C", "\\# 3 0a0b0c"),
        ("TYPE65534", "\\# 0", "\\# 0"),
        ("TYPE15", "\\# 3 000a00", "10 ."),
        ("CAA", '0 issue "CA.example"', '0 issue "CA.example"'),
        ("RP", "Box.X Txt.Y.", "box.x.example.com. txt.y."),
    ],
)
def test_canonical_text(rdtype: str, text: str, expected: str) -> None:
    rdtype_read = "MX" if rdtype == "TYPE15" else rdtype
    once = canonical_rdata(rdtype, text, ZONE)
    assert once == expected
    assert canonical_rdata(rdtype_read, once, "other.test") == once


@pytest.mark.parametrize(
    ("rdtype", "text"),
    [("A", "192.0.2.256"), ("A", "192.0.2"), ("AAAA", "1:2"), ("MX", "mail"), ("TXT", '"' + "x" * 256 + '"'),
     ("NOSUCH", "x"), ("ANY", "x"), ("A", "192.0.2.1 extra"), ("CNAME", "a..b"), ("TLSA", "3 1 1 abc"),
     ("TLSA", "300 1 1 ab"), ("TXT", ('"' + "x" * 255 + '" ') * 256), ("A", "192.0.2.1\n192.0.2.2")],
)  # fmt: skip
def test_what_is_no_rdata_raises_one_error(rdtype: str, text: str) -> None:
    with pytest.raises(InputError):
        canonical_rdata(rdtype, text, ZONE)


def test_general_columns() -> None:
    found = facts("*.a.example.com", "A", "192.0.2.1", "192.0.2.2")
    assert row(Rrset, found) == {
        "zone": ZONE, "name": "*.a.example.com", "type": "A", "ttl": 300, "size": 2, "wildcard": True,
        "base": "a.example.com", "parent": "a.example.com", "rname": "com.example.a.*",
    }  # fmt: skip
    assert [r[5] for r in rows(Rdata, found)] == ["192.0.2.1", "192.0.2.2"]
    mx = row(Rdata, facts(ZONE, "MX", "10 mail"))
    assert (mx["target"], mx["priority"]) == ("mail.example.com", 10)
    assert row(Rdata, facts(ZONE, "MX", "0 ."))["target"] is None
    srv = row(Rdata, facts("_sip._tcp.example.com", "SRV", "1 2 5060 sip"))
    assert (srv["target"], srv["port"], srv["priority"]) == ("sip.example.com", 5060, 1)
    assert row(Rrset, facts("a\\.b.example.com", "A", "192.0.2.1"))["rname"] == "com.example.a\\.b"
    alias = list(rrset_facts(ZONE, ZONE, "ALIAS", 60, ["lb.example.net."]))
    assert row(Rdata, alias)["target"] == "lb.example.net"
    assert row(TrustFunction, alias)["locates"] is True


@given(
    st.one_of(st.ip_addresses(v=6), st.ip_addresses(v=4).map(lambda a: f"::ffff:{a}")),
    st.ip_addresses(v=4),
)
def test_address_keys_are_those_of_the_ground_layer(six: object, four: object) -> None:
    found = row(Rdata, facts("a.example.com", "AAAA", str(six)))
    assert found["address"] == canonical_address(str(six))
    assert found["address_key"] == address_key(str(six))
    assert row(Rdata, facts("a.example.com", "A", str(four)))["address_key"] == address_key(
        str(four)
    )


@pytest.mark.parametrize(
    ("value", "issuer", "parameters", "well_formed"),
    [
        ("ca.example", "ca.example", {}, True),
        ("", "", {}, True),
        (";", "", {}, True),
        (" CA.Example ; a=b ; c-d = e ", "ca.example", {"a": "b", "c-d": "e"}, True),
        ("ca.example;", "ca.example", {}, True),
        ("ca.example; a=", "ca.example", {"a": ""}, True),
        ("ca.example; a=b;", "ca.example", {"a": "b"}, False),
        ("ca.example; a=b; A=c", "ca.example", {"a": "b"}, True),
        ("ca.example; -a=b", "ca.example", {}, False),
        ("ca.example a=b", None, {}, False),
        ("ca_x.example", None, {}, False),
        ("ca.example; a=b c", "ca.example", {}, False),
        ("-ca.example", None, {}, False),
        ("ca..example", None, {}, False),
    ],
)
def test_issue_value_grammar(
    value: str, issuer: str | None, parameters: dict[str, str], well_formed: bool
) -> None:
    parsed = parse_issue_value(value)
    assert (parsed.issuer, dict(parsed.parameters), parsed.well_formed) == (
        issuer,
        parameters,
        well_formed,
    )


def test_caa_rows() -> None:
    found = facts(
        ZONE,
        "CAA",
        '128 ISSUE "CA.example; accounturi=https://ca.example/1; validationmethods=dns-01,HTTP-01"',
    )
    caa = row(Caa, found)
    assert (caa["flags"], caa["tag"], caa["issuer"], caa["accounturi"]) == (
        128,
        "issue",
        "ca.example",
        "https://ca.example/1",
    )
    assert (caa["has_methods"], caa["well_formed"], caa["critical"], caa["known"]) == (
        True,
        True,
        True,
        True,
    )
    assert [m[3] for m in rows(CaaMethod, found)] == ["dns-01", "HTTP-01"]
    assert all(m[2] == caa["value"] for m in rows(CaaMethod, found))


@pytest.mark.parametrize(
    ("text", "issuer", "well_formed", "critical", "known"),
    [
        ('0 issue ";"', "", True, False, True),
        ('1 issue "ca.example"', "ca.example", True, True, True),
        ('0 issuewild "ca.example; accounturi=a; accounturi=b"', "ca.example", False, False, True),
        ('0 issue "ca.example; validationmethods=dns 01"', "ca.example", False, False, True),
        ('0 issue "caf\\195\\169.example"', None, False, False, True),
        ('0 iodef "mailto:pki@example.com"', None, True, False, True),
        ('0 iodef "pki@example.com"', None, False, False, True),
        ('128 tbs "x"', None, True, True, False),
        ('0 contactemail "pki@example.com"', None, True, False, True),
    ],
)
def test_caa_columns(
    text: str, issuer: str | None, well_formed: bool, critical: bool, known: bool
) -> None:
    caa = row(Caa, facts(ZONE, "CAA", text))
    assert (caa["issuer"], caa["well_formed"], caa["critical"], caa["known"]) == (
        issuer,
        well_formed,
        critical,
        known,
    )


def test_an_empty_method_list_restricts_to_nothing() -> None:
    found = facts(ZONE, "CAA", '0 issue "ca.example; validationmethods="')
    assert row(Caa, found)["has_methods"] is True
    assert rows(CaaMethod, found) == []


@pytest.mark.parametrize(
    ("owner", "host", "port", "protocol"),
    [
        ("_443._tcp.www.example.com", "www.example.com", 443, "tcp"),
        ("*._tcp.www.example.com", "www.example.com", None, "tcp"),
        ("www.example.com", "www.example.com", None, None),
    ],
)
def test_tlsa(owner: str, host: str, port: int | None, protocol: str | None) -> None:
    tlsa = row(Tlsa, facts(owner, "TLSA", "3 1 1 ABCDEF"))
    assert (tlsa["host"], tlsa["port"], tlsa["protocol"]) == (host, port, protocol)
    assert (tlsa["usage"], tlsa["selector"], tlsa["matching"], tlsa["data"], tlsa["octets"]) == (
        3,
        1,
        1,
        "abcdef",
        3,
    )


@given(st.binary(min_size=4, max_size=70), st.integers(0, 65535), st.integers(0, 255))
def test_key_tags_equal_dnspython(key: bytes, flags: int, algorithm: int) -> None:
    import base64

    text = f"{flags} 3 {algorithm} {base64.b64encode(key).decode()}"
    rdata = dns.rdata.from_text("IN", "DNSKEY", text)
    assert row(Dnskey, facts(ZONE, "DNSKEY", text))["key_tag"] == dns.dnssec.key_id(rdata)  # type: ignore[arg-type]


def test_dnskey_digests_equal_dnspython() -> None:
    found = facts(ZONE, "DNSKEY", KSK)
    key = row(Dnskey, found)
    assert (key["key_tag"], key["secure_entry_point"], key["deletes"]) == (2371, True, False)
    rdata = dns.rdata.from_text("IN", "DNSKEY", KSK)
    for digest_type, name in ((2, "SHA256"), (4, "SHA384")):
        ds = dns.dnssec.make_ds(dns.name.from_text(ZONE), rdata, name)
        assert DnskeyDigest(ZONE, ZONE, 2371, 13, digest_type, ds.digest.hex()) in found
    assert [d[4] for d in rows(DnskeyDigest, found)] == [1, 2, 4]


def test_child_copies_and_deletes() -> None:
    assert row(Dnskey, facts(ZONE, "CDNSKEY", "0 3 0 AA=="))["deletes"] is True
    assert rows(DnskeyDigest, facts(ZONE, "CDNSKEY", KSK)) == []
    assert row(Ds, facts(ZONE, "CDS", "0 0 0 00"))["deletes"] is True
    ds = row(Ds, facts(ZONE, "DS", "2371 13 2 " + "AB" * 32))
    assert (ds["type"], ds["key_tag"], ds["digest"], ds["deletes"]) == (
        "DS",
        2371,
        "ab" * 32,
        False,
    )


def test_rrsig_and_nsec3param() -> None:
    text = "A 13 3 300 20261201000000 20261117000000 12345 Example.com. AAAA"
    rrsig = row(Rrsig, facts("a.example.com", "RRSIG", text))
    assert (rrsig["covered"], rrsig["inception"], rrsig["expiration"]) == (
        "A",
        1794873600,
        1796083200,
    )
    assert (rrsig["algorithm"], rrsig["key_tag"], rrsig["signer"]) == (13, 12345, ZONE)
    assert row(Nsec3param, facts(ZONE, "NSEC3PARAM", "1 0 10 AB"))["salt"] == "ab"
    assert row(Nsec3param, facts(ZONE, "NSEC3PARAM", "1 0 0 -"))["salt"] == ""


def ech(name: bytes, version: int = 0xFE0D) -> bytes:
    contents = b"\x01\x00\x20\x00\x02kk\x00\x04suit\x40" + bytes([len(name)]) + name + b"\0\0"
    config = version.to_bytes(2, "big") + len(contents).to_bytes(2, "big") + contents
    return len(config).to_bytes(2, "big") + config


def test_svcb() -> None:
    import base64

    config = base64.b64encode(ech(b"Outer.example")).decode()
    text = f"1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1 ech={config}"
    found = facts("_8443._https.www.example.com", "HTTPS", text)
    svcb = row(Svcb, found)
    assert (svcb["host"], svcb["target"]) == ("www.example.com", "_8443._https.www.example.com")
    assert (svcb["port"], svcb["alpn"], svcb["ech"], svcb["public_name"]) == (
        8443,
        "h2,h3",
        True,
        "outer.example",
    )
    assert [h[4] for h in rows(SvcbHint, found)] == ["192.0.2.1", "2001:db8::1"]
    alias = row(Svcb, facts(ZONE, "HTTPS", "0 Svc.example.NET."))
    assert (alias["priority"], alias["target"], alias["ech"]) == (0, "svc.example.net", False)
    assert row(Svcb, facts(ZONE, "HTTPS", "0 ."))["target"] == ""


@given(st.binary(max_size=60))
def test_ech_configurations_from_anywhere_do_not_raise(octets: bytes) -> None:
    ech_public_name(octets)
    for cut in range(0, len(ech(b"x.example")), 3):
        ech_public_name(ech(b"x.example")[:cut] + octets)


def test_ech_of_other_versions_is_passed_over() -> None:
    assert ech_public_name(ech(b"x.example", 0x1234)) is None


def test_srv() -> None:
    srv = row(Srv, facts("_sip._tcp.example.com", "SRV", "1 2 5060 Sip"))
    assert (srv["service"], srv["protocol"], srv["domain"], srv["target"]) == (
        "sip",
        "tcp",
        ZONE,
        "sip.example.com",
    )
    odd = row(Srv, facts("x.example.com", "SRV", "1 2 5060 ."))
    assert (odd["service"], odd["domain"], odd["target"]) == (None, "x.example.com", "")


HASHED = "https://ca.example/acct-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "ca.example; accounturi=https://ca.example/1",
            ("https://ca.example/1", "plain", None, True, False, True),
        ),
        (
            "ca.example; accounturi=a; persistUntil=1800000000",
            ("a", "plain", 1800000000, True, False, True),
        ),
        ("ca.example; accounturi=a; persistUntil=soon", ("a", "plain", None, False, False, True)),
        ("ca.example; accounturi=a; policy=Wildcard", ("a", "plain", None, True, True, True)),
        (f"ca.example; accounturi={HASHED}; extra=1", (HASHED, "hashed", None, True, False, True)),
        ("ca.example", (None, None, None, True, False, False)),
        ("; accounturi=a", ("a", "plain", None, True, False, False)),
        ("ca.example; accounturi=a; accounturi=b", ("a", "plain", None, True, False, False)),
    ],
)
def test_persist(value: str, expected: tuple[object, ...]) -> None:
    found = facts("_validation-persist.www.example.com", "TXT", f'"{value[:9]}" "{value[9:]}"')
    persist = row(Persist, found)
    assert persist["base"] == "www.example.com"
    assert persist["value"] == value
    assert tuple(
        persist[k] for k in ("accounturi", "form", "until", "until_valid", "wildcard", "well_formed")
    ) == expected  # fmt: skip
    assert row(TrustFunction, found)["issuance"] is True


MD5 = "_" + "0af1" * 8


@pytest.mark.parametrize(
    ("name", "rdtype", "text", "scheme", "base", "one_time"),
    [
        ("_acme-challenge.www.example.com", "TXT", "x", "acme-dns", "www.example.com", True),
        (
            "_acme-challenge.www.example.com",
            "CNAME",
            "x.acme.test.",
            "acme-dns",
            "www.example.com",
            False,
        ),
        (
            "_acme-challenge.www.example.com",
            "NS",
            "ns.acme.test.",
            "acme-dns",
            "www.example.com",
            False,
        ),
        ("_acme-challenge.example.com", "CNAME", "e.dcv.cloudflare.com.", "acme-dns", ZONE, False),
        (
            "_ujmmovf2vn55tgye._acme-challenge.example.com",
            "TXT",
            "x",
            "acme-dns-account",
            ZONE,
            True,
        ),
        ("_validation-persist.example.com", "TXT", "ca", "persist", ZONE, False),
        ("_validation-contactemail.example.com", "TXT", "a@b", "contact-email", ZONE, False),
        ("_validation-contactphone.example.com", "TXT", "1", "contact-phone", ZONE, False),
        (
            f"{MD5}.www.example.com",
            "CNAME",
            "_x.y.acm-validations.aws.",
            "acm",
            "www.example.com",
            False,
        ),
        (f"{MD5}.www.example.com", "CNAME", "a.b.sectigo.com.", "sectigo", "www.example.com", True),
        ("_dnsauth.example.com", "TXT", "x", "digicert", ZONE, True),
        ("_tok.example.com", "CNAME", "x.dcv.digicert.com.", "digicert", ZONE, True),
        ("example.com", "TXT", "_globalsign-domain-verification=abc", "globalsign", ZONE, True),
        ("_tok.example.com", "CNAME", "x.fastly-validations.com.", "fastly", ZONE, False),
        ("_tok.www.example.com", "TXT", "x", "underscore", "www.example.com", True),
        ("_tok.www.example.com", "CNAME", "x.test.", "underscore", "www.example.com", False),
    ],
)
def test_validation_names(
    name: str, rdtype: str, text: str, scheme: str, base: str, one_time: bool
) -> None:
    found = facts(name, rdtype, f'"{text}"' if rdtype == "TXT" else text)
    validation = row(ValidationName, found)
    assert (validation["scheme"], validation["base"], validation["one_time"]) == (
        scheme,
        base,
        one_time,
    )
    assert row(TrustFunction, found)["issuance"] is True


@pytest.mark.parametrize(
    ("name", "rdtype", "text"),
    [
        ("_dmarc.example.com", "TXT", '"v=DMARC1; p=none"'),
        ("s1._domainkey.example.com", "CNAME", "s1.mail.test."),
        ("_443._tcp.www.example.com", "CNAME", "dane.test."),
        ("_sip._tcp.example.com", "CNAME", "x.test."),
        ("_mta-sts.example.com", "TXT", '"v=STSv1; id=1"'),
        ("_smtp._tls.example.com", "TXT", '"v=TLSRPTv1; rua=mailto:a@b"'),
        ("www.example.com", "CNAME", "x.acm-validations.aws."),
        ("_x.example.com", "A", "192.0.2.1"),
    ],
)
def test_names_that_validate_nothing(name: str, rdtype: str, text: str) -> None:
    assert rows(ValidationName, facts(name, rdtype, text)) == []


@pytest.mark.parametrize(
    ("name", "rdtype", "text", "letters"),
    [
        (ZONE, "NS", "ns1", "ILKD"),
        (ZONE, "CAA", '0 issue "x"', "I"),
        ("a.example.com", "A", "192.0.2.1", "IL"),
        ("a.example.com", "CNAME", "b", "ILD"),
        ("a.example.com", "HTTPS", "1 .", "LKP"),
        ("_443._tcp.a.example.com", "TLSA", "3 1 1 ab", "K"),
        (ZONE, "TXT", '"v=spf1 -all"', "KP"),
        (ZONE, "TXT", '"google-site-verification=abcdefgh"', "P"),
        (ZONE, "TXT", '"MS=ms12345678"', "P"),
        ("a.example.com", "TXT", '"google-site-verification=abcdefgh"', ""),
        ("a.example.com", "TXT", '"hello"', ""),
        ("s1._domainkey.example.com", "TXT", '"v=DKIM1; p="', "KP"),
        ("s1._domainkey.example.com", "CNAME", "x.test.", "ILKPD"),
        ("_dmarc.example.com", "TXT", '"v=DMARC1"', "KP"),
        ("a.example.com", "LOC", "1 0 0 N 1 0 0 E 0m", ""),
        ("a.example.com", "TYPE65400", "\\# 1 00", ""),
    ],
)
def test_trust_functions(name: str, rdtype: str, text: str, letters: str) -> None:
    function = rows(TrustFunction, facts(name, rdtype, text))
    assert [dict(zip("ILKPD", f[3:], strict=True)) for f in function] == [
        {c: c in letters for c in "ILKPD"}
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("_mta-sts.example.com", "v=STSv1; id=20260101;", ("mta-sts", ZONE, "20260101", True)),
        ("_mta-sts.example.com", "v=STSv1;id=a", ("mta-sts", ZONE, "a", True)),
        ("_mta-sts.example.com", "v=STSv1; id=not-alnum", ("mta-sts", ZONE, None, False)),
        ("_mta-sts.example.com", "v=STSv1; id=" + "a" * 33, ("mta-sts", ZONE, None, False)),
        ("_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:a@b", ("tlsrpt", ZONE, None, True)),
        ("_smtp._tls.example.com", "v=TLSRPTv1", ("tlsrpt", ZONE, None, False)),
    ],
)
def test_mail_policy(name: str, text: str, expected: tuple[object, ...]) -> None:
    policy = row(MailPolicyRecord, facts(name, "TXT", f'"{text}"'))
    assert (
        policy["kind"],
        policy["domain"],
        policy["policy_id"],
        policy["well_formed"],
    ) == expected


@given(
    st.text(st.characters(max_codepoint=255), max_size=80),
    st.sampled_from(["_mta-sts.", "_validation-persist.", ""]),
)
def test_any_text_gives_storable_facts(content: str, label: str) -> None:
    text = (
        '"'
        + "".join(c if c.isalnum() and c.isascii() else f"\\{ord(c):03d}" for c in content)
        + '"'
    )
    for fact in facts(f"{label}example.com", "TXT", text):
        assert all(
            v is None or isinstance(v, int) or (isinstance(v, str) and v.isprintable())
            for v in fact
        )


def test_wrong_text_raises_before_anything_is_yielded() -> None:
    for rdtype, text in (
        ("MX", "mail."),
        ("A", "x"),
        ("DS", "1 2"),
        ("RRSIG", "A 1"),
        ("SRV", "1 2 3"),
    ):
        with pytest.raises(InputError):
            next(rrset_facts(ZONE, ZONE, rdtype, 1, [text]))


def zone_row(
    full: bool, *more: tuple[str, str, int | None, list[str]], served: bool = True
) -> Zone:
    soa = (ZONE, "SOA", 200, ["a.b. c.d. 7 2 3 4 300"])
    found = [
        f for f in zone_facts(ZONE, [soa, *more], full=full, served=served) if isinstance(f, Zone)
    ]
    assert len(found) == 1
    return found[0]


def test_zone_row() -> None:
    assert zone_row(True) == Zone(ZONE, "com", ZONE, True, False, 7, 200)
    assert zone_row(False).signed is None
    assert zone_row(True, served=False).signed is None  # a server that signs keeps the keys
    assert zone_row(True, (ZONE, "DNSKEY", 1, [KSK]), served=False).signed is True
    assert zone_row(False, (ZONE, "DNSKEY", 1, [KSK])).signed is True
    assert zone_row(True, ("sub.example.com", "DNSKEY", 1, [KSK])).signed is False
    empty = [f for f in zone_facts(ZONE, iter([]), full=True) if isinstance(f, Zone)]
    assert (empty[0].serial, empty[0].negative_ttl) == (None, None)


def test_what_lies_below_a_cut_is_no_rrset() -> None:
    entries: list[tuple[str, str, int | None, list[str]]] = [
        ("sub.example.com", "NS", 1, ["ns.sub.example.com."]),
        ("sub.example.com", "DS", 1, ["1 13 2 " + "ab" * 32]),
        ("sub.example.com", "CAA", 1, ['0 issue "ca.example"']),
        ("ns.sub.example.com", "A", 1, ["192.0.2.1"]),
        ("x.y.sub.example.com", "AAAA", 1, ["::1"]),
        ("_acme-challenge.sub.example.com", "TXT", 1, ['"x"']),
        ("www.example.com", "A", 1, ["192.0.2.2"]),
        ("a.sub2.example.com", "A", 1, ["192.0.2.2"]),
    ]
    facts = list(zone_facts(ZONE, entries, full=True))
    named = {(f.name, f.type) for f in facts if isinstance(f, Rrset)}
    assert named == {
        ("sub.example.com", "NS"),
        ("sub.example.com", "DS"),
        ("www.example.com", "A"),
        ("a.sub2.example.com", "A"),
    }
    hidden = {f.name: f for f in facts if isinstance(f, Occluded)}
    cut = ("sub.example.com", "delegation")
    assert {(f.cut, f.reason) for f in hidden.values()} == {cut}
    assert [n for n, f in hidden.items() if f.glue] == ["ns.sub.example.com"]
    assert hidden["ns.sub.example.com"].address == "192.0.2.1"
    assert [n for n, f in hidden.items() if f.validation] == ["_acme-challenge.sub.example.com"]
    assert not [f for f in facts if isinstance(f, Caa | ValidationName)]
    assert {f.name for f in facts if isinstance(f, TrustFunction)} == {name for name, _ in named}
