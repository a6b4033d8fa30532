"""A TCP listener for a few short connections from anywhere: bounded in number, time and size."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final

from trustpath.base.errors import SourceError

CONNECTION_SECONDS: Final = 10.0
_CONNECTIONS: Final = 64
_LOOK_SECONDS: Final = 0.2


class Listener:
    """Calls ``answer(connection)`` in a thread for each connection, from ``open`` to ``close``.

    Of more than 64 connections the oldest is cut off: whoever connects and says nothing keeps
    nobody out.
    """

    def __init__(self, address: str, port: int, answer: Callable[[socket.socket], None]) -> None:
        self._address = (address, port)
        self._answer = answer
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._open: dict[socket.socket, None] = {}

    def open(self) -> None:
        """Listen, unless this does already; raises SourceError."""
        with self._lock:
            if self._socket is not None:
                return
            self._socket = self._listening()
            self._acceptor = threading.Thread(
                target=self._accept, args=(self._socket,), daemon=True, name="responder"
            )
            self._acceptor.start()

    def close(self) -> None:
        """Stop listening and cut off who is connected."""
        with self._lock:
            listening, acceptor = self._socket, self._acceptor
            self._socket = self._acceptor = None
            for connection in self._open:
                _cut(connection)
        if listening is not None and acceptor is not None:
            acceptor.join()
            listening.close()

    def _listening(self) -> socket.socket:
        address, port = self._address
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.socket(family)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(self._address)
            listening.listen(_CONNECTIONS)
            listening.settimeout(_LOOK_SECONDS)
        except OSError as error:
            listening.close()
            raise SourceError(
                f"cannot listen: {error.strerror}",
                where=f"{address} port {port}",
                hint="stop what listens there, or answer through it: responder kind webroot",
            ) from error
        return listening

    def _accept(self, listening: socket.socket) -> None:
        while self._socket is listening:
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            except OSError:
                # The client is gone again, or there are no more file handles for a moment.
                threading.Event().wait(_LOOK_SECONDS)
                continue
            connection.settimeout(CONNECTION_SECONDS)
            with self._lock:
                if len(self._open) >= _CONNECTIONS:
                    _cut(next(iter(self._open)))
                self._open[connection] = None
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                self._answer(connection)
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
