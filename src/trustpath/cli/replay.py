"""``trustpath replay``: play incidents and their twins, and say what was caught."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.base.clock import DAY, HOUR, MINUTE
from trustpath.base.errors import InputError
from trustpath.cli.application import Application
from trustpath.cli.given import read_given
from trustpath.cli.options import Format, FormatOption, RulesOption

if TYPE_CHECKING:
    from trustpath.workflow.replay import Incident

_COLUMNS = ("incident", "outcome", "first_rule", "when", "lead", "sooner", "gate", "false_alarms")


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def replay(
        paths: Annotated[
            list[Path], typer.Argument(metavar="PATHS", help="Incident files, or folders of them.")
        ],
        format: FormatOption = Format.TABLE,  # noqa: A002
        rules: RulesOption = None,
    ) -> None:
        """Play incidents and their twins; exit code 3 when one is missed or a twin alarms."""
        from trustpath.workflow.replay import document
        from trustpath.workflow.replay import replay as play

        if format not in (Format.TABLE, Format.JSON):
            raise InputError("a replay is a table or JSON", where="--format")
        catalogue = application.catalogue(rules or ())
        gate = application.replay_gate(catalogue)
        outcomes = [
            play(incident, catalogue.rules, application.bench, gate)
            for incident in read_incidents(paths)
        ]
        _show(document(outcomes), format)
        if any(outcome.failed for outcome in outcomes):
            raise typer.Exit(3)


def read_incidents(paths: Sequence[Path]) -> list[Incident]:
    """Read incident files; raises InputError where there are none or an id comes twice."""
    from trustpath.workflow.replay import read_incident

    found = {}
    for path in _files(paths):
        incident = read_incident(read_given(path), str(path))
        if incident.id in found:
            raise InputError(f"the incident {incident.id!r} is there already", where=str(path))
        found[incident.id] = incident
    return [found[key] for key in sorted(found)]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
            continue
        files = sorted(path.rglob("*.yaml"))
        if not files:
            raise InputError("no incident files (*.yaml) here", where=str(path))
        yield from files


def _show(found: dict[str, Any], how: Format) -> None:
    from trustpath.cli.formats import show_rows
    from trustpath.cli.formats.rows import write_json

    if how is Format.JSON:
        write_json(found)
        return
    summary, incidents = found["summary"], found["incidents"]
    title = ", ".join(f"{summary[key]} {key.replace('_', ' ')}" for key in _TITLE)
    show_rows(found["schema"], title, _COLUMNS, [_row(one) for one in incidents], how)
    for one in incidents:
        for text in (*one["problems"], *one["twin"]["false_alarms"]):
            typer.echo(f"{one['id']}: {text}")
        if one["reason"]:
            typer.echo(f"{one['id']} is not yet covered: {' '.join(one['reason'].split())}")
    silent = summary["changes"] - summary["bypassed"] - summary["asked"]
    if silent:
        typer.echo(f"{silent} changes had no gate to be put to.")


_TITLE = ("caught", "missed", "not yet covered", "false_alarms")


def _row(one: dict[str, Any]) -> dict[str, object]:
    first = one["first"] or {}
    asked = ["bypassed" if answer["bypass"] else answer["verdict"] or "-" for answer in one["gate"]]
    covered = one["reason"] is None
    return {
        "incident": f"{one['id']} {one['title']}",
        "outcome": one["outcome"],
        "first_rule": f"{first['rule']} {first['status']}" if first else "",
        "when": first.get("at", ""),
        "lead": _duration(one["lead_seconds"]),
        "sooner": _duration(one["sooner_seconds"]),
        "gate": " ".join(asked),
        "false_alarms": len(one["twin"]["false_alarms"]) if covered else "",
    }


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return ""
    rest, text = abs(seconds), ""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if rest >= size:
            text += f"{rest // size}{unit}"
            rest %= size
    return ("-" if seconds < 0 else "") + (text or f"{rest}s")
