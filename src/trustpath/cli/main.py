"""The command tree, and errors on their way out."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

import typer
from typer._click.exceptions import ClickException

from trustpath import __version__
from trustpath.base.errors import InputError, TrustpathError, UsageError
from trustpath.cli.application import Application

_VALIDATOR = "Value error, "
"""What the library that reads values puts before its message."""
FINE, ERROR, USAGE, FINDINGS, HOLD = 0, 1, 2, 3, 4


def build(application: Application) -> typer.Typer:
    """Return the command tree over an application."""
    from trustpath.cli import (
        account,
        bundle,
        cert,
        change,
        check,
        drift,
        drill,
        exception,
        init,
        inventory,
        ledger,
        plan,
        replay,
        residual,
        rules,
        service,
        show,
    )

    tree = typer.Typer(
        name="trustpath",
        help="DNS records and TLS certificates governed as one trust path.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @tree.callback(invoke_without_command=True)
    def _root(version: bool = typer.Option(False, "--version", help="Show the version.")) -> None:
        if version:
            typer.echo(__version__)
            raise typer.Exit

    for module in (
        check,
        show,
        inventory,
        plan,
        change,
        cert,
        account,
        bundle,
        drill,
        exception,
        drift,
        residual,
        service,
        rules,
        replay,
        ledger,
        init,
    ):
        module.register(tree, application)
    return tree


def run(tree: typer.Typer) -> int:
    """Run the command line and return its exit code; errors become one message on stderr.

    A reader of stdout that went away ends the run with ERROR and without a word.
    """
    if sys.stdout is None:  # started with it closed
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    try:
        code = _code(tree)
        sys.stdout.flush()
    except OSError as error:
        _abandon_output()
        if not isinstance(error, BrokenPipeError):  # nobody reads on: no error to tell of
            print(f"trustpath: {_reason(error)}", file=sys.stderr)
        return ERROR
    return code


def _reason(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {reason}"
    if error.errno == errno.ENOSPC:
        return f"{reason} (free some, or write elsewhere)"
    return reason


def _abandon_output() -> None:
    """Lead stdout nowhere, so that what is still buffered is no second error at the end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _code(tree: typer.Typer) -> int:
    try:
        # Not standalone, which would word values that are no choice as the library does.
        ended = tree(prog_name="trustpath", standalone_mode=False)
    except ClickException as error:
        error.message = error.message.removeprefix(_VALIDATOR)
        error.show()
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("Aborted.", file=sys.stderr)
        return ERROR
    except SystemExit as end:
        ended = end.code
    except TrustpathError as error:
        print(f"trustpath: {error}", file=sys.stderr)
        return _code_of(error)
    return ended if isinstance(ended, int) else FINE


def _code_of(error: TrustpathError) -> int:
    """Return USAGE for what is wrong with the command line itself, else ERROR."""
    usage = isinstance(error, UsageError) or (
        isinstance(error, InputError) and error.where.startswith("--")
    )
    return USAGE if usage else ERROR
