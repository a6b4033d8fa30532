"""Problems of certificates and keys in the inventory, whether or not somebody serves them."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs import DAY, NOW
from planted.acme import job
from planted.problem import CAA, Cert, Problem, Side, day

_ONE = Side(certificates={"leaf": Cert()})


def _service(name: str, **more: Any) -> dict[str, Any]:
    """Return a second service of the side, with one name."""
    return {
        "id": "{s}-" + name,
        "owner": "web",
        "tier": "public",
        "names": [name + ".{d}"],
        "attested": day(-1),
        **more,
    }


def _other(**more: Any) -> Side:
    return Side(zone="api A 127.0.0.9\n", estate={"services": [_service("api", **more)]})


_TWO = Side(zone="api A {ip}\n", certificates={"leaf": Cert(names=("www.{d}", "api.{d}"))})
_TOGETHER = Side(service={"names": ["www.{d}", "api.{d}"]})


def _apart(**more: Any) -> Side:
    return Side(estate={"services": [_service("api", **more)]})


def _orders(*days: int) -> Side:
    return Side(
        estate={
            "jobs": [
                {
                    "id": "{s}-" + str(at),
                    "service": "{s}",
                    "ca": "limited-{s}",
                    "method": "dns-01",
                    "challenge_writer": True,
                    "names": ["www.{d}"],
                    "next_renewal": day(at),
                }
                for at in days
            ]
        }
    )


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="key-small",
        rule="KEY-001",
        status="high",
        subject="www.{d} {leaf}",
        both=_ONE,
        bad=Side(certificates={"leaf": Cert(options={"kind": "rsa1024"})}),
    ),
    Problem(
        id="key-in-two-services",
        rule="KEY-003",
        status="high",
        subject="{leaf.spki}",
        both=Side(certificates={"leaf": Cert(key="shared")}).joined(_other()),
        bad=Side(certificates={"api": Cert(names=("api.{d}",), key="shared")}),
        good=Side(certificates={"api": Cert(names=("api.{d}",), key="own")}),
    ),
    Problem(
        id="key-old",
        rule="KEY-004",
        status="medium",
        subject="{leaf.spki}",
        both=Side(certificates={"leaf": Cert(key="kept")}),
        bad=Side(
            certificates={
                "first": Cert(
                    key="kept",
                    options={"not_before": NOW - 500 * DAY, "not_after": NOW - 410 * DAY},
                )
            }
        ),
    ),
    Problem(
        id="key-exportable",
        rule="KEY-005",
        status="medium",
        subject="www.{d} {leaf}",
        both=_ONE,
        bad=Side(estate={"keys": [{"store": "laptop", "name": "www.{d}", "exportable": True}]}),
        good=Side(estate={"keys": [{"store": "hsm", "name": "www.{d}", "exportable": False}]}),
    ),
    Problem(
        id="key-of-private-root",
        rule="KEY-007",
        status="low",
        subject="CN=Old Root {anchor}",
        both=Side(),
        bad=Side(
            certificates={
                "anchor": Cert(
                    names=(),
                    by="self",
                    options={"ca": True, "common": "Old Root", "not_after": NOW + 4000 * DAY},
                )
            }
        ),
        good=Side(
            certificates={
                "anchor": Cert(
                    names=(),
                    by="self",
                    options={"ca": True, "common": "Old Root", "not_after": NOW + 400 * DAY},
                )
            }
        ),
    ),
    Problem(
        id="lifetime-too-long",
        rule="EXP-007",
        status="high",
        subject="www.{d} {leaf}",
        both=_ONE,
        bad=Side(certificates={"leaf": Cert(options={"not_after": NOW + 300 * DAY})}),
    ),
    Problem(
        id="lifetime-above-policy",
        rule="EXP-008",
        status="low",
        subject="www.{d} {leaf}",
        both=_ONE,
        bad=Side(certificates={"leaf": Cert(options={"not_after": NOW + 120 * DAY})}),
    ),
    Problem(
        id="timer-too-slow",
        rule="EXP-011",
        status="medium",
        subject="job {s}",
        bad=job(interval="60d", next_lifetime="47d"),
        good=job(interval="30d", next_lifetime="47d"),
    ),
    Problem(
        id="name-gone",
        rule="BIND-003",
        status="medium",
        subject="{leaf} old.{d}",
        both=Side(certificates={"leaf": Cert(names=("www.{d}", "old.{d}"))}),
        good=Side(zone="old A 127.0.0.9\n"),
        bad=Side(),
    ),
    Problem(
        id="wildcard-over-wildcard",
        rule="BIND-008",
        status="high",
        subject="*.apps.{d}",
        both=Side(
            zone="shop.apps A {ip}\n",
            certificates={"leaf": Cert(names=("*.apps.{d}",))},
            service={"names": ["www.{d}", "*.apps.{d}"]},
        ),
        bad=Side(zone="*.apps A 127.0.0.9\n"),
    ),
    Problem(
        id="wildcard-of-many",
        rule="BIND-007",
        status="high",
        subject="{leaf} *.apps.{d}",
        both=Side(
            zone="a.apps A {ip}\nb.apps A {ip}\n",
            certificates={"leaf": Cert(names=("*.apps.{d}",))},
            service={"names": ["www.{d}", "*.apps.{d}", "a.apps.{d}"]},
        ),
        bad=Side(estate={"services": [_service("b.apps", owner="ops")]}),
        good=Side(estate={"services": [_service("b.apps")]}),
    ),
    Problem(
        id="names-of-two-owners",
        rule="BIND-009",
        status="medium",
        subject="{leaf}",
        both=_TWO,
        bad=_apart(owner="ops"),
        good=_TOGETHER,
    ),
    Problem(
        id="names-of-two-tiers",
        rule="BIND-010",
        status="high",
        subject="{leaf}",
        both=_TWO,
        bad=_apart(tier="internal"),
        good=_TOGETHER,
    ),
    Problem(
        id="key-in-two-environments",
        rule="BIND-011",
        status="high",
        subject="{leaf.spki}",
        both=_TWO.joined(Side(service={"environment": "prod"})),
        bad=_apart(environment="dev"),
        good=_TOGETHER,
    ),
    Problem(
        id="no-usable-name",
        rule="BIND-013",
        status="high",
        subject="{leaf}",
        both=_ONE,
        bad=Side(certificates={"leaf": Cert(names=("127.0.0.1.:x",), options={"common": "www"})}),
    ),
    Problem(
        id="name-of-others",
        rule="BIND-016",
        status="critical",
        subject="{leaf} www.{s}.elsewhere.test",
        passes="{leaf} www.{d}",
        both=_ONE,
        bad=Side(certificates={"leaf": Cert(names=("www.{d}", "www.{s}.elsewhere.test"))}),
    ),
    Problem(
        id="clients-by-public-ca",
        rule="CHAIN-004",
        status="high",
        subject="{leaf}",
        both=Side(
            certificates={
                "leaf": Cert(
                    by="inside",
                    timestamps=(),
                    options={"usages": (ExtendedKeyUsageOID.CLIENT_AUTH,)},
                )
            }
        ),
        bad=Side(
            certificates={"leaf": Cert(options={"usages": (ExtendedKeyUsageOID.CLIENT_AUTH,)})}
        ),
    ),
    Problem(
        id="private-issuer-free",
        rule="CHAIN-007",
        status="medium",
        subject="{free}",
        passes="{free}",
        both=Side(
            service={"tier": "internal"},
            certificates={"leaf": Cert(by="free", timestamps=())},
        ),
        bad=Side(
            certificates={
                "free": Cert(
                    names=(),
                    by="inside",
                    options={"ca": True, "common": "Free CA", "not_after": NOW + 400 * DAY},
                )
            }
        ),
        good=Side(
            certificates={
                "free": Cert(
                    names=(),
                    by="inside",
                    options={
                        "ca": True,
                        "common": "Bounded CA",
                        "permitted": [x509.DNSName("example")],
                        "usages": (ExtendedKeyUsageOID.SERVER_AUTH,),
                        "not_after": NOW + 400 * DAY,
                    },
                )
            }
        ),
    ),
    Problem(
        id="one-source-only",
        rule="CHAIN-010",
        status="low",
        subject="{s}",
        both=Side(
            service={"critical": True, "cas": ["main", "second"]},
            caa=CAA + '@ CAA 0 issue "second.test"\n',
        ),
        bad=Side(service={"cas": ["main"]}),
    ),
    Problem(
        id="wildcard-against-policy",
        rule="POL-001",
        status="high",
        subject="certificate {leaf} *.apps.{d}",
        both=Side(
            zone="shop.apps A {ip}\n",
            certificates={"leaf": Cert(names=("*.apps.{d}",))},
        ),
        bad=Side(service={"tier": "partner", "names": ["www.{d}", "*.apps.{d}"]}),
        good=Side(service={"names": ["www.{d}", "*.apps.{d}"]}),
    ),
    Problem(
        id="alias-dangles-under-certificate",
        rule="DANGLE-007",
        status="critical",
        subject="old.{d}",
        both=Side(zone="old CNAME gone\n"),
        bad=Side(certificates={"leaf": Cert(names=("old.{d}",))}),
        alarms={
            "DANGLE-001": "the rule looks at names that dangle, so the twin dangles too, without one"
        },
    ),
    Problem(
        id="address-not-ours",
        rule="BIND-014",
        status="high",
        subject="{leaf} 1.1.1.1",
        passes="{leaf} 9.9.9.9",
        both=Side(estate={"networks": ["9.9.9.9"]}),
        bad=Side(certificates={"leaf": Cert(names=("www.{d}", "1.1.1.1"))}),
        good=Side(certificates={"leaf": Cert(names=("www.{d}", "9.9.9.9"))}),
    ),
    Problem(
        id="identity-of-nobody",
        rule="BIND-017",
        status="high",
        subject="{leaf} spiffe://planted.example/{s}",
        both=Side(
            certificates={
                "leaf": Cert(
                    names=("www.{d}", "spiffe://planted.example/{s}"),
                    by="inside",
                    timestamps=(),
                    options={
                        "usages": (ExtendedKeyUsageOID.CLIENT_AUTH,),
                        "not_before": NOW - 10 * DAY,
                        "not_after": NOW + 15 * DAY,
                    },
                )
            },
            service={"tier": "workload"},
        ),
        good=Side(
            estate={"workloads": [{"identity": "spiffe://planted.example/{s}", "service": "{s}"}]}
        ),
    ),
    Problem(
        id="account-of-two-teams",
        rule="OWN-010",
        status="medium",
        subject="account https://ca.test/acct/{s}",
        both=job(account="https://ca.test/acct/{s}"),
        bad=Side(
            zone="api A 127.0.0.9\n",
            estate={
                "services": [_service("api", owner="ops")],
                "jobs": [
                    {
                        "id": "{s}-api",
                        "service": "{s}-api",
                        "ca": "main",
                        "account": "https://ca.test/acct/{s}",
                        "method": "dns-01",
                        "names": ["api.{d}"],
                    }
                ],
            },
        ),
    ),
    Problem(
        id="orders-above-limit",
        rule="EXP-010",
        status="medium",
        subject="limited-{s} registered-domain {d}",
        both=Side(
            estate={
                "cas": [
                    {
                        "id": "limited-{s}",
                        "public": False,
                        "caa": "ignored",
                        "limits": [{"per": "registered-domain", "capacity": 1, "window": "7d"}],
                    }
                ]
            }
        ),
        bad=_orders(10, 12),
        good=_orders(10, 20),
    ),
    Problem(
        id="workload-record-left",
        rule="LIFE-002",
        status="high",
        subject="pod.{d}",
        both=Side(
            service={"tier": "workload"},
            estate={
                "workloads": [
                    {
                        "identity": "spiffe://planted.example/{s}",
                        "service": "{s}",
                        "active": False,
                        "ended": day(-2),
                        "names": ["pod.{d}"],
                    }
                ]
            },
        ),
        bad=Side(zone="pod A 127.0.0.9\n"),
    ),
)
