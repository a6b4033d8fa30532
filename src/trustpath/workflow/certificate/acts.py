"""The acts of carrying an issuance out: each row with its entry, under the lock of the job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from trustpath.facts.order import IN_USE, Issuance, IssuanceState
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.ports import Act, Ports
from trustpath.workflow.certificate.state import follow

_COLUMNS: Final = frozenset(
    ("url", "attempts", "problem", "challenge", "issued_at", "deployed_at", "verified_at")
)


@dataclass(frozen=True, slots=True)
class Acts:
    """Writes what becomes of issuances, in the name of an actor."""

    ports: Ports
    actor: str

    def turn(self, issuance: Issuance, after: IssuanceState, kind: str, **details: Any) -> Issuance:
        """Write the next state and its entry; details that are columns are written as well."""
        columns = {key: details[key] for key in details if key in _COLUMNS}
        said = {key: details[key] for key in details if key not in _COLUMNS}
        now = self.ports.pace.now()
        turned = follow(issuance, after, updated_at=now, **columns)
        with self.ports.store.act() as act:
            self._keep(act, issuance.job)
            act.put_order(turned)
            if after is IssuanceState.VERIFIED:
                self._supersede(act, turned, now)
            act.record(entries.entry(turned, kind, self.actor, now, **said))
        self.ports.passing(after.value)
        return turned

    def stand(self, issuance: Issuance, why: str) -> Issuance:
        """Leave the issuance where it is, saying why; only news are recorded."""
        if why == issuance.problem:
            return issuance
        now = self.ports.pace.now()
        standing = replace(issuance, problem=why, updated_at=now)
        with self.ports.store.act() as act:
            act.put_order(standing)
            act.record(entries.entry(standing, "waiting", self.actor, now, why=why))
        return standing

    def end(self, issuance: str, before: IssuanceState, why: str) -> None:
        """End an issuance as failed unless others took it on from that state meanwhile."""
        now = self.ports.pace.now()
        with self.ports.store.act() as act:
            current = act.order(issuance)
            if current.state is before:
                ended = follow(current, IssuanceState.FAILED, updated_at=now, problem=why)
                act.put_order(ended)
                act.record(entries.entry(ended, "failed", self.actor, now, why=why))

    def hold(self, job: str) -> None:
        """Take the job for this process; raises BusyError while another has it."""
        with self.ports.store.act() as act:
            self._keep(act, job)

    def release(self, job: str) -> None:
        """Give the job back."""
        with self.ports.store.act() as act:
            act.release_job(job)

    def _keep(self, act: Act, job: str) -> None:
        now = self.ports.pace.now()
        act.hold_job(job, self.ports.holder, now, now + self.ports.patience.lease)

    def _supersede(self, act: Act, verified: Issuance, now: int) -> None:
        for other in act.orders(IN_USE, job=verified.job):
            if other.id != verified.id:
                over = follow(other, IssuanceState.SUPERSEDED, updated_at=now)
                act.put_order(over)
                act.record(entries.entry(over, "superseded", self.actor, now, by=verified.id))
