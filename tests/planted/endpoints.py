"""Problems of what servers present, each seen in real handshakes."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs import DAY, NOW
from planted.problem import Cert, Problem, Side

_AT = "www.{d} {ip}:{port}"
_GOOD = Side(certificates={"leaf": Cert()}, serves={"ip": ("leaf", "issuing")})


def _leaf(**options: object) -> Side:
    """Return a side with another leaf than the twin's."""
    return Side(certificates={"leaf": Cert(options=options)})


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="served-expired",
        rule="EXP-001",
        status="critical",
        subject=_AT,
        both=_GOOD,
        bad=_leaf(not_before=NOW - 90 * DAY, not_after=NOW - DAY),
    ),
    Problem(
        id="served-early",
        rule="EXP-006",
        status="high",
        subject=_AT,
        both=_GOOD,
        bad=_leaf(not_before=NOW + DAY, not_after=NOW + 90 * DAY),
    ),
    Problem(
        id="expiry-near",
        rule="EXP-002",
        status="critical",
        subject="www.{d} {leaf}",
        both=_GOOD,
        bad=_leaf(not_before=NOW - 85 * DAY, not_after=NOW + 5 * DAY),
    ),
    Problem(
        id="renewal-overdue",
        rule="EXP-003",
        status="medium",
        subject="www.{d} {leaf}",
        both=_GOOD,
        bad=_leaf(not_before=NOW - 70 * DAY, not_after=NOW + 20 * DAY),
    ),
    Problem(
        id="renewed-not-deployed",
        rule="EXP-004",
        status="high",
        subject=_AT,
        both=_GOOD,
        bad=Side(
            certificates={
                "next": Cert(options={"not_before": NOW - 3 * DAY, "not_after": NOW + 87 * DAY})
            }
        ),
    ),
    Problem(
        id="two-leaves",
        rule="EXP-005",
        status="medium",
        subject="www.{d}:{port}",
        both=Side(
            zone="www A {ip}\nwww A {ip2}\n",
            certificates={"leaf": Cert()},
            serves={"ip": ("leaf", "issuing"), "ip2": ("leaf", "issuing")},
        ),
        bad=Side(
            certificates={"older": Cert(options={"not_before": NOW - 40 * DAY})},
            serves={"ip2": ("older", "issuing")},
        ),
    ),
    Problem(
        id="issuer-ends-first",
        rule="EXP-009",
        status="high",
        subject=_AT,
        both=_GOOD,
        bad=Side(
            certificates={
                "short": Cert(
                    names=(),
                    by="root",
                    options={"ca": True, "common": "Short CA", "not_after": NOW + 40 * DAY},
                ),
                "leaf": Cert(by="short"),
            },
            serves={"ip": ("leaf", "short")},
        ),
    ),
    Problem(
        id="wrong-name",
        rule="BIND-001",
        status="critical",
        subject=_AT,
        both=_GOOD,
        bad=Side(certificates={"leaf": Cert(names=("shop.{d}",))}),
    ),
    Problem(
        id="name-in-escapes",
        rule="BIND-001",
        status="critical",
        subject=_AT,
        both=_GOOD,
        bad=Side(certificates={"leaf": Cert(names=("\\119ww.{d}",))}),
    ),
    Problem(
        id="name-leads-out",
        rule="BIND-004",
        status="critical",
        subject="www.{d}",
        both=_GOOD,
        bad=Side(zone="www A 127.99.0.1\n"),
    ),
    Problem(
        id="key-elsewhere",
        rule="BIND-005",
        status="high",
        subject="{leaf} {ip2}:{port}",
        passes="{leaf} {ip}:{port}",
        both=_GOOD,
        bad=Side(
            serves={"ip2": ("leaf", "issuing")},
            service={"networks": ["{ip}/32"]},
        ),
    ),
    Problem(
        id="not-in-inventory",
        rule="BIND-006",
        status="high",
        subject="{leaf}",
        both=_GOOD,
        bad=Side(certificates={"leaf": Cert(stored=False)}),
    ),
    Problem(
        id="chain-incomplete",
        rule="CHAIN-001",
        status="high",
        subject=_AT,
        both=_GOOD,
        bad=Side(serves={"ip": ("leaf",)}),
    ),
    Problem(
        id="private-for-public",
        rule="CHAIN-002",
        status="high",
        subject="{leaf}",
        both=_GOOD,
        bad=Side(
            certificates={"leaf": Cert(by="inside", timestamps=())},
            serves={"ip": ("leaf", "inside")},
        ),
    ),
    Problem(
        id="not-for-servers",
        rule="CHAIN-005",
        status="high",
        subject="{leaf} as server",
        both=_GOOD,
        bad=_leaf(usages=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    ),
    Problem(
        id="outside-constraints",
        rule="CHAIN-006",
        status="high",
        subject="{leaf}",
        both=_GOOD,
        bad=Side(
            certificates={
                "bound": Cert(
                    names=(),
                    by="root",
                    options={
                        "ca": True,
                        "common": "Bound CA",
                        "permitted": [x509.DNSName("elsewhere.example")],
                        "not_after": NOW + 400 * DAY,
                    },
                ),
                "leaf": Cert(by="bound"),
            },
            serves={"ip": ("leaf", "bound")},
        ),
    ),
    Problem(
        id="unknown-critical-extension",
        rule="CHAIN-011",
        status="high",
        subject="{leaf}",
        both=_GOOD,
        bad=_leaf(
            extra=[
                (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True)
            ]
        ),
    ),
    Problem(
        id="issuer-for-clients",
        rule="CHAIN-011",
        status="high",
        subject="{leaf}",
        both=_GOOD,
        bad=Side(
            certificates={
                "clients": Cert(
                    names=(),
                    by="root",
                    options={
                        "ca": True,
                        "common": "Client CA",
                        "usages": (ExtendedKeyUsageOID.CLIENT_AUTH,),
                        "not_after": NOW + 400 * DAY,
                    },
                ),
                "leaf": Cert(by="clients"),
            },
            serves={"ip": ("leaf", "clients")},
        ),
    ),
    Problem(
        id="ca-as-leaf",
        rule="CHAIN-012",
        status="high",
        subject=_AT,
        both=_GOOD,
        bad=_leaf(ca=True, digital_signature=True),
    ),
    Problem(
        id="pin-broken",
        rule="CHAIN-008",
        status="high",
        subject="{s} phone",
        both=_GOOD,
        bad=Side(
            service={"consumers": [{"id": "phone", "kind": "pin", "pin": {"spki": "ab" * 32}}]}
        ),
        good=Side(
            service={"consumers": [{"id": "phone", "kind": "pin", "pin": {"spki": "{leaf.spki}"}}]}
        ),
    ),
    Problem(
        id="service-target-unnamed",
        rule="BIND-015",
        status="high",
        subject="_imaps._tcp.{d} www.{d}:{port}",
        both=_GOOD.joined(Side(zone="_imaps._tcp SRV 1 1 {port} www\n")),
        bad=Side(certificates={"leaf": Cert(names=("shop.{d}",))}),
    ),
    Problem(
        id="binding-target-unnamed",
        rule="SVCB-001",
        status="high",
        subject="www.{d} by edge.{d} {ip}:{port}",
        both=_GOOD.joined(Side(zone="www HTTPS 1 edge port={port}\nedge A {ip}\n")),
        bad=Side(certificates={"leaf": Cert(names=("edge.{d}",))}),
    ),
    Problem(
        id="binding-hint-stale",
        rule="SVCB-004",
        status="medium",
        subject="www.{d} HTTPS www.{d} hint {ip3}",
        passes="www.{d} HTTPS www.{d} hint {ip}",
        both=_GOOD,
        bad=Side(zone="www HTTPS 1 . port={port} ipv4hint={ip3}\n"),
        good=Side(zone="www HTTPS 1 . port={port} ipv4hint={ip}\n"),
    ),
    Problem(
        id="wildcard-against-excluded",
        rule="CHAIN-006",
        status="high",
        subject="{leaf}",
        both=Side(
            zone="a.apps A {ip}\n",
            certificates={
                "bound": Cert(
                    names=(),
                    by="root",
                    options={
                        "ca": True,
                        "common": "Excluding CA",
                        # One label below the base of the wildcard, at one of the two sides.
                        "excluded": [x509.DNSName("x.apps.wildcard-against-excluded-bad.example")],
                        "not_after": NOW + 400 * DAY,
                    },
                ),
                "leaf": Cert(names=("www.{d}", "*.apps.{d}"), by="bound"),
            },
            serves={"ip": ("leaf", "bound")},
            service={"names": ["www.{d}", "*.apps.{d}"]},
            estate={"hosts": ["www.{d}", "a.apps.{d}"]},
        ),
    ),
    Problem(
        id="repoint-to-wrong-certificate",
        rule="BIND-002",
        status="critical",
        subject="{s} www.{d} {ip2}:{port}",
        both=Side(
            certificates={"leaf": Cert(), "other": Cert(names=("shop.{d}",))},
            zone="shop A {ip2}\n",
            serves={"ip": ("leaf", "issuing"), "ip2": ("leaf", "issuing")},
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
                                "name": "www.{d}",
                                "type": "A",
                                "action": "add",
                                "rdata": "{ip2}",
                            }
                        ],
                    }
                ]
            },
        ),
        bad=Side(serves={"ip2": ("other", "issuing")}),
    ),
    Problem(
        id="revoked-by-staple",
        rule="REV-001",
        status="critical",
        subject=_AT,
        both=Side(
            certificates={"leaf": Cert(options={"ocsp": "http://127.0.0.1:9/"})},
            serves={"ip": ("leaf", "issuing")},
        ),
        bad=Side(staples={"ip": "REVOKED"}),
        good=Side(staples={"ip": "GOOD"}),
    ),
)
