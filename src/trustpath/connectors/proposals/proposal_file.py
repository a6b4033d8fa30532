"""``--proposal FILE``: one YAML file that names records and certificate events of one change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trustpath.base.documents import LineIndex, load_yaml
from trustpath.base.errors import InputError
from trustpath.connectors.proposals.events import DEFAULT_LIMITS, event_schema, listed_events
from trustpath.connectors.proposals.files import read_bounded
from trustpath.facts.proposal import Submission

RECORDS: Mapping[str, str] = {
    "dns": "new versions of zones: zone files, or ZONE=FILE",
    "octodns": "a folder of octoDNS zones",
    "nsupdate": "a script for nsupdate",
    "update": "an RFC 2136 message in wire form",
    "terraform": "a Terraform plan, as `terraform show -json` prints it",
}
"""What ``records`` may name, and what that is; paths are relative to the proposal file."""


@dataclass(frozen=True, slots=True)
class ProposalFile:
    """What a file names: one input of ``records`` by its kind, and ``events``; never neither."""

    records: Mapping[str, str | list[str]] = field(default_factory=dict)
    events: Submission | None = None


def read_proposal_file(path: Path) -> ProposalFile:
    """Return what a proposal file names; raises InputError with file and line, LimitError."""
    where = str(path)
    document, lines = load_yaml(
        read_bounded(path, DEFAULT_LIMITS.octets), where, limits=DEFAULT_LIMITS
    )
    held: Mapping[Any, Any] = document if isinstance(document, dict) else {}
    for key in held:
        if key not in ("records", "events"):
            raise InputError(
                f"unknown key {str(key)[:40]!r}",
                where=_at(where, lines, key),
                hint="known are records and events",
            )
    if not held:
        raise InputError("nothing is proposed", where=where, hint="write records: and events:")
    events = None
    if "events" in held:
        listed = listed_events(held["events"], where, lines)
        events = Submission(f"certificate events {where}", events=listed)
    records = _records(held["records"], path, lines) if "records" in held else {}
    return ProposalFile(records, events)


def _records(held: Any, path: Path, lines: LineIndex) -> Mapping[str, str | list[str]]:
    at = _at(str(path), lines, "records")
    if not isinstance(held, dict) or len(held) != 1 or next(iter(held)) not in RECORDS:
        raise InputError(
            "records names one input",
            where=at,
            hint="one of " + ", ".join(RECORDS) + ", with its path",
        )
    kind, value = next(iter(held.items()))
    listed = value if isinstance(value, list) and kind == "dns" else [value]
    if not listed or not all(isinstance(item, str) and item for item in listed):
        raise InputError(f"{kind} needs a path", where=at, hint=RECORDS[kind])
    found = [_beside(path, item) for item in listed]
    return {kind: found if kind == "dns" else found[0]}


def _beside(path: Path, text: str) -> str:
    """Return a path of the file, or ``ZONE=FILE``, as seen from where the command runs."""
    zone, mark, file = text.partition("=")
    if mark and not (path.parent / text).exists():
        return f"{zone}={path.parent / file}"
    return str(path.parent / text)


def _at(where: str, lines: LineIndex, key: object) -> str:
    line = lines.line((key,)) if isinstance(key, str) else None
    return f"{where}:{line}" if line else where


def proposal_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a proposal file."""
    one = {"type": "string", "minLength": 1}
    several = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    kinds = {
        kind: {**(several if kind == "dns" else one), "description": says}
        for kind, says in RECORDS.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A proposal of Trustpath: records and certificate events of one change",
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "records": {
                "description": "One input of records; paths are relative to this file.",
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
                "properties": kinds,
            },
            "events": {"type": "array", "minItems": 1, "items": event_schema()},
        },
    }
