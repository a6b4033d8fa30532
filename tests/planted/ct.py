"""Problems that logs tell, and of timestamps in certificates."""

from __future__ import annotations

from certs import DAY, NOW
from planted.problem import Cert, Problem, Side, day

_LOGGED = Cert(logged=True)


def _rogue(names: tuple[str, ...] = ("www.{d}",)) -> Side:
    """Return a logged certificate of a CA that is not approved."""
    own = Cert(
        names=(),
        by="self",
        stored=False,
        options={"ca": True, "common": "Rogue CA", "organisation": "Rogue Trust"},
    )
    leaf = Cert(names=names, by="rogue_ca", logged=True, timestamps=())
    return Side(certificates={"rogue_ca": own, "leaf": leaf})


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="logged-unknown",
        rule="CT-001",
        status="critical",
        subject="{leaf.serial} of Planted Trust",
        both=Side(certificates={"leaf": _LOGGED}),
        bad=Side(certificates={"leaf": Cert(logged=True, stored=False)}),
    ),
    Problem(
        id="logged-by-rogue",
        rule="CT-002",
        status="critical",
        subject="{leaf.serial} of Rogue Trust",
        passes="{leaf.serial} of Planted Trust",
        bad=_rogue(),
        good=Side(certificates={"leaf": _LOGGED}),
    ),
    Problem(
        id="timestamps-too-few",
        rule="CT-004",
        status="high",
        subject="{leaf}",
        both=Side(certificates={"leaf": Cert()}),
        bad=Side(certificates={"leaf": Cert(timestamps=("oak",))}),
    ),
    Problem(
        id="timestamp-forged",
        rule="CT-005",
        status="high",
        subject="{leaf}",
        both=Side(certificates={"leaf": Cert()}),
        bad=Side(certificates={"leaf": Cert(timestamps=("forged", "elm"))}),
    ),
    Problem(
        id="timestamp-of-rejected-log",
        rule="CT-005",
        status="high",
        subject="{leaf}",
        both=Side(certificates={"leaf": Cert()}),
        bad=Side(certificates={"leaf": Cert(timestamps=("oak", "elm", "ash"))}),
    ),
    Problem(
        id="internal-name-logged",
        rule="CT-006",
        status="medium",
        subject="www.{d}",
        both=Side(service={"tier": "internal"}),
        bad=Side(certificates={"leaf": _LOGGED}),
    ),
    Problem(
        id="issued-in-a-burst",
        rule="CT-010",
        status="medium",
        subject="www.{d}",
        both=Side(certificates={"leaf": _LOGGED}),
        bad=Side(
            certificates={
                f"more{number}": Cert(logged=True, options={"not_before": NOW - number * DAY})
                for number in range(3, 9)
            }
        ),
    ),
    Problem(
        id="issued-after-retirement",
        rule="CT-011",
        status="high",
        subject="{leaf.serial} of Planted Trust {s}",
        both=Side(service={"state": "retired", "retirement": {"certificate": True}}),
        bad=Side(certificates={"leaf": _LOGGED}, service={"retired": day(-40)}),
        good=Side(
            certificates={
                "leaf": Cert(
                    logged=True, options={"not_before": NOW - 50 * DAY, "not_after": NOW + 39 * DAY}
                )
            },
            service={"retired": day(-40)},
        ),
    ),
    Problem(
        id="name-like-ours",
        rule="CT-007",
        status="medium",
        subject="trustw0rthy.example like trustworthy.example",
        passes="planted.example",
        bad=Side(
            certificates={"leaf": Cert(names=("trustw0rthy.example",), logged=True, stored=False)}
        ),
    ),
)
