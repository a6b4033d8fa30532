"""Where in the proposal an impact comes from: a file with a line, or an address of Terraform."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import quote

from trustpath.base import names
from trustpath.facts.edits import Edit
from trustpath.facts.proposal import Submission
from trustpath.workflow.gate.assessment import Assessment, Impact

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>[1-9]\d*))?(?:: (?P<address>.+))?", re.DOTALL)
_AT_COMMIT = re.compile(r" at [^ /]+$")


class Place(NamedTuple):
    """A file of the proposal, the line in it where that is known, and a resource's address."""

    file: str
    line: int | None = None
    address: str | None = None


def place_of(impact: Impact, said: Assessment, submission: Submission) -> Place | None:
    """Return where the change stands that an impact is most likely about; None if unknown."""
    words = {word for text in _texts(impact) for word in text.split()}
    for event in said.events:
        if event.where and (event.id in words or not words.isdisjoint(event.names)):
            return parse_place(event.where)
    edits = [item.edit for item in said.edits]
    named = [e for e in edits if e.name in words or names.base(e.name) in words]
    for edit in (*named, *edits):
        where = _where(edit, submission)
        if where:
            return parse_place(where)
    return next((parse_place(event.where) for event in said.events if event.where), None)


def parse_place(where: str) -> Place:
    """Read ``FILE``, ``FILE:LINE`` or ``FILE: ADDRESS``, also with the commit it is of."""
    found = _PLACE.fullmatch(_AT_COMMIT.sub("", where))
    if found is None:
        return Place(where)
    line = found["line"]
    return Place(found["file"], int(line) if line else None, found["address"])


def location(subject: str, place: Place | None) -> dict[str, Any]:
    """Return a SARIF location (3.28): the subject by name, and where the proposal has it."""
    logical = [{"fullyQualifiedName": subject, "kind": "resource"}]
    if place is None:
        return {"logicalLocations": logical}
    if place.address:
        logical.append({"fullyQualifiedName": place.address, "kind": "resource"})
    path = PurePath(place.file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    return {"logicalLocations": logical, "physicalLocation": physical}


def _texts(impact: Impact) -> Iterator[str]:
    yield impact.subject
    yield from map(str, impact.evidence.values())


def _where(edit: Edit, submission: Submission) -> str:
    steps: Iterable[str] = (
        op.where
        for op in reversed(submission.operations)
        if op.name == edit.name and op.type in (None, edit.type) and op.zone in (None, edit.zone)
    )
    whole = (
        version.where
        for version in submission.versions
        # Without a file the place is the zone's own name.
        if version.apex == edit.zone and _AT_COMMIT.sub("", version.where) != version.apex
    )
    return next(iter((*steps, *whole)), "")
