"""Which signatures to verify when there are very many certificates."""

from __future__ import annotations

from dataclasses import dataclass, field

from trustpath.facts.x509 import CertificateFacts

# From here on the signatures of leaves are sampled, unless the estate wants all.
ALL_SIGNATURES = 2_000
FIRST_SIGNATURES = 16
EVERY_SIGNATURE = 64


@dataclass(slots=True)
class Sampling:
    """Which leaf signatures to verify; those of issuing certificates always are.

    All of the first thousands; then the first of each issuer and one in some dozens, and all of
    an issuer for which one has failed.
    """

    everything: bool
    _seen: int = 0
    _issuers: dict[tuple[str, str | None], int] = field(default_factory=dict)
    _suspects: set[tuple[str, str | None]] = field(default_factory=set)

    def wants(self, facts: CertificateFacts) -> bool:
        """Say whether the signature on this certificate is to be verified."""
        row = facts.certificate
        self._seen += 1
        issuer = (row.issuer, row.authority_key)
        if self.everything or row.is_ca or self._seen <= ALL_SIGNATURES:
            return True
        count = self._issuers[issuer] = self._issuers.get(issuer, 0) + 1
        return issuer in self._suspects or count <= FIRST_SIGNATURES or count % EVERY_SIGNATURE == 0

    def suspect(self, facts: CertificateFacts) -> None:
        """Note that a signature failed: this issuer's are all verified from now on."""
        self._suspects.add((facts.certificate.issuer, facts.certificate.authority_key))
