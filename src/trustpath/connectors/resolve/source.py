"""The ``resolve`` source: what named servers answer, from several vantages side by side.

Options: ``servers`` (``"192.0.2.1:53"`` or ``{address, name, kind}``; kind ``recursive`` or
``authoritative``), ``names`` (a list of names and of kinds of held names, or one such kind),
``types`` (A, AAAA, CNAME, CAA, HTTPS; of a held name what fits its role), ``limit`` of held names
(10,000), ``rate`` in questions a second at a server (200), ``timeout`` in seconds an attempt (2),
``tries`` (3), ``concurrency`` a server (32), ``dnssec`` (true).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from trustpath.connectors.resolve.client import Client, Question
from trustpath.connectors.resolve.message import Reply
from trustpath.connectors.resolve.options import Options, Server, read_options
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact
from trustpath.facts.relations.resolution import Answer, AnswerAlias, AnswerRdata
from trustpath.facts.source import Context, HeldName, SourceSpec


class ResolveSource:
    """Answers of DNS servers; one part a server, of grade OBSERVATION.

    A server that stalls gives answers with outcome ``timeout``; the others are not held up by it,
    since each is asked on its own.
    """

    def __init__(self, spec: SourceSpec, context: Context) -> None:
        self._spec = spec
        self._clock = context.clock
        self._options = read_options(spec)

    @property
    def spec(self) -> SourceSpec:
        """The description that this source was built from."""
        return self._spec

    @property
    def follows(self) -> Sequence[str]:
        """The kinds of held names that it asks about."""
        return self._options.follows

    def collect(self, held: Sequence[HeldName] = ()) -> Iterator[Part]:
        """Yield one part a server, in the order in which they are written."""
        now = self._clock.now()
        options = self._options
        questions = options.questions(held[: options.limit])
        remarks = tuple(_remarks(options, held))
        answers = asyncio.run(_ask(options, questions))
        for server, replies in zip(options.servers, answers, strict=True):
            problems = (*remarks, *_problems(server, len(questions), replies))
            yield Part(
                name=server.vantage,
                grade=Grade.OBSERVATION,
                coverage=Coverage.PARTIAL if problems else Coverage.FULL,
                observed_at=now,
                facts=list(_facts(server, questions, replies)),
                problems=problems,
                view=str(self._spec.options.get("view") or server.vantage),
            )


async def _ask(options: Options, questions: Sequence[Question]) -> list[dict[Question, Reply]]:
    clients = (Client(server, options) for server in options.servers)
    return await asyncio.gather(*(client.ask_all(questions) for client in clients))


def _remarks(options: Options, held: Sequence[HeldName]) -> Iterator[Problem]:
    """Yield what is left out of the names that the other sources hold."""
    if len(held) > options.limit:
        yield Problem(
            f"{len(held)} held names lie outside; only the first {options.limit} were asked about",
            hint="raise the limit of this source",
        )


def _problems(server: Server, asked: int, replies: Mapping[Question, Reply]) -> Iterator[Problem]:
    for outcome, what, hint in (
        ("timeout", "got no answer", "see whether the server runs and may be reached from here"),
        (
            "malformed",
            "got an answer that cannot be read",
            "ask it with another tool and compare",
        ),
        (
            "not-recursive",
            "got an answer that no resolver gives",
            "name a resolver that recurses for this host, or declare kind: authoritative",
        ),
        (
            "lame",
            "got an answer without authority",
            "repair the server's copy of the zone, or declare kind: recursive",
        ),
    ):
        failed = [(q, reply) for q, reply in replies.items() if reply.outcome == outcome]
        if failed:
            (name, rdtype), first = failed[0]
            yield Problem(
                f"{len(failed)} of {asked} questions {what}; {name} {rdtype}: {first.reason}",
                server.vantage,
                hint,
            )
    spared = asked - len(replies)
    if spared:
        yield Problem(
            f"{spared} of {asked} questions were not asked, because the server is silent",
            server.vantage,
            "see whether the server runs and may be reached from here",
        )


def _facts(
    server: Server, questions: Sequence[Question], replies: Mapping[Question, Reply]
) -> Iterator[Fact]:
    vantage = server.vantage
    for name, rdtype in questions:
        reply = replies.get((name, rdtype))
        if reply is None:
            continue
        yield Answer(
            vantage=vantage,
            kind=server.kind,
            name=name,
            type=rdtype,
            outcome=reply.outcome,
            final=reply.final,
            authenticated=reply.authenticated,
            authoritative=reply.authoritative,
            ede=reply.ede,
            ede_text=reply.ede_text,
            ttl=reply.ttl,
        )
        for row in reply.rdatas:
            yield AnswerRdata(
                vantage=vantage,
                name=name,
                type=rdtype,
                rdata=row.rdata,
                target=row.target,
                address=row.address,
                address_key=row.address_key,
                priority=row.priority,
            )
        for position, alias in enumerate(reply.aliases):
            yield AnswerAlias(vantage, name, rdtype, alias.owner, alias.target, position)
