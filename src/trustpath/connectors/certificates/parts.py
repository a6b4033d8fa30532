"""From what a file gave to its part: rows, paths, places, problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from trustpath.base.errors import InputError
from trustpath.connectors.certificates.files import File
from trustpath.connectors.certificates.reading import Reading
from trustpath.connectors.certificates.revocations import RevocationList, read_list
from trustpath.connectors.certificates.sampling import Sampling
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact
from trustpath.facts.relations.certificate import CertificatePlace
from trustpath.facts.trust import PathBuilder
from trustpath.facts.trust_timestamps import TimestampChecker
from trustpath.facts.x509 import CertificateFacts, CertificateIndex


@dataclass(frozen=True, slots=True)
class PartMaker:
    """Makes the parts of one collection; what certificates share is kept between them."""

    now: int
    paths: PathBuilder
    sampling: Sampling
    timestamps: TimestampChecker
    index: CertificateIndex = field(default_factory=CertificateIndex)

    def part(self, file: File, reading: Reading) -> Part:
        """Return the part of a file: everything that is readable, and why the rest is not."""
        certificates = self._certificates(reading)
        lists = self._lists(reading)
        problems = tuple(reading.problems)
        if reading.suppressed:
            problems += (Problem(f"and {reading.suppressed} more problems", file.label),)
        coverage = Coverage.PARTIAL if problems else Coverage.FULL
        facts = self._facts(certificates, lists, file, reading)
        if not certificates and not lists:
            coverage, facts = Coverage.NONE, iter(())
        return Part(file.label, Grade.AUTHORITATIVE, coverage, self.now, facts, problems)

    def _certificates(self, reading: Reading) -> list[tuple[CertificateFacts, bytes]]:
        found: dict[bytes, CertificateFacts] = {}
        for where, der in reading.certificates:
            if der not in found:
                try:
                    found[der] = self.index.facts(der)
                except InputError as error:
                    reading.problem(error.message, where, error.hint)
        return [(facts, der) for der, facts in found.items()]

    def _lists(self, reading: Reading) -> list[RevocationList]:
        found: list[RevocationList] = []
        for where, der in reading.revocation_lists:
            try:
                one = read_list(der, where, self.paths)
            except InputError as error:
                reading.problem(error.message, where, error.hint)
                continue
            found.append(one)
            if one.problem is not None:
                reading.problem(one.problem.message, one.problem.where, one.problem.hint)
        return found

    def _facts(
        self,
        certificates: list[tuple[CertificateFacts, bytes]],
        lists: list[RevocationList],
        file: File,
        reading: Reading,
    ) -> Iterator[Fact]:
        kind = "keystore" if reading.keystore else "file"
        key = reading.key or file.key_beside
        for position, (facts, der) in enumerate(certificates):
            row = facts.certificate
            yield row
            yield from facts.names
            verify = self.sampling.wants(facts)
            path = self.paths.path_of(facts, der, verify=verify)
            if verify and path.issuer_certificate is None:
                self.sampling.suspect(facts)
            yield path
            yield from self.timestamps.rows(facts, der, self.paths.issuer_of(path))
            # The key beside a bundle belongs to its first certificate or a leaf, not to the chain.
            own = key if position == 0 or not row.is_ca else None
            yield CertificatePlace(row.fingerprint, kind, file.label, own)
        for one in lists:
            yield from one.rows()
