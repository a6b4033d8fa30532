"""Running a folder of vectors and saying how each case came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import typer

from trustpath.base.errors import InputError
from trustpath.cli.given import read_given
from trustpath.rules.catalogue import Catalogue
from trustpath.workflow.vectors import Mismatch, VectorFile, read_vectors
from trustpath.workflow.vectors.run import Bench, run_all


def run_folder(folder: Path, catalogue: Catalogue, make: Callable[[], Bench]) -> bool:
    """Run every vector file below a folder, print the outcome, return whether all agree.

    Raises InputError when the folder holds none: a test that ran nothing has not passed.
    """
    files = list(_files(folder))
    if not files:
        raise InputError("no vector files (*.yaml) here", where=str(folder))
    ran = failed = 0
    for case, mismatch in run_all(iter(files), catalogue.rules, make):
        ran += 1
        if mismatch is not None:
            failed += 1
            typer.echo(f"{case.where}: {_difference(mismatch)}")
    typer.echo(f"{ran - failed} passed, {failed} failed")
    return failed == 0


def _files(folder: Path) -> Iterator[VectorFile]:
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder))
    for path in sorted(folder.rglob("*.yaml")):
        yield read_vectors(read_given(path), str(path))


def _difference(mismatch: Mismatch) -> str:
    expected, actual = mismatch.expected, mismatch.actual
    return "; ".join(
        f"{subject}: expected {expected.get(subject, 'no row')}, is {actual.get(subject, 'no row')}"
        for subject in sorted({*expected, *actual})
        if expected.get(subject) != actual.get(subject)
    )
