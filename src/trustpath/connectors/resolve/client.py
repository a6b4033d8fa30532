"""Asking one DNS server many questions: UDP first, TCP where an answer was cut.

Every attempt has its own connected socket, so that the system picks the source port at random
(RFC 5452 9.2) and drops what comes from elsewhere; ID and question are checked on top.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from typing import Final

import dns.flags
import dns.message
import dns.rcode

from trustpath.connectors.resolve.message import (
    MalformedAnswer,
    Reply,
    WrongAnswer,
    build,
    interpret,
    parse,
)
from trustpath.connectors.resolve.options import Options, Server

_MAX_MESSAGE: Final = 65535
_NO_EDNS: Final = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP})

Question = tuple[str, str]


class Pace:
    """Keeps attempts to a rate; those of one second may go out at once."""

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next attempt may go out."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + self._step, now - 1.0)
        if self._next > now:
            await asyncio.sleep(self._next - now)


class Client:
    """Asks one server; ``ask_all`` never raises for what the server does."""

    def __init__(self, server: Server, options: Options) -> None:
        self._server = server
        self._options = options
        self._recursive = server.kind == "recursive"
        self._pace = Pace(options.rate)
        # Consecutive questions without any answer; a silent server is not asked for hours.
        self._silent = 0
        self._patience = max(16, options.concurrency)

    async def ask_all(self, questions: Sequence[Question]) -> dict[Question, Reply]:
        """Return the replies; questions that a silent server was spared are missing."""
        replies: dict[Question, Reply] = {}
        waiting = iter(questions)
        workers = min(self._options.concurrency, len(questions))
        await asyncio.gather(*(self._work(waiting, replies) for _ in range(workers)))
        return replies

    async def _work(self, waiting: Iterator[Question], replies: dict[Question, Reply]) -> None:
        for question in waiting:
            if self._silent >= self._patience:
                return
            reply = await self.ask(*question)
            self._silent = self._silent + 1 if reply.outcome == "timeout" else 0
            replies[question] = reply

    async def ask(self, name: str, rdtype: str) -> Reply:
        """Return the reply to one question after as many tries as it takes."""
        outcome, reason = "timeout", ""
        edns = True
        for _ in range(self._options.tries):
            try:
                message = await self._attempt(name, rdtype, edns=edns)
                if edns and message.rcode() in _NO_EDNS and message.edns < 0:
                    # A server from before EDNS; ask as it understands (RFC 6891 7).
                    edns = False
                    message = await self._attempt(name, rdtype, edns=False)
                return interpret(message, name, rdtype, recursive=self._recursive)
            except MalformedAnswer as error:
                outcome, reason = "malformed", str(error)
            except TimeoutError:
                reason = reason or f"no answer within {self._options.timeout:g} s"
            except OSError as error:
                reason = reason or (error.strerror or type(error).__name__)
                # Refused at once: give a server that is starting the time of one attempt.
                await asyncio.sleep(self._options.timeout / 4)
        return Reply(outcome, name, reason=reason)

    async def _attempt(self, name: str, rdtype: str, *, edns: bool) -> dns.message.Message:
        query = build(
            name,
            rdtype,
            secrets.randbelow(65536),
            recursive=self._recursive,
            dnssec=self._options.dnssec,
            edns=edns,
        )
        await self._pace.turn()
        async with asyncio.timeout(self._options.timeout):
            message = await self._over_udp(query)
        if message.flags & dns.flags.TC:
            async with asyncio.timeout(self._options.timeout):
                message = await self._over_tcp(query)
        return message

    async def _over_udp(self, query: dns.message.Message) -> dns.message.Message:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self._server.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect((self._server.address, self._server.port))
            await loop.sock_sendall(sock, query.to_wire())
            while True:
                wire = await loop.sock_recv(sock, _MAX_MESSAGE)
                with contextlib.suppress(WrongAnswer):
                    return parse(wire, query)

    async def _over_tcp(self, query: dns.message.Message) -> dns.message.Message:
        try:
            reader, writer = await asyncio.open_connection(self._server.address, self._server.port)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise OSError(error.errno, f"the answer was cut, and over TCP: {reason}") from error
        try:
            wire = query.to_wire()
            writer.write(len(wire).to_bytes(2, "big") + wire)
            await writer.drain()
            size = int.from_bytes(await reader.readexactly(2), "big")
            message = parse(await reader.readexactly(size), query)
            if message.flags & dns.flags.TC:
                raise MalformedAnswer("truncated over TCP as well")
            return message
        except (WrongAnswer, asyncio.IncompleteReadError) as error:
            raise MalformedAnswer(f"over TCP: {error}") from error
        finally:
            writer.close()
