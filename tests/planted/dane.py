"""Problems of TLSA records beside what is served."""

from __future__ import annotations

from planted.problem import CAA, SUB, Cert, Problem, Side, day

_AT = "_{port}._tcp.www.{d}"
_SERVED = Side(certificates={"leaf": Cert()}, serves={"ip": ("leaf", "issuing")})


def _record(data: str) -> Side:
    return Side(zone="_{port}._tcp.www TLSA " + data + "\n")


def _removal(data: str) -> Side:
    record = {"zone": "{d}", "name": _AT, "type": "TLSA", "action": "remove", "rdata": data}
    change = {
        "id": "{s}",
        "author": "ann",
        "state": "proposed",
        "inverse": True,
        "records": [record],
    }
    return Side(estate={"changes": [change]})


_CHILD = CAA + "www A {ip}\n_{port}._tcp.www TLSA "

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="tlsa-mismatch",
        rule="DANE-001",
        status="critical",
        subject=_AT + " TLSA",
        both=_SERVED,
        bad=_record("3 1 1 " + "ab" * 32),
        good=_record("3 1 1 {leaf.spki}"),
    ),
    Problem(
        id="tlsa-next-unannounced",
        rule="DANE-002",
        status="critical",
        subject=_AT + " {leaf} " + "cd" * 32,
        both=_SERVED.joined(_record("3 1 1 {leaf.spki}")).joined(
            Side(
                estate={
                    "rekeys": [
                        {
                            "certificate": "{leaf}",
                            "reason": "planned",
                            "next_spki": "cd" * 32,
                            "deploy": day(1),
                        }
                    ]
                }
            )
        ),
        good=_record("3 1 1 " + "cd" * 32),
    ),
    Problem(
        id="tlsa-insecure",
        rule="DANE-004",
        status="medium",
        subject=_AT + " TLSA",
        both=_SERVED.joined(_record("3 1 1 {leaf.spki}")),
        bad=Side(ds="none"),
    ),
    Problem(
        id="tlsa-selector-unknown",
        rule="DANE-006",
        status="high",
        subject=_AT + " TLSA 3 5 1 " + "ab" * 32,
        passes=_AT + " TLSA 3 1 1 {leaf.spki}",
        both=_SERVED,
        bad=_record("3 5 1 " + "ab" * 32),
        good=_record("3 1 1 {leaf.spki}"),
    ),
    Problem(
        id="tlsa-whole-leaf",
        rule="DANE-007",
        status="medium",
        subject=_AT + " TLSA 3 0 1 {leaf}",
        passes=_AT + " TLSA 3 1 1 {leaf.spki}",
        both=_SERVED.joined(
            Side(
                estate={
                    "jobs": [
                        {
                            "id": "{s}",
                            "service": "{s}",
                            "ca": "main",
                            "method": "dns-01",
                            "challenge_writer": True,
                            "certificate": "{leaf}",
                            "names": ["www.{d}"],
                        }
                    ]
                }
            )
        ),
        bad=_record("3 0 1 {leaf}"),
        good=_record("3 1 1 {leaf.spki}"),
    ),
    Problem(
        id="tlsa-anchor-not-sent",
        rule="DANE-008",
        status="high",
        subject=_AT + " TLSA 2 1 1 {issuing.spki}",
        both=_SERVED.joined(_record("2 1 1 {issuing.spki}")),
        bad=Side(serves={"ip": ("leaf",)}),
    ),
    Problem(
        id="tlsa-at-mail-domain",
        rule="DANE-009",
        status="high",
        subject="_25._tcp.{d} TLSA",
        passes="_25._tcp.mx.{d} TLSA",
        both=Side(zone="@ MX 10 mx\nmx A 127.0.0.9\n"),
        bad=Side(zone="_25._tcp TLSA 3 1 1 " + "ab" * 32 + "\n"),
        good=Side(zone="_25._tcp.mx TLSA 3 1 1 " + "ab" * 32 + "\n"),
    ),
    Problem(
        id="tlsa-above-the-cut-matches",
        rule="DANE-001",
        status="critical",
        subject="_{port}._tcp.www.sub.{d} TLSA",
        both=Side(
            zone="_{port}._tcp.www.sub TLSA 3 1 1 {leaf.spki}\n" + SUB,
            certificates={"leaf": Cert(names=("www.sub.{d}",))},
            serves={"ip": ("leaf", "issuing")},
            service={"names": ["www.sub.{d}"]},
            estate={"hosts": ["www.sub.{d}"]},
        ),
        bad=Side(children={"sub": _CHILD + "3 1 1 " + "ab" * 32 + "\n"}),
        good=Side(children={"sub": _CHILD + "3 1 1 {leaf.spki}\n"}),
        alarms={"ZONE-002": "the parent holds the record too, where nobody is answered with it"},
    ),
    Problem(
        id="tlsa-removal-of-live",
        rule="DANE-005",
        status="critical",
        subject="{s} " + _AT,
        both=_SERVED.joined(_record("3 1 1 {leaf.spki}")).joined(_record("3 1 1 " + "cd" * 32)),
        bad=_removal("3 1 1 {leaf.spki}"),
        good=_removal("3 1 1 " + "cd" * 32),
    ),
)
