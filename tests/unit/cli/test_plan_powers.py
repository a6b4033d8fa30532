"""A plan names the party that gains the power to obtain certificates, claimed by a service or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commandline import Ran, trustpath
from shared import REPOSITORY

NOW = "2026-11-24T12:00:00Z"
EXAMPLE = REPOSITORY / "examples" / "estate.yaml"


@pytest.fixture
def plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*updates: str) -> Ran:
        script = tmp_path / "script.txt"
        script.write_text("\n".join(["zone example.com", *updates, "send", ""]))
        options = ("-e", EXAMPLE, "--now", NOW, "--nsupdate", script, "--format", "json")
        return trustpath(capsys, "plan", *options)

    return run


def gained(ran: Ran) -> set[tuple[str, str, str]]:
    return {
        (p["name"], p["method"], p["ca"] or p["control"])
        for p in ran.document["surface"]
        if p["change"] == "gained"
    }


def test_a_stranger_that_gets_a_validation_name_is_named(plan: Any) -> None:
    ran = plan("update add _acme-challenge.unclaimed.example.com 300 NS ns.stranger.net.")
    assert gained(ran) == {("unclaimed.example.com", "dns-01", "ns.stranger.net")}
    assert "could obtain certificates afterwards: ns.stranger.net" in ran.document["reasons"]


def test_a_closer_caa_set_lets_in_by_what_was_above_it(plan: Any) -> None:
    ran = plan('update add unclaimed.example.com 300 CAA 0 issue "stranger.example"')
    assert ("unclaimed.example.com", "issue", "stranger.example") in gained(ran)
    reasons = {approval["reason"] for approval in ran.document["approvals"]}
    assert any("caa-change" in reason or "caa-loosen" in reason for reason in reasons), reasons
    assert "CAA-005" in {impact["rule"] for impact in ran.document["impact"]}


def test_without_caa_anybody_may_issue_also_below(plan: Any) -> None:
    ran = plan("update delete example.com CAA")
    assert ("example.com", "issue", "*") in gained(ran)
    assert any(name.endswith(".example.com") for name, _, ca in gained(ran) if ca == "*")
    assert any("any CA" in reason for reason in ran.document["reasons"])


def test_who_gets_the_mail_of_a_host_is_named(plan: Any) -> None:
    ran = plan("update add unclaimed.example.com 300 MX 10 mx.stranger.net.")
    assert ("unclaimed.example.com", "br-4", "mx.stranger.net") in gained(ran)
    alias = plan("update add s1._domainkey.unclaimed.example.com 300 CNAME s1.stranger.net.")
    assert gained(alias) == set(), "a mail key lends nothing"


def test_whoever_ordered_from_the_ca_of_a_new_token_is_named(plan: Any) -> None:
    md5 = "0123456789abcdef0123456789abcdef"
    for record, name, ca in (
        ("_dnsauth.shop.example.com 300 TXT token", "shop.example.com", "DigiCert"),
        (f"_{md5}.shop.example.com 300 CNAME a.b.sectigo.com.", "shop.example.com", "Sectigo"),
        (f"{md5}.shop.example.com 300 CNAME {md5}.comodoca.com.", "shop.example.com", "Sectigo"),
        (f"_{md5}.shop.example.com 300 CNAME x.sslpki.com.", "shop.example.com", "SSL.com"),
        ("_pki-validation.shop.example.com 300 TXT abc", "shop.example.com", "Sectigo"),
        (f"_{md5}.example.com 300 CNAME _x.y.acm-validations.aws.", "example.com", "Amazon"),
        (
            'shop.example.com 300 TXT "_globalsign-domain-verification=abc"',
            "shop.example.com",
            "GlobalSign",
        ),
    ):
        ran = plan(f"update add {record}")
        assert gained(ran) == {(name, "br-7", ca)}, record
        assert (
            f"could obtain certificates afterwards: whoever ordered from {ca}"
            in (ran.document["reasons"])
        )


def test_text_that_is_no_token_of_a_ca_gives_nobody_anything(plan: Any) -> None:
    ran = plan('update add shop.example.com 300 TXT "google-site-verification=abc"')
    assert gained(ran) == set()


def test_a_token_that_goes_is_no_power_of_its_ca(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "example.com.zone").write_text(
        "$ORIGIN example.com.\n$TTL 300\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n"
        '_dnsauth TXT "x"\n'
    )
    script = tmp_path / "s.txt"
    script.write_text("zone example.com\nupdate delete _dnsauth.example.com TXT\nsend\n")
    (tmp_path / "e.yaml").write_text(
        "organisation: E\nsources: [{id: z, kind: zonefile, path: example.com.zone}]\n"
    )
    run = trustpath(
        capsys,
        "plan",
        "-e",
        tmp_path / "e.yaml",
        "--now",
        NOW,
        "--nsupdate",
        script,
        "--format",
        "json",
    )
    assert gained(run) == set()


@pytest.mark.parametrize(
    ("networks", "outside"),
    [("", False), ("networks: [{network: 192.0.2.0/24}]\n", True)],
)
def test_whoever_holds_a_new_address_is_named(
    networks: str, outside: bool, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "example.com.zone").write_text(
        "$ORIGIN example.com.\n$TTL 300\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n"
        "web A 192.0.2.2\nwww CNAME web\n"
    )
    script = tmp_path / "s.txt"
    script.write_text(
        "zone example.com\nupdate add web.example.com 300 A 198.51.100.7\n"
        "update add web.example.com 300 A 10.1.1.1\n"
        "update add _x.example.com 300 A 198.51.100.8\nsend\n"
    )
    (tmp_path / "e.yaml").write_text(
        f"organisation: E\n{networks}sources: [{{id: z, kind: zonefile, path: example.com.zone}}]\n"
    )
    run = trustpath(
        capsys,
        "plan",
        "-e",
        tmp_path / "e.yaml",
        "--now",
        NOW,
        "--nsupdate",
        script,
        "--format",
        "json",
    )
    assert gained(run) == {
        ("web.example.com", "http-01", "198.51.100.7"),
        ("www.example.com", "http-01", "198.51.100.7"),
    }
    assert {p["outside"] for p in run.document["surface"]} == {outside}
    shown = trustpath(capsys, "plan", "-e", tmp_path / "e.yaml", "--now", NOW, "--nsupdate", script)
    where = "the host at 198.51.100.7" + (" (outside the estate)" if outside else "")
    told = f"{where} can obtain certificates by http-01 for web.example.com and 1 more name"
    assert told in " ".join(shown.out.split())
    said = "could obtain certificates afterwards: 198.51.100.7"
    assert (said in run.document["reasons"]) is outside


def test_a_challenge_or_a_standing_grant_added_by_hand_names_whose_it_is(plan: Any) -> None:
    ran = plan(f"update add _acme-challenge.shop.example.com 300 TXT {'x' * 43}")
    assert ("shop.example.com", "dns-01", "_acme-challenge.shop.example.com") in gained(ran)
    said = [text for text in ran.document["reasons"] if "could obtain" in text]
    assert said
    assert "whoever ordered with the challenge at _acme-challenge.shop.example.com" in said[0]
    grant = '"letsencrypt.org; accounturi=https://ca.example/acct/1"'
    ran = plan(f"update add _validation-persist.shop.example.com 300 TXT {grant}")
    assert ("shop.example.com", "dns-persist-01", "letsencrypt.org") in gained(ran)
    assert any(
        "https://ca.example/acct/1 at letsencrypt.org" in text for text in ran.document["reasons"]
    )
