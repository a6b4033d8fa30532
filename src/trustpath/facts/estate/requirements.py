"""Policy numbers per tier and dated requirements, as fact rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_type_hints

from trustpath.base.clock import parse_duration, parse_instant
from trustpath.facts.estate.datafiles import data_file
from trustpath.facts.estate.hosting import known_hosting
from trustpath.facts.estate.scalars import COUNT, DURATION, FLAG
from trustpath.facts.estate.services import TIERS
from trustpath.facts.estate.shape import Entry, Field, Record, Scalar
from trustpath.facts.relations import Fact
from trustpath.facts.relations.policy import (
    Deadline,
    KnownCaTag,
    MethodSunset,
    ProfileLifetime,
    TierPolicy,
    ValidationReuse,
    ValidityCap,
)

ALWAYS: Final = 0
FOREVER: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, which X.509 uses for "no end" too (RFC 5280 4.1.2.5)."""

_COUNTS = ("min_rsa_bits", "inventory_target", "issuance_burst")


def _number(column: str, kind: object) -> Scalar:
    if kind is bool:
        return FLAG
    return COUNT if column in _COUNTS else DURATION


POLICY_FIELDS: Final = tuple(
    Field(column, _number(column, kind))
    for column, kind in get_type_hints(TierPolicy).items()
    if column != "tier"
)
TIER_POLICIES: Final = Record(
    "policy numbers per tier",
    tuple(Field(tier, Record("policy numbers", POLICY_FIELDS), {}) for tier in TIERS),
)


def policy_facts(stated: Mapping[str, Entry]) -> Iterator[TierPolicy]:
    """Yield one row per tier: the defaults, with what is stated in their place."""
    for tier in TIERS:
        yield TierPolicy(tier=tier, **tier_numbers(tier, stated[tier]))


def tier_numbers(tier: str, stated: Entry) -> dict[str, Any]:
    """Return the numbers of one tier: what is stated, else the default."""
    own = {key: value for key, value in stated.items() if value is not None}
    return _defaults(tier) | own


def _defaults(tier: str) -> dict[str, Any]:
    written = data_file("policy.yaml")[tier]
    return {
        item.key: item.shape.read(written[item.key])
        for item in POLICY_FIELDS
        if isinstance(item.shape, Scalar)
    }


def requirement_facts() -> tuple[Fact, ...]:
    """Return the dated requirements: caps, reuse, methods, deadlines, profiles, tags, hosting."""
    document = data_file("requirements.yaml")
    return (
        *(ValidityCap(*_period(e), _seconds(e["longest"])) for e in document["validity_caps"]),
        *(
            ValidationReuse(*_period(e), _seconds(e["longest"]))
            for e in document["validation_reuse"]
        ),
        *(MethodSunset(e["method"], _instant(e["ends"])) for e in document["method_sunsets"]),
        *(Deadline(e["id"], _instant(e["at"])) for e in document["deadlines"]),
        *(
            ProfileLifetime(
                e["ca"],
                e["profile"],
                *_period(e),
                _seconds(e["lifetime"]),
                _seconds(e["reuse"]),
            )
            for e in document["profiles"]
        ),
        *(KnownCaTag(tag) for tag in document["caa_tags"]),
        *known_hosting(),
    )


def _period(entry: Mapping[str, Any]) -> tuple[int, int]:
    starts, ends = entry.get("from"), entry.get("until")
    return (
        ALWAYS if starts is None else _instant(starts),
        FOREVER if ends is None else _instant(ends),
    )


def _instant(value: datetime.date | str) -> int:
    return parse_instant(value if isinstance(value, str) else value.isoformat())


def _seconds(value: str) -> int:
    return parse_duration(value)
