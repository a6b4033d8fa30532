"""``ssh-keygen -Y sign`` and ``-Y verify``: files in a private folder, arguments never in a shell.

Format of signatures: OpenSSH PROTOCOL.sshsig. The namespace keeps a signature that was made for
something else from counting here.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trustpath.base.errors import InputError, SourceError

NAMESPACE: Final = "trustpath-approval"
_OCTETS: Final = 16384
_SECONDS: Final = 120
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class SshSignatures:
    """Signs and verifies with the OpenSSH tool of that name or path."""

    tool: str = "ssh-keygen"

    def sign(self, statement: bytes, key: str) -> str:
        """Return an armored signature by a private key file, or a public one held by an agent.

        Raises SourceError where the tool does not sign.
        """
        if not Path(key).is_file():
            raise SourceError("there is no such key file", where=key)
        done = self._run(["-Y", "sign", "-q", "-n", NAMESPACE, "-f", key], statement)
        signature = done.stdout.decode("ascii", errors="replace")
        if done.returncode or not signature.startswith(_BEGIN):
            raise SourceError(f"the key does not sign: {_said(done)}", where=key)
        return signature

    def verify(self, statement: bytes, signature: str, signer: str, keys: Sequence[str]) -> None:
        """Raise InputError unless one of the public key lines made the signature in our namespace.

        The signer's name stands in a file of allowed signers that is made for this one call.
        """
        if len(signature) > _OCTETS or not signature.lstrip().startswith(_BEGIN):
            raise InputError(
                "that is no SSH signature",
                where=signer,
                hint=f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY < STATEMENT",
            )
        with tempfile.TemporaryDirectory(prefix="trustpath-") as folder:
            allowed, given = Path(folder) / "allowed", Path(folder) / "signature"
            # The principal is a fixed word: an id from a file could hold a pattern or an option.
            allowed.write_text(
                "".join(f'approver namespaces="{NAMESPACE}" {_line(key)}\n' for key in keys),
                encoding="ascii",
                errors="replace",
            )
            given.write_text(signature, encoding="ascii", errors="replace")
            files = ("-f", str(allowed), "-s", str(given))
            done = self._run(
                ["-Y", "verify", "-q", "-n", NAMESPACE, "-I", "approver", *files], statement
            )
        if done.returncode:
            raise InputError(
                f"the signature is not by a key of {signer} over this statement: {_said(done)}",
                where=signer,
                hint="sign the statement as it is now: trustpath change statement",
            )

    def _run(self, arguments: list[str], statement: bytes) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [self.tool, *arguments],
                input=statement,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceError(
                f"{self.tool} cannot be run: {error}", hint="install the OpenSSH client"
            ) from error


def _line(key: str) -> str:
    """Return kind and key of a public key line: the comment is of no use here."""
    return " ".join(key.split()[:2])


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
