"""The source of kind ``endpoints``: one part a target, one presentation a server name."""

from __future__ import annotations

import time
from collections.abc import Iterator

from trustpath.connectors.endpoints.chains import ChainJudge, JudgedChain
from trustpath.connectors.endpoints.observation import FAILED, NOT_ALLOWED, Observation
from trustpath.connectors.endpoints.options import Options, Target, parse_options
from trustpath.connectors.endpoints.sweep import Sweep
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact
from trustpath.facts.relations.presentation import Presentation, PresentedCertificate
from trustpath.facts.source import Context, SourceSpec

# Distinct chains that one address may put into a part, in octets of DER.
MAX_PART = 32 * 1024 * 1024
_ALLOW_HINT = "declare its network in the estate file to allow probes of it"


class EndpointSource:
    """Observes what declared addresses present; see ``options`` for the keys of the estate file.

    A target gives a part named ``address:port/protocol``. Coverage is FULL when every server name
    has an outcome, also when that is a refusal; PARTIAL when something was not tried (the
    estate does not allow the address, or the connections before stalled) or a certificate could
    not be read.
    """

    def __init__(self, spec: SourceSpec, context: Context) -> None:
        self._spec = spec
        self._context = context
        self._options: Options = parse_options(spec)

    @property
    def spec(self) -> SourceSpec:
        """The description that this source was built from."""
        return self._spec

    def collect(self) -> Iterator[Part]:
        """Yield one part for each target as soon as all of its names have an outcome."""
        at = self._context.clock.now()
        options = self._options
        judge = ChainJudge(self._context.roots, at, self._context.ct_logs)
        allowed = []
        for target in options.targets:
            if self._context.probes.allows(target.address):
                allowed.append(target)
            else:
                yield _refused(target, options.vantage, at)
        sweep = Sweep(
            allowed,
            timeout=options.timeout,
            concurrency=options.concurrency,
            monotonic=time.monotonic,
        )
        collecting: dict[Target, _Gathering] = {}
        for seen in sweep.run():
            gathering = collecting.setdefault(seen.target, _Gathering(options.vantage, at))
            gathering.take(seen, judge)
            if gathering.names == len(seen.target.names):
                yield collecting.pop(seen.target).part(seen.target)


def _refused(target: Target, vantage: str, at: int) -> Part:
    reason = "the estate allows no probe of this address"
    gathering = _Gathering(vantage, at)
    for name in target.names:
        gathering.add(Observation(target, name, NOT_ALLOWED, reason, tried=False), None)
    return gathering.part(target, Problem(reason, target.place, _ALLOW_HINT))


class _Gathering:
    """The rows and problems of one target while its names come in."""

    __slots__ = ("_at", "_chains", "_octets", "_problems", "_rows", "_vantage", "names")

    def __init__(self, vantage: str, at: int) -> None:
        self._vantage = vantage
        self._at = at
        self._problems: dict[Problem, None] = {}
        # A dict, because the names of one address often share their certificates.
        self._rows: dict[Fact, None] = {}
        self._chains: set[tuple[str, ...]] = set()
        self._octets = 0
        self.names = 0

    def take(self, seen: Observation, judge: ChainJudge) -> None:
        """Add one observation, its chain judged when the server proved that it holds the key."""
        session = seen.session
        judged = None
        if session is not None and session.authenticated:
            judged = judge.judge(session)
            if judged.fingerprints not in self._chains:
                self._chains.add(judged.fingerprints)
                self._octets += sum(map(len, session.chain))
        if self._octets > MAX_PART:
            fault = f"more than {MAX_PART} octets of certificates from one address"
            self._note(Problem(fault, seen.target.place, "list fewer names of it in one source"))
            seen, judged = Observation(seen.target, seen.server_name, FAILED, fault), None
        self.add(seen, judged)
        if not seen.tried:
            self._note(Problem(seen.reason or "not tried", seen.target.place, "try it on its own"))

    def add(self, seen: Observation, judged: JudgedChain | None) -> None:
        """Add the rows of one observation."""
        self.names += 1
        self._rows[_presentation(seen, judged, self._vantage, self._at)] = None
        if judged is None:
            return
        target = seen.target
        for position, certificate in enumerate(judged.fingerprints):
            row = PresentedCertificate(
                target.address,
                target.port,
                seen.server_name,
                target.protocol,
                self._vantage,
                position,
                certificate,
            )
            self._rows[row] = None
        self._rows.update(dict.fromkeys(judged.rows))
        for fault in judged.unreadable:
            self._note(Problem(fault, target.place, "replace the certificate that is served"))

    def _note(self, problem: Problem) -> None:
        self._problems[problem] = None

    def part(self, target: Target, *more: Problem) -> Part:
        """Return what was gathered as a part."""
        problems = (*self._problems, *more)
        return Part(
            name=target.place,
            grade=Grade.OBSERVATION,
            coverage=Coverage.PARTIAL if problems else Coverage.FULL,
            observed_at=self._at,
            facts=tuple(self._rows),
            problems=problems,
            view=self._vantage,
        )


def _presentation(
    seen: Observation, judged: JudgedChain | None, vantage: str, at: int
) -> Presentation:
    target, session = seen.target, seen.session
    path = judged.path if judged else None
    reason = seen.reason
    if judged is not None:
        reason = "; ".join(filter(None, (reason, judged.remark, *judged.unreadable))) or None
    elif session is not None and session.chain:
        # A chain alone proves nothing: anybody can show a copy of it.
        reason = f"{reason}; a chain came without proof that the server holds its key"
    return Presentation(
        address=target.address,
        address_key=target.address_key,
        port=target.port,
        server_name=seen.server_name,
        protocol=target.protocol,
        vantage=vantage,
        outcome=seen.outcome,
        reason=reason,
        leaf=judged.fingerprints[0] if judged else None,
        certificates=len(judged.fingerprints) if judged else 0,
        complete=path.complete if path else None,
        publicly_trusted=path.publicly_trusted if path else None,
        privately_trusted=path.privately_trusted if path else None,
        path_not_after=path.path_not_after if path else None,
        weak_chain_signature=path.weak_chain_signature if path else None,
        tls_version=session.tls_version if session else None,
        key_group=session.key_group if session else None,
        ocsp=judged.ocsp if judged else None,
        authenticated=judged is not None,
        observed_at=at,
    )
