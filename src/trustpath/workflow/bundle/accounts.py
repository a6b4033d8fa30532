"""Steps on accounts at CAs, and steps that look at endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.bundle import Bundle, Verb
from trustpath.facts.issuing import Account, Accounts
from trustpath.facts.part import Part
from trustpath.facts.relations.presentation import Presentation
from trustpath.workflow.bundle.ports import Outcome, Pending
from trustpath.workflow.change.endpoints import faults
from trustpath.workflow.change.ports import Pace
from trustpath.workflow.gate.probe import Place, Prober


class AccountKeeper(Protocol):
    """Finds the account of an issuer."""

    def accounts(self, issuer: str) -> Accounts:
        """Return what keeps an issuer's account; raises InputError where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class AccountDoer:
    """Does REGISTER and DEACTIVATE steps; nothing of them is taken back."""

    keeper: AccountKeeper

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Make or end the account of an issuer."""
        step = bundle.steps[number]
        accounts = self.keeper.accounts(step.what["issuer"])
        account: Account
        if step.verb is Verb.REGISTER:
            account = accounts.register(agree=True)
        else:
            account = accounts.deactivate()
        return Outcome({"uri": account.uri, "status": account.status})

    def undo(self, bundle: Bundle, number: int) -> None:
        """Do nothing: an account that no CAA names obtains nothing under CAA."""


@dataclass(frozen=True, slots=True)
class EndpointDoer:
    """Does PROVE steps: every address serves the name, with a key and a certificate for it."""

    prober: Prober
    pace: Pace

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Look; raises SourceError while it may still come, InputError once records moved."""
        what = bundle.steps[number].what
        places = tuple(
            Place(address, what["port"], "tls", what["name"]) for address in what["addresses"]
        )
        wrong = tuple(_wrong(list(self.prober(places)), places, self.pace.now()))
        if not wrong:
            return Outcome({"seen": [f"{p.address}:{p.port}" for p in places]})
        error = SourceError if number == 0 else InputError
        raise error("; ".join(wrong), where=what["name"])

    def undo(self, bundle: Bundle, number: int) -> None:
        """Do nothing: looking leaves nothing."""


def _wrong(parts: list[Part], places: tuple[Place, ...], now: int) -> Iterator[str]:
    rows = [row for part in parts for row in part.facts if isinstance(row, Presentation)]
    served = {(row.address, row.port) for row in rows if row.outcome == "served" and row.leaf}
    keyed = {(row.address, row.port) for row in rows if row.authenticated}
    for place in places:
        at = (place.address, place.port)
        if at not in served:
            told = [str(problem) for part in parts for problem in part.problems]
            why = "; ".join(told) or "nothing is served"
            yield f"{place.address}:{place.port}: {why}"
        elif at not in keyed:
            yield f"{place.address}:{place.port}: it does not hold the key"
    for part in parts:
        yield from (str(fault) for fault in faults(part, now))
