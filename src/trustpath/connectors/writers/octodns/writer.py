"""The octodns writer: octoDNS's own Plan, made from the edits, handed to the provider's apply."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.checking import compare, sendable
from trustpath.connectors.writers.lookup import look
from trustpath.connectors.writers.observing import named, observe
from trustpath.connectors.writers.octodns.plans import plan_of
from trustpath.connectors.writers.octodns.provider import check_class, load
from trustpath.connectors.writers.options import DEFAULT_TIMEOUT, Server, servers_option
from trustpath.connectors.writers.requiring import asked, check
from trustpath.connectors.writers.serving import served
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.options import check_known, refused, text_option, timeout_option
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.source import Context
from trustpath.facts.writer import (
    ConflictError,
    RefusedError,
    ServerView,
    UncertainError,
    WriterSpec,
    agrees,
)

_OPTIONS: Final = frozenset({"class", "settings", "servers", "timeout"})


def make(spec: WriterSpec, context: Context) -> OctodnsWriter:
    """Build the writer; raises EstateError on bad options, or when octoDNS is not installed.

    Options: ``class`` and ``settings`` of the provider, ``servers`` that are authoritative,
    ``timeout``. The provider itself is made at the first change.
    """
    check_known(spec, _OPTIONS)
    name = text_option(spec, "class", "class: octodns_route53.Route53Provider")
    settings = spec.options.get("settings", {})
    if not isinstance(settings, Mapping):
        raise refused(spec, "settings", f"{settings!r} is no mapping")
    servers = servers_option(spec)
    if not servers:
        raise refused(spec, "servers", "is empty", "the first is what changes are compared with")
    check_class(spec, name)
    timeout = timeout_option(spec, DEFAULT_TIMEOUT)
    return OctodnsWriter(spec, name, settings, servers, timeout, context.secrets)


@dataclass(frozen=True, slots=True)
class OctodnsWriter:
    """Changes zones through one provider of octoDNS."""

    spec: WriterSpec
    provider: str
    settings: Mapping[str, Any] = field(repr=False)
    servers: tuple[Server, ...]
    timeout: float
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    made: list[Any] = field(default_factory=list, repr=False, compare=False)

    def ready(self, zone: str) -> None:
        """Have the provider read the zone, by its credentials, and ask the first server.

        That provider is thrown away: providers keep what they read, and later it is out of date.
        """
        from octodns.zone import Zone

        with self.lock:
            self._provider()
            reading = load(self.spec, self.provider, self.settings, self.secrets)
            try:
                reading.populate(Zone(f"{zone}.", []), target=True, lenient=True)
            except Exception as error:
                # A provider may raise anything.
                raise SourceError(
                    f"the provider does not read the zone: {type(error).__name__}: "
                    f"{str(error)[:300]}",
                    where=self.spec.id,
                    hint="look at its settings and at what its credentials may do",
                ) from error
        look(self.servers[0], zone, (), None, self.timeout)

    def current(self, zone: str, keys: Iterable[Key]) -> Mapping[Key, RecordSet | None]:
        """Return what the first of the servers answers."""
        return look(self.servers[0], zone, keys, None, self.timeout)[1]

    def apply(
        self, zone: str, edits: Sequence[Edit], requires: Sequence[Prerequisite] = ()
    ) -> None:
        """Make the edits if each RRset is its ``before`` just before.

        Whether several are made together or one by one is the provider's: after a failure each is
        looked at, and a change that stands in part raises UncertainError that names the parts.
        """
        wanted = sendable(zone, edits)
        if not wanted:
            return
        with self.lock:
            provider = self._provider()
            plan = plan_of(provider, zone, wanted)
            held = [edit.key for edit in wanted]
            found = self.current(zone, [*held, *asked(requires)])
            check(requires, found)
            compare(wanted, found)
            try:
                provider.apply(plan)
            except Exception as error:
                # A provider may raise anything.
                raise self._outcome(zone, wanted, error) from error

    def observe(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask every server that the estate names directly."""
        return observe(named(self.servers), zone, keys, self.timeout)

    def served(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask all of them as a resolver does."""
        return observe(named(self.servers), zone, keys, self.timeout, served)

    def _provider(self) -> Any:
        if not self.made:
            self.made.append(load(self.spec, self.provider, self.settings, self.secrets))
        if self.made[0].apply_disabled:
            raise RefusedError(
                f"writer {self.spec.id}: the provider has apply_disabled",
                where=self.spec.where,
            )
        return self.made[0]

    def _outcome(self, zone: str, edits: Sequence[Edit], error: Exception) -> SourceError:
        """Return what is certain after the provider failed: by its error and by looking."""
        told = f"the provider failed: {type(error).__name__}: {str(error)[:300]}"
        try:
            found = self.current(zone, [edit.key for edit in edits])
        except SourceError as unseen:
            return UncertainError(
                told, where=self.spec.id, hint=f"and nothing can be seen: {unseen}"
            )
        moved = [e for e in edits if not agrees(e.type, found[e.key], e.before)]
        if moved:
            names = ", ".join(f"{e.name} {e.type}" for e in moved)
            return UncertainError(
                told, where=self.spec.id, hint=f"of the change there stands: {names}"
            )
        if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
            return UncertainError(told, where=self.spec.id, hint="nothing of it is to be seen yet")
        kind = ConflictError if "Conflicts with" in told else RefusedError
        return kind(told, where=self.spec.id, hint="nothing of it stands")
