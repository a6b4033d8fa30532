"""The rfc2136 writer: one update message a zone, compared with the primary first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import dns.tsig

from trustpath.connectors.writers.checking import compare, seeing, sendable, undisturbed
from trustpath.connectors.writers.lookup import look
from trustpath.connectors.writers.observing import Vantage, discovered, named, observe
from trustpath.connectors.writers.options import (
    DEFAULT_TIMEOUT,
    Server,
    Tsig,
    server_option,
    servers_option,
    tsig_option,
)
from trustpath.connectors.writers.requiring import asked, check
from trustpath.connectors.writers.rfc2136.message import compose
from trustpath.connectors.writers.rfc2136.sending import send
from trustpath.connectors.writers.serving import served
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.options import check_known, refused, timeout_option
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.source import Context, ProbePolicy
from trustpath.facts.writer import ServerView, WriterSpec

_OPTIONS = frozenset({"server", "tsig", "transport", "servers", "timeout"})


def make(spec: WriterSpec, context: Context) -> UpdateWriter:
    """Build the writer; raises EstateError on bad options.

    Options: ``server`` (``address:port``), ``tsig`` (name, algorithm, secret as ``env:VAR`` or
    ``file:path``), ``transport`` (``tcp``, or ``udp`` for what fits), ``servers`` to look at,
    ``timeout``.
    """
    check_known(spec, _OPTIONS)
    transport = spec.options.get("transport", "tcp")
    if transport not in ("tcp", "udp"):
        raise refused(spec, "transport", f"{transport!r} is neither tcp nor udp")
    return UpdateWriter(
        spec,
        server_option(spec, "server", spec.options.get("server")),
        tsig_option(spec),
        transport,
        servers_option(spec),
        timeout_option(spec, DEFAULT_TIMEOUT),
        context.probes,
        context.secrets,
    )


@dataclass(frozen=True, slots=True)
class UpdateWriter:
    """Changes zones of one primary by dynamic update."""

    spec: WriterSpec
    server: Server
    tsig: Tsig | None
    transport: str
    servers: tuple[Server, ...]
    timeout: float
    probes: ProbePolicy
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def ready(self, zone: str) -> None:
        """Send an update without a single change: the server says whether it would take one.

        What its policy says of single names is told by the update itself only.
        """
        key = self._key()
        look(self.server, zone, (), key, self.timeout)
        update, wire = compose(zone, (), None, key)
        send(self.server, update, wire, self.transport, self.timeout)

    def current(self, zone: str, keys: Iterable[Key]) -> Mapping[Key, RecordSet | None]:
        """Return what the primary holds; signed with the key, so that its answer is proven."""
        return look(self.server, zone, keys, self._key(), self.timeout)[1]

    def apply(
        self, zone: str, edits: Sequence[Edit], requires: Sequence[Prerequisite] = ()
    ) -> None:
        """Make the edits in one message, all or nothing, if each RRset is still its ``before``.

        Prerequisites compare names and data in the same moment; they have no TTL, so that it is
        compared by questions just before and just after: UncertainError tells of others between.
        """
        wanted = sendable(zone, edits)
        if not wanted:
            return
        key = self._key()
        # What cannot be sent is told before anything is asked.
        update, wire = compose(zone, wanted, None, key, requires)
        held = [edit.key for edit in wanted if edit.before is not None]
        held += asked(requires)
        serial, found = self._look(zone, held, key) if held else (None, {})
        check(requires, found)
        compare(wanted, found)
        if (zone, "SOA") in {edit.key for edit in wanted}:
            update, wire = compose(zone, wanted, found[zone, "SOA"], key, requires)
        send(self.server, update, wire, self.transport, self.timeout)
        if serial is not None and any(edit.before is not None for edit in wanted):
            touched = {edit.key: edit.after for edit in wanted}
            place = f"{zone or '.'} at {self.server}"
            with seeing(place):
                now, seen = self._look(zone, touched, key)
            undisturbed(place, touched, seen, (now - serial) % (1 << 32))

    def observe(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask the primary and every other authoritative server of the zone directly."""
        return observe(self._vantages(zone), zone, keys, self.timeout)

    def served(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask all of them as a resolver does."""
        return observe(self._vantages(zone), zone, keys, self.timeout, served)

    def _vantages(self, zone: str) -> tuple[Vantage, ...]:
        primary = Vantage(str(self.server), self.server, self._key())
        others = named(self.servers) or discovered(zone, self.current, self.probes)
        return (primary, *(vantage for vantage in others if vantage.server != self.server))

    def _look(
        self, zone: str, keys: Iterable[Key], key: dns.tsig.Key | None
    ) -> tuple[int, Mapping[Key, RecordSet | None]]:
        return look(self.server, zone, keys, key, self.timeout)

    def _key(self) -> dns.tsig.Key | None:
        return self.tsig.key(self.spec, self.secrets) if self.tsig else None
