"""Whether what a change applied is still what every authoritative server has."""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.base.errors import SourceError
from trustpath.facts.change import Change, State
from trustpath.workflow.change import zones
from trustpath.workflow.change.beside import later, taken_back
from trustpath.workflow.change.decide import get
from trustpath.workflow.change.ports import Desk, Ports
from trustpath.workflow.change.state import require


@dataclass(frozen=True, slots=True)
class Served:
    """What the servers have of an applied change.

    ``differs``: a server has something else. ``unknown``: nobody could tell. ``seen``: who was
    asked. ``remarks``: other changes that explain a difference.
    """

    change: Change
    differs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def verify(desk: Desk, ports: Ports, change_id: str) -> Served:
    """Ask every authoritative server of every zone once; nothing is changed and nothing recorded.

    Raises InputError for a change that is not applied, or that has no records.
    """
    change = require(get(desk, change_id), State.APPLIED)
    with desk.store.reading() as reader:
        remarks = (*taken_back(reader, change), *later(reader, change))
    differs: list[str] = []
    unknown: list[str] = []
    seen: list[str] = []
    for zone in change.plan.zones:
        wanted = {edit.key: edit.after for edit in change.plan.of_zone(zone)}
        try:
            views = ports.writers.for_zone(zone).observe(zone, list(wanted))
        except SourceError as error:
            unknown.append(f"{zone or '.'}: {error}")
            continue
        if not views:
            unknown.append(f"{zone or '.'}: no authoritative server is known")
        for view in views:
            if view.problem:
                unknown.append(f"{zone or '.'}: {view.server}: {view.problem}")
                continue
            seen.append(f"{zone or '.'}: {view.server}")
            for key, content in wanted.items():
                what = f"{view.server}: {key[0] or '.'} {key[1]}"
                if key not in view.content:
                    unknown.append(f"{what} is hidden by a delegation or a DNAME")
                elif not zones.same(key, view.content[key], content):
                    differs.append(f"{what} is not what was applied")
    return Served(change, tuple(differs), tuple(unknown), tuple(seen), remarks)
