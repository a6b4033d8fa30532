"""Conditions of a change on RRsets that it does not touch (RFC 2136 2.4), asked by questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.proposal.operate import unmet
from trustpath.facts.writer import ConflictError

TYPES: Final = (
    "A", "AAAA", "CAA", "CERT", "CNAME", "DNAME", "DS", "HINFO", "HTTPS", "LOC", "MX", "NAPTR",
    "NS", "OPENPGPKEY", "PTR", "RP", "SMIMEA", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT",
    "URI",
)  # fmt: skip
"""Where anything at a name counts, nothing but questions of each type can be asked."""


def asked(requires: Iterable[Prerequisite]) -> tuple[Key, ...]:
    """Return the RRsets that tell whether the conditions hold."""
    keys = (
        (item.name, rdtype)
        for item in requires
        for rdtype in (TYPES if item.type is None else (item.type,))
    )
    return tuple(dict.fromkeys(keys))


def check(requires: Sequence[Prerequisite], found: Mapping[Key, RecordSet | None]) -> None:
    """Raise ConflictError for the first condition that what was found does not meet."""
    for item in requires:
        reason = unmet(item, _Found(found))
        if reason:
            raise ConflictError(
                f"the prerequisite {item.kind} no longer holds: {reason}",
                where=item.where or item.name or ".",
                hint="nothing was changed; plan again from the present state",
            )


class _Found:
    def __init__(self, found: Mapping[Key, RecordSet | None]) -> None:
        self._found = found

    def get(self, name: str, rdtype: str) -> RecordSet | None:
        return self._found.get((name, rdtype))

    def types_at(self, name: str) -> set[str]:
        return {kind for (at, kind), content in self._found.items() if at == name and content}
