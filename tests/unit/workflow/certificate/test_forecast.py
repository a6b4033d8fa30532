"""The next renewal in advance: what would block it, from when on, and who would do it instead."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import DAY, leaf, root
from trustpath.app.application import TrustpathApplication
from trustpath.base.clock import format_instant, parse_instant
from trustpath.base.errors import InputError
from trustpath.workflow.certificate.forecast import EVIDENCE, JobForecast, forecast

NOW = parse_instant("2026-11-24T12:00:00Z", where="test")
MINE, OTHER = "https://le.example/acct/1", "https://other.example/acct/7"
APEX = ("@ 300 SOA ns h 1 7200 3600 1209600 300", "@ 300 NS ns", "ns 300 A 192.0.2.53")
WEB = "www 300 A 192.0.2.1"
ALLOWED = '@ 300 CAA 0 issue "le.example"'


def job(**changed: Any) -> dict[str, Any]:
    """Return a job of which everything is known, due in thirty days."""
    every = {
        "id": "web",
        "ca": "le",
        "account": MINE,
        "owner": "pki",
        "method": "dns-01",
        "names": ["www.a.example"],
        "challenge_writer": True,
        "failures": 0,
        "failures_last_hour": 0,
        "next_renewal": format_instant(NOW + 30 * DAY),
        **changed,
    }
    return {key: value for key, value in every.items() if value is not None}


def estate(*jobs: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """Return an estate file over the zone files in its folder."""
    return {
        "organisation": {"name": "Example", "domains": ["a.example"]},
        "owners": [{"id": "pki", "contacts": ["mailto:pki@a.example"]}],
        "cas": [
            {"id": name, "caa": [f"{name}.example"], "acme": True, "approved": True,
             "accounts": [{"uri": uri, "status": "valid", "key_available": True, **more}]}
            for name, uri, more in (("le", MINE, sections.pop("account", {})), ("other", OTHER, {}))
        ],
        "jobs": list(jobs) or [job()],
        "sources": [{"id": "zones", "kind": "zonefile", "path": "zones"}],
        **sections,
    }  # fmt: skip


def forecasts(
    folder: Path, records: Mapping[str, tuple[str, ...]], document: dict[str, Any]
) -> dict[str, JobForecast]:
    """Return the forecast of each job of an estate whose zones hold these records."""
    (folder / "zones").mkdir(exist_ok=True)
    for zone, lines in records.items():
        text = "\n".join((f"$ORIGIN {zone}.", *APEX, *lines, ""))
        (folder / "zones" / f"{zone}.zone").write_text(text)
    (folder / "estate.yaml").write_text(yaml.safe_dump(document))
    session = TrustpathApplication().open(folder / "estate.yaml", now=NOW)
    for _ in session.collect():
        pass
    return {one.job: one for one in forecast(session)}


def only(folder: Path, records: tuple[str, ...], document: dict[str, Any]) -> JobForecast:
    """Return the forecast of the one job over one zone."""
    (found,) = forecasts(folder, {"a.example": records}, document).values()
    return found


def rules(found: JobForecast) -> set[str]:
    """Return the rules that stand against a renewal."""
    return {blocker.rule for blocker in found.blockers}


def test_what_is_known_and_permitted_gets_through(tmp_path: Path) -> None:
    found = only(tmp_path, (WEB, ALLOWED), estate())
    assert (found.passes, found.blockers, found.unknown) == (True, (), ())
    assert (found.due, found.due_by) == (NOW + 30 * DAY, "declared")


@pytest.mark.parametrize(
    ("caa", "rule"),
    [
        ('@ 300 CAA 0 issue "other.example"', "CAA-002"),
        ('www 300 CAA 0 issue ";"', "CAA-002"),
        ('@ 300 CAA 0 issue "le.example; accounturi=https://le.example/acct/9"', "CAA-002"),
        ('@ 300 CAA 0 issue "le.example; validationmethods=http-01"', "CAA-009"),
    ],
    ids=["other-ca", "nobody", "other-account", "other-method"],
)
def test_caa_planted_today_blocks_from_today_on(tmp_path: Path, caa: str, rule: str) -> None:
    found = only(tmp_path, (WEB, caa), estate())
    assert found.passes is False
    assert rule in rules(found)
    assert {blocker.since for blocker in found.blockers} == {None}
    assert all(blocker.remediation for blocker in found.blockers)


def test_a_grant_that_ends_before_the_renewal_says_when(tmp_path: Path) -> None:
    until = NOW + 20 * DAY
    grant = f'_validation-persist.www 300 TXT "le.example; accounturi={MINE}; persistUntil={until}"'
    found = only(tmp_path, (WEB, ALLOWED, grant), estate(job(method="dns-persist-01")))
    assert ("ACME-006", until) in {(b.rule, b.since) for b in found.blockers}


def test_a_grant_that_nobody_wrote_stops_the_renewal_from_today_on(tmp_path: Path) -> None:
    found = only(tmp_path, (WEB, ALLOWED), estate(job(method="dns-persist-01")))
    assert found.passes is False
    assert ("ACME-006", None) in {(b.rule, b.since) for b in found.blockers}


@pytest.mark.parametrize(
    ("due", "passes"), [("2026-12-24", True), ("2028-04-01", False)], ids=["before", "after"]
)
def test_a_method_that_is_retired_blocks_only_renewals_after_its_end(
    tmp_path: Path, due: str, passes: bool
) -> None:
    late = job(method="br-4", next_renewal=f"{due}T00:00:00Z")
    found = only(tmp_path, (WEB, ALLOWED), estate(late))
    assert ("ACME-013" not in rules(found)) is passes
    if not passes:
        (sunset,) = (b.since for b in found.blockers if b.rule == "ACME-013")
        assert sunset is not None
        assert format_instant(sunset) == "2028-03-15T00:00:00Z"


def test_what_begins_to_bite_before_the_renewal_is_dated(tmp_path: Path) -> None:
    ends = NOW + 10 * DAY
    bound = {"eab_expires": format_instant(ends)}
    late = only(tmp_path, (WEB, ALLOWED), estate(account=bound))
    assert [(b.rule, b.since) for b in late.blockers] == [("ACME-012", ends + 1)]
    soon = job(next_renewal=format_instant(NOW + 5 * DAY))
    early = only(tmp_path, (WEB, ALLOWED), estate(soon, account=bound))
    assert early.passes is True


def test_what_nobody_looked_at_is_unknown_and_named(tmp_path: Path) -> None:
    away = job(names=["www.b.example"])
    found = only(tmp_path, (WEB, ALLOWED), estate(away))
    assert found.passes is None
    assert (EVIDENCE, "www.b.example", "zones") in {
        (b.rule, b.subject, b.missing) for b in found.unknown
    }


def test_a_job_without_a_certificate_is_due_now_where_all_are_known(tmp_path: Path) -> None:
    new = job(next_renewal=None)
    found = only(tmp_path, (WEB, ALLOWED), estate(new))
    assert (found.passes, found.due, found.due_by) == (None, NOW, "there is no certificate")
    assert [b.missing for b in found.unknown] == ["certificates"]
    known = only(tmp_path, (WEB, ALLOWED), estate(new, complete={"certificates": ["zones"]}))
    assert (known.passes, known.due) == (True, NOW)


@pytest.mark.parametrize(
    ("lifetime", "share"), [(90, (2, 3)), (6, (1, 2))], ids=["ninety-days", "six-days"]
)
def test_without_a_date_the_lifetime_of_the_certificate_says_it(
    tmp_path: Path, lifetime: int, share: tuple[int, int]
) -> None:
    begins = NOW - DAY
    (tmp_path / "certs").mkdir()
    held = leaf(root(), "www.a.example", not_before=begins, not_after=begins + lifetime * DAY - 1)
    (tmp_path / "certs" / "www.pem").write_bytes(held.pem)
    document = estate(job(next_renewal=None))
    document["sources"].append({"id": "certs", "kind": "certificates", "path": "certs"})
    found = only(tmp_path, (WEB, ALLOWED), document)
    assert found.due == begins + lifetime * DAY * share[0] // share[1]
    window = {
        "certificate": held.fingerprint,
        "starts": format_instant(NOW + 2 * DAY),
        "ends": format_instant(NOW + 3 * DAY),
        "fetched": format_instant(NOW),
    }
    asked = only(tmp_path, (WEB, ALLOWED), {**document, "renewal_info": [window]})
    assert (asked.due, asked.due_by) == (NOW + 2 * DAY, "the CA's window")
    past = {**window, "starts": format_instant(NOW - 2 * DAY)}
    assert only(tmp_path, (WEB, ALLOWED), {**document, "renewal_info": [past]}).due == NOW


def with_issuers(*names: str, **changed: Any) -> dict[str, Any]:
    """Return an estate whose job has these issuers, in order."""
    issuers = [
        {"id": f"at-{name}", "kind": "acme", "ca": name, "directory": f"https://{name}.example/d",
         "account_key": "account.pem"}
        for name in ("le", "other")
    ]  # fmt: skip
    deployers = [{"id": "disk", "kind": "files", "key": "k.pem", "chain": "c.pem"}]
    plan = job(issuers=[f"at-{name}" for name in names], deploy="disk", **changed)
    return estate(plan, issuers=issuers, deployers=deployers)


def test_a_later_issuer_that_would_get_through_is_named(tmp_path: Path) -> None:
    forbids = (WEB, '@ 300 CAA 0 issue "other.example"')
    saved = only(tmp_path, forbids, with_issuers("le", "other"))
    assert (saved.passes, saved.by) == (True, "at-other")
    assert "CAA-002" in rules(saved), "why the first would not is still said"
    alone = only(tmp_path, forbids, with_issuers("le"))
    assert (alone.passes, alone.by) == (False, None)
    neither = only(tmp_path, (WEB, '@ 300 CAA 0 issue ";"'), with_issuers("le", "other"))
    assert (neither.passes, neither.by) == (False, None)
    first = only(tmp_path, (WEB, ALLOWED), with_issuers("le", "other"))
    assert (first.passes, first.by) == (True, None)


def test_no_other_issuer_helps_against_what_is_wrong_for_all(tmp_path: Path) -> None:
    (tmp_path / "zones").mkdir()
    forbids = (WEB, '@ 300 CAA 0 issue "other.example"')
    found = only(tmp_path, forbids, with_issuers("le", "other", challenge_writer=False))
    assert (found.passes, found.by) == (False, None)
    assert "ACME-001" in rules(found)


@pytest.mark.parametrize(
    ("declared", "passes"),
    [
        ({"public": False, "caa": ["le.example"]}, False),
        ({"public": False, "caa": "enforced"}, None),
        ({"public": False}, None),
        ({"public": False, "caa": "ignored"}, True),
    ],
    ids=["names", "enforced", "unsaid", "ignored"],
)
def test_caa_is_no_less_for_a_private_ca(
    tmp_path: Path, declared: dict[str, Any], passes: bool | None
) -> None:
    document = estate()
    document["cas"][0] = {key: v for key, v in document["cas"][0].items() if key != "caa"}
    document["cas"][0] |= declared
    found = only(tmp_path, (WEB, '@ 300 CAA 0 issue "otherca.test"'), document)
    assert found.passes is passes
    said = found.blockers if passes is False else found.unknown
    assert {one.rule for one in said} == (set() if passes else {"CAA-002", "CAA-015"})


def test_a_job_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    only(tmp_path, (WEB, ALLOWED), estate())
    session = TrustpathApplication().open(tmp_path / "estate.yaml", now=NOW)
    for _ in session.collect():
        pass
    with pytest.raises(InputError, match="no active renewal job 'nobody'"):
        forecast(session, ["nobody"])


CAA = st.sampled_from(
    (
        (),
        (ALLOWED,),
        ('@ 300 CAA 0 issue "other.example"',),
        ('www 300 CAA 0 issue ";"', ALLOWED),
        ('@ 300 CAA 0 issue "le.example; validationmethods=http-01"',),
    )
)
HOSTS = st.sampled_from(
    ((WEB,), ("www 300 CNAME gone.b.example.",), ("_acme-challenge.www 300 CNAME x.b.example.",))
)
JOBS = st.fixed_dictionaries(
    {
        "names": st.lists(
            st.sampled_from(("www.a.example", "www.b.example", "*.a.example")),
            min_size=1,
            unique=True,
        ),
        "method": st.sampled_from(("dns-01", "http-01", "br-8")),
        "challenge_writer": st.sampled_from((True, False, None)),
        "next_renewal": st.sampled_from((None, format_instant(NOW + 30 * DAY))),
        "ca": st.sampled_from(("le", "other")),
    }
)


@settings(max_examples=12)
@given(data=st.data())
def test_removing_a_source_makes_no_forecast_better(data: st.DataObject) -> None:
    """What was blocked or unknown never passes because less is looked at."""
    zones = {zone: (*data.draw(CAA), *data.draw(HOSTS)) for zone in ("a.example", "b.example")}
    sources = [{"id": zone[0], "kind": "zonefile", "path": f"zones/{zone}.zone"} for zone in zones]
    sources.append({"id": "certs", "kind": "certificates", "path": "certs"})
    planned = job(**data.draw(JOBS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "certs").mkdir()
        held = leaf(root(), "www.a.example", not_before=NOW - DAY, not_after=NOW + 80 * DAY)
        (folder / "certs" / "www.pem").write_bytes(held.pem)
        (before,) = forecasts(folder, zones, estate(planned, sources=sources)).values()
        for left_out in range(len(sources)):
            kept = [*sources[:left_out], *sources[left_out + 1 :]]
            (after,) = forecasts(folder, zones, estate(planned, sources=kept)).values()
            if before.passes is not True:
                assert after.passes is not True, sources[left_out]


def test_a_limit_on_equal_sets_of_names_is_named_at_each_of_their_jobs(tmp_path: Path) -> None:
    names = ["www.a.example", "a.a.example"]
    document = estate(job(names=names), job(id="twin", names=names), job(id="apart"))
    document["cas"][0]["limits"] = [{"per": "name-set", "capacity": 1, "window": "7d"}]
    found = forecasts(tmp_path, {"a.example": (WEB, ALLOWED)}, document)
    stopped = {
        job: [b.subject for b in one.blockers if b.rule == "EXP-010"] for job, one in found.items()
    }
    crowded = ["le name-set a.a.example www.a.example"]
    assert stopped == {"web": crowded, "twin": crowded, "apart": []}
