"""A file that holds the newest checkpoint: whoever reads it sees one whole checkpoint, always."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from trustpath.base.errors import SourceError
from trustpath.ledger.verify import NOTE_OCTETS


class FilePublisher:
    """Replaces one file; every method raises SourceError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def target(self) -> str:
        """Return the path."""
        return str(self._path)

    def publish(self, note: str) -> None:
        """Replace the file in one step; it is on disk when this returns."""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                    file.write(note)
                    file.flush()
                    os.fchmod(file.fileno(), 0o644)
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            self._sync_folder()
        except OSError as error:
            raise self._failure(error) from error

    def held(self) -> bytes | None:
        """Return the checkpoint that is there; None where there is no file."""
        try:
            with self._path.open("rb") as file:
                return file.read(NOTE_OCTETS + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure(error) from error

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _failure(self, error: OSError) -> SourceError:
        return SourceError(
            error.strerror or str(error),
            where=self.target,
            hint="the file under ledger.publish must be in a folder that can be written",
        )
