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
