"""Every row of standards G.1: which change it fits and who consents on each tier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from directory import ROLE_OWNERS, Directory, change, holding
from shared import REPOSITORY
from trustpath.facts.edits import Edit
from trustpath.workflow.consent import approvals, cases, letters, neutral, planned, traits
from trustpath.workflow.consent.rows import event_rows, formulas, record_rows, tiers
from trustpath.workflow.gate.assessment import Approval

D, C, S, Z, K, M = "record", "certificate", "service", "zone", "pki", "mail"
EX = "example.com"
WWW = "www.example.com"
CHALLENGE = f'"{"x" * 43}"'
KEY = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
DS = "2371 13 2 " + "ab" * 32
TLSA = "3 1 1 " + "ab" * 32
NEXT = "3 1 1 " + "cd" * 32
LE, LE_BOUND = '0 issue "letsencrypt.org"', '0 issue "letsencrypt.org; accounturi=https://a/1"'
SOA = "ns1.example.com. root.example.com. {} 7200 3600 1209600 {}"


def soa(serial: int, minimum: int = 300) -> str:
    return SOA.format(serial, minimum)


# (row, the edit, who consents internally where all owners differ, who more on the public tier)
ROWS: list[tuple[str, Edit, str, str]] = [
    ("address-add", change(WWW, "A", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"]), "DC", ""),
    ("address-add", change(WWW, "AAAA", [], ["2001:db8::1"]), "DC", ""),
    ("address-change", change(WWW, "A", ["192.0.2.1"], ["192.0.2.2"]), "DCS", ""),
    ("address-change", change(WWW, "A", ["192.0.2.1", "192.0.2.2"], ["192.0.2.2"]), "DCS", ""),
    ("address-remove", change(WWW, "A", ["192.0.2.1"]), "DCS", ""),
    ("alias-add", change(WWW, "CNAME", [], ["shop.example.com."]), "DC", ""),
    ("alias-add", change(WWW, "CNAME", [], ["cdn.example.net."]), "DCK", ""),
    ("alias-add", change(EX, "ALIAS", [], ["cdn.example.net."]), "DCK", ""),
    ("alias-add", change(WWW, "Route53Provider/ALIAS", [], ["cdn.example.net."]), "DCK", ""),
    ("alias-change", change(WWW, "CNAME", ["a.example.com."], ["b.example.com."]), "DCS", ""),
    ("alias-change", change(WWW, "CNAME", ["a.example.com."], ["b.example.net."]), "DCS", "K"),
    ("alias-remove", change(WWW, "CNAME", ["cdn.example.net."]), "DC", ""),
    ("dname", change("old.example.com", "DNAME", [], ["new.example.com."]), "ZCK", ""),
    ("dname", change("old.example.com", "DNAME", ["new.example.com."]), "ZCK", ""),
    ("svcb-change", change(WWW, "HTTPS", [], ["1 . alpn=h2"]), "DCS", ""),
    ("svcb-remove", change(WWW, "HTTPS", ["1 . alpn=h2"]), "D", ""),
    ("srv", change("_imaps._tcp.example.com", "SRV", [], ["0 1 993 mail.example.com."]), "DC", ""),
    ("srv", change("*._tcp.example.com", "SRV", [], ["0 1 993 mail.example.net."]), "DC", ""),
    ("srv", change(EX, "NAPTR", ['1 1 "s" "SIP+D2T" "" _sip._tcp.example.com.']), "DC", ""),
    ("mx-change", change("sub.example.com", "MX", [], ["10 mail.example.com."]), "MDC", ""),
    ("mx-change", change(EX, "MX", ["10 a.example.com."], ["10 b.example.com."]), "MDCK", ""),
    ("mx-remove", change(EX, "MX", ["10 a.example.com."]), "MD", ""),
    ("mta-sts", change("_mta-sts.example.com", "TXT", ['"v=STSv1; id=1"'], ['"v=STSv1; id=2"']), "MC", ""),
    ("mail-trust", change("_dmarc.example.com", "TXT", [], ['"v=DMARC1; p=none"']), "MD", ""),
    ("mail-trust", change("*._domainkey.example.com", "TXT", [], ['"v=DKIM1; p="']), "MD", ""),
    ("mail-trust", change("_smtp._tls.example.com", "TXT", [], ['"v=TLSRPTv1; rua=mailto:a@example.com"']), "MD", ""),
    ("mail-trust", change("s._domainkey.example.com", "CNAME", [], ["s.example.net."]), "MD", ""),
    ("mail-trust", change(EX, "TXT", ['"v=spf1 -all"', '"hi"'], ['"v=spf1 ~all"', '"hi"']), "MD", ""),
    ("caa-tighten", change(EX, "CAA", [], [LE]), "ZCK", ""),
    ("caa-tighten", change(EX, "CAA", [LE], [LE_BOUND]), "ZCK", ""),
    ("caa-tighten", change(EX, "CAA", [LE, '0 issue "ca.example"'], [LE]), "ZCK", ""),
    ("caa-loosen", change(EX, "CAA", [LE]), "ZK", ""),
    ("caa-loosen", change(EX, "CAA", [LE], [LE, '0 issue "ca.example"']), "ZK", ""),
    ("caa-loosen", change(EX, "CAA", [LE_BOUND], [LE]), "ZK", ""),
    ("caa-loosen", change(EX, "CAA", [LE, '0 issuewild ";"'], [LE]), "ZK", ""),
    ("caa-change", change(EX, "CAA", [LE], ['0 issue "ca.example"']), "ZCK", ""),
    ("caa-contact", change(EX, "CAA", [LE], [LE, '0 contactemail "a@example.com"']), "ZK", ""),
    ("caa-other", change(EX, "CAA", [LE], [LE, '0 iodef "mailto:a@example.com"']), "Z", ""),
    ("acme-challenge", change("_acme-challenge.www.example.com", "TXT", [], [CHALLENGE]), "DC", "K"),
    ("acme-challenge-remove", change("_acme-challenge.www.example.com", "TXT", [CHALLENGE]), "C", ""),
    ("acme-delegation-add", change("_acme-challenge.example.com", "CNAME", [], ["a.example.com."]), "DCK", ""),
    ("acme-delegation-add", change("_acme-challenge.example.com", "NS", [], ["ns.example.net."]), "DCK", ""),
    ("acme-delegation-remove", change("_acme-challenge.example.com", "CNAME", ["a.example.net."]), "DC", ""),
    ("acme-delegation-remove", change("_acme-challenge.example.com", "NS", ["ns.example.net."]), "DC", "K"),
    ("persist-widen", change("_validation-persist.example.com", "TXT", [], ['"ca.example; accounturi=x"']), "CKZ", ""),
    ("persist-narrow", change("_validation-persist.example.com", "TXT", ['"ca.example; accounturi=x"']), "DC", "K"),
    ("validation-token", change("_dnsauth.example.com", "TXT", [], ['"123"']), "DCK", ""),
    ("validation-token", change("_validation-contactemail.example.com", "TXT", [], ['"a@example.com"']), "DCK", ""),
    ("validation-token", change("_" + "a" * 32 + ".example.com", "CNAME", [], ["x.sectigo.com."]), "DCK", ""),
    ("validation-token", change("a" * 32 + ".www.example.com", "CNAME", [], ["b" * 40 + ".comodoca.com."]), "DCK", ""),
    ("validation-token-remove", change("_dnsauth.example.com", "TXT", ['"123"']), "DC", "K"),
    ("tlsa-add", change("_443._tcp.www.example.com", "TLSA", [TLSA], [TLSA, NEXT]), "DC", ""),
    ("tlsa-change", change("_443._tcp.www.example.com", "TLSA", [TLSA, NEXT], [NEXT]), "DC", ""),
    ("tlsa-change", change("_443._tcp.www.example.com", "TLSA", [TLSA]), "DC", ""),
    ("key-add", change(WWW, "SSHFP", [], ["4 2 " + "ab" * 32]), "DC", ""),
    ("key-change", change(WWW, "SSHFP", ["4 2 " + "ab" * 32]), "DC", ""),
    ("ns-change", change(EX, "NS", ["ns1.example.com."], ["ns1.example.net."]), "ZKS", ""),
    ("ns-change", change("sub.example.com", "NS", ["ns1.example.com."], ["ns1.example.net."]), "ZKS", ""),
    ("delegation-add", change("sub.example.com", "NS", [], ["ns1.example.net."]), "ZKD", ""),
    ("delegation-remove", change("sub.example.com", "NS", ["ns1.example.net."]), "ZC", "K"),
    ("ds-add", change("sub.example.com", "DS", [], [DS]), "ZK", ""),
    ("ds-remove", change("sub.example.com", "DS", [DS]), "ZK", ""),
    ("ds-change", change("sub.example.com", "DS", [DS], [DS.replace("2371", "2372")]), "ZK", ""),
    ("dnskey", change(EX, "DNSKEY", [KEY], [KEY, KEY.replace("257", "256")]), "ZC", "K"),
    ("dnskey", change(EX, "CDS", [], [DS]), "ZC", "K"),
    ("soa", change(EX, "SOA", [soa(1)], [soa(2, 3600)]), "Z", ""),
    ("soa-serial", change(EX, "SOA", [soa(1)], [soa(2)]), "", ""),
    ("wildcard-add", change("*.w.example.com", "A", [], ["192.0.2.1"]), "DCK", ""),
    ("wildcard-add", change("*.w.example.com", "CNAME", [], ["a.example.com."]), "DCK", ""),
    ("address-change", change("*.w.example.com", "A", ["192.0.2.1"], ["192.0.2.2"]), "DCS", "K"),
    ("ptr", change("1.2.0.192.in-addr.arpa", "PTR", [], [WWW + "."], zone="2.0.192.in-addr.arpa"), "Z", ""),
    ("ptr", change("*.example.com", "PTR", [], [WWW + "."]), "Z", ""),
    ("zone-delete", change(EX, "SOA", [soa(1)]), "ZKS", ""),
    ("catalog-remove", change("m1.zones.cat.example", "PTR", [EX + "."], zone="cat.example"), "ZKS", ""),
    ("ttl-only", replace(change(WWW, "A", ["192.0.2.1"], ["192.0.2.1"]), before=change(WWW, "A", ["192.0.2.1"], ttl=60).before), "D", ""),
    ("other", change(EX, "TXT", [], ['"google-site-verification=abcdefghijklmnop"']), "DC", ""),
]  # fmt: skip
LETTER = {"D": D, "C": C, "S": S, "Z": Z, "K": K, "M": M}
IDS = [f"{row[0]}-{number}" for number, row in enumerate(ROWS)]


NEW_ZONE = "zone-add"  # no word of the edit itself: its zone is new to the estate


def asked(edit: Edit, people: Directory, coming: tuple[str, ...] = ()) -> tuple[Approval, ...]:
    return approvals(cases(planned([edit]), (), people, coming=coming), people)


@pytest.mark.parametrize("kind", ["A", "SOA", "CAA"])
def test_whatever_a_new_zone_holds_its_people_and_the_pki_are_asked(kind: str) -> None:
    text = {"A": "192.0.2.1", "SOA": soa(1), "CAA": LE}[kind]
    edit = change(EX, kind, [], [text])
    found = {(a.role, a.owner) for a in asked(edit, Directory(), coming=(EX,))}
    assert expected("ZK") <= found
    assert {a.reason.split(":")[0] for a in asked(edit, Directory(), coming=(EX,))} == {
        f"G.5 {NEW_ZONE}"
    }


def roles(edit: Edit, people: Directory) -> set[tuple[str, str | None]]:
    return {(a.role, a.owner) for a in asked(edit, people)}


def expected(text: str) -> set[tuple[str, str | None]]:
    return {(LETTER[letter], ROLE_OWNERS[LETTER[letter]]) for letter in text}


@pytest.mark.parametrize(("row", "edit", "internal", "more"), ROWS, ids=IDS)
def test_a_change_asks_whom_the_standard_names(
    row: str, edit: Edit, internal: str, more: str
) -> None:
    if row != "soa-serial":
        (case,) = cases(planned([edit]), (), Directory())
        assert case.row.id == row
    assert roles(edit, Directory(holding("internal"))) == expected(internal)
    assert roles(edit, Directory(holding("partner"))) == expected(internal)
    assert roles(edit, Directory(holding("public"))) == expected(internal + more)


@pytest.mark.parametrize(("row", "edit", "internal", "more"), ROWS, ids=IDS)
def test_the_reason_names_row_and_change(row: str, edit: Edit, internal: str, more: str) -> None:
    for approval in asked(edit, Directory()):
        assert f" {row}: " in approval.reason
        assert f"{edit.name} {edit.type} (public)" in approval.reason


def test_every_row_of_the_table_has_a_change_that_it_fits() -> None:
    assert {row.id for row in record_rows()} == {row[0] for row in ROWS} | {NEW_ZONE}


def test_the_tables_are_sound() -> None:
    for table in (record_rows(), event_rows()):
        assert len({row.id for row in table}) == len(table)
        assert not table[-1].words, "the last row fits everything"
    found = formulas()
    named = {wait for row in record_rows() for wait in row.waits}
    named |= {other for f in found.values() for other in (f.new, f.leaving) if other}
    assert named == set(found), "every formula is used, every one that is used exists"
    known = {path.stem for path in (REPOSITORY / "src/trustpath/rules/catalogue").rglob("*.sql")}
    for row in (*record_rows(), *event_rows()):
        assert set(row.validate) <= known, row.id
        assert bool(row.neutral) == (not row.approve), f"{row.id}: who is asked, or why nobody"
    assert list(tiers()) == ["public", "partner", "internal", "workload"]


def test_what_touches_no_trust_needs_nobody_and_says_so() -> None:
    note = change(WWW, "TXT", [], ['"hello"'])
    (item,) = planned([note])
    assert letters(note) == ""
    assert asked(note, Directory()) == ()
    assert neutral(item) == "TXT at this name has no trust function (E.12)"
    (serial,) = planned([change(EX, "SOA", [soa(1)], [soa(2)])])
    assert neutral(serial) == "the serial counts changes and steers nothing"
    (address,) = planned([change(WWW, "A", [], ["192.0.2.1"])])
    assert neutral(address) is None


def test_a_serial_beside_another_timer_is_no_mere_serial() -> None:
    for before, after in ((soa(1), soa(2).replace("ns1", "ns2")), (soa(1), soa(2, 60))):
        (case,) = cases(planned([change(EX, "SOA", [before], [after])]), (), Directory())
        assert case.row.id == "soa"


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ((), "caa-tighten"),
        (('0 issue "ca.example"',), "caa-change"),
        (('0 issue ";"',), "caa-loosen"),
        ((LE, '0 issue "ca.example"'), "caa-tighten"),
        ((LE,), "caa-other"),
        (None, "caa-change"),
    ],
    ids=["nothing above", "another CA", "nobody", "one more", "the same", "not known"],
)
def test_a_caa_set_is_compared_with_the_one_that_it_replaces(
    above: tuple[str, ...] | None, row: str
) -> None:
    """RFC 8659 3: where a name has no set, the climb finds the one above."""
    (case,) = cases(
        planned([change(WWW, "CAA", [], [LE])], inherited={WWW: above}), (), Directory()
    )
    assert case.row.id == row


def test_a_token_is_about_the_name_whose_control_it_proves() -> None:
    token = change("a" * 32 + ".www.example.com", "CNAME", [], ["b" * 40 + ".comodoca.com."])
    assert traits(token).about == WWW
    assert traits(change("_443._tcp.www.example.com", "TLSA", [], [TLSA])).about == WWW
    assert traits(change(WWW, "A", [], ["192.0.2.1"])).about == WWW
