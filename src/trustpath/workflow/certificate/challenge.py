"""Answers to challenges: TXT records as governed changes; files and listeners by responders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Protocol

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.change import UNDER_WAY, BusyError, Change, State
from trustpath.facts.consent import StandingApproval
from trustpath.facts.issuing import Order, Proof
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.change.apply import StoppedError, apply, enact
from trustpath.workflow.change.decide import LapsedError, propose, withdraw
from trustpath.workflow.change.ports import Desk
from trustpath.workflow.change.ports import Ports as ChangePorts
from trustpath.workflow.change.state import OPEN

DNS_METHODS: Final = frozenset({"dns-01", "dns-account-01"})
STANDING: Final = "dns-persist-01"
"""Proven by what stands already: nothing is shown for an order (workflow/certificate/persist)."""
TTL: Final = 60
TRIES: Final = 3
BUSY: Final = 60.0
"""Seconds to wait for a zone that another change has."""


def chosen(order: Order, method: str) -> tuple[Proof, ...]:
    """Return the proof of each pending authorization by a method; raises SourceError."""
    by_authorization: dict[str, list[Proof]] = {}
    for proof in order.proofs:
        by_authorization.setdefault(proof.authorization, []).append(proof)
    found = []
    for offered in by_authorization.values():
        fitting = [proof for proof in offered if proof.method == method]
        if not fitting:
            raise SourceError(
                f"the CA offers no {method} for {offered[0].name}",
                where=order.url,
                hint="it offers " + ", ".join(sorted({proof.method for proof in offered})),
            )
        found.append(fitting[0])
    return tuple(found)


def records(proofs: Sequence[Proof]) -> dict[str, list[str]]:
    """Return the TXT texts by owner name: a name and its wildcard share an RRset (RFC 8555 8.4)."""
    found: dict[str, list[str]] = {}
    for proof in proofs:
        texts = found.setdefault(proof.record, [])
        if proof.value not in texts:
            texts.append(proof.value)
    return found


def present(ports: Ports, order: str, responder: str | None, proofs: Sequence[Proof]) -> str | None:
    """Put every answer in place; returns the change that published records, if there is one."""
    dns = [proof for proof in proofs if proof.method in DNS_METHODS]
    answered = _answered(proofs)
    if answered:
        answering = ports.connected.responder(responder or "")
        for proof in answered:
            answering.present(proof)
    return ports.challenges.publish(records(dns), order) if dns else None


def clear(ports: Ports, responder: str | None, proofs: Sequence[Proof]) -> None:
    """Take the answers of a responder away; records are withdrawn as a change."""
    answered = _answered(proofs)
    if answered and responder:
        answering = ports.connected.responder(responder)
        for proof in answered:
            answering.withdraw(proof)
        answering.close()


def _answered(proofs: Sequence[Proof]) -> list[Proof]:
    """Return the proofs that a responder gives."""
    return [proof for proof in proofs if proof.method not in (*DNS_METHODS, STANDING)]


class Origins(Protocol):
    """Finds changes by what they were made of."""

    def of_origin(self, origin: str) -> Sequence[Change]:
        """Return the changes of an origin, in order."""
        ...


class OriginStore(Protocol):
    """Where changes are kept."""

    def reading(self) -> AbstractContextManager[Origins]:
        """Open a view."""
        ...


@dataclass(frozen=True, slots=True)
class DnsChallenges:
    """Publishes and withdraws TXT records as changes of an automation actor.

    What is at a name already keeps its TTL. ``zone_of`` gives the zone of a name; ``turns`` has a
    lock for each zone that was written to.
    """

    desk: Desk
    ports: ChangePorts
    origins: OriginStore
    zone_of: Callable[[str], str | None]
    turns: dict[str, Lock] = field(default_factory=dict)

    def publish(self, records: Mapping[str, Sequence[str]], why: str) -> str:
        """Publish texts by owner name; an earlier try of the same order is taken up again.

        Raises StoppedError where the gate stops it, InputError where nothing approves it.
        """
        approval = self._approval(records)
        origin = _origin(why)
        ttl = min(max(TTL, approval.ttl_least), approval.ttl_most)
        operations = tuple(
            Operation(Action.ADD, None, name, "TXT", ttl, _quoted(texts), keeps_ttl=True)
            for name, texts in sorted(records.items())
        )
        return self._make(origin, operations, approval.actor).id

    def published(self, why: str) -> str | None:
        """Return the change that published the answers of an order, None where none did."""
        found = [change for change in self._of(_origin(why)) if change.state is State.APPLIED]
        return found[-1].id if found else None

    def withdraw(self, change: str) -> None:
        """Take back what a change published; other values at the same names stay."""
        with self.desk.store.reading() as reader:
            made = reader.get(change)
        origin = f"withdrawal of {change}"
        operations = tuple(
            Operation(Action.REMOVE, edit.zone, edit.name, edit.type, None, edit.added, origin)
            for edit in made.plan.edits
        )
        self._make(origin, operations, made.author)

    def _make(self, origin: str, operations: tuple[Operation, ...], actor: str) -> Change:
        """Make a change, or end the one of that origin that an interruption left."""
        stopped: StoppedError | None = None
        for _ in range(TRIES):
            change = self._earlier(origin) or self._at_once(origin, operations, actor)
            try:
                if change.state in {*OPEN, *UNDER_WAY}:
                    change = self._unless_busy(change, actor)
            except LapsedError:
                continue  # somebody else moved the names between: plan from what is there now
            except StoppedError as error:
                withdraw(self.desk, change.id, actor, str(error))
                if change.state is not State.APPROVED or error.denied:
                    raise
                stopped = error  # the facts moved since: judge what is there now
                continue
            if change.state is State.APPLIED:
                return change
            why = change.outcome.get("why", change.state.value)
            raise SourceError(f"the challenge is not in place: {why}", where=change.id)
        raise stopped or SourceError("others move the records all the time", where=origin)

    def _at_once(self, origin: str, operations: tuple[Operation, ...], actor: str) -> Change:
        """Propose and apply in one act; what has to wait for its zones, or for more, is filed."""
        submission = Submission(origin, operations=operations)
        zones = {item.zone or self.zone_of(item.name) or "" for item in operations}
        with suppress(BusyError), self._turn(zones):
            return enact(self.desk, self.ports, submission, actor)
        return self._earlier(origin) or propose(self.desk, submission, actor).change

    def _unless_busy(self, change: Change, actor: str) -> Change:
        """Apply a change as soon as its zones are free; threads of this process take turns.

        One that was interrupted has its zones, so that the others wait for it.
        """
        with self._turn(change.plan.zones if change.state in OPEN else ()):
            ends = self.ports.pace.monotonic() + BUSY
            while True:
                try:
                    return apply(self.desk, self.ports, change.id, actor)
                except BusyError:
                    if self.ports.pace.monotonic() >= ends:
                        raise
                    self.ports.pace.sleep(self.ports.patience.interval)

    @contextmanager
    def _turn(self, zones: Iterable[str]) -> Iterator[None]:
        """Wait until no other thread of this process is at the zones."""
        with ExitStack() as turns:
            for zone in sorted(zones):
                turns.enter_context(self.turns.setdefault(zone, Lock()))
            yield

    def _earlier(self, origin: str) -> Change | None:
        wanted = {*OPEN, *UNDER_WAY, State.APPLIED}
        found = [change for change in self._of(origin) if change.state in wanted]
        return found[-1] if found else None

    def _of(self, origin: str) -> Sequence[Change]:
        with self.origins.reading() as reader:
            return reader.of_origin(origin)

    def _approval(self, records: Mapping[str, Sequence[str]]) -> StandingApproval:
        """Return the standing approval under which the records are published."""
        now = self.desk.pace.now()
        for item in self.desk.rules.approvals:
            named = all(any(p.covers(name) for p in item.names) for name in records)
            if named and "TXT" in item.types and now < item.until:
                return item
        raise InputError(
            f"no standing approval lets automation publish {min(records)} TXT",
            where="standing",
            hint="add one for an actor with the role automation, with value form acme-challenge",
        )


def _origin(why: str) -> str:
    return f"challenges of {why}"


def _quoted(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(f'"{text}"' for text in texts)
