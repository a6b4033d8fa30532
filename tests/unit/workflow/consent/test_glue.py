"""Addresses that take part in a delegation are consented to as one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from trustpath.facts.edits import Edit, RecordSet
from trustpath.rules.value import Value
from trustpath.workflow.consent.glue import glue_of
from trustpath.workflow.consent.traits import planned

ZONE = "example.com"
HOST = "ns1.sub.example.com"
ADDRESS = Edit(ZONE, HOST, "A", RecordSet(300, ("192.0.2.1",)), RecordSet(300, ("192.0.2.9",)))
CUT = Edit(ZONE, "sub.example.com", "NS", None, RecordSet(300, (f"{HOST}.",)))


class Facts:
    """Answers the two questions with rows that were given."""

    def __init__(self, hidden: Sequence[str] = (), cuts: Sequence[str] = ()) -> None:
        self._hidden, self._cuts = hidden, cuts

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        if "occluded" in sql:
            return [(ZONE, name) for name in self._hidden if name in parameters]
        return [(ZONE, HOST, cut) for cut in self._cuts if HOST in parameters]


@pytest.mark.parametrize(
    ("facts", "edits", "flags"),
    [
        (Facts(hidden=(HOST,)), (ADDRESS,), "ILKD"),
        (Facts(cuts=("sub.example.com",)), (ADDRESS,), "ILKD"),
        (Facts(), (CUT, ADDRESS), "ILKD"),
        (Facts(cuts=("other.example.com",)), (ADDRESS,), "IL"),
        (Facts(), (ADDRESS,), "IL"),
    ],
    ids=("hidden", "named", "both come", "named by a cut elsewhere", "plain"),
)
def test_an_address_of_a_delegated_server_has_the_functions_of_the_delegation(
    facts: Facts, edits: tuple[Edit, ...], flags: str
) -> None:
    found = planned(edits, glue=glue_of(facts, edits))
    assert found[-1].flags == flags
