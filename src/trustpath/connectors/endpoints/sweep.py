"""Many connections at once from one thread: bounded in number, time and octets each.

The loop owns sockets and deadlines and nothing else; what is said over a connection is in
``starttls`` and ``handshake``. Every (target, server name) that goes in comes out as exactly one
Observation, whatever the peer does.
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress

from OpenSSL import SSL

from trustpath.connectors.endpoints.handshake import Client, Handshake
from trustpath.connectors.endpoints.observation import (
    FAILED,
    REFUSED,
    SERVED,
    TIMEOUT,
    UNREACHABLE,
    Observation,
    ProbeError,
    Session,
)
from trustpath.connectors.endpoints.options import Target
from trustpath.connectors.endpoints.starttls import DIALOGUES, Dialogue

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_CHUNK = 65536
_IN_PROGRESS = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR}
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
# One slow target with many names must leave most places to the others.
_PER_TARGET_SHARE = 4
_MAX_STALLS = 3


class _Job:
    """A target, the names still to send to it and the connections open to it."""

    __slots__ = ("names", "open", "stalls", "target")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.names = deque(target.names)
        self.open = 0
        self.stalls = 0


class _Link:
    """One connection. ``stage`` says in words what the deadline would interrupt."""

    __slots__ = ("deadline", "dialogue", "job", "name", "out", "sock", "stage", "tls", "wants")

    def __init__(self, job: _Job, name: str, sock: socket.socket, deadline: float) -> None:
        self.job = job
        self.name = name
        self.sock = sock
        self.deadline = deadline
        self.stage = "connecting"
        self.dialogue: Dialogue | None = None
        self.tls: Handshake | None = None
        self.out = b""
        self.wants = 0


class Sweep:
    """One run over targets. ``monotonic`` gives seconds that never go back."""

    def __init__(
        self,
        targets: Iterable[Target],
        *,
        timeout: float,
        concurrency: int,
        monotonic: Callable[[], float],
    ) -> None:
        self._waiting = iter(targets)
        self._timeout = timeout
        self._limit = concurrency
        self._per_target = max(1, concurrency // _PER_TARGET_SHARE)
        self._monotonic = monotonic
        self._suspended = 0.0
        self._client = Client()
        self._ready: deque[_Job] = deque()
        # Insertion order is deadline order, because every connection gets the same time.
        self._links: dict[_Link, None] = {}
        self._done: deque[Observation] = deque()

    def run(self) -> Generator[Observation, None, None]:
        """Yield one Observation for each (target, server name), as they become known."""
        with selectors.DefaultSelector() as selector:
            self._selector = selector
            try:
                while True:
                    self._open_more()
                    yield from self._drain()
                    if self._links:
                        self._turn()
                    elif not self._ready:
                        return
            finally:
                for link in list(self._links):
                    self._close(link)

    def _drain(self) -> Iterator[Observation]:
        while self._done:
            handed_over = self._monotonic()
            yield self._done.popleft()
            # What the caller takes for itself must not count against the peers.
            self._suspended += self._monotonic() - handed_over

    def _now(self) -> float:
        return self._monotonic() - self._suspended

    def _open_more(self) -> None:
        while len(self._links) < self._limit:
            job = self._next_job()
            if job is None or not self._open(job):
                return

    def _next_job(self) -> _Job | None:
        if self._ready:
            return self._ready.popleft()
        for target in self._waiting:
            return _Job(target)
        return None

    def _open(self, job: _Job) -> bool:
        """Open one connection of a job; False when this process has no more sockets for now."""
        family = socket.AF_INET6 if ":" in job.target.address else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            if error.errno in _EXHAUSTED and self._links:
                self._ready.appendleft(job)
                return False
            self._fail_job(job, _connect_error(error))
            return True
        link = _Link(job, job.names.popleft(), sock, self._now() + self._timeout)
        job.open += 1
        self._links[link] = None
        if job.names and job.open < self._per_target:
            self._ready.append(job)
        code = sock.connect_ex((job.target.address, job.target.port))
        if code == 0:
            self._guarded(link, self._connected)
        elif code in _IN_PROGRESS:
            self._want(link, _WRITE)
        else:
            self._end_unconnected(link, OSError(code, ""))
        return True

    def _turn(self) -> None:
        first = next(iter(self._links))
        pause = max(0.0, first.deadline - self._now())
        for key, events in self._selector.select(pause):
            link: _Link = key.data
            if link not in self._links:
                continue
            if link.stage == "connecting":
                code = link.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code:
                    self._end_unconnected(link, OSError(code, ""))
                else:
                    self._guarded(link, self._connected)
            elif events & _READ:
                self._guarded(link, self._readable)
            else:
                self._guarded(link, self._flush)
        self._expire()

    def _expire(self) -> None:
        now = self._now()
        while self._links:
            link = next(iter(self._links))
            if link.deadline > now:
                return
            error = ProbeError(TIMEOUT, f"no end of {link.stage} within {self._timeout:g} s")
            if link.stage == "connecting":
                self._fail_job(link.job, error)
            self._end(link, error)
            if link.job.stalls >= _MAX_STALLS:
                given_up = f"not tried: {link.job.stalls} connections in a row had {error.reason}"
                self._fail_job(link.job, ProbeError(TIMEOUT, given_up), tried=False)

    def _guarded(self, link: _Link, step: Callable[[_Link], None]) -> None:
        try:
            step(link)
        except ProbeError as error:
            self._end(link, error)
        except OSError as error:
            self._end(link, _lost(link, error))
        except (SSL.Error, ValueError) as error:
            self._end(link, ProbeError(FAILED, f"{link.stage}: {error}"))

    def _connected(self, link: _Link) -> None:
        begin = DIALOGUES.get(link.job.target.protocol)
        if begin is None:
            self._start_tls(link)
            return
        link.stage = f"{link.job.target.protocol} before TLS"
        link.dialogue = begin(link.sock.getsockname()[0])
        self._say(link, next(link.dialogue))

    def _start_tls(self, link: _Link) -> None:
        link.stage = "handshake"
        link.dialogue = None
        link.tls = self._client.handshake(link.name)
        self._say(link, link.tls.start())

    def _readable(self, link: _Link) -> None:
        data = link.sock.recv(_CHUNK)
        if not data:
            raise ProbeError(FAILED, f"the server closed the connection during {link.stage}")
        if link.dialogue is not None:
            try:
                self._say(link, link.dialogue.send(data))
            except StopIteration:
                self._start_tls(link)
        elif link.tls is not None:
            self._say(link, link.tls.feed(data))
            if link.tls.done:
                session = link.tls.session()
                with suppress(OSError):
                    self._say(link, link.tls.closing())
                self._end(link, None, session)

    def _say(self, link: _Link, data: bytes) -> None:
        link.out += data
        self._flush(link)

    def _flush(self, link: _Link) -> None:
        if link.out:
            try:
                sent = link.sock.send(link.out)
            except BlockingIOError:
                sent = 0
            link.out = link.out[sent:]
        self._want(link, _READ | _WRITE if link.out else _READ)

    def _want(self, link: _Link, events: int) -> None:
        if not link.wants:
            self._selector.register(link.sock, events, link)
        elif link.wants != events:
            self._selector.modify(link.sock, events, link)
        link.wants = events

    def _end_unconnected(self, link: _Link, error: OSError) -> None:
        reason = _connect_error(error)
        self._fail_job(link.job, reason)
        self._end(link, reason)

    def _fail_job(self, job: _Job, error: ProbeError, *, tried: bool = True) -> None:
        """Give the names still to come the outcome of the address.

        That is knowledge (``tried``) before anything is said, because no name is sent with a
        connection request; afterwards it is a guess.
        """
        for name in job.names:
            self._done.append(
                Observation(job.target, name, error.outcome, error.reason, tried=tried)
            )
        job.names.clear()
        if job in self._ready:
            self._ready.remove(job)

    def _end(self, link: _Link, error: ProbeError | None, session: Session | None = None) -> None:
        outcome, reason = SERVED, None
        if error is not None:
            outcome, reason = error.outcome, error.reason
            session = link.tls.partial_session() if link.tls is not None else None
            if session is not None and session.authenticated:
                outcome = SERVED
                reason = f"the server wants more than a chain: {error.reason}"
        self._done.append(Observation(link.job.target, link.name, outcome, reason, session))
        self._close(link)
        job = link.job
        job.open -= 1
        job.stalls = job.stalls + 1 if outcome == TIMEOUT else 0
        if job.names and job not in self._ready:
            self._ready.append(job)

    def _close(self, link: _Link) -> None:
        self._links.pop(link, None)
        if link.wants:
            self._selector.unregister(link.sock)
            link.wants = 0
        link.sock.close()


def _connect_error(error: OSError) -> ProbeError:
    text = errno.errorcode.get(error.errno or 0, str(error))
    if error.errno == errno.ECONNREFUSED:
        return ProbeError(REFUSED, "the address refuses connections at this port")
    if error.errno == errno.ETIMEDOUT:
        return ProbeError(TIMEOUT, "no answer to the connection request")
    if error.errno in _EXHAUSTED:
        return ProbeError(FAILED, f"this machine has no socket left ({text})")
    return ProbeError(UNREACHABLE, f"the address cannot be reached ({text})")


def _lost(link: _Link, error: OSError) -> ProbeError:
    text = errno.errorcode.get(error.errno or 0, str(error))
    return ProbeError(FAILED, f"the connection was lost during {link.stage} ({text})")
