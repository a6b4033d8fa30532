"""A plan of octoDNS from edits: only what changes is in it, so nothing has to be read for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trustpath.base.errors import InputError
from trustpath.facts.edits import Edit, RecordSet, record_set
from trustpath.facts.records import canonical_rdata
from trustpath.facts.writer import RefusedError


def plan_of(provider: Any, zone: str, edits: Sequence[Edit]) -> Any:
    """Return octoDNS's Plan of the edits.

    Raises RefusedError where octoDNS or the provider cannot hold a record as it is wanted: its
    records have no boundaries between the strings of a TXT, for instance.
    """
    from octodns.provider.plan import Plan
    from octodns.record import Create, Delete, Update
    from octodns.zone import Zone

    existing, desired = Zone(f"{zone}.", []), Zone(f"{zone}.", [])
    changes = []
    for edit in edits:
        before, after = (
            _record(z, edit, c) for z, c in ((existing, edit.before), (desired, edit.after))
        )
        if before is not None:
            existing.add_record(before, lenient=True)
        if after is None:
            changes.append(Delete(before))
            continue
        _check_supported(provider, edit, after)
        desired.add_record(after, lenient=True)
        changes.append(Create(after) if before is None else Update(before, after))
    _check_kept(provider, desired)
    return Plan(existing, desired, changes, True)


def _record(zone: Any, edit: Edit, content: RecordSet | None) -> Any:
    from octodns.record import Record
    from octodns.record.rr import Rrset

    if content is None:
        return None
    try:
        wanted = Rrset(f"{edit.name}.", edit.type, content.ttl, content.rdatas)
        record = Record.from_rrset(zone, wanted, lenient=True)
        carried = [canonical_rdata(edit.type, t, "") for t in record.to_rrset().rdatas]
    except InputError as error:
        raise _refusal(edit, error.message) from error
    except Exception as error:
        raise _refusal(edit, f"octoDNS does not take it: {error}") from error
    if content is not edit.before and record_set(content.ttl, carried) != content:
        raise _refusal(edit, f"octoDNS would make {', '.join(carried)[:200]} of it")
    return record


def _check_supported(provider: Any, edit: Edit, record: Any) -> None:
    if not provider.supports(record):
        raise _refusal(edit, f"the provider does not have {edit.type} records")


def _check_kept(provider: Any, desired: Any) -> None:
    """Raise RefusedError where the provider would silently make something else of a record."""
    from octodns.provider import SupportsException

    try:
        processed = provider._process_desired_zone(desired.copy())
    except SupportsException as error:
        raise RefusedError(f"the provider cannot hold it: {error}") from error
    kept = {(r.name, r._type): r.data for r in processed.records}
    for record in desired.records:
        if kept.get((record.name, record._type)) != record.data:
            raise RefusedError(
                "the provider would change or drop the record",
                where=f"{record.fqdn} {record._type}",
            )


def _refusal(edit: Edit, problem: str) -> RefusedError:
    return RefusedError(problem, where=f"{edit.name or '.'} {edit.type}")
