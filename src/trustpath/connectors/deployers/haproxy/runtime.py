"""The runtime API of HAProxy over its UNIX socket, as far as certificates need it.

One command a connection, which HAProxy closes after the answer. See "9.3 Unix Socket commands" of
its management guide: ``set``, ``commit``, ``abort`` and ``show ssl cert``.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trustpath.base.errors import SourceError
from trustpath.connectors.deployers.content import Content
from trustpath.connectors.deployers.program import one_line

_ANSWER_OCTETS: Final = 65536
_EXCERPT: Final = 400
_TOO_LARGE: Final = "it hangs up on a key and chain of more octets than its tune.bufsize, 16384"
_FINGERPRINT: Final = re.compile(r"^SHA1 FingerPrint: ([0-9A-F]{40})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The socket of one HAProxy and how many seconds one answer may take."""

    path: Path
    timeout: float

    def exchange(self, name: str, content: Content) -> None:
        """Replace the certificate and key that HAProxy knows by a name; raises SourceError.

        A transaction of somebody else is left alone.
        """
        answer = self._ask(f"set ssl cert {name} <<", content)
        if "Transaction created" not in answer and "Transaction updated" not in answer:
            unknown = f"name it as `show ssl cert` lists it; {name} must be in the configuration"
            # It hangs up without a word on what is too long, if it does not break the pipe.
            raise self._refused(answer, unknown if answer.strip() else _TOO_LARGE)
        answer = self._ask(f"commit ssl cert {name}")
        if "Success" not in answer:
            self._ask(f"abort ssl cert {name}")
            raise self._refused(answer)

    def fingerprint(self, name: str) -> str:
        """Return the SHA-1 of the leaf that is in use, in hex; raises SourceError."""
        answer = self._ask(f"show ssl cert {name}")
        found = _FINGERPRINT.search(answer)
        if found is None:
            raise self._refused(answer, "name it as `show ssl cert` lists it")
        return found[1].lower()

    def _refused(self, answer: str, hint: str = "") -> SourceError:
        message = f"HAProxy refused: {one_line(answer)[:_EXCERPT] or 'without a word'}"
        return SourceError(message, where=str(self.path), hint=hint)

    def _ask(self, command: str, content: Content | None = None) -> str:
        ends = time.monotonic() + self.timeout
        answer = b""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(self.timeout)
                connection.connect(str(self.path))
                connection.sendall(command.encode() + b"\n")
                if content is not None:
                    # An empty line ends what is handed over.
                    connection.sendall(content.octets)
                    connection.sendall(b"\n")
                while piece := connection.recv(4096):
                    answer += piece
                    connection.settimeout(max(ends - time.monotonic(), 0.001))
                    if len(answer) > _ANSWER_OCTETS:
                        raise SourceError("HAProxy says too much", where=str(self.path))
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else None
            cut = isinstance(error, BrokenPipeError | ConnectionResetError)
            raise SourceError(
                f"HAProxy cannot be asked: {said or error}",
                where=str(self.path),
                hint=_TOO_LARGE if cut else "stats socket PATH level admin, in its section global",
            ) from None
        return answer.decode(errors="replace")
