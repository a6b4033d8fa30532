"""Chains of issuing certificates: the search upwards, bounded, with alternatives kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from trustpath.facts.trust_authority import Authority, signed_by
from trustpath.facts.trust_constraints import Constraints, all_met

DEPTH = 8
CHAINS = 16
ISSUERS = 32
CHECKS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Issuing certificates from the direct issuer up to where the search ended.

    ``fault`` says what relying parties refuse it for, whatever is below: an issuer out of its
    validity, a path length exceeded, a critical extension that is not processed, a name constraint
    that another issuer breaks. ``open_end``: the issuer of the last is not at hand. ``public``,
    ``private``: it ends at such a root. ``not_after`` is the earliest end below the root.
    ``weak``: one below the root is signed over MD5 or SHA-1. ``constraints`` bind the leaf;
    ``constraints_met`` is about the chain's own. ``servers``, ``clients``: every issuer may issue
    for them. ``undecided``: relying parties differ about an issuer.
    """

    authorities: tuple[Authority, ...]
    fault: str | None
    open_end: bool
    public: bool
    private: bool
    not_after: int | None
    weak: bool
    constraints: tuple[Constraints, ...]
    constraints_met: bool
    servers: bool
    clients: bool
    undecided: bool

    @property
    def anchored(self) -> bool:
        """Say whether it ends at a root of any set."""
        return self.public or self.private

    @classmethod
    def of(cls, authorities: tuple[Authority, ...], at: int, *, open_end: bool = False) -> Chain:
        """Judge a list of authorities, each of which signed the one before."""
        last = authorities[-1]
        below = authorities if open_end else authorities[:-1]
        return cls(
            authorities,
            _fault(authorities, at),
            open_end,
            last.public and not open_end,
            last.private and not open_end,
            min((one.facts.certificate.not_after for one in below), default=None),
            any(one.weak_signature for one in below),
            tuple(one.constraints for one in authorities if one.constraints is not None),
            _constraints_met(authorities),
            all(one.servers for one in authorities),
            all(one.clients for one in authorities),
            any(one.undecided for one in authorities),
        )


def _fault(authorities: tuple[Authority, ...], at: int) -> str | None:
    """Return what the first issuer is refused for, None when none is."""
    below = 0
    for one in authorities:
        row = one.facts.certificate
        if not one.valid_at(at):
            return f"issuer {row.subject} has expired or is not valid yet"
        if one.facts.critical:
            return critical_fault(f"issuer {row.subject}", one.facts.critical)
        if one.path_length is not None and below > one.path_length:
            return f"issuer {row.subject} allows {one.path_length} intermediates, not {below}"
        below += not row.self_issued
    return None


def critical_fault(who: str, oids: tuple[str, ...]) -> str:
    """Say that a certificate has critical extensions that are not processed (RFC 5280 4.2)."""
    return f"{who} has a critical extension that clients do not know: {', '.join(oids)[:200]}"


def _constraints_met(authorities: tuple[Authority, ...]) -> bool:
    """Say whether the intermediates keep to the constraints above them; self-issued are exempt."""
    for position, one in enumerate(authorities):
        if one.facts.certificate.self_issued:
            continue
        above = [a.constraints for a in authorities[position + 1 :] if a.constraints is not None]
        if all_met(above, one.facts) is False:
            return False
    return True


@dataclass(slots=True)
class Pool:
    """A set of authorities by subject, on top of another pool; caches chains by issuer.

    ``signatures`` is shared between pools: (child, issuer) fingerprints and whether it verified.
    """

    at: int
    signatures: dict[tuple[str, str], bool]
    base: Pool | None = None
    _by_subject: dict[str, list[Authority]] = field(default_factory=dict)
    _by_fingerprint: dict[str, Authority] = field(default_factory=dict)
    _above: dict[tuple[str, str | None], tuple[Chain, ...]] = field(default_factory=dict)

    def get(self, fingerprint: str) -> Authority | None:
        """Return the authority of that fingerprint, here or in a pool below."""
        found = self._by_fingerprint.get(fingerprint)
        return found if found or self.base is None else self.base.get(fingerprint)

    def add(self, one: Authority) -> bool:
        """Add an authority; returns False when it is there already."""
        if self.get(one.fingerprint) is not None:
            return False
        self._by_fingerprint[one.fingerprint] = one
        self._by_subject.setdefault(one.facts.certificate.subject, []).append(one)
        self._above.clear()
        return True

    def issuers(self, name: str, key: str | None) -> Iterator[Authority]:
        """Yield authorities of that subject whose key identifier, if both have one, is the same."""
        # Anchors first: no flood of look-alikes may crowd them out of a bounded search.
        if self.base is not None:
            yield from self.base.issuers(name, key)
        for one in self._by_subject.get(name, ()):
            own = one.facts.certificate.subject_key
            if one.may_issue and (key is None or own is None or key == own):
                yield one

    def above(self, issuer: str, key: str | None) -> tuple[Chain, ...]:
        """Return the chains that start at an issuer of that name and key identifier."""
        wanted = (issuer, key)
        found = self._above.get(wanted)
        if found is None:
            if len(self._above) >= 65536:
                self._above.clear()
            found = self._above[wanted] = tuple(self._search(issuer, key))
        return found

    def _search(self, issuer: str, key: str | None) -> Iterator[Chain]:
        budget = [CHECKS]
        for one in islice(self.issuers(issuer, key), ISSUERS):
            for authorities, open_end in islice(self._climb(one, (), budget), CHAINS):
                yield Chain.of(authorities, self.at, open_end=open_end)

    def _climb(
        self, one: Authority, below: tuple[Authority, ...], budget: list[int]
    ) -> Iterator[tuple[tuple[Authority, ...], bool]]:
        path = (*below, one)
        row = one.facts.certificate
        if one.anchor or (row.self_issued and self._signed(one, one, budget)):
            yield path, False
            # An anchor of the private set alone may itself lead to a public root.
            if one.public or row.self_issued:
                return
        found = one.anchor
        if len(path) < DEPTH:
            for parent in self.issuers(row.issuer, row.authority_key):
                # The same key and name twice in a path is a loop, also through a cross-sign.
                if any(_same_entity(parent, other) for other in path):
                    continue
                if self._signed(one, parent, budget):
                    found = True
                    yield from self._climb(parent, path, budget)
        if not found:
            yield path, True

    def _signed(self, child: Authority, issuer: Authority, budget: list[int]) -> bool:
        pair = (child.fingerprint, issuer.fingerprint)
        known = self.signatures.get(pair)
        if known is None:
            if budget[0] <= 0:
                return False
            budget[0] -= 1
            if len(self.signatures) >= 262144:
                self.signatures.clear()
            known = self.signatures[pair] = signed_by(child.certificate, issuer)
        return known


def _same_entity(one: Authority, other: Authority) -> bool:
    return (
        one.facts.certificate.spki == other.facts.certificate.spki
        and one.facts.certificate.subject == other.facts.certificate.subject
    )
