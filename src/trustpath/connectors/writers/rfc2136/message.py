"""Edits as one update message with prerequisites for each of them (RFC 2136 2.4, 2.5).

A server takes the message as a whole or not at all, and works through it in order. Some updates
it passes over without a word (RFC 2136 3.4.2): data beside a CNAME, a CNAME beside data, the last
NS of the apex, a SOA with an older serial. The order and the prerequisites here leave it no reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import dns.exception
import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.tsig
import dns.update

from trustpath.connectors.writers.questions import wire_name
from trustpath.connectors.writers.requiring import TYPES
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.records.canonical import PARSE_ERRORS
from trustpath.facts.writer import RefusedError

MAX_OCTETS: Final = 65535
# A CNAME stands alone; an update cannot ask for "nothing else here", so it asks type by type.
_BESIDE_CNAME: Final = tuple(kind for kind in TYPES if kind not in ("CNAME", "SOA"))


def compose(
    zone: str,
    edits: Sequence[Edit],
    soa: RecordSet | None,
    key: dns.tsig.Key | None,
    requires: Sequence[Prerequisite] = (),
) -> tuple[dns.update.UpdateMessage, bytes]:
    """Return the message that makes the edits if each RRset is its ``before``, and its wire form.

    ``soa`` is the present SOA, needed only for an edit of it. ``requires`` go along as they are.
    Raises RefusedError when the message exceeds 64 KiB or a record has no wire form.
    """
    update = dns.update.UpdateMessage(wire_name(zone))
    sets = {edit.key: (_rdatas(edit, edit.before), _rdatas(edit, edit.after)) for edit in edits}
    _require(update, edits, soa)
    touched = {edit.key for edit in edits}
    for item in requires:
        # An RRset that is edited has its prerequisite, and RFC 2136 3.2.3 compares it as a whole.
        if item.type is None or (item.name, item.type) not in touched:
            _ask(update, item)
    replaced = [edit for edit in edits if not (edit.name == zone and edit.type in ("NS", "SOA"))]
    for edit in replaced:
        if edit.before is not None:
            update.delete(wire_name(edit.name), edit.type)
    for edit in edits:
        if edit.after is not None:
            _add(update, edit, sets[edit.key][1], soa)
    # The servers of the zone: the new ones first, so that there is one at every step.
    for edit in edits:
        if edit.name == zone and edit.type == "NS":
            kept = set(sets[edit.key][1])
            for rdata in sets[edit.key][0]:
                if rdata not in kept:
                    update.delete(wire_name(zone), rdata)
    if key is not None:
        update.use_tsig(key)
    return update, _wire(update, len(edits))


def _ask(update: dns.update.UpdateMessage, item: Prerequisite) -> None:
    name, kind = wire_name(item.name), [item.type] if item.type else []
    if item.kind in ("rrset-absent", "name-not-in-use"):
        update.absent(name, *kind)
    else:
        update.present(name, *(_read((item.name, item.type or ""), item.rdatas) or kind))


def _rdatas(edit: Edit, content: RecordSet | None) -> list[dns.rdata.Rdata]:
    return _read(edit.key, content.rdatas if content else ())


def _read(key: Key, texts: Sequence[str]) -> list[dns.rdata.Rdata]:
    try:
        return [
            dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(key[1]), text)
            for text in texts
        ]
    except PARSE_ERRORS as error:
        raise RefusedError(
            f"the record has no wire form: {error}", where=f"{key[0] or '.'} {key[1]}"
        ) from error


def _require(
    update: dns.update.UpdateMessage, edits: Sequence[Edit], soa: RecordSet | None
) -> None:
    by_key: Mapping[Key, Edit] = {edit.key: edit for edit in edits}
    for edit in edits:
        name = wire_name(edit.name)
        if edit.before is None:
            update.absent(name, edit.type)
            others = _BESIDE_CNAME if edit.type == "CNAME" else ("CNAME",)
            for other in others:
                # What is edited at the same name has a prerequisite of its own.
                if other != edit.type and (edit.name, other) not in by_key:
                    update.absent(name, other)
        else:
            present = soa if edit.type == "SOA" and soa is not None else edit.before
            update.present(name, *_rdatas(edit, present))


def _add(
    update: dns.update.UpdateMessage,
    edit: Edit,
    rdatas: list[dns.rdata.Rdata],
    soa: RecordSet | None,
) -> None:
    assert edit.after is not None and edit.after.ttl is not None  # noqa: S101, PT018
    if edit.type == "SOA" and soa is not None:
        present = _rdatas(edit, soa)[0]
        rdatas = [rdatas[0].replace(serial=(present.serial + 1) & 0xFFFFFFFF)]  # type: ignore[attr-defined]
    update.add(wire_name(edit.name), edit.after.ttl, *rdatas)


def _wire(update: dns.update.UpdateMessage, edits: int) -> bytes:
    try:
        return bytes(update.to_wire(max_size=MAX_OCTETS))
    except dns.exception.TooBig as error:
        raise RefusedError(
            f"the {edits} edits do not fit into one message of {MAX_OCTETS} octets",
            hint="nothing was sent; split the change, each part is all or nothing by itself",
        ) from error
