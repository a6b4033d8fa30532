"""One question to the resolvers that a ``resolve`` source names, outside of its collection."""

from __future__ import annotations

import asyncio
from typing import Final

from trustpath.connectors.resolve.client import Client
from trustpath.connectors.resolve.message import Reply
from trustpath.connectors.resolve.options import Server, read_options
from trustpath.facts.edits import record_set
from trustpath.facts.source import SourceSpec
from trustpath.facts.writer import ServerView

_TOLD: Final = frozenset(("noerror", "nodata", "nxdomain"))
_STALE: Final = frozenset((3, 19))
"""Extended errors of answers that are older than their TTL (RFC 8914 4.4, 4.20)."""


def resolved(spec: SourceSpec, name: str, rdtype: str) -> tuple[ServerView, ...]:
    """Return what each recursive server says of a name, under the name that its aliases lead to.

    Raises EstateError on bad options.
    """
    options = read_options(spec)
    servers = [server for server in options.servers if server.kind == "recursive"]

    async def ask() -> list[Reply]:
        return await asyncio.gather(
            *(Client(server, options).ask(name, rdtype) for server in servers)
        )

    replies = asyncio.run(ask()) if servers else []
    return tuple(_view(*pair, rdtype) for pair in zip(servers, replies, strict=True))


def _view(server: Server, reply: Reply, rdtype: str) -> ServerView:
    if reply.outcome not in _TOLD or reply.ede in _STALE:
        why = reply.reason or reply.ede_text or reply.outcome
        return ServerView(server.vantage, None, {}, f"no usable answer: {why}")
    rdatas = tuple(row.rdata for row in reply.rdatas)
    held = record_set(reply.ttl, rdatas) if rdatas else None
    return ServerView(server.vantage, None, {(reply.final, rdtype): held})
