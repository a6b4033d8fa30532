"""Signatures by SSH keys: OpenSSH makes and checks them, and only what fits counts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from peers import require
from trustpath.base.errors import InputError, SourceError
from trustpath.connectors.ssh_signature import NAMESPACE, SshSignatures

STATEMENT = b'{"change":"C1"}'


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "key")


def make_key(path: Path) -> Path:
    """Make a key pair without passphrase and return the private key's path."""
    tool = require("ssh-keygen")
    command = [tool, "-q", "-t", "ed25519", "-N", "", "-C", "cem@example.com", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def public(key: Path) -> str:
    return Path(f"{key}.pub").read_text(encoding="ascii").strip()


def test_a_signature_by_one_of_the_keys_counts(key: Path, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    signature = SshSignatures().sign(STATEMENT, str(key))
    SshSignatures().verify(STATEMENT, signature, "cem", [public(other), public(key)])


@pytest.mark.parametrize("wrong", ["statement", "key", "namespace", "text", "cut", "none"])
def test_anything_else_is_refused(key: Path, tmp_path: Path, wrong: str) -> None:
    signature = SshSignatures().sign(STATEMENT, str(key))
    statement, keys = STATEMENT, [public(key)]
    if wrong == "statement":
        statement = STATEMENT.replace(b"C1", b"C2")
    elif wrong == "key":
        keys = [public(make_key(tmp_path / "other"))]
    elif wrong == "namespace":
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(key)]
        done = subprocess.run(command, input=STATEMENT, capture_output=True, check=True)
        signature = done.stdout.decode()
    elif wrong == "text":
        signature = "approved, cem"
    elif wrong == "cut":
        signature = signature[: len(signature) // 2]
    else:
        keys = []
    with pytest.raises(InputError) as caught:
        SshSignatures().verify(statement, signature, "cem", keys)
    assert caught.value.hint


def test_a_key_line_cannot_smuggle_another_signer_in(key: Path, tmp_path: Path) -> None:
    """A comment with a line break and a key of its own stays a comment."""
    other = make_key(tmp_path / "other")
    signature = SshSignatures().sign(STATEMENT, str(other))
    line = f'{public(key)}\napprover namespaces="{NAMESPACE}" {public(other)}'
    with pytest.raises(InputError):
        SshSignatures().verify(STATEMENT, signature, "cem", [line])


def test_a_missing_key_file_and_a_missing_tool_are_named(key: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such key file"):
        SshSignatures().sign(STATEMENT, str(tmp_path / "none"))
    with pytest.raises(SourceError, match="cannot be run"):
        SshSignatures(str(tmp_path / "no-tool")).sign(STATEMENT, str(key))
