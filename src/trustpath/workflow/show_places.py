"""Which link of a trust path a rule speaks of: where a finding is shown in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trustpath.rules.rule import Rule

KINDS: Final = (
    "delegation",
    "zone",
    "records",
    "answer",
    "alias",
    "address",
    "presentation",
    "certificate",
    "issuer",
    "log",
    "tlsa",
    "mail",
    "mail-address",
    "mail-presentation",
    "caa",
    "issuance",
    "job",
    "owner",
)
"""The kinds of links, in the order of the path."""

FAMILIES: Final[Mapping[str, str]] = {
    "ACME": "job",
    "BIND": "certificate",
    "CAA": "caa",
    "CHAIN": "issuer",
    "CT": "log",
    "DANE": "tlsa",
    "DANGLE": "alias",
    "DNSSEC": "zone",
    "EXP": "certificate",
    "KEY": "certificate",
    "LIFE": "owner",
    "MAIL": "mail",
    "OWN": "owner",
    "POL": "records",
    "REV": "certificate",
    "SVCB": "presentation",
    "ZONE": "records",
}
"""Where the rules of a family belong, unless a rule has a place of its own."""

PLACES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ACME-003", "ACME-017"), "address"),
    **dict.fromkeys(
        ("ACME-004", "ACME-005", "ACME-006", "ACME-007", "ACME-008", "ACME-010", "ACME-014"),
        "issuance",
    ),
    **dict.fromkeys(("ACME-009", "ACME-015", "ACME-020", "DANGLE-006", "DANGLE-009"), "issuance"),
    "ACME-018": "certificate",
    **dict.fromkeys(("BIND-001", "BIND-002", "BIND-005", "BIND-015"), "presentation"),
    **dict.fromkeys(("BIND-004", "DANGLE-003", "DANGLE-013", "DANGLE-014"), "address"),
    **dict.fromkeys(("BIND-012", "BIND-018"), "answer"),
    **dict.fromkeys(("CHAIN-001", "CHAIN-012", "KEY-008", "POL-010"), "presentation"),
    **dict.fromkeys(("CHAIN-003", "CHAIN-005", "CHAIN-008", "POL-001", "POL-002"), "certificate"),
    **dict.fromkeys(("CHAIN-010", "EXP-003", "EXP-010", "EXP-011", "KEY-006", "KEY-009"), "job"),
    "CT-009": "caa",
    **dict.fromkeys(("DANGLE-004", "DANGLE-011", "DNSSEC-002"), "delegation"),
    **dict.fromkeys(("ZONE-011", "ZONE-014", "ZONE-015", "ZONE-023"), "delegation"),
    "DANGLE-005": "mail",
    "DANGLE-007": "certificate",
    "DANGLE-008": "records",
    **dict.fromkeys(("EXP-001", "EXP-004", "EXP-005", "EXP-006", "REV-001"), "presentation"),
    "EXP-009": "issuer",
    "LIFE-002": "records",
    **dict.fromkeys(("OWN-009", "POL-006"), "zone"),
    "POL-004": "owner",
    "REV-004": "issuer",
    "ZONE-016": "alias",
    "ZONE-017": "alias",
}
"""Rules that belong to another link than the rest of their family."""


def place_of(rule: Rule) -> str:
    """Return the kind of link that a rule speaks of; ``records`` for rules of one's own."""
    return PLACES.get(rule.id) or FAMILIES.get(rule.family, "records")
