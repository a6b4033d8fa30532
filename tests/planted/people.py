"""Problems of owners, of services on their way out, and of what hands over."""

from __future__ import annotations

from typing import Any

from planted.problem import Cert, Problem, Side, day

_STEPS = (
    "traffic", "renewal-job", "authorizations", "validation-records", "certificate", "tlsa",
    "shared-names", "records", "provider-resource", "caa", "consumers", "ct-watch", "evidence",
)  # fmt: skip


def _team(**changed: Any) -> Side:
    """Return a side whose service belongs to a team of its own."""
    owner = {
        "id": "{s}-team",
        "contacts": ["mailto:{s}@planted.example"],
        "members": 3,
        "active": True,
        "attested": day(-1),
        **changed,
    }
    zone = {"kind": "zone", "pattern": "{d}", "owner": "{s}-team"}
    return Side(
        service={"owner": "{s}-team"},
        estate={
            "owners": [{key: value for key, value in owner.items() if value is not None}],
            "ownership": [zone],
        },
    )


def _change(author: str, *approvers: tuple[str, str]) -> Side:
    given = [{"approver": who, "role": role, "at": day(-3)} for who, role in approvers]
    change = {
        "id": "{s}",
        "author": author,
        "state": "applied",
        "opens": day(-3),
        "closes": day(-2),
        "inverse": True,
        "records": [{"zone": "{d}", "name": "www.{d}", "type": "A", "action": "add"}],
        "approvals": given,
    }
    return Side(estate={"changes": [change]})


def _given(at: int) -> Side:
    transfer = {"name": "www.{d}", "former": "ops", "current": "web", "at": day(at)}
    return Side(certificates={"leaf": Cert()}, estate={"transfers": [transfer]})


def _leaving(*, done: bool) -> Side:
    steps = dict.fromkeys(_STEPS, True) | {"tlsa": done}
    return Side(service={"state": "retiring", "retired": day(10), "retirement": steps})


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="records-of-nobody",
        rule="OWN-002",
        status="high",
        subject="zone {d}",
        passes="{d} CAA",
        bad=Side(
            estate={"ownership": [{"kind": "record", "pattern": "=nobody.{d}", "owner": "web"}]}
        ),
    ),
    Problem(
        id="certificate-of-nobody",
        rule="OWN-001",
        status="high",
        subject="{leaf}",
        both=Side(certificates={"leaf": Cert()}),
        bad=Side(
            certificates={"leaf": Cert(names=("www.{s}.elsewhere.test",))},
        ),
    ),
    Problem(
        id="owned-apart",
        rule="OWN-003",
        status="medium",
        subject="www.{d}",
        both=Side(certificates={"leaf": Cert()}),
        bad=Side(estate={"ownership": [{"kind": "zone", "pattern": "{d}", "owner": "ops"}]}),
    ),
    Problem(
        id="owner-left",
        rule="OWN-004",
        status="high",
        subject="{s}-team",
        bad=_team(active=False),
        good=_team(),
    ),
    Problem(
        id="ownership-stale",
        rule="OWN-005",
        status="medium",
        subject="service {s}",
        bad=Side(service={"attested": day(-200)}).joined(_team(attested=None)),
        good=_team(),
    ),
    Problem(
        id="owner-alone",
        rule="OWN-006",
        status="low",
        subject="{s}-team",
        bad=_team(members=1),
        good=_team(),
    ),
    Problem(
        id="approved-by-author",
        rule="OWN-007",
        status="high",
        subject="{s}",
        bad=_change("ann", ("ann", "dns"), ("bob", "certificate")),
        good=_change("ann", ("cleo", "dns"), ("bob", "certificate")),
    ),
    Problem(
        id="provider-without-contact",
        rule="OWN-008",
        status="medium",
        subject="dns {s}",
        bad=Side(estate={"providers": [{"id": "{s}", "kind": "dns"}]}),
        good=Side(estate={"providers": [{"id": "{s}", "kind": "dns", "contract_owner": "web"}]}),
    ),
    Problem(
        id="zone-not-as-approved",
        rule="OWN-009",
        status="high",
        subject="{d}",
        both=Side(copy="", estate={"truth": [{"zone": "{d}", "source": "copies"}]}),
        bad=Side(copy="api A 127.0.0.9\n"),
    ),
    Problem(
        id="retirement-unfinished",
        rule="LIFE-001",
        status="medium",
        subject="{s}",
        bad=_leaving(done=False),
        good=_leaving(done=True),
    ),
    Problem(
        id="name-given-with-key",
        rule="LIFE-003",
        status="high",
        subject="www.{d}",
        bad=_given(-10),
        good=_given(-40),
    ),
)
