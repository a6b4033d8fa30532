"""Programs run without a shell, with bounds on their time and on what they say."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trustpath.base.errors import SourceError

OUTPUT_OCTETS: Final = 1 << 20
_EXCERPT: Final = 800
# After a program has ended, what it wrote may still be in the pipe; a child that it left behind
# may hold the pipe open for ever.
_LOOK_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended and what it wrote to its outputs."""

    status: int
    output: bytes = field(repr=False)
    errors: bytes = field(repr=False)

    @property
    def said(self) -> str:
        """Return the end of what it said about its failure, fit to be shown."""
        text = (self.errors.strip() or self.output.strip()).decode(errors="replace")
        if "PRIVATE KEY" in text:
            return "what it said holds a private key and is not repeated"
        return one_line(text)[-_EXCERPT:] or f"exit code {self.status}, without a word"


def one_line(text: str) -> str:
    """Return what somebody else says in one line, fit to be shown."""
    lines = " | ".join(line.strip() for line in text.splitlines() if line.strip())
    return "".join(sign if sign.isprintable() else " " for sign in lines)


def run(command: Sequence[str], *, timeout: float, folder: Path, given: bytes = b"") -> Outcome:
    """Run a command in a folder with ``given`` as its input.

    Raises SourceError where it cannot be started, does not end in time or says more than 1 MiB;
    then it is killed with its children.
    """
    with tempfile.TemporaryFile() as entry:
        entry.write(given)
        entry.seek(0)
        try:
            process = subprocess.Popen(
                list(command),
                stdin=entry,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else error
            raise SourceError(f"cannot be run: {said}", where=command[0]) from None
    with process:
        try:
            output, errors = _collect(process, timeout, command[0])
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    return Outcome(process.returncode, output, errors)


def check(command: Sequence[str], *, timeout: float, folder: Path, what: str) -> None:
    """Run a command; raises SourceError, with what it said, unless it ends with exit code 0."""
    outcome = run(command, timeout=timeout, folder=folder)
    if outcome.status != 0:
        raise SourceError(f"{what} failed: {outcome.said}", where=command[0])


def _collect(process: subprocess.Popen[bytes], timeout: float, name: str) -> tuple[bytes, bytes]:
    pipes = [pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe is not None]
    said = {pipe: bytearray() for pipe in pipes}
    ends = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        ended, ready = False, True
        while not ended or ready:
            if time.monotonic() > ends:
                raise SourceError(f"did not end within {timeout:g} seconds", where=name)
            # Asked before the pipes: what was written before the end is read after it.
            ended = process.poll() is not None
            events = selector.select(0 if ended else _LOOK_SECONDS)
            ready = bool(events)
            for event, _ in events:
                piece = os.read(event.fd, 65536)
                if not piece:
                    selector.unregister(event.fd)
                said[event.fd] += piece
                if len(said[event.fd]) > OUTPUT_OCTETS:
                    raise SourceError(f"says more than {OUTPUT_OCTETS} octets", where=name)
    output, errors = (bytes(said[pipe]) for pipe in pipes)
    return output, errors
