"""The axfr source: one part per zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import dns.tsig

from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError
from trustpath.connectors.axfr.increment import increment
from trustpath.connectors.axfr.options import AxfrOptions, parse_options
from trustpath.connectors.axfr.transfer import DEFAULT_LIMITS, TransferLimits, transfer
from trustpath.facts.drift import Increment
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.records import assemble, zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import ZoneAccess
from trustpath.facts.source import Context, SourceSpec


def make(spec: SourceSpec, context: Context) -> AxfrSource:
    """Build the source; raises EstateError on bad options.

    Options: ``server`` (``host:port``), ``zones``, ``tsig`` (name, algorithm, secret as
    ``env:VAR`` or ``file:path``), ``timeout`` (longest silence), ``total_timeout`` (per zone),
    ``signing`` (``server`` where the server is a hidden primary and others sign), ``view``.
    """
    return AxfrSource(spec, context.clock, parse_options(spec), context.secrets)


@dataclass(frozen=True, slots=True)
class AxfrSource:
    """Zones of one server by AXFR; grade TRANSFER, one Part per zone named by its apex."""

    spec: SourceSpec
    clock: Clock
    options: AxfrOptions
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: TransferLimits = DEFAULT_LIMITS

    def collect(self) -> Iterator[Part]:
        """Yield one part per zone: whole, or with coverage NONE and the reason."""
        for zone in self.zones:
            yield self.whole(zone)

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the apexes of the zones that it transfers."""
        return self.options.zones

    def since(self, zone: str, serial: int) -> Increment | None:
        """Return the way of a zone from a serial to the present (IXFR).

        None where the server names none: it has that serial still, refuses, or fails.
        """
        options = self.options
        try:
            return increment(
                options.server,
                zone,
                serial,
                self._key(),
                limits=self._bounds(),
            )
        except SourceError:
            return None

    def _key(self) -> dns.tsig.Key | None:
        tsig = self.options.tsig
        return tsig.key(self.secrets, self.spec.folder) if tsig else None

    def _bounds(self) -> TransferLimits:
        return replace(self.limits, silence=self.options.silence, total=self.options.total)

    def whole(self, zone: str) -> Part:
        """Return a zone by AXFR: whole, or with coverage NONE and the reason."""
        part = Part(
            name=zone or ".",
            grade=Grade.TRANSFER,
            coverage=Coverage.NONE,
            observed_at=self.clock.now(),
            view=str(self.spec.options.get("view", "")),
        )
        where = f"{zone or '.'} from {self.options.server}"
        try:
            key = self._key()
            records = transfer(self.options.server, zone, key, self._bounds())
        except SourceError as error:
            return replace(part, problems=(Problem(error.message, where, error.hint),))
        served = self.spec.options.get("signing", "none") == "none"
        assembled = assemble(records, zone, where)
        return replace(
            part,
            coverage=Coverage.PARTIAL if assembled.unread else Coverage.FULL,
            facts=_facts(
                zone,
                assembled.rrsets,
                full=not assembled.unread,
                open_to_all=key is None,
                served=served,
            ),
            problems=tuple(assembled.remarks),
        )


def _facts(
    zone: str,
    rrsets: Iterable[tuple[str, str, int | None, list[str]]],
    *,
    full: bool,
    open_to_all: bool,
    served: bool,
) -> Iterator[Fact]:
    yield from zone_facts(zone, rrsets, full=full, served=served)
    if open_to_all:
        # We got the zone without proving who we are; with a key nothing is known of others.
        yield ZoneAccess(zone, "transfer", protected=False)
