"""Validation names that an estate adds, applied to facts that sources delivered without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Rdata, TrustFunction, ValidationName
from trustpath.facts.validation_names import Pattern, classify

_TYPES = frozenset({"TXT", "CNAME", "NS"})


def with_patterns(facts: Iterable[Fact], patterns: Sequence[Pattern]) -> Iterator[Fact]:
    """Yield the facts of zones with the further ValidationName rows that the patterns give.

    The RRset's TrustFunction gets the flag of issuance. It must come after the RRset's Rdata rows,
    as ``rrset_facts`` yields them. Without patterns everything passes as it is.
    """
    if not patterns:
        yield from facts
        return
    found: set[tuple[str, str, str]] = set()
    for fact in facts:
        if isinstance(fact, TrustFunction) and fact[:3] in found:
            yield fact._replace(issuance=True)
            continue
        yield fact
        if isinstance(fact, Rdata) and fact.type in _TYPES:
            row = _added(fact, patterns)
            if row is not None:
                found.add((fact.zone, fact.name, fact.type))
                yield row


def _added(fact: Rdata, patterns: Sequence[Pattern]) -> ValidationName | None:
    if classify(fact.name, fact.type, fact.rdata, fact.target) is not None:
        return None
    match = classify(fact.name, fact.type, fact.rdata, fact.target, patterns)
    if match is None:
        return None
    scheme, base, one_time = match
    return ValidationName(fact.zone, fact.name, fact.type, fact.rdata, base, scheme, one_time)
