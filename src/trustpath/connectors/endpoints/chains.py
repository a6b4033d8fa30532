"""What a served chain and its staple amount to, once for each distinct pair.

Large estates serve few distinct chains from many addresses, so results are kept by the octets
that were served: an equal chain costs one lookup.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography import x509

from trustpath.base.errors import InputError
from trustpath.connectors.endpoints.observation import Session
from trustpath.connectors.endpoints.stapling import Staple, judge
from trustpath.facts.ct_log import ListedLog
from trustpath.facts.relations import Fact
from trustpath.facts.relations.revocation import Revocation
from trustpath.facts.source import RootSet
from trustpath.facts.trust import PathBuilder, ServedPath
from trustpath.facts.trust_timestamps import TimestampChecker
from trustpath.facts.x509 import CertificateFacts, describe, fingerprint

# Facts take some twenty times the octets of a certificate full of names, so what is kept is
# bounded in octets, not in chains: hostile servers may each show another one of 100 KiB.
_KEPT = 12 * 1024 * 1024
_BUILT = 64 * 1024 * 1024
_ISSUERS, _ISSUER_SIZE = 512, 8192

_Key = tuple[tuple[bytes, ...], bytes | None]


def _size(key: _Key) -> int:
    chain, stapled = key
    return sum(map(len, chain)) + len(stapled or b"")


@dataclass(frozen=True, slots=True)
class JudgedChain:
    """A served chain as facts.

    ``fingerprints`` in served order; ``rows`` are the facts about its certificates, leaf first.
    ``path`` is None when the leaf cannot be read. ``ocsp`` is the column of ``Presentation``;
    ``remark`` says what is wrong with the staple, ``unreadable`` what could not be read.
    """

    fingerprints: tuple[str, ...]
    rows: tuple[Fact, ...]
    path: ServedPath | None
    ocsp: str | None
    remark: str | None
    unreadable: tuple[str, ...]


class ChainJudge:
    """Judges chains against the configured roots as of one instant."""

    def __init__(self, roots: RootSet, at: int, logs: Sequence[ListedLog] = ()) -> None:
        self._timestamps = TimestampChecker(logs)
        self._roots = roots
        self._at = at
        self._judged: OrderedDict[_Key, JudgedChain] = OrderedDict()
        self._kept = 0
        self._built = 0
        self._issuer = lru_cache(maxsize=_ISSUERS)(describe)

    @cached_property
    def _builder(self) -> PathBuilder:
        # Reading a whole root set takes a while, and a run may find no certificate at all.
        return PathBuilder(self._roots, self._at)

    @cached_property
    def _anchors(self) -> dict[str, bytes]:
        return {fingerprint(der): der for der in (*self._roots.public, *self._roots.private)}

    def judge(self, session: Session) -> JudgedChain:
        """Return the facts of a session's chain, which must not be empty."""
        key = (session.chain, session.stapled)
        found = self._judged.get(key)
        if found is not None:
            self._judged.move_to_end(key)
            return found
        found = self._judged[key] = self._judge(*key)
        self._kept += _size(key)
        while self._kept > _KEPT and len(self._judged) > 1:
            self._kept -= _size(self._judged.popitem(last=False)[0])
        return found

    def _paths(self, size: int) -> PathBuilder:
        """Return the builder, a new one when it has seen so much that its caches weigh."""
        self._built += size
        if self._built > _BUILT:
            self._built = size
            self.__dict__.pop("_builder", None)
        return self._builder

    def _describe(self, der: bytes, position: int) -> CertificateFacts:
        if position and len(der) <= _ISSUER_SIZE:
            return self._issuer(der)
        return describe(der)

    def _judge(self, chain: tuple[bytes, ...], stapled: bytes | None) -> JudgedChain:
        prints = tuple(fingerprint(der) for der in chain)
        rows: list[Fact] = []
        unreadable: list[str] = []
        leaf: CertificateFacts | None = None
        for position, (der, name) in enumerate(zip(chain, prints, strict=True)):
            if name in prints[:position]:
                continue
            try:
                facts = self._describe(der, position)
            except InputError as error:
                unreadable.append(f"certificate {position} ({name[:16]}): {error.message}")
                continue
            leaf = facts if position == 0 else leaf
            rows += (facts.certificate, *facts.names)
            if position:
                rows += facts.timestamps
        if leaf is None:
            ocsp = _ocsp(stapled, None)
            return JudgedChain(prints, tuple(rows), None, ocsp, None, tuple(unreadable))
        builder = self._paths(sum(map(len, chain)))
        best = builder.best_path(chain[0], chain[1:])
        rows.append(best)
        rows += self._timestamps.rows(leaf, chain[0], builder.issuer_of(best, chain[1:]))
        staple: Staple | None = None
        issuer = self._certificate(best.issuer_certificate, prints, chain)
        if stapled and issuer is not None:
            staple = judge(stapled, x509.load_der_x509_certificate(chain[0]), issuer, self._at)
        if staple and not staple.fault:
            rows.append(_revocation(leaf, staple))
        return JudgedChain(
            fingerprints=prints,
            rows=tuple(rows),
            path=builder.served_path(chain),
            ocsp=_ocsp(stapled, staple),
            remark=f"stapled OCSP response: {staple.fault}" if staple and staple.fault else None,
            unreadable=tuple(unreadable),
        )

    def _certificate(
        self, wanted: str | None, prints: tuple[str, ...], chain: tuple[bytes, ...]
    ) -> x509.Certificate | None:
        if wanted is None:
            return None
        der = dict(zip(prints, chain, strict=True)).get(wanted) or self._anchors.get(wanted)
        return x509.load_der_x509_certificate(der) if der else None


def _ocsp(stapled: bytes | None, staple: Staple | None) -> str | None:
    """Return the column: None when the issuer is not at hand, as nobody can tell then."""
    if not stapled:
        return "absent"
    return staple.status if staple else None


def _revocation(leaf: CertificateFacts, staple: Staple) -> Revocation:
    return Revocation(
        issuer=leaf.certificate.issuer,
        serial=leaf.certificate.serial,
        certificate=leaf.certificate.fingerprint,
        status=staple.status,
        reason=staple.reason,
        revoked_at=staple.revoked_at,
        origin="ocsp",
        this_update=staple.this_update,
        next_update=staple.next_update,
    )
