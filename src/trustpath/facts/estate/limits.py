"""Numbers and times of the estate file that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustpath.base.documents import Path
from trustpath.facts.estate.faults import Fault
from trustpath.facts.estate.requirements import tier_numbers

_ORDERED: Final = (
    ("standing", "ttl_least", "ttl_most"),
    ("freezes", "starts", "ends"),
    ("changes", "opens", "closes"),
    ("renewal_info", "starts", "ends"),
)
"""Section, the key of what is not larger, the key of what is not smaller."""


def number_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for every pair of values in which the least is above the most.

    A tier is judged with the numbers that it does not state as their defaults.
    """
    return [*_tier_faults(document["tiers"]), *_section_faults(document)]


def _section_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    for section, least, most in _ORDERED:
        for index, entry in enumerate(document[section]):
            if entry:
                yield from _ordered((section, index), entry, least, most)


def _tier_faults(tiers: Mapping[str, Any] | None) -> Iterator[Fault]:
    for tier, stated in (tiers or {}).items():
        if not stated:
            continue
        numbers = tier_numbers(tier, stated)
        low, high = numbers["ttl_low"], numbers["ttl_high"]
        if low > high:
            key = "ttl_low" if stated["ttl_low"] is not None else "ttl_high"
            yield Fault(
                ("tiers", tier, key),
                f"ttl_low is {low} and ttl_high {high}, so that no TTL is right",
                "ttl_low up to ttl_high; what is not stated is the default",
            )
        share = stated["inventory_target"]
        if share is not None and share > 100:
            yield Fault(("tiers", tier, "inventory_target"), f"{share} percent", "0 to 100")


def _ordered(at: Path, entry: Mapping[str, Any], least: str, most: str) -> Iterator[Fault]:
    low, high = entry[least], entry[most]
    if low is not None and high is not None and low > high:
        yield Fault((*at, most), f"{most} is before or below {least}", f"{most} not below {least}")
