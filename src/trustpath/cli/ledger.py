"""``trustpath ledger``: verify the evidence log, export it, sign its head, show its entries."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.base.files import open_regular
from trustpath.cli.application import Application
from trustpath.cli.given import read_given
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.ledger.verify import Held, Key, Verified

FINDINGS = 3
KeyOption = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key (name+id+base64) whose signatures count; repeatable."),
]
CheckpointOption = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", help="A checkpoint somebody kept, to hold against; repeatable."),
]
ExportOption = Annotated[
    Path | None, typer.Option("--export", help="Verify this file instead of the store.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")]
EntryOption = Annotated[
    int | None, typer.Option("--entry", help="Only the proof of this entry, by its place.")
]
NewKeyOption = Annotated[
    Path | None, typer.Option("--new-key", help="Make a private key in this file, and stop.")
]
SubjectOption = Annotated[str | None, typer.Option(help="Only entries about this.")]
KindOption = Annotated[str | None, typer.Option(help="Only entries of this kind or below it.")]
LastOption = Annotated[int | None, typer.Option(min=1, help="Only the last so many.")]


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="ledger", help="The evidence log: verify, export, sign, show.")
    for add in (_add_verify, _add_export, _add_checkpoint, _add_show):
        add(group, application)


def _add_verify(group: typer.Typer, application: Application) -> None:
    @group.command("verify")
    def verify_ledger(
        estate: EstateOption = DEFAULT_ESTATE,
        export: ExportOption = None,
        key: KeyOption = None,
        checkpoint: CheckpointOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Verify the log, or an export of it; exit 3 names the first thing that does not match."""
        from trustpath.workflow import ledger

        keys = ledger.known_keys(key or ())
        held = [(str(path), _read(path, "--checkpoint")) for path in checkpoint or ()]
        with _naming_what_differs("trustpath/ledger-verify/1", format):
            if export is not None:
                found = _verify_file(export, keys, held)
            else:
                found = ledger.verify(application.ledger(estate, keys), held)
        _show_verified(found, format)


def _add_export(group: typer.Typer, application: Application) -> None:
    @group.command("export")
    def export_ledger(
        estate: EstateOption = DEFAULT_ESTATE,
        output: OutputOption = None,
        entry: EntryOption = None,
        key: KeyOption = None,
    ) -> None:
        """Write the log up to its newest checkpoint, or the proof of one entry."""
        from trustpath.workflow import ledger

        session = application.ledger(estate, ledger.known_keys(key or ()))
        lines = (
            ledger.export(session)
            if entry is None
            else iter([ledger.prove(session, entry) + b"\n"])
        )
        with _naming_what_differs("trustpath/ledger-export/1", Format.TABLE):
            _write_lines(lines, output)


