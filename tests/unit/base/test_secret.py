"""Secrets by reference: read where they are, and in no text of the reference or of an error."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError
from trustpath.base.secret import Secret, Variables, is_reference
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.options import read_secret
from trustpath.facts.source import Context

VARIABLES = {"TOKEN": " s3cr3t-of-the-variable \n", "OTHER": "s3cr3t-of-another"}


def secret(reference: str, folder: Path) -> Secret:
    return Secret(reference, folder, VARIABLES)


def test_a_secret_is_read_without_the_white_space_around_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\ns3cr3t-of-the-file\n")
    assert secret("env:TOKEN", tmp_path).read() == "s3cr3t-of-the-variable"
    assert secret("file:token", tmp_path).read() == "s3cr3t-of-the-file"
    assert secret("env:NOWHERE", tmp_path).read() == ""


def test_the_environment_is_handed_on_and_not_shown() -> None:
    held = Variables(VARIABLES)
    assert dict(held) == VARIABLES
    assert held.get("NOWHERE") is None
    assert not any(text in f"{held!r} {held}" for text in ("s3cr3t", "TOKEN"))


def test_no_more_than_a_secret_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x" * 100_000)
    assert len(secret("file:token", tmp_path).read()) == 65536


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("env:A", True), ("file:a/b", True), ("hvs.s3cr3t", False), ("ENV:A", False), (7, False)],
)
def test_what_is_a_reference(value: object, wanted: bool) -> None:
    assert is_reference(value) is wanted


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("file:nowhere", "cannot read nowhere"),
        ("file:binary", "cannot read binary"),
        ("file:empty", "file:empty holds nothing"),
        ("env:NOWHERE", "env:NOWHERE holds nothing"),
    ],
)
def test_a_secret_that_is_not_there_is_told_and_no_other_is_shown(
    tmp_path: Path, reference: str, told: str
) -> None:
    (tmp_path / "binary").write_bytes(b"s3cr3t-\xff")
    (tmp_path / "empty").write_text("\n")
    spec = IssuerSpec("bao", "vault", "own", {}, tmp_path, "estate.yaml:7")
    context = Context(FixedClock(0), secrets=VARIABLES)
    wanted = Secret(reference, tmp_path, context.secrets)
    with pytest.raises(EstateError, match=f"issuer bao: token: {told}") as refusal:
        read_secret(spec, "token", wanted)
    error = refusal.value
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = "".join([*shown.format(), repr(context), repr(wanted), repr(error.__context__)])
    assert "wanted = Secret(" in text, "local variables are not shown: this proves nothing"
    # VARIABLES is a name of this module, not a local variable.
    assert "s3cr3t" not in text
    assert error.where == "estate.yaml:7"
    assert error.hint
