"""The approved content of zones in the store: what was accepted, and what changes made since."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, delete, select

from trustpath.facts.change import plain, record_set_from
from trustpath.facts.drift import Accepted, Approved, Poll, Seen
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.store.tables import APPROVED_RRSET, APPROVED_ZONE, ZONE_POLL, ZONE_SEEN, put


def accept(connection: Connection, accepted: Accepted) -> None:
    """Replace the approved content of a zone."""
    connection.execute(delete(APPROVED_RRSET).where(APPROVED_RRSET.c.zone == accepted.zone))
    put(
        connection,
        APPROVED_ZONE,
        zone=accepted.zone,
        content=_pack(accepted.content),
        serial=accepted.serial,
        accepted_by=accepted.by,
        accepted_at=accepted.at,
    )


def approve(connection: Connection, edits: Iterable[Edit], change: str, at: int) -> None:
    """Lay the edits of an applied change over the approved content."""
    for edit in edits:
        put(
            connection,
            APPROVED_RRSET,
            zone=edit.zone,
            name=edit.name,
            type=edit.type,
            content=json.dumps(plain(edit.after)),
            change=change,
            at=at,
        )


class DriftStore:
    """What drift is measured against."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def approved(self, zone: str) -> Approved | None:
        """Return the approved content of a zone; None where nobody ever accepted one."""
        with self._database.connect() as connection:
            base = connection.execute(
                select(APPROVED_ZONE).where(APPROVED_ZONE.c.zone == zone)
            ).first()
            if base is None:
                return None
            content = _unpack(base.content)
            changes: dict[Key, str] = {}
            rows = connection.execute(select(APPROVED_RRSET).where(APPROVED_RRSET.c.zone == zone))
            for row in rows:
                key = (row.name, row.type)
                changes[key] = row.change
                record_set = record_set_from(json.loads(row.content))
                if record_set is None:
                    content.pop(key, None)
                else:
                    content[key] = record_set
            return Approved(zone, content, base.serial, base.accepted_by, base.accepted_at, changes)

    def poll(self, zone: str) -> Poll | None:
        """Return what the last look saw; None where there was none."""
        with self._database.connect() as connection:
            row = connection.execute(select(ZONE_POLL).where(ZONE_POLL.c.zone == zone)).first()
            return None if row is None else Poll(*row)

    def keep_poll(self, poll: Poll) -> None:
        """Keep what this look saw, in place of the last."""
        with self._database.begin() as connection:
            put(connection, ZONE_POLL, **plain(poll))

    def last(self, zone: str, source: str) -> Seen | None:
        """Return the content that the last look saw at a source; None where there was none."""
        place = (ZONE_SEEN.c.zone == zone) & (ZONE_SEEN.c.source == source)
        with self._database.connect() as connection:
            row = connection.execute(select(ZONE_SEEN).where(place)).first()
        return None if row is None else Seen(zone, source, row.serial, _unpack(row.content))

    def keep_seen(self, seen: Seen) -> None:
        """Keep the content that this look saw, in place of the last."""
        with self._database.begin() as connection:
            put(
                connection,
                ZONE_SEEN,
                zone=seen.zone,
                source=seen.source,
                serial=seen.serial,
                content=_pack(seen.content),
            )


def _pack(content: Mapping[Key, RecordSet]) -> bytes:
    rows = [[*key, value.ttl, list(value.rdatas)] for key, value in sorted(content.items())]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 1)


def _unpack(data: bytes) -> dict[Key, RecordSet]:
    rows: list[Any] = json.loads(zlib.decompress(data))
    return {(name, kind): RecordSet(ttl, tuple(rdatas)) for name, kind, ttl, rdatas in rows}
