"""The axfr source: one part per zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from trustpath.base.clock import Clock
from trustpath.base.errors import SourceError
from trustpath.connectors.axfr.options import AxfrOptions, parse_options
from trustpath.connectors.axfr.transfer import DEFAULT_LIMITS, TransferLimits, transfer
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.records import assemble, zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import ZoneAccess
from trustpath.facts.source import Context, SourceSpec


def make(spec: SourceSpec, context: Context) -> AxfrSource:
    """Build the source; raises EstateError on bad options.

    Options: ``server`` (``host:port``), ``zones``, ``tsig`` (name, algorithm, secret as
    ``env:VAR`` or ``file:path``), ``timeout`` (longest silence), ``total_timeout`` (per zone),
    ``view``.
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
        for zone in self.options.zones:
            yield self._part(zone)

    def _part(self, zone: str) -> Part:
        options = self.options
        part = Part(
            name=zone or ".",
            grade=Grade.TRANSFER,
            coverage=Coverage.NONE,
            observed_at=self.clock.now(),
            view=str(self.spec.options.get("view", "")),
        )
        limits = replace(self.limits, silence=options.silence, total=options.total)
        where = f"{zone or '.'} from {options.server}"
        try:
            key = options.tsig.key(self.secrets, self.spec.folder) if options.tsig else None
            records = transfer(options.server, zone, key, self.clock, limits)
        except SourceError as error:
            return replace(part, problems=(Problem(error.message, where, error.hint),))
        assembled = assemble(records, zone, where)
        return replace(
            part,
            coverage=Coverage.FULL,
            facts=_facts(zone, assembled.rrsets, open_to_all=key is None),
            problems=tuple(assembled.remarks),
        )


def _facts(
    zone: str, rrsets: Iterable[tuple[str, str, int | None, list[str]]], *, open_to_all: bool
) -> Iterator[Fact]:
    yield from zone_facts(zone, rrsets, full=True)
    if open_to_all:
        # We got the zone without proving who we are; with a key nothing is known of others.
        yield ZoneAccess(zone, "transfer", protected=False)
