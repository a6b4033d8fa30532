"""Validation names that an estate adds, applied to facts that sources delivered without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trustpath.facts.edits import Edit
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Occluded, Rdata, TrustFunction, ValidationName
from trustpath.facts.validation_names import Pattern, classify

_TYPES = frozenset({"TXT", "CNAME", "NS"})


def with_patterns(facts: Iterable[Fact], patterns: Sequence[Pattern]) -> Iterator[Fact]:
    """Yield the facts of zones as they would be had their reader known the patterns.

    The ValidationName rows and the TrustFunction of an RRset must come after its Rdata rows, as
    ``rrset_facts`` yields them. Without patterns everything passes as it is.
    """
    if not patterns:
        yield from facts
        return
    sets: set[tuple[str, str, str]] = set()
    records: set[tuple[str, str, str, str]] = set()
    for fact in facts:
        if isinstance(fact, TrustFunction) and fact[:3] in sets:
            yield fact._replace(issuance=True)
        elif isinstance(fact, Occluded) and fact.validation is None and fact.type in _TYPES:
            found = _classified(fact.name, fact.type, fact.rdata, patterns)
            yield fact if found is None else fact._replace(validation=found[0])
        elif not (isinstance(fact, ValidationName) and fact[:4] in records):
            yield fact
        if isinstance(fact, Rdata) and fact.type in _TYPES:
            row = _added(fact, patterns)
            if row is not None:
                sets.add(row[:3])
                records.add(row[:4])
                yield row


def _added(fact: Rdata, patterns: Sequence[Pattern]) -> ValidationName | None:
    found = _classified(fact.name, fact.type, fact.rdata, patterns)
    if found is None or found == _classified(fact.name, fact.type, fact.rdata, ()):
        return None
    scheme, base, one_time = found
    return ValidationName(*fact[:4], base, scheme, one_time)


def proven_names(edits: Iterable[Edit], patterns: Sequence[Pattern]) -> set[str]:
    """Return the names whose control is proved where edits change records.

    ``patterns`` are those that an estate adds to the built-in ones.
    """
    records = (
        (edit.name, edit.type, text)
        for edit in edits
        if edit.type in _TYPES
        for text in (*edit.added, *edit.removed)
    )
    found = (_classified(*record, patterns) for record in records)
    return {base for _scheme, base, _one_time in filter(None, found)}


def _classified(
    name: str, rdtype: str, rdata: str, patterns: Sequence[Pattern]
) -> tuple[str, str, bool] | None:
    return classify(name, rdtype, rdata, None if rdtype == "TXT" else rdata[:-1], patterns)
