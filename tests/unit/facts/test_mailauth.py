"""SPF, DMARC and DKIM as receivers read them (RFC 7208, RFC 7489, RFC 6376)."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from trustpath.facts.records.mailauth import MAX_KEY, mail_authentication
from trustpath.facts.records.spf import parse_spf
from trustpath.facts.relations.dns import MailAuthentication


def read(name: str, content: str) -> MailAuthentication:
    found = mail_authentication("example.com", name, f'"{content}"')
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("record", "qualifier", "sends"),
    [
        ("v=spf1 -all", "-", False),
        ("v=spf1 ~all", "~", False),
        ("v=spf1", None, True),
        ("v=spf1 -mx -all", "-", False),
        ("v=spf1 -mx", None, True),
        ("v=spf1 -ip4:0.0.0.0/0 ?ip6:::/0 -all ip4:0.0.0.0/0", "-", True),
        ("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/2 -all", "-", True),
        ("v=spf1 exp=%{c}.%{r}.%{t}.example.com -all", "-", False),
        ("v=spf1 exists:%{d10r}.example.com mx:%{d} -all", "-", True),
        ("v=spf1 mx -all", "-", True),
        ("v=spf1 ?all", "?", True),
        ("v=spf1 redirect=_spf.example.net", None, True),
        ("v=spf1 -all redirect=_spf.example.net", "-", False),
        ("v=spf1 a/24 mx//64 ip4:192.0.2.1/30 exists:%{ir}.%{v}._spf.%{d2} -all", "-", True),
        ("v=spf1 -all a mx", "-", False),
    ],
)
def test_what_spf_comes_to(record: str, qualifier: str | None, sends: bool) -> None:
    spf = parse_spf(record)
    assert (spf.fault, spf.qualifier, spf.sends) == (None, qualifier, sends)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=spf1 ip4:192.0.2.300", "'ip4:192.0.2.300'"),
        ("v=spf1 ip4:192.0.2.1/255.255.255.0", "cannot be read"),
        ("v=spf1 ip6:192.0.2.1", "cannot be read"),
        ("v=spf1 a:mail", "cannot be read"),
        ("v=spf1 a:example.com/33", "cannot be read"),
        ("v=spf1 include:192.0.2.1", "cannot be read"),
        ("v=spf1 include:a.exampleinclude:b.example", "cannot be read"),
        ("v=spf1 mx a exp=%{x}.example", "names no domain"),
        ("v=spf1 -all, mx", "is no mechanism"),
        ("v=spf1 + all", "is no mechanism"),
        ("v=spf10 -all", "begin"),
        ("v=spf1 include:_spf.example.com} -all", "cannot be read"),
        ("v=spf1 exists:%{c}.x.example.com -all", "cannot be read"),
        ("v=spf1 exists:%{R}.x.example.com -all", "cannot be read"),
        ("v=spf1 redirect=%{t}.x.example.com", "names no domain"),
        ("v=spf1 exists:%{d0}.x.example.com -all", "cannot be read"),
        ("v=spf1 exists:%{d00r}.x.example.com -all", "cannot be read"),
        ("v=spf1 ip6:fe80::1%eth0 -all", "cannot be read"),
        ("v=spf1 ip4:1.2.3.4/024 -all", "cannot be read"),
        ("v=spf1 ip4:1.2.3.4/ -all", "cannot be read"),
        ("v=spf1 a/024 -all", "cannot be read"),
        ("v=spf1 +all", "everybody"),
        ("v=spf1 ip4:0.0.0.0/0 -all", "everybody"),
        ("v=spf1 ip4:192.0.2.1/0 -all", "everybody"),
        ("v=spf1 +ip4:0.0.0.0/1 mx ip4:128.0.0.0/1 -all", "everybody"),
        ("v=spf1 ip6:::/1 ip6:8000::/1 -all", "everybody"),
        ("v=spf1 a/0 -all", "everybody"),
        ("v=spf1 mx:example.com/0//64 -all", "everybody"),
        ("v=spf1 a//0 -all", "everybody"),
    ],
)
def test_why_spf_cannot_be_used(record: str, words: str) -> None:
    assert words in str(parse_spf(record).fault)


def test_the_tenth_look_up_is_the_last() -> None:
    terms = [f"include:{n}.example" for n in range(10)]
    assert parse_spf(" ".join(["v=spf1", *terms, "-all"])).fault is None
    fault = parse_spf(" ".join(["v=spf1", *terms, "redirect=x.example"])).fault
    assert fault == "it needs 11 look-ups by itself, and receivers give up after 10"


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=80))
def test_nothing_makes_a_reader_fail(content: str) -> None:
    parse_spf(content)
    parse_spf("v=spf1 " + content)
    escaped = "".join(f"\\{ord(c):03d}" for c in content)
    for name in ("_dmarc.example.com", "s._domainkey.example.com"):
        for head in ("", "v=DMARC1; ", "v=DKIM1; p="):
            read(name, head + escaped)


@pytest.mark.parametrize(
    "tags",
    ["fo=2", "fo=", "ri=daily", "ri=", "pct=00009999", "pct=101", "rua=mailto:a@example.com!10q",
     "rua=mailto:@@@", "ruf=mailto:a@b@example.com", "rua=mailto:a@example", "rua=https://x.example!x"],
)  # fmt: skip
def test_why_dmarc_cannot_be_used(tags: str) -> None:
    assert read("_dmarc.example.com", f"v=DMARC1; p=none; {tags}").fault is not None


def test_dmarc_with_every_tag() -> None:
    rest = "rua=mailto:a+b@x.example!10m, https://x.example/r?q; ruf=mailto:a@b.example?subject=x"
    tags = f"adkim=s; aspf=r; pct=100; fo=1:d:s; ri=86400; rf=afrf; np=none; {rest}"
    assert read("_dmarc.example.com", f"v=DMARC1; p=none; {tags}").fault is None


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("h=sha1", "sha256"),
        ("s=tlsrpt", "not for mail"),
        ("k=", "k tag is empty"),
        ("h=sha1:sha256; s=tlsrpt:email", None),
        ("h=sha256; s=*; t=y", None),
    ],
)
def test_what_a_dkim_key_is_for(tags: str, words: str | None) -> None:
    fault = read("s._domainkey.example.com", f"v=DKIM1; {tags}; p={_key()}").fault
    assert (fault is None) if words is None else (words in str(fault))


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_octets_behind_a_key_spoil_it(form: PublicFormat) -> None:
    found = read("s._domainkey.example.com", f"p={_key(form, b'x')}")
    assert found.fault == "its RSA key cannot be read"


def _key(form: PublicFormat = PublicFormat.SubjectPublicKeyInfo, behind: bytes = b"") -> str:
    key = rsa.generate_private_key(65537, 1024).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, form) + behind).decode()


def test_strings_are_joined_before_a_record_is_told() -> None:
    found = mail_authentication("example.com", "example.com", '"v=sp" "f1 mx ?all"')
    assert found is not None
    assert (found.kind, found.versioned, found.fault) == ("spf", True, None)
    found = mail_authentication("example.com", "_p.example.com", '"v=DM" "ARC1; p=none"')
    assert found is not None
    assert (found.kind, found.policy) == ("dmarc", "none")


@pytest.mark.parametrize(
    "term", ["include:A.example.com.", "redirect=a.example.com", "include:%{D}"]
)
def test_an_spf_record_that_includes_itself(term: str) -> None:
    assert "itself" in str(read("a.example.com", f"v=spf1 {term}").fault)
    assert read("a.example.com", f"v=spf1 -all {term}").fault is None
    assert "%" in term or read("b.example.com", f"v=spf1 {term}").fault is None


def test_which_records_are_read() -> None:
    def kind(name: str, content: str) -> str | None:
        found = mail_authentication("example.com", name, f'"{content}"')
        return found and f"{found.kind} {found.domain}"

    assert kind("example.com", "v=spf1 -all") == "spf example.com"
    assert kind("example.com", "V = SPF1 -all") == "spf example.com"
    assert kind("example.com", "spf2.0/pra") is None
    assert kind("_dmarc.a.example.com", "anything") == "dmarc a.example.com"
    assert kind("*.example.com", "v=DMARC1; p=none") == "dmarc example.com"
    assert kind("_policy.example.com", "v=DMARC1; p=none") == "dmarc _policy.example.com"
    assert kind("x.example._report._dmarc.example.com", "v=DMARC1") is None
    assert kind("a.b._domainkey.example.com", "anything") == "dkim example.com"
    assert kind("_adsp._domainkey.example.com", "dkim=all") is None
    assert kind("_domainkey.example.com", "o=-") is None


def test_both_encodings_of_an_rsa_key_are_read_and_bounded() -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        text = base64.b64encode(key.public_bytes(Encoding.DER, form)).decode()
        found = read("s._domainkey.example.com", f"v=DKIM1; p={text[:99]} {text[99:]}")
        assert (found.fault, found.key_type, found.key_bits) == (None, "rsa", 2048)
    found = read("s._domainkey.example.com", "p=" + "A" * (MAX_KEY + 1))
    assert (found.fault, found.key_bits) == ("its key is no base64", None)


def test_a_revoked_key_and_strings_that_were_joined_by_hand() -> None:
    assert read("s._domainkey.example.com", "v=DKIM1; p=").sends is False
    assert read("s._domainkey.example.com", "v=DKIM1; p=").fault is None
    assert "double quotes" in str(read("s._domainkey.example.com", 'p=AAAA\\"\\"AAAA').fault)
    assert "CNAME" in str(read("s._domainkey.example.com", "s.dkim.example.net").fault)
