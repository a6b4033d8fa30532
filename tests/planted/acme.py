"""Problems of how CAs validate: jobs, accounts, standing grants, and who else could."""

from __future__ import annotations

from typing import Any

from certs import DAY, NOW
from planted.caa import REPORT
from planted.problem import CAA, Problem, Side, day

_ACCOUNT = "https://ca.test/acct/1"
_TOKEN = "_validation-persist.www"


def job(**changed: Any) -> Side:
    """Return a side with a renewal job for its service, in order but for what is given."""
    made = {
        "id": "{s}",
        "service": "{s}",
        "ca": "main",
        "account": _ACCOUNT,
        "method": "dns-01",
        "challenge_writer": True,
        "names": ["www.{d}"],
        "sends_replaces": True,
        "failures": 0,
        "failures_last_hour": 0,
        **changed,
    }
    return Side(estate={"jobs": [{key: one for key, one in made.items() if one is not None}]})


def _grant(value: str) -> Side:
    return Side(zone=f'{_TOKEN} TXT "{value}"\n')


def _until(count: int) -> str:
    return f"persistUntil={NOW + count * DAY}"


def _reached(*regions: bool, **more: Any) -> Side:
    seen = [
        {"name": "www.{d}", "vantage": f"region-{at}", "port": 80, "reached": one, **more}
        for at, one in enumerate(regions)
    ]
    return Side(estate={"reachability": seen})


def _mail(approved: bool) -> Side:
    provider = {"id": "{s}", "kind": "mail", "approved": approved, "hosts": ["{s}.mail.test"]}
    return Side(zone="@ MX 10 mx.{s}.mail.test.\n", estate={"providers": [provider]})


