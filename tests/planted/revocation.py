"""Problems of what is revoked, or should be."""

from __future__ import annotations

from typing import Any

from certs import DAY, NOW
from planted.problem import Cert, Problem, Side, day

_LIST = "http://127.0.0.1:9/{s}.crl"


# A CA of its own, so that its list concerns no other side.
_CA = Cert(
    names=(),
    by="root",
    options={"ca": True, "common": "CA of {s}", "not_after": NOW + 400 * DAY},
)
_SERVED = Side(
    certificates={"own": _CA, "leaf": Cert(by="own", options={"crl": _LIST})},
    serves={"ip": ("leaf", "own")},
)


def _crl(**options: Any) -> Side:
    return Side(lists={"list": {"by": "own", "at": _LIST, **options}})


_ONE = Side(certificates={"leaf": Cert()})
_OTHER = Side(certificates={"other": Cert()})

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="revoked-in-service",
        rule="REV-001",
        status="critical",
        subject="www.{d} {ip}:{port}",
        both=_SERVED,
        bad=_crl(revoked=("leaf",)),
        good=_crl(),
    ),
    Problem(
        id="name-lost",
        rule="REV-002",
        status="critical",
        subject="sold.{d}",
        both=Side(
            zone="sold A 127.0.0.9\n",
            estate={
                "transfers": [
                    {"name": "sold.{d}", "former": "web", "current": "buyer", "at": day(-60)}
                ]
            },
        ),
        bad=Side(certificates={"leaf": Cert(names=("sold.{d}",))}),
    ),
    Problem(
        id="key-compromised",
        rule="REV-003",
        status="critical",
        subject="{leaf.spki}",
        both=Side(estate={"compromised_keys": ["{leaf.spki}"]}),
        bad=_ONE,
        good=Side(
            certificates={
                "leaf": Cert(options={"not_before": NOW - 90 * DAY, "not_after": NOW - DAY})
            }
        ),
    ),
    Problem(
        id="list-out-of-date",
        rule="REV-004",
        status="medium",
        subject=_LIST + " of {leaf.issuer}",
        both=_SERVED,
        bad=_crl(this_update=NOW - 9 * DAY, next_update=NOW - 2 * DAY),
        good=_crl(),
    ),
    Problem(
        id="retired-with-certificate",
        rule="REV-005",
        status="medium",
        subject="{s}",
        both=Side(service={"state": "retired", "retired": day(-40)}),
        bad=_ONE,
    ),
    Problem(
        id="revocation-late",
        rule="REV-006",
        status="high",
        subject="{s}",
        both=_ONE.joined(
            Side(
                estate={
                    "revoked": [
                        {
                            "issuer": "{leaf.issuer}",
                            "serial": "{leaf.serial}",
                            "certificate": "{leaf}",
                            "status": "revoked",
                            "at": day(-4),
                        }
                    ]
                }
            )
        ),
        bad=Side(
            estate={
                "incidents": [
                    {
                        "id": "{s}",
                        "certificate": "{leaf}",
                        "opened": day(-6),
                        "limit": "24h",
                        "reason": "compromise",
                    }
                ]
            }
        ),
        good=Side(
            estate={
                "incidents": [
                    {
                        "id": "{s}",
                        "certificate": "{leaf}",
                        "opened": day(-5),
                        "limit": "24h",
                        "reason": "compromise",
                    }
                ]
            }
        ),
    ),
    Problem(
        id="revoked-before-replaced",
        rule="REV-007",
        status="critical",
        subject="{leaf}",
        both=_ONE.joined(
            Side(
                certificates={"next": Cert(options={"not_before": NOW - DAY // 2})},
                serves={"ip": ("next", "issuing")},
                estate={
                    "revocations": [
                        {
                            "certificate": "{leaf}",
                            "reason": "superseded",
                            "requested": day(0),
                            "replacement": "{next}",
                        }
                    ]
                },
            )
        ),
        bad=Side(serves={"ip": ("leaf", "issuing")}),
    ),
    Problem(
        id="renewal-asked-for",
        rule="REV-008",
        status="high",
        subject="www.{d} {leaf}",
        both=_ONE,
        bad=Side(
            estate={
                "renewal_info": [
                    {"certificate": "{leaf}", "starts": day(-2), "ends": day(-1), "fetched": day(0)}
                ]
            }
        ),
        good=Side(
            estate={
                "renewal_info": [
                    {"certificate": "{leaf}", "starts": day(20), "ends": day(22), "fetched": day(0)}
                ]
            }
        ),
    ),
    Problem(
        id="old-key-still-good",
        rule="REV-009",
        status="medium",
        subject="{leaf}",
        both=_SERVED.joined(
            Side(
                serves={},
                estate={"rekeys": [{"certificate": "{leaf}", "reason": "staff-exit"}]},
            )
        ),
        bad=_crl(),
        good=_crl(revoked=("leaf",)),
        alarms={"REV-001": "the twin still serves what was revoked"},
    ),
)
