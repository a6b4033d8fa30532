"""People written down by hand, for tests of consent: every name has the same owners, or its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from trustpath.facts.edits import Edit, record_set
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.consent import EventHolding, Holding, Reach

DNS, WEB, APP, HOSTMASTER, PKI, MAIL = "dns", "web", "app", "hostmaster", "pki", "post"
ROLE_OWNERS = {
    "record": DNS,
    "certificate": WEB,
    "service": APP,
    "zone": HOSTMASTER,
    "pki": PKI,
    "mail": MAIL,
}


def holding(tier: str = "public") -> Holding:
    """Return a holding in which every role has an owner of its own."""
    return Holding(tier, DNS, HOSTMASTER, WEB, (WEB,), (APP,))


@dataclass(frozen=True, slots=True)
class Directory:
    """The same holding everywhere, but for the names that have their own."""

    everywhere: Holding = field(default_factory=holding)
    own: Mapping[str, Holding] = field(default_factory=dict)
    pki: str | None = PKI
    mail: str | None = MAIL
    events: EventHolding | None = None

    def holdings(self, wanted: Collection[Reach]) -> Mapping[Reach, Holding]:
        """Return the holding of each name."""
        return {reach: self.own.get(reach.name, self.everywhere) for reach in wanted}

    def foreign(self, targets: Collection[str]) -> frozenset[str]:
        """Return what is not below example.com."""
        return frozenset(t for t in targets if not f".{t}".endswith(".example.com"))

    def event(self, event: CertificateEvent) -> EventHolding:
        """Return what was written down, else a known state in which nothing is special."""
        if self.events is not None:
            return self.events
        return EventHolding(event.names, (WEB,), (APP,), same=True, new_ca=False, tlsa=False)


def change(
    name: str,
    kind: str,
    before: Collection[str] = (),
    after: Collection[str] = (),
    ttl: int = 300,
    zone: str = "example.com",
) -> Edit:
    """Return the edit from some rdata texts to others; none on a side: no RRset there."""
    return Edit(
        zone,
        name,
        kind,
        record_set(ttl, before) if before else None,
        record_set(ttl, after) if after else None,
    )
