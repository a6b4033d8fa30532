"""One run over one estate: collect what its sources say, then judge the state as of an instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from trustpath.base.clock import Clock
from trustpath.base.errors import InputError, TrustpathError
from trustpath.facts.estate import Estate
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.records.further import with_patterns
from trustpath.facts.relations import Fact
from trustpath.facts.source import Follower, Source, SourceSpec
from trustpath.facts.validation_names import Pattern
from trustpath.rules.catalogue import Catalogue
from trustpath.rules.judge import Engine
from trustpath.rules.rule import Rule
from trustpath.workflow.gate.terms import Terms
from trustpath.workflow.held_names import held_names

if TYPE_CHECKING:  # most sessions judge no change
    from trustpath.workflow.gate.ports import Snapshot

ESTATE_SOURCE = "estate"
REQUIREMENTS_SOURCE = "requirements"
PROBE_SOURCE = "probe"
"""What was looked at for a change."""
EXCEPTIONS_SOURCE = "exceptions"
"""The exceptions that were granted in the store."""
ISSUANCE_SOURCE = "issuance"
"""What was intended and issued, as the store has it."""
OWN_FRESHNESS: dict[str, int | None] = {
    ESTATE_SOURCE: None,
    REQUIREMENTS_SOURCE: None,
    EXCEPTIONS_SOURCE: None,
    ISSUANCE_SOURCE: None,
    PROBE_SOURCE: 3_600,
}
"""How many seconds what we say and see ourselves counts; None: as long as it stands."""


class PartWriter(Protocol):
    """Where the parts of one source go; leaving it without ``finish`` keeps nothing."""

    def write(self, part: Part) -> None:
        """Record one part."""
        ...

    def finish(self, *, failed: Problem | None = None) -> None:
        """Commit what was written."""
        ...


class Memory(Protocol):
    """What a session needs of the store."""

    @property
    def durable(self) -> bool:
        """Say whether it outlives the session."""
        ...

    def recorder(self, source: str, kind: str, now: int) -> AbstractContextManager[PartWriter]:
        """Open a writer for one source."""
        ...

    def problems(self, as_of: int) -> Sequence[tuple[str, str, str, tuple[Problem, ...]]]:
        """Return (source, part, problems) of the last collection of each part."""
        ...

    def judging(
        self, now: int, as_of: int, freshness: dict[str, int | None], engine: str
    ) -> AbstractContextManager[Engine]:
        """Open an engine (``auto``, ``sqlite`` or ``duckdb``) over the state as of an instant."""
        ...

    def gating(
        self,
        now: int,
        freshness: dict[str, int | None],
        rules: Sequence[Rule],
        extra: frozenset[str],
        patterns: Sequence[Pattern] = (),
    ) -> AbstractContextManager[Snapshot]:
        """Open the present state for judging changes by some rules."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What just happened while collecting: the source and the parts it gave so far."""

    source: str
    parts: int


@dataclass(frozen=True, slots=True)
class Session:
    """An estate with everything that the composition root connected to it."""

    estate: Estate
    clock: Clock
    memory: Memory
    sources: Sequence[Source]
    requirements: tuple[Fact, ...]
    catalogue: Catalogue

    @property
    def freshness(self) -> dict[str, int | None]:
        """Return each source's limit in seconds, None for what never goes stale."""
        limits: dict[str, int | None] = {}
        for source in self.sources:
            spec = source.spec
            limits[spec.id] = self.estate.fresh_for(spec.id, spec.kind)
        return limits | OWN_FRESHNESS

    def collect(self) -> Iterator[Progress]:
        """Collect the estate's declarations and every source; yields while it goes on.

        A source that fails is recorded as failed and does not stop the others. Those that ask
        about names which others hold come last.
        """
        now = self.clock.now()
        self._record(ESTATE_SOURCE, "estate", now, self.estate.declarations)
        self._record(REQUIREMENTS_SOURCE, "requirements", now, self.requirements)
        followers: list[Follower] = []
        for source in self.sources:
            if isinstance(source, Follower) and source.follows:
                followers.append(source)
            else:
                yield from self._collect(source.spec, source.collect, now)
        for follower in followers:
            with self.judging() as judging:
                held = held_names(judging, follower.follows)
            yield from self._collect(follower.spec, partial(follower.collect, held), now)

    def _record(self, source: str, kind: str, now: int, facts: tuple[Fact, ...]) -> None:
        with self.memory.recorder(source, kind, now) as writer:
            writer.write(Part(source, Grade.DECLARATION, Coverage.FULL, now, facts))
            writer.finish()

    def _collect(
        self, spec: SourceSpec, collect: Callable[[], Iterator[Part]], now: int
    ) -> Iterator[Progress]:
        with self.memory.recorder(spec.id, spec.kind, now) as writer:
            failed: Problem | None = None
            count = 0
            try:
                for part in collect():
                    writer.write(self._understood(part))
                    count += 1
                    yield Progress(spec.id, count)
            except TrustpathError as error:
                failed = Problem(error.message, error.where or spec.where, error.hint)
            except OSError as error:
                failed = Problem(error.strerror or str(error), str(error.filename or spec.where))
            writer.finish(failed=failed)
        yield Progress(spec.id, count)

    def _understood(self, part: Part) -> Part:
        """Return a part with the validation names that the estate adds to those known anywhere."""
        patterns = self.estate.validation_names
        if not patterns:
            return part
        return replace(part, facts=with_patterns(part.facts, patterns))

    def judging(
        self, as_of: int | None = None, engine: str = "auto"
    ) -> AbstractContextManager[Engine]:
        """Open an engine over the present state, or over the state as of an instant.

        Raises InputError when a past state is asked for and nothing was stored.
        """
        now = self.clock.now()
        if as_of is not None and not self.memory.durable:
            raise InputError(
                "there is no stored past to judge",
                where="--as-of",
                hint="name a store in the estate file",
            )
        return self.memory.judging(now, now if as_of is None else as_of, self.freshness, engine)

    def gating(self) -> AbstractContextManager[Snapshot]:
        """Open the present state for judging changes by the rules that gate them."""
        from trustpath.workflow.gate.ports import NEEDS

        rules = self.catalogue.gating
        patterns = self.estate.validation_names
        return self.memory.gating(self.clock.now(), self.freshness, rules, NEEDS, patterns)

    @property
    def terms(self) -> Terms:
        """Return by what changes are judged beside the facts, as the estate has it."""
        return Terms(
            catalogue=self.catalogue.version,
            roles=self.estate.roles,
            patterns=self.estate.validation_names,
            whole=frozenset(s.id for s in self.estate.sources if s.options.get("whole") is True),
        )