TENANT = (
    "tenant NS ns1.tenant\ntenant NS ns2.tenant\nns1.tenant A 127.0.0.53\nns2.tenant A 127.0.0.54\n"
)
_OWNERS = {
    "ownership": [
        {"kind": "zone", "pattern": "{d}", "owner": "web"},
        {"kind": "zone", "pattern": "tenant.{d}", "owner": "ops"},
    ]
}
_AGREED = Side(estate={"agreements": [{"name": "{d}", "owner": "web", "other": "ops"}]})
_BOUND = CAA.replace("ca.test", f"ca.test; accounturi={_ACCOUNT}")
_GRANT = f"ca.test; accounturi={_ACCOUNT}; "

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="challenge-no-way",
        rule="ACME-001",
        status="high",
        subject="job {s} www.{d}",
        both=job(challenge_writer=False),
        good=Side(zone="_acme-challenge.www CNAME www.challenges\n"),
    ),
    Problem(
        id="challenge-by-http-lost",
        rule="ACME-002",
        status="high",
        subject="job {s} www.{d}",
        both=job(method="http-01").joined(Side(zone="other A {ip}\n")),
        bad=_reached(False, method="http-01"),
        good=_reached(True, method="http-01"),
    ),
    Problem(
        id="six-unreached",
        rule="ACME-003",
        status="medium",
        subject="www.{d}:80 http-01",
        both=_reached(True, method="http-01").joined(
            Side(zone="www A {ip}\nwww AAAA ::1\n", service={"networks": ["{ip}/32", "::1"]})
        ),
        bad=_reached(False, method="http-01", family=6),
        good=_reached(True, method="http-01", family=6),
    ),
    Problem(
        id="grant-to-rogue",
        rule="ACME-004",
        status="critical",
        subject=_TOKEN + ".{d} rogue.test; accounturi=https://rogue.test/1; " + _until(60),
        passes=_TOKEN + ".{d} " + _GRANT + _until(60),
        bad=_grant("rogue.test; accounturi=https://rogue.test/1; " + _until(60)),
        good=_grant(_GRANT + _until(60)),
    ),
    Problem(
        id="grant-too-wide",
        rule="ACME-005",
        status="high",
        subject="_validation-persist.{d} " + _GRANT + "policy=wildcard; " + _until(60),
        passes="_validation-persist.{d} " + _GRANT + _until(60),
        both=Side(zone=TENANT, children={"tenant": CAA}),
        bad=Side(zone=f'_validation-persist TXT "{_GRANT}policy=wildcard; {_until(60)}"\n'),
        good=Side(zone=f'_validation-persist TXT "{_GRANT}{_until(60)}"\n'),
    ),
    Problem(
        id="grant-ends-early",
        rule="ACME-006",
        status="high",
        subject="job {s} www.{d}",
        both=job(method="dns-persist-01", next_renewal=day(30)),
        bad=_grant(_GRANT + _until(20)),
        good=_grant(_GRANT + _until(60)),
    ),
    Problem(
        id="grant-endless",
        rule="ACME-007",
        status="medium",
        subject=_TOKEN + ".{d} " + _GRANT[:-2],
        passes=_TOKEN + ".{d} " + _GRANT + _until(60),
        bad=_grant(_GRANT[:-2]),
        good=_grant(_GRANT + _until(60)),
    ),
    Problem(
        id="grant-cut-by-change",
        rule="ACME-009",
        status="high",
        subject="{s} _acme-challenge.www.{d} CNAME",
        both=Side(
            zone="_acme-challenge.www CNAME www.challenges\n",
            estate={
                "changes": [
                    {
                        "id": "{s}",
                        "author": "ann",
                        "state": "proposed",
                        "inverse": True,
                        "records": [
                            {
                                "zone": "{d}",
                                "name": "_acme-challenge.www.{d}",
                                "type": "CNAME",
                                "action": "remove",
                            }
                        ],
                    }
                ]
            },
        ),
        bad=job(),
    ),
    Problem(
        id="renewal-window-unread",
        rule="ACME-011",
        status="medium",
        subject="job {s}",
        both=job(),
        bad=Side(
            estate={
                "renewal_info": [
                    {
                        "certificate": "ab" * 32,
                        "job": "{s}",
                        "starts": day(20),
                        "ends": day(22),
                        "fetched": day(-3),
                    }
                ]
            }
        ),
        good=Side(
            estate={
                "renewal_info": [
                    {
                        "certificate": "ab" * 32,
                        "job": "{s}",
                        "starts": day(20),
                        "ends": day(22),
                        "fetched": day(0),
                    }
                ]
            }
        ),
    ),
    Problem(
        id="account-dead",
        rule="ACME-012",
        status="high",
        subject="https://ca.test/acct/dead",
        passes=_ACCOUNT,
        both=job(),
        bad=Side(
            estate={
                "jobs": [
                    {
                        "id": "{s}-2",
                        "service": "{s}",
                        "ca": "main",
                        "account": "https://ca.test/acct/dead",
                        "method": "dns-01",
                        "names": ["www.{d}"],
                    }
                ]
            }
        ),
    ),
    Problem(
        id="method-ends",
        rule="ACME-013",
        status="medium",
        subject="job {s}-2",
        passes="job {s}",
        both=job(),
        bad=Side(estate={"jobs": [{"id": "{s}-2", "ca": "main", "method": "br-4"}]}),
    ),
    Problem(
        id="mail-outside",
        rule="ACME-014",
        status="high",
        subject="{d}",
        bad=_mail(False),
        good=_mail(True),
    ),
    Problem(
        id="mail-below-a-cut",
        rule="ACME-014",
        status="high",
        subject="{d}",
        both=Side(
            zone="@ MX 10 mx.tenant\n" + TENANT,
            children={"tenant": "mx A 127.0.0.9\n" + CAA},
            estate=_OWNERS,
        ),
        good=_AGREED,
    ),
    Problem(
        id="alias-below-a-cut",
        rule="ACME-015",
        status="medium",
        subject="app.{d}",
        both=Side(
            zone="app CNAME www.tenant\n" + TENANT,
            children={"tenant": "www A 127.0.0.9\n" + CAA},
            estate=_OWNERS,
        ),
        good=Side(caa=_BOUND, children={"tenant": "www A 127.0.0.9\n" + _BOUND}),
    ),
    Problem(
        id="job-keeps-failing",
        rule="ACME-016",
        status="medium",
        subject="job {s}",
        bad=job(failures=60),
        good=job(),
    ),
    Problem(
        id="region-blocked",
        rule="ACME-017",
        status="medium",
        subject="www.{d}:80 IPv4",
        bad=_reached(True, True, True, False),
        good=_reached(True, True, True, True),
    ),
    Problem(
        id="grant-form-foreign",
        rule="ACME-008",
        status="high",
        subject=_TOKEN + ".{d} hashed.test; accounturi=https://hashed.test/1; " + _until(60),
        passes=_TOKEN + ".{d} " + _GRANT + _until(60),
        both=Side(caa=f'@ CAA 0 issue "ca.test"\n{REPORT}'),
        bad=Side(
            zone=f'{_TOKEN} TXT "hashed.test; accounturi=https://hashed.test/1; {_until(60)}"\n',
            estate={
                "cas": [{"id": "{s}", "caa": ["hashed.test"], "persist_form": "hashed"}],
            },
        ),
        good=_grant(_GRANT + _until(60)),
    ),
)
