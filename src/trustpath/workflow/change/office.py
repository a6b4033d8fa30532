"""Everything that is connected for commands on changes, exceptions and drift of one estate."""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.facts.relations.declaration import Owner
from trustpath.workflow.change.ports import Desk, Ports
from trustpath.workflow.drift.run import Acts, ApprovedStore
from trustpath.workflow.exception import GrantStore
from trustpath.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Office:
    """An estate, and what acts on it: the desk decides, the ports write."""

    session: Session
    desk: Desk
    ports: Ports
    grants: GrantStore
    approved: ApprovedStore
    acts: Acts

    @property
    def owners(self) -> frozenset[str]:
        """Return the owners that the estate file declares."""
        return frozenset(
            fact.id for fact in self.session.estate.declarations if isinstance(fact, Owner)
        )
