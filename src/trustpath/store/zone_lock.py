"""Which change writes to a zone: one at a time, and the next only when that one has ended.

A lock belongs to a change and is held by a process. A process that died leaves it behind; whoever
resumes the same change takes it over at once when the holder is known to be gone, else when the
lock expires. No other change gets the zone before the interrupted one has ended.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from trustpath.facts.change import UNDER_WAY, BusyError
from trustpath.store.tables import ACT_CHANGE, ACT_LOCK, put


def this_process() -> str:
    """Return a name for this process: host, process id and when it started."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def hold(connection: Connection, zone: str, claim: tuple[str, str], now: int, until: int) -> None:
    """Take or keep a zone for ``claim`` (change, holder); raises BusyError."""
    change, holder = claim
    row = connection.execute(select(ACT_LOCK).where(ACT_LOCK.c.zone == zone)).first()
    if row is not None:
        _check_free(connection, row, claim, now)
    put(connection, ACT_LOCK, zone=zone, change=change, holder=holder, expires=until)


def _check_free(connection: Connection, row: Row[Any], claim: tuple[str, str], now: int) -> None:
    """Raise BusyError unless the claim may have the zone of a lock."""
    change, holder = claim
    busy = row.holder != holder and row.expires > now and not is_gone(row.holder)
    if row.change != change and (busy or _is_under_way(connection, row.change)):
        raise BusyError(
            f"change {row.change} has the zone {row.zone or '.'}",
            where=change,
            hint=f"wait until it ends; if it was interrupted: trustpath change resume {row.change}",
        )
    if busy:
        raise BusyError(
            f"another process ({row.holder}) is at this change", where=change, hint="wait for it"
        )


def _is_under_way(connection: Connection, change: str) -> bool:
    state = connection.execute(
        select(ACT_CHANGE.c.state).where(ACT_CHANGE.c.number == int(change[1:]))
    ).scalar()
    return state in {item.value for item in UNDER_WAY}


def release(connection: Connection, change: str) -> None:
    """Give back every zone of a change."""
    connection.execute(delete(ACT_LOCK).where(ACT_LOCK.c.change == change))


def is_gone(holder: str) -> bool:
    """Say whether a holder is known to have ended; of a process on another host that is unknown."""
    host, pid, started = holder.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """Return when a process started, in ticks since boot; empty where that cannot be told."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()
    # A killed process that nobody has waited for still has its id, but writes no more.
    return "" if fields[0] == "Z" else fields[19]
