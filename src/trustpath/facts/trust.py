"""Certification paths (RFC 5280 section 6) from what is at hand, judged at one instant.

Built for inventories, not for admission: the validity of the leaf, its purposes and revocation
are judged by rules; a path is broken by an issuing certificate that is expired, may not issue or
exceeds a path length, and by a signature that does not verify. Name constraints, extended key usage
and critical extensions decide as well whether it is trusted; that it leads to a public root is told
apart from that. Every signature above the leaf is always checked. Paths from an issuer up are
cached, so that a million leaves of one issuer cost one search and one signature check each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from trustpath.base.errors import InputError
from trustpath.facts.relations.certificate import CertificatePath
from trustpath.facts.source import RootSet
from trustpath.facts.trust_authority import (
    WEAK_HASHES,
    Authority,
    authority,
    read_authority,
    signed_by,
)
from trustpath.facts.trust_chains import Chain, Pool, critical_fault
from trustpath.facts.trust_constraints import all_met
from trustpath.facts.x509 import CertificateFacts, describe
from trustpath.facts.x509.rows import new_row

_POOLS = 256
_VERDICTS = 65536
_AUTHORITIES = 16384


_Columns: TypeAlias = tuple[
    str,
    str | None,
    bool | None,
    bool | None,
    int | None,
    bool | None,
    bool,
    bool | None,
    str | None,
]
_Verdict: TypeAlias = tuple[Chain, _Columns]
_Purpose: TypeAlias = Literal["servers", "clients"] | None


class ServedPath(NamedTuple):
    """What a served chain proves; columns of ``Presentation`` of the same names.

    ``complete``: a path to a root of the sets is built from the served certificates alone, whether
    or not relying parties accept the leaf below it. The other columns use known intermediates too
    when it is not. A CA certificate is publicly trusted for nobody's server (BR 7.1.2.7.8).
    """

    complete: bool
    publicly_trusted: bool | None
    privately_trusted: bool | None
    path_not_after: int | None
    weak_chain_signature: bool


class PathBuilder:
    """Builds paths to the roots of a set, through intermediates that were made known to it.

    ``at`` is the instant for which issuing certificates must be valid. ``unreadable`` are the
    errors of roots that could not be read; the others are used.
    """

    def __init__(self, roots: RootSet, at: int, known: Iterable[bytes] = ()) -> None:
        self.at = at
        self.unreadable: list[InputError] = []
        self._authorities: dict[bytes, Authority | None] = {}
        self._signatures: dict[tuple[str, str], bool] = {}
        self._pools: dict[tuple[bytes, ...], Pool] = {}
        self._verdicts: dict[tuple[tuple[Chain, ...], _Purpose], _Verdict] = {}
        self._anchors = Pool(at, self._signatures)
        public, private = set(roots.public), set(roots.private)
        for der in dict.fromkeys((*roots.public, *roots.private)):
            try:
                self._anchors.add(authority(der, public=der in public, private=der in private))
            except InputError as error:
                self.unreadable.append(error)
        self._known = Pool(at, self._signatures, self._anchors)
        for der in known:
            self.add(der)

    def add(self, der: bytes) -> bool:
        """Make an intermediate known; returns whether it may issue and was not known before."""
        found = self._authority(der)
        if found is None or not self._known.add(found):
            return False
        self._pools.clear()
        return True

    def _authority(self, der: bytes) -> Authority | None:
        if der not in self._authorities:
            if len(self._authorities) >= _AUTHORITIES:
                self._authorities.clear()
            self._authorities[der] = read_authority(der)
        return self._authorities[der]

    def _pool(self, base: Pool, label: bytes, extra: Sequence[bytes]) -> Pool:
        if not extra:
            return base
        key = (label, *extra)
        pool = self._pools.get(key)
        if pool is None:
            if len(self._pools) >= _POOLS:
                self._pools.clear()
            pool = self._pools[key] = Pool(self.at, self._signatures, base)
            for der in extra:
                found = self._authority(der)
                if found is not None:
                    pool.add(found)
        return pool

    def best_path(self, der: bytes, extra: Sequence[bytes] = ()) -> CertificatePath:
        """Return the best path of a certificate; ``extra`` are intermediates for this one only.

        Raises InputError when the certificate itself cannot be read.
        """
        pool = self._pool(self._known, b"known", extra)
        return self._result(pool, describe(der), der, True)[0]

    def path_of(
        self, facts: CertificateFacts, der: bytes, *, verify: bool = True
    ) -> CertificatePath:
        """Return the best path of a certificate whose facts are at hand already.

        With ``verify`` False the signature on this certificate is taken on trust when the key
        identifiers of issuer and certificate agree; everything above is verified all the same.
        """
        return self._result(self._known, facts, der, verify)[0]

    def issuer_of(self, path: CertificatePath, extra: Sequence[bytes] = ()) -> Authority | None:
        """Return the issuer that a path begins with, None where it is not at hand."""
        if path.issuer_certificate is None:
            return None
        return self._pool(self._known, b"known", extra).get(path.issuer_certificate)

    def verifies(
        self, crl: x509.CertificateRevocationList, issuer: str, key: str | None
    ) -> bool | None:
        """Say whether a known issuer of that name and key identifier signed a CRL.

        None when no such issuer is known. A key usage without cRLSign means that it did not
        (RFC 5280 6.3.3 f).
        """
        outcome: bool | None = None
        for one in self._known.issuers(issuer, key):
            try:
                if one.key is not None and one.signs_lists and crl.is_signature_valid(one.key):
                    return True
            except (ValueError, TypeError, UnsupportedAlgorithm):
                continue
            outcome = False
        return outcome

    def served_path(self, chain: Sequence[bytes]) -> ServedPath:
        """Judge a chain as served, leaf first; raises InputError when the leaf is unreadable.

        Other served certificates that are unreadable or issue nothing are left out, and their
        order does not matter (RFC 8446 4.4.2).
        """
        if not chain:
            raise InputError("an empty chain has no path")
        leaf, rest = chain[0], tuple(chain[1:])
        facts = describe(leaf)
        alone = self._pool(self._anchors, b"alone", rest)
        path, used = self._result(alone, facts, leaf, True)
        complete = used is not None and used.anchored and used.fault is None
        if not complete:
            both = self._pool(self._known, b"known", rest)
            path, used = self._result(both, facts, leaf, True)
        own = facts.certificate.signature_hash in WEAK_HASHES
        self_signed = path.root == facts.certificate.fingerprint
        return ServedPath(
            complete,
            False if facts.certificate.is_ca else path.publicly_trusted,
            path.privately_trusted,
            path.path_not_after,
            (own and not self_signed) or (used is not None and used.weak),
        )

    def _result(
        self, pool: Pool, facts: CertificateFacts, der: bytes, verify: bool
    ) -> tuple[CertificatePath, Chain | None]:
        row = facts.certificate
        found, forged = self._chains(pool, facts, der, verify)
        if not found:
            return (_pathless(facts, forged), None)
        key = found, _purpose(facts)
        verdict = self._verdicts.get(key) if not facts.critical else None
        if verdict is None:
            verdict = _judge(found, facts)
            # Without constraints nothing depends on the names: one verdict for all of an issuer.
            if not facts.critical and not any(chain.constraints for chain in found):
                if len(self._verdicts) >= _VERDICTS:
                    self._verdicts.clear()
                self._verdicts[key] = verdict
        best, columns = verdict
        return new_row(CertificatePath, (row.fingerprint, *columns)), best

    def _chains(
        self, pool: Pool, facts: CertificateFacts, der: bytes, verify: bool
    ) -> tuple[tuple[Chain, ...], bool]:
        """Return the paths above a certificate, and whether a signature there is a forgery."""
        row = facts.certificate
        own = self._self_signed(facts, der) if row.self_issued else None
        if own is not None:
            return (own,), False
        chains = pool.above(row.issuer, row.authority_key)
        if not chains:
            return (), False
        if not verify and row.authority_key is not None:
            return chains, False
        certificate = x509.load_der_x509_certificate(der)
        signed: dict[str, bool] = {}
        for chain in chains:
            issuer = chain.authorities[0]
            if issuer.fingerprint not in signed:
                signed[issuer.fingerprint] = signed_by(certificate, issuer)
        found = tuple(c for c in chains if signed[c.authorities[0].fingerprint])
        # Same name and same key identifier, yet another signature: no path can exist.
        forged = (
            not found
            and row.authority_key is not None
            and any(
                c.authorities[0].facts.certificate.subject_key == row.authority_key for c in chains
            )
        )
        return found, forged

    def _self_signed(self, facts: CertificateFacts, der: bytes) -> Chain | None:
        found = self._anchors.get(facts.certificate.fingerprint) or authority(der)
        if not signed_by(found.certificate, found):
            return None
        # Its own validity is judged by rules, like that of any other leaf.
        return Chain.of((found,), facts.certificate.not_before)


def _purpose(facts: CertificateFacts) -> _Purpose:
    """Return for whom a certificate is used; without extended key usage a leaf is for servers."""
    row = facts.certificate
    if row.server_auth or not (row.eku or row.is_ca):
        return "servers"
    return "clients" if row.client_auth else None


def _pathless(facts: CertificateFacts, forged: bool) -> CertificatePath:
    fault = _own_fault(facts)
    trusted = False if forged or fault else None
    row = facts.certificate
    issued = False if forged else None
    return CertificatePath(
        row.fingerprint, None, None, trusted, trusted, None, None, None, issued, fault
    )


def _own_fault(facts: CertificateFacts) -> str | None:
    return critical_fault("the certificate", facts.critical) if facts.critical else None


def _judge(found: tuple[Chain, ...], facts: CertificateFacts) -> _Verdict:
    """Choose among the paths above a certificate; returns it and the columns of its row."""
    judged = [_used(chain, facts) for chain in found]
    best = max(judged, key=_preference)
    chain = best.chain
    # A path that ends in the middle may go on to a root that nobody has shown us yet.
    otherwise = None if any(c.open_end for c in found) and not facts.critical else False
    issued = (
        True if any(c.public for c in found) else None if any(c.open_end for c in found) else False
    )
    return chain, (
        chain.authorities[0].fingerprint,
        None if chain.open_end else chain.authorities[-1].fingerprint,
        _any([u.usable for u in judged if u.chain.public], otherwise),
        _any([u.usable for u in judged if u.chain.private], otherwise),
        chain.not_after,
        best.met,
        chain.weak,
        issued,
        best.fault,
    )


def _any(usable: list[bool | None], otherwise: bool | None) -> bool | None:
    """Return whether one of the paths to a kind of root is usable."""
    if True in usable:
        return True
    return None if None in usable else otherwise


class _Used(NamedTuple):
    """A chain above one certificate: constraints met, why it is refused, whether it is usable."""

    chain: Chain
    met: bool | None
    fault: str | None
    usable: bool | None


def _used(chain: Chain, facts: CertificateFacts) -> _Used:
    met = all_met(chain.constraints, facts) if chain.constraints_met else False
    fault = _own_fault(facts) or chain.fault or _purpose_fault(chain, facts)
    usable: bool | None = True
    if fault is not None or met is False:
        usable = False
    elif met is None or chain.undecided:
        usable = None
    return _Used(chain, met, fault, usable)


def _purpose_fault(chain: Chain, facts: CertificateFacts) -> str | None:
    match _purpose(facts):
        case "servers" if not chain.servers:
            wrong = next(one for one in chain.authorities if not one.servers)
        case "clients" if not chain.clients:
            wrong = next(one for one in chain.authorities if not one.clients)
        case _:
            return None
    return f"issuer {wrong.facts.certificate.subject} may not issue for {_purpose(facts)}"


def _preference(used: _Used) -> tuple[bool | int, ...]:
    """Order paths: usable and anchored, public, sound, ended; then long-lived and short."""
    chain = used.chain
    return (
        chain.anchored and used.usable is True,
        chain.anchored and used.usable is not False,
        chain.anchored and used.fault is None,
        chain.anchored and chain.fault is None,
        chain.public,
        chain.anchored,
        used.fault is None,
        used.met is not False,
        not chain.open_end,
        chain.not_after if chain.not_after is not None else 1 << 62,
        -len(chain.authorities),
    )
