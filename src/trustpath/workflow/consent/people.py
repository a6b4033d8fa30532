"""Who answers for what: the questions that consent asks, and the values that answer them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from trustpath.facts.proposal import CertificateEvent


class Reach(NamedTuple):
    """A name, by itself or with everything below it."""

    name: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """Who answers for a name. None is "nobody known", never "nobody needed".

    ``tier`` is the strictest that counts there. ``record`` and ``zone`` are the DNS half's owners;
    ``name`` is the certificate half's owner of the name itself. ``certificates`` has the owner of
    each certificate in force that covers the name, or a name that is an alias of it, ``services``
    that of each service there; both are empty where there is no such thing.
    """

    tier: str
    record: str | None = None
    zone: str | None = None
    name: str | None = None
    certificates: tuple[str | None, ...] = ()
    services: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class EventHolding:
    """What stands behind a certificate event.

    ``names`` are all names concerned, ``owners`` those of the certificate, ``services`` those of
    its services. ``same``: CA, account and names are those of the last issue; ``new_ca``: nobody
    had a certificate of that CA planned for these names; ``tlsa``: a TLSA record names the key.
    None is unknown, and asks for more consent, not less.
    """

    names: tuple[str, ...]
    owners: tuple[str | None, ...] = (None,)
    services: tuple[str | None, ...] = ()
    same: bool | None = None
    new_ca: bool | None = None
    tlsa: bool | None = None


class People(Protocol):
    """Something that knows who answers for names, certificates and the common roles."""

    @property
    def pki(self) -> str | None:
        """Return the owner of the role ``pki``."""
        ...

    @property
    def mail(self) -> str | None:
        """Return the owner of the role ``mail``."""
        ...

    def holdings(self, wanted: Collection[Reach]) -> Mapping[Reach, Holding]:
        """Return who answers for each of these, all at once."""
        ...

    def foreign(self, targets: Collection[str]) -> frozenset[str]:
        """Return those of the host names that are not known to be the organisation's own."""
        ...

    def event(self, event: CertificateEvent) -> EventHolding:
        """Return what stands behind an event."""
        ...
