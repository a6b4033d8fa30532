"""The webroot responder: a file in the folder of a site that a web server serves on port 80."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trustpath.base.errors import SourceError
from trustpath.connectors.responders.options import check_proof
from trustpath.facts.challenge import ResponderSpec
from trustpath.facts.issuing import Proof
from trustpath.facts.options import check_known, refused
from trustpath.facts.source import Context

_BELOW: Final = (".well-known", "acme-challenge")


def make(spec: ResponderSpec, _context: Context) -> Webroot:
    """Build the responder; raises EstateError on bad options: ``path``, the root of the site."""
    check_known(spec, ("path",))
    path = spec.options.get("path")
    if not isinstance(path, str) or not path or "\0" in path:
        raise refused(spec, "path", f"{path!r} is no path", "the root of the site")
    return Webroot(spec.folder.absolute() / path)


@dataclass(frozen=True, slots=True)
class Webroot:
    """Puts tokens (mode 0644) below ``.well-known/acme-challenge`` of a folder."""

    root: Path
    method: str = "http-01"

    def present(self, proof: Proof) -> None:
        """Write the file of the token in one step; raises SourceError or InputError."""
        token = check_proof(proof, self.method).token
        if not self.root.is_dir():
            raise SourceError(
                "there is no such folder", where=str(self.root), hint="path: the root of the site"
            )
        path = self.root
        try:
            for name in _BELOW:
                path = path / name
                with contextlib.suppress(FileExistsError):
                    path.mkdir()
                    # Whatever the umask is: the web server runs as another user.
                    path.chmod(0o755)
            _write(path / f".{token}.part", proof.value.encode())
            (path / f".{token}.part").replace(path / token)
        except OSError as error:
            raise SourceError(
                f"the answer cannot be written: {error.strerror}",
                where=str(path),
                hint="let whoever runs this write there",
            ) from error

    def withdraw(self, proof: Proof) -> None:
        """Remove the file of the token; nothing happens where there is none."""
        token = check_proof(proof, self.method).token
        folder = self.root.joinpath(*_BELOW)
        try:
            for name in (token, f".{token}.part"):
                (folder / name).unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            raise SourceError(
                f"the answer cannot be removed: {error.strerror}", where=str(folder / token)
            ) from error

    def close(self) -> None:
        """Do nothing: it is not us who listens."""


def _write(path: Path, octets: bytes) -> None:
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(octets)
