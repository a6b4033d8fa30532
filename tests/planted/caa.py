"""Problems of CAA: who may issue, and how CAs read what is there."""

from __future__ import annotations

from planted.problem import CAA, Problem, Side

_JOB = Side(
    estate={
        "jobs": [
            {
                "id": "{s}",
                "service": "{s}",
                "ca": "main",
                "account": "https://ca.test/acct/1",
                "method": "dns-01",
                "challenge_writer": True,
                "names": ["www.{d}"],
                "sends_replaces": True,
            }
        ]
    }
)
REPORT = '@ CAA 0 iodef "mailto:pki@planted.example"\n'
_BOUND = "ca.test; accounturi=https://ca.test/acct/"


def _set(*values: str) -> Side:
    """Return a side whose apex has these issue properties."""
    return Side(caa="".join(f'@ CAA 0 issue "{value}"\n' for value in values) + REPORT)


def _tenant(issuer: str) -> Side:
    return Side(
        children={"tenant": f'x A 127.0.0.9\nx CAA 0 issue "{issuer}"\nx ' + REPORT[2:] + CAA}
    )


PROBLEMS: tuple[Problem, ...] = (
    Problem(id="caa-none", rule="CAA-001", status="medium", subject="{d}", bad=Side(caa="")),
    Problem(
        id="caa-above-the-cut-only",
        rule="CAA-001",
        status="medium",
        subject="sub.{d}",
        both=Side(
            zone="sub NS ns1.sub\nsub NS ns2.sub\nns1.sub A 127.0.0.53\nns2.sub A 127.0.0.54\n",
            children={"sub": ""},
        ),
        bad=Side(caa="", zone='sub CAA 0 issue "ca.test"\n'),
        good=Side(children={"sub": CAA}),
    ),
    Problem(
        id="caa-forgets-issuer",
        rule="CAA-002",
        status="high",
        subject="job {s} www.{d}",
        both=_JOB,
        bad=_set("second.test"),
    ),
    Problem(
        id="caa-permits-rogue",
        rule="CAA-003",
        status="high",
        subject="{d} issue rogue.test",
        passes="{d} issue second.test",
        bad=_set("ca.test", "rogue.test"),
        good=_set("ca.test", "second.test"),
    ),
    Problem(
        id="caa-wildcard-open",
        rule="CAA-004",
        status="low",
        subject="{d}",
        both=Side(service={"tier": "partner", "names": ["{d}", "www.{d}"]}),
        bad=_set(_BOUND + "1"),
        good=Side(caa=f'@ CAA 0 issue "{_BOUND}1"\n@ CAA 0 issuewild ";"\n{REPORT}'),
    ),
    Problem(
        id="caa-child-looser",
        rule="CAA-005",
        status="high",
        subject="www.{d}",
        bad=Side(zone='www CAA 0 issue "second.test"\nwww ' + REPORT[2:]),
        good=Side(zone='www CAA 0 issue "ca.test"\nwww ' + REPORT[2:]),
    ),
    Problem(
        id="caa-by-alias",
        rule="CAA-006",
        status="medium",
        subject="app.{d}",
        both=Side(
            zone="app CNAME x.tenant\ntenant NS ns1.tenant\ntenant NS ns2.tenant\n"
            "ns1.tenant A 127.0.0.53\nns2.tenant A 127.0.0.54\n",
            estate={
                "ownership": [
                    {"kind": "zone", "pattern": "{d}", "owner": "web"},
                    {"kind": "zone", "pattern": "tenant.{d}", "owner": "ops"},
                ],
                "agreements": [{"name": "{d}", "owner": "web", "other": "ops"}],
            },
        ),
        bad=_tenant("second.test"),
        good=_tenant("ca.test"),
    ),
    Problem(
        id="caa-without-account",
        rule="CAA-007",
        status="low",
        subject="{d} issue ca.test",
        passes="{d} issue " + _BOUND + "1",
        both=Side(service={"tier": "partner", "names": ["{d}", "www.{d}"]}),
        bad=Side(caa=f'@ CAA 0 issue "ca.test"\n@ CAA 0 issuewild ";"\n{REPORT}'),
        good=Side(caa=f'@ CAA 0 issue "{_BOUND}1"\n@ CAA 0 issuewild ";"\n{REPORT}'),
    ),
    Problem(
        id="caa-dead-account",
        rule="CAA-008",
        status="high",
        subject="{d} issue " + _BOUND + "dead",
        passes="{d} issue " + _BOUND + "1",
        bad=_set(_BOUND + "dead"),
        good=_set(_BOUND + "1"),
    ),
    Problem(
        id="caa-excludes-method",
        rule="CAA-009",
        status="high",
        subject="job {s} www.{d}",
        both=_JOB,
        bad=_set("ca.test; validationmethods=http-01"),
        good=_set("ca.test; validationmethods=dns-01"),
    ),
    Problem(
        id="caa-critical-unknown",
        rule="CAA-010",
        status="high",
        subject="{d}",
        bad=Side(caa=CAA + '@ CAA 128 tbs "unknown"\n'),
        good=Side(caa='@ CAA 128 issue "ca.test"\n' + REPORT),
    ),
    Problem(
        id="caa-malformed",
        rule="CAA-011",
        status="high",
        subject="{d} 0 issue %%%%%",
        passes="{d} 0 issue ca.test",
        bad=_set("%%%%%"),
    ),
    Problem(
        id="caa-read-differently",
        rule="CAA-011",
        status="high",
        subject="{d} 0 issue ca.test; a-b=c",
        passes="{d} 0 issue ca.test; ab=c",
        bad=_set("ca.test; a-b=c"),
        good=_set("ca.test; ab=c"),
    ),
    Problem(
        id="caa-no-report",
        rule="CAA-012",
        status="low",
        subject="{d}",
        bad=Side(caa='@ CAA 0 issue "ca.test"\n'),
    ),
    Problem(
        id="caa-lookup-fails",
        rule="CAA-013",
        status="high",
        subject="{d}",
        both=Side(estate={"asked": ["{d}"]}),
        bad=Side(ds="wrong"),
    ),
    Problem(
        id="caa-contact-outside",
        rule="CAA-014",
        status="high",
        subject="{d} contactemail pki@elsewhere.test",
        passes="{d} contactemail pki@planted.example",
        bad=Side(zone='@ CAA 0 contactemail "pki@elsewhere.test"\n'),
        good=Side(
            zone='@ CAA 0 contactemail "pki@planted.example"\n',
            estate={"dcv_contacts": ["pki@planted.example"]},
        ),
        alarms={"ACME-013": "validation by any contact property is being retired"},
    ),
    Problem(
        id="caa-locks-out",
        rule="CAA-015",
        status="critical",
        subject="job {s} www.{d}",
        both=_JOB,
        bad=_set(";"),
    ),
    Problem(
        id="caa-removal-exposes",
        rule="CAA-016",
        status="high",
        subject="{s} www.{d}",
        both=Side(
            zone='www CAA 0 issue "ca.test"\nwww ' + REPORT[2:],
            estate={
                "changes": [
                    {
                        "id": "{s}",
                        "author": "ann",
                        "state": "proposed",
                        "inverse": True,
                        "records": [
                            {"zone": "{d}", "name": "www.{d}", "type": "CAA", "action": "remove"}
                        ],
                    }
                ]
            },
        ),
        bad=_set("ca.test", "second.test"),
    ),
    Problem(
        id="caa-mark-uncontrolled",
        rule="CAA-017",
        status="low",
        subject="{d}",
        both=Side(zone='@ MX 10 www\ndefault._bimi TXT "v=BIMI1; l=https://www.example/"\n'),
        good=Side(zone='@ CAA 0 issuevmc "ca.test"\n'),
    ),
)
