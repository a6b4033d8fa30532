"""Revoking certificates: once nothing needs them any more, or at once for a compromised key.

Everything is found in the stored row, so that a revocation that was interrupted is taken up by
asking again: a CA says of a certificate that was revoked that it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trustpath.base.errors import InputError
from trustpath.facts.change import Change
from trustpath.facts.issuing import Issuer, RejectedError
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent
from trustpath.facts.revoking import COMPROMISED, REASONS, RevocationAnswer, RevocationAsker
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.acts import Acts
from trustpath.workflow.certificate.pem import der_chain
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.replaced import unreplaced
from trustpath.workflow.certificate.state import FOLLOWING, follow
from trustpath.workflow.session import Session

REVOKED: Final = IssuanceState.REVOKED
_REFUSED_REASON: Final = "badRevocationReason"
_NO_REASON: Final = "unspecified"
_IMPOSSIBLE: Final = "confirmation is not possible: it names no place, neither CRL nor OCSP"
_SAME_KEY = """
SELECT certificate FROM certificate_state
WHERE spki = ? AND certificate <> ? AND live AND NOT is_ca ORDER BY certificate
"""
_LISTED = """
SELECT DISTINCT COALESCE(l.url, l.issuer) FROM certificate AS c
JOIN revocation AS v ON v.issuer = c.issuer AND v.serial = c.serial
JOIN crl AS l ON l.issuer = v.issuer AND l.this_update = v.this_update
WHERE c.fingerprint = ? AND v.status = 'revoked' AND v.origin = 'crl' AND COALESCE(l.verified, TRUE)
GROUP BY l.issuer, l.url, l.this_update HAVING MIN(CASE WHEN l.verified THEN 1 ELSE 0 END) = 1
"""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the places say that a certificate names. ``named`` is False where it names none."""

    issuance: Issuance
    answers: tuple[RevocationAnswer, ...] = ()

    @property
    def named(self) -> bool:
        """Say whether there is a place to ask."""
        return bool(self.answers)

    @property
    def complete(self) -> bool:
        """Say whether every place says so; never where there is none to ask."""
        if self.issuance.confirmed_at is not None:
            return True
        return self.named and all(answer.revoked is True for answer in self.answers)

    def __str__(self) -> str:
        return "; ".join(map(_told, self.answers)) or _IMPOSSIBLE


def _told(answer: RevocationAnswer) -> str:
    says = {True: "revoked", False: "not yet revoked", None: answer.problem or "does not tell"}
    return f"{answer.kind} {answer.url}: {says[answer.revoked]}"