def _add_checkpoint(group: typer.Typer, application: Application) -> None:
    @group.command("checkpoint")
    def sign_checkpoint(
        estate: EstateOption = DEFAULT_ESTATE,
        new_key: NewKeyOption = None,
        key: KeyOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Sign the head of the log and publish it; exit 3 where it does not extend the last one."""
        from trustpath.workflow import ledger

        if new_key is not None:
            typer.echo(application.ledger_key(estate, new_key))
            return
        session = application.ledger(estate, ledger.known_keys(key or ()))
        with _naming_what_differs("trustpath/ledger-checkpoint/1", format):
            signed = ledger.checkpoint(session)
        document = {
            "schema": "trustpath/ledger-checkpoint/1",
            "size": signed.head.size,
            "root": signed.head.root.hex(),
            "note": signed.note,
            "vkey": signed.vkey,
            "published": list(signed.published),
            "failed": [{"to": error.where, "message": error.message} for error in signed.failed],
        }
        if _as_json(format):
            _write(document)
        else:
            typer.echo(signed.note, nl=False)
        for error in signed.failed:
            typer.echo(f"trustpath: not published: {error}", err=True)
        if signed.failed:
            raise typer.Exit(1)


def _add_show(group: typer.Typer, application: Application) -> None:
    @group.command("show")
    def show_entries(
        estate: EstateOption = DEFAULT_ESTATE,
        subject: SubjectOption = None,
        kind: KindOption = None,
        last: LastOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Show the entries of the log."""
        from trustpath.cli.formats import counted, show_rows
        from trustpath.workflow import ledger

        session = application.ledger(estate, ())
        with _naming_what_differs("trustpath/ledger/1", format):
            found = ledger.entries(session, subject=subject, kind=kind, last=last)
        rows = [
            {
                "index": index,
                "at": format_instant(entry.at),
                "kind": entry.kind,
                "subject": entry.subject,
                "actor": entry.actor,
                "body": entry.body
                if format is Format.JSON
                else json.dumps(entry.body, ensure_ascii=False, sort_keys=True),
            }
            for index, entry in found
        ]
        columns = ("index", "at", "kind", "subject", "actor", "body")
        show_rows(
            "trustpath/ledger/1", counted(len(rows), "entry", "entries"), columns, rows, format
        )


def _write_lines(lines: Iterator[bytes], output: Path | None) -> None:
    """Write to standard output, or to a file that is whole or not there."""
    first = next(lines)
    if output is None:
        sys.stdout.buffer.write(first)
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") as file:
            file.write(first)
            file.writelines(lines)
        part.replace(output)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}", where="--output") from error
    finally:
        part.unlink(missing_ok=True)


def _verify_file(path: Path, keys: tuple[Key, ...], held: list[Held]) -> Verified:
    """Verify an export or a proof bundle; raises Mismatch."""
    from trustpath.ledger.export import PROOF_SCHEMA, check_proof
    from trustpath.ledger.verify import Verified, check_export

    if not keys:
        raise InputError(
            "an export is verified with the public key that you have, not with its own",
            where="--key",
            hint="add --key NAME+ID+BASE64",
        )
    try:
        with open_regular(path) as file:
            first = file.readline()
            file.seek(0)
            if PROOF_SCHEMA.encode() not in first or b'"inclusion"' not in first:
                return check_export(file, keys, held)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", where="--export") from error
    if held:
        raise InputError(
            "the proof of one entry says nothing about other checkpoints",
            where="--checkpoint",
            hint="export the whole log",
        )
    head, _ = check_proof(first, keys)
    return Verified(head.origin, head.size, head.root, (head.size,), ())


def _read(path: Path, option: str) -> bytes:
    return read_given(path, option)


def _as_json(how: Format) -> bool:
    if how not in (Format.TABLE, Format.JSON):
        raise InputError("use table or json", where="--format")
    return how is Format.JSON


def _write(document: dict[str, Any]) -> None:
    from trustpath.cli.formats.rows import write_json

    write_json(document)


def _show_verified(found: Verified, how: Format) -> None:
    signed = max(found.checkpoints, default=0)
    document = {
        "schema": "trustpath/ledger-verify/1",
        "ok": True,
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "checkpoints": list(found.checkpoints),
        "held": list(found.held),
        "unsigned": found.size - signed,
        "mismatch": None,
    }
    if _as_json(how):
        _write(document)
        return
    name = found.origin or "the ledger"
    typer.echo(f"{name}: {found.size} entries match, root {found.root.hex()}")
    typer.echo(
        f"matching checkpoints: {len(found.checkpoints)} of the log, "
        f"{len(found.held)} held elsewhere"
    )
    if found.size > signed:
        typer.echo(
            f"{found.size - signed} entries since the newest checkpoint are not signed: "
            "run trustpath ledger checkpoint"
        )


@contextmanager
def _naming_what_differs(schema: str, how: Format) -> Iterator[None]:
    """Show the first thing that does not match, and leave with the code of findings."""
    from trustpath.ledger.verify import Mismatch

    try:
        yield
    except Mismatch as mismatch:
        if how is Format.JSON:
            differs = {"where": mismatch.where, "message": mismatch.message}
            _write({"schema": schema, "ok": False, "mismatch": differs})
        else:
            typer.echo(f"does not match: {mismatch}", err=True)
        raise typer.Exit(FINDINGS) from mismatch
