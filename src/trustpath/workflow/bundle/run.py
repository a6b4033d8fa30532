"""Carrying a bundle out: one step after the other, each written down before and after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from trustpath.base.errors import SourceError, TrustpathError
from trustpath.facts.bundle import Bundle, BundleState, Verb
from trustpath.facts.change import BusyError
from trustpath.facts.issuing import RateLimitedError, RejectedError
from trustpath.facts.writer import ConflictError, RefusedError
from trustpath.workflow.bundle import entries, machine
from trustpath.workflow.bundle.ports import BeyondError, EndedError, Outcome, Pending, Ports

_FINAL = (RejectedError, RefusedError, ConflictError)


class Runner:
    """Carries one bundle on. What is next follows from the stored bundle alone."""

    def __init__(self, ports: Ports, bundle: str) -> None:
        self._ports = ports
        self._id = bundle
        self._writing = threading.Lock()

    def advance(self) -> int | None:
        """Do the next step; returns when there is more to do, None when it rests.

        What a step leaves behind is among the facts by which the next one is judged, which are
        opened before it. Steps that need no other are done at once.

        Raises BusyError while another process carries the bundle.
        """
        self._keep()
        try:
            return self._advance()
        finally:
            with self._ports.store.act() as act:
                act.release_bundle(self._id)

    def _keep(self) -> None:
        now = self._now()
        with self._ports.store.act() as act:
            act.hold_bundle(self._id, self._ports.holder, now, now + self._ports.lease)

    def _advance(self) -> int | None:
        while True:
            bundle = self._bundle()
            alone = machine.alongside(bundle, self._now())
            if alone:
                return self._together(bundle, alone)
            action = machine.next_action(bundle, self._now())
            if isinstance(action, machine.Rest):
                return None
            if isinstance(action, machine.Until):
                return action.at
            self._take(bundle, action)
            if bundle.steps[action.number].verb is not Verb.WAIT:
                return self._now()

    # -- one step --

    def _take(self, bundle: Bundle, action: machine.Do) -> None:
        number = action.number
        if bundle.steps[number].verb is Verb.WAIT and not action.back:
            self._put(number, lambda b, now: machine.done(b, number, now))
        elif action.back:
            self._undo(bundle, number)
        else:
            self._do(number)

    def _do(self, number: int) -> None:
        begun = self._put(number, lambda b, now: machine.begun(b, number, now))
        if begun.state is not BundleState.RUNNING:
            return
        self._ports.passing(f"{number}.begun")
        doer = self._ports.doers[begun.steps[number].verb]
        try:
            found = doer.do(begun, number)
        except TrustpathError as error:
            self._failed(number, error)
            return
        self._ports.passing(f"{number}.done")
        self._settle(number, found)

    def _settle(self, number: int, found: Outcome | Pending) -> None:
        if isinstance(found, Pending):
            self._postpone(number, found)
            return
        result, rest = found.result, found.rest
        self._put(number, lambda b, now: machine.done(b, number, now, result, rest=rest))

    def _postpone(self, number: int, found: Pending) -> None:
        """Write down what is waited for; the ledger is told once, not at every look."""
        with self._writing, self._ports.store.act() as act:
            before = act.bundle(self._id)
            after = machine.postponed(before, number, self._now(), found.why, found.at)
            if before.steps[number].problem == found.why:
                act.postpone_bundle(self._id, found.at)
                return
            act.put_bundle(after, (number,))
            act.record(entries.moved(after, number))

    def _undo(self, bundle: Bundle, number: int) -> None:
        doer = self._ports.doers[bundle.steps[number].verb]
        self._ports.passing(f"{number}.back")
        try:
            found = doer.undo(bundle, number)
        except BeyondError as error:
            self._settle(number, Outcome(error.result, error.rest))
            return
        except TrustpathError as error:
            self._failed(number, error)
            return
        if found is None:
            self._put(number, lambda b, now: machine.undone(b, number, now))
        else:
            self._settle(number, found)

    def _failed(self, number: int, error: TrustpathError) -> None:
        again = passing(error)
        at = error.retry_at if isinstance(error, RateLimitedError) else None
        self._put(
            number,
            lambda b, now: machine.failed(
                b, number, now, str(error), passing=again, at=at, spent=_spent(error)
            ),
        )

    # -- many steps that stand alone --

    # Each is written by itself: the cost of one does not grow with how many there are.

    def _together(self, bundle: Bundle, numbers: tuple[int, ...]) -> int | None:
        """Do steps several at a time; returns when to look again at those that wait."""
        with ThreadPoolExecutor(self._ports.concurrency) as pool:
            waits = list(pool.map(lambda number: self._one_alone(bundle, number), numbers))
        again = min((at for at in waits if at is not None), default=None)
        with self._writing, self._ports.store.act() as act:
            before = act.bundle(self._id)
            after = replace(machine.ended(before), retry_at=again)
            if after.state is before.state:
                act.postpone_bundle(self._id, again)
                return again
            after = replace(after, updated_at=self._now())
            act.put_bundle(after, ())
            act.record(entries.turned(after, after.actor, "worked", after.problem))
        return None

    def _one_alone(self, bundle: Bundle, number: int) -> int | None:
        """Do one step; returns when to look again where it waits, or could not be begun."""
        with self._ports.store.reading() as reader:
            if self._ports.halted() or reader.bundle_state(self._id) is not BundleState.RUNNING:
                return self._now()  # stopped, paused or cancelled meanwhile
        begun = machine.begun(bundle, number, self._now())
        if begun is not bundle:
            self._put_alone(begun, number)
        self._ports.passing(f"{number}.begun")
        try:
            found = self._ports.doers[begun.steps[number].verb].do(begun, number)
        except TrustpathError as error:
            now, told = self._now(), str(error)
            after = machine.failed(begun, number, now, told, passing=False, spent=_spent(error))
        else:
            self._ports.passing(f"{number}.done")
            if isinstance(found, Pending):
                if begun.steps[number].problem != found.why:
                    self._put_alone(begun.with_step(number, problem=found.why), number)
                return found.at
            after = machine.done(begun, number, self._now(), found.result)
        self._put_alone(after, number)
        return None

    def _put_alone(self, bundle: Bundle, number: int) -> None:
        now = self._now()
        with self._writing, self._ports.store.act() as act:
            act.hold_bundle(self._id, self._ports.holder, now, now + self._ports.lease)
            act.put_bundle_step(self._id, number, bundle.steps[number])
            act.record(entries.moved(bundle, number))

    # -- writing down --

    def _put(self, number: int, change: Callable[[Bundle, int], Bundle]) -> Bundle:
        """Read the bundle, change it, write it: under the store's lock, so that nothing is lost."""
        with self._writing, self._ports.store.act() as act:
            now = self._now()
            act.hold_bundle(self._id, self._ports.holder, now, now + self._ports.lease)
            before = act.bundle(self._id)
            after = change(before, now)
            if after == before:
                return before
            touched = [n for n, step in enumerate(after.steps) if step is not before.steps[n]]
            act.put_bundle(after, touched)
            act.record(entries.moved(after, number))
        return after

    def _bundle(self) -> Bundle:
        with self._ports.store.reading() as reader:
            return reader.bundle(self._id)

    def _now(self) -> int:
        return self._ports.pace.now()


def passing(error: TrustpathError) -> bool:
    """Say whether the reason of a failure may pass by itself: an outside system, a taken zone."""
    if isinstance(error, EndedError):
        return error.passing
    return isinstance(error, SourceError | BusyError) and not isinstance(error, _FINAL)


def _spent(error: TrustpathError) -> str:
    return error.change if isinstance(error, EndedError) else ""