@dataclass(frozen=True, slots=True)
class Revoker:
    """Carries out events of the kind ``revoke`` over one estate.

    ``ask`` asks CRL and OCSP, for at most ``wait`` seconds before what is open is left open.
    """

    ports: Ports
    session: Session
    ask: RevocationAsker
    wait: float = 0.0

    def __call__(self, change: Change, event: CertificateEvent, actor: str) -> Sequence[Problem]:
        """Revoke, or go on with it; returns what stands in the way, so that nothing was done."""
        issuance = self.known(event.certificate or "")
        if issuance.state is REVOKED:
            self.confirm(issuance, actor)
            return ()
        reason = event.reason or _NO_REASON
        needed = self.needed(issuance, reason)
        if needed:
            return needed
        self.confirm(self.revoke(issuance, reason, actor, change.id), actor)
        return ()

    def known(self, wanted: str) -> Issuance:
        """Return the issuance of a fingerprint (or its beginning) or an id; raises InputError."""
        with self.ports.store.reading() as reader:
            if wanted[:1] in ("O", "o") and wanted[1:].isdecimal():
                return reader.order(wanted)
            text = wanted.replace(":", "").lower()
            found = [
                item
                for item in reader.orders()
                if len(text) >= 8 and (item.fingerprint or "").startswith(text)
            ]
        if len({item.fingerprint for item in found}) > 1:
            raise InputError("more than one certificate begins like this", where=wanted)
        if not found:
            raise InputError(
                "nothing is known of how this certificate was obtained",
                where=wanted,
                hint="hand it in as a file: trustpath cert revoke FILE.pem",
            )
        return found[-1]

    def needed(self, issuance: Issuance, reason: str) -> tuple[Problem, ...]:
        """Return what keeps a certificate from being revoked: who needs it, or what is missing."""
        if reason not in REASONS:
            raise InputError(
                f"{reason!r} is no reason for a revocation",
                where="--reason",
                hint="one of " + ", ".join(REASONS),
            )
        if REVOKED not in FOLLOWING[issuance.state] or not issuance.fingerprint:
            raise InputError(
                f"it is {issuance.state.value}: there is no certificate to revoke",
                where=issuance.id,
            )
        self._leaf(issuance)
        self._issuer(issuance)
        if reason == COMPROMISED:
            return ()
        return unreplaced(self.session, self.ports, issuance, reason)

    def revoke(
        self, issuance: Issuance, reason: str, actor: str, change: str | None = None
    ) -> Issuance:
        """Have the CA revoke it and write that down; raises SourceError where it does not.

        A CA that refuses the reason is asked again without one: that it is revoked counts more.
        """
        issuer, leaf = self._issuer(issuance), self._leaf(issuance)
        acts = Acts(self.ports, actor)
        acts.hold(issuance.job)
        try:
            published = reason
            try:
                first = issuer.revoke(leaf, REASONS[reason])
            except RejectedError as error:
                if error.kind != _REFUSED_REASON or reason == _NO_REASON:
                    raise
                first, published = issuer.revoke(leaf, REASONS[_NO_REASON]), _NO_REASON
            self.ports.passing("revoked-at-the-ca")
            now = self.ports.pace.now()
            done = follow(
                issuance,
                REVOKED,
                updated_at=now,
                revoked_at=now,
                revocation_reason=reason,
                problem="",
            )
            with self.ports.store.act() as act:
                act.put_order(done)
                act.record(
                    entries.entry(
                        done,
                        "revoked",
                        actor,
                        now,
                        reason=reason,
                        published=published if published != reason else None,
                        already=None if first else True,
                        issuer=issuer.spec.id,
                        change=change,
                        same_key=self.same_key(done) if reason == COMPROMISED else (),
                    )
                )
        finally:
            acts.release(issuance.job)
        self.ports.passing(REVOKED.value)
        return done

    def confirm(self, issuance: Issuance, actor: str) -> Confirmation:
        """Ask every place that the certificate names until all say so, or time is up.

        Where it names none, a list of its CA that the estate reads is enough. What is still open
        stands in ``problem`` of the issuance and is asked again next time; so does that there is no
        place to ask.
        """
        if issuance.confirmed_at is not None:
            return Confirmation(issuance)
        chain = der_chain(issuance.chain)
        ends = self.ports.pace.monotonic() + self.wait
        listed = self._listed(issuance)
        while True:
            answers = self.ask(chain[0], chain[1] if len(chain) > 1 else None) or listed
            found = Confirmation(issuance, answers)
            if not found.named or found.complete or self.ports.pace.monotonic() >= ends:
                break
            self.ports.pace.sleep(self.ports.patience.longest)
        if not found.complete:
            return replace(
                found, issuance=Acts(self.ports, actor).stand(issuance, f"unconfirmed: {found}")
            )
        return self._confirmed(found, actor)

    def _listed(self, issuance: Issuance) -> tuple[RevocationAnswer, ...]:
        """Return what lists of its issuer say that a source of the estate has."""
        with self.session.judging(engine="sqlite") as engine:
            rows = engine.query(_LISTED, (issuance.fingerprint,))
        return tuple(RevocationAnswer("crl", str(row[0]), revoked=True) for row in rows)

    def unconfirmed(self, hosts: Collection[str] | None, actor: str) -> tuple[str, ...]:
        """Ask again about what was revoked, for some hosts or all; return what is not confirmed."""
        now, left = self.ports.pace.now(), []
        with self.ports.store.reading() as reader:
            revoked = reader.orders((REVOKED,))
        for item in revoked:
            wanted = hosts is None or item.concerns(hosts)
            if wanted and item.awaits_confirmation(now) and item.chain:
                found = self.confirm(item, actor)
                if not found.complete:
                    left.append(f"{item.id}: {found}")
        return tuple(left)

    def _confirmed(self, found: Confirmation, actor: str) -> Confirmation:
        now = self.ports.pace.now()
        done = replace(found.issuance, confirmed_at=now, updated_at=now, problem="")
        with self.ports.store.act() as act:
            act.put_order(done)
            by = [f"{answer.kind} {answer.url}" for answer in found.answers]
            act.record(entries.entry(done, "confirmed", actor, now, by=by))
        return replace(found, issuance=done)

    def same_key(self, issuance: Issuance) -> tuple[str, ...]:
        """Return the fingerprints of other live certificates with the same key."""
        with self.session.judging(engine="sqlite") as engine:
            rows = engine.query(_SAME_KEY, (issuance.spki, issuance.fingerprint))
        return tuple(str(row[0]) for row in rows)

    def _leaf(self, issuance: Issuance) -> bytes:
        if not issuance.chain:
            raise InputError(
                "the certificate itself is not here",
                where=issuance.id,
                hint="hand it in as a file: trustpath cert revoke FILE.pem",
            )
        return der_chain(issuance.chain)[0]

    def _issuer(self, issuance: Issuance) -> Issuer:
        """Return what obtained it, else what obtains from its CA; raises InputError."""
        declared = self.session.estate.issuers
        for spec in declared:
            if spec.id == issuance.issuer and spec.ca == issuance.ca:
                return self.ports.connected.issuer(spec.id)
        for spec in declared:
            if spec.ca == issuance.ca:
                return self.ports.connected.issuer(spec.id)
        raise InputError(
            f"no issuer of the estate obtains from the CA {issuance.ca or 'behind it'}",
            where=issuance.id,
            hint="name one under issuers with an account that the CA lets revoke it, or revoke it"
            " there by hand",
        )
