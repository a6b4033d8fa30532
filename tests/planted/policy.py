"""Problems of policy: what is allowed, approved, protected, and when."""

from __future__ import annotations

from typing import Any

from planted.acme import TENANT, job
from planted.problem import CAA, Problem, Side, day


def _exception(until: str) -> Side:
    waived = {
        "id": "{s}",
        "rule": "POL-003",
        "subject": "{s} waived",
        "owner": "web",
        "reason": "moving",
        "until": until,
    }
    return Side(estate={"exceptions": [waived]})


def _access(*, protected: bool) -> Side:
    access = [{"zone": "{d}", "operation": "update", "protected": protected}]
    return Side(estate={"zone_access": access})


def _change(**changed: Any) -> Side:
    change = {
        "id": "{s}",
        "author": "ann",
        "state": "proposed",
        "opens": day(2),
        "closes": day(3),
        "inverse": True,
        "records": [
            {"zone": "{d}", "name": "new.{d}", "type": "A", "action": "add", "rdata": "{ip}"}
        ],
        **changed,
    }
    return Side(estate={"changes": [change]})


def _freeze(starts: int, ends: int) -> Side:
    frozen = {"id": "{s}", "name": "{d}", "starts": day(starts), "ends": day(ends)}
    return Side(estate={"freezes": [frozen]})


def _credential(
    *, scope: str = "_acme-challenge.www.{d}", subtree: bool = False, **changed: Any
) -> Side:
    made = {
        "id": "{s}",
        "kind": "tsig",
        "owner": "web",
        "job": "{s}",
        "created": day(-20),
        "interactive_use": False,
        "scopes": [{"name": scope, "subtree": subtree}],
        **changed,
    }
    return Side(estate={"credentials": [made]})


def _mail(*hosts: str) -> Side:
    policy = {"domain": "{d}", "mode": "enforce", "max_age": "7d", "mx": list(hosts)}
    return Side(
        zone="@ MX 10 mx\nmx A 127.0.0.9\n",
        estate={"mail": [policy]},
    )


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="job-at-rogue-ca",
        rule="POL-002",
        status="high",
        subject="job {s}",
        bad=job(ca="rogue", account=None),
        good=job(),
    ),
    Problem(
        id="ttl-long",
        rule="POL-003",
        status="low",
        subject="api.{d} A",
        bad=Side(zone="api 604800 A 127.0.0.9\n"),
        good=Side(zone="api 600 A 127.0.0.9\n"),
    ),
    Problem(
        id="exception-over",
        rule="POL-004",
        status="medium",
        subject="{s}",
        bad=_exception(day(-1)),
        good=_exception(day(1)),
    ),
    Problem(
        id="update-open",
        rule="POL-006",
        status="high",
        subject="{d} update",
        bad=_access(protected=False),
        good=_access(protected=True),
    ),
    Problem(
        id="change-in-freeze",
        rule="POL-007",
        status="medium",
        subject="{s} freeze {s}",
        both=_change(),
        bad=_freeze(1, 4),
        good=_freeze(10, 14),
    ),
    Problem(
        id="change-without-inverse",
        rule="POL-008",
        status="high",
        subject="{s}",
        bad=_change(inverse=False),
        good=_change(),
    ),
    Problem(
        id="credential-by-hand",
        rule="KEY-006",
        status="medium",
        subject="{s}",
        both=job(),
        bad=_credential(interactive_use=True),
        good=_credential(),
    ),
    Problem(
        id="credential-too-wide",
        rule="KEY-009",
        status="high",
        subject="{s}",
        both=job(),
        bad=_credential(scope="{d}", subtree=True),
        good=_credential(),
    ),
    Problem(
        id="credential-left-over",
        rule="LIFE-004",
        status="medium",
        subject="{s}",
        both=_credential(),
        bad=job(active=False),
        good=job(),
    ),
    Problem(
        id="mail-host-not-in-policy",
        rule="MAIL-002",
        status="high",
        subject="{d} mx.{d}",
        bad=_mail("old.{d}"),
        good=_mail("mx.{d}"),
    ),
    Problem(
        id="mail-half-signed",
        rule="MAIL-005",
        status="medium",
        subject="{d} mx.tenant.{d}",
        both=Side(
            zone="@ MX 10 mx.tenant\n" + TENANT,
            children={"tenant": "mx A 127.0.0.9\n_25._tcp.mx TLSA 3 1 1 " + "ab" * 32 + "\n" + CAA},
        ),
        bad=Side(insecure=("tenant",)),
    ),
)
