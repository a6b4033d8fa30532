"""Carrying a bundle out: one step after the other, each written down before and after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from trustpath.base.errors import SourceError, TrustpathError
from trustpath.facts.bundle import Bundle, BundleState, Verb
from trustpath.facts.change import BusyError
from trustpath.facts.issuing import RateLimitedError, RejectedError
from trustpath.facts.writer import ConflictError, RefusedError
from trustpath.workflow.bundle import entries, machine
from trustpath.workflow.bundle.ports import Outcome, Pending, Ports

_FINAL = (RejectedError, RefusedError, ConflictError)


class Runner:
    """Carries one bundle on. What is next follows from the stored bundle alone."""

    def __init__(self, ports: Ports, bundle: str) -> None:
        self._ports = ports
        self._id = bundle
        self._writing = threading.Lock()

    def advance(self) -> int | None:
        """Do what is to be done now; returns when there is more to do, None when it rests."""
        while True:
            bundle = self._bundle()
            alone = machine.alongside(bundle)
            if alone:
                self._together(alone)
                continue
            action = machine.next_action(bundle, self._now())
            if isinstance(action, machine.Rest):
                return None
            if isinstance(action, machine.Until):
                return action.at
            self._take(bundle, action)

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
            why, at = found.why, found.at
            self._put(number, lambda b, now: machine.postponed(b, number, now, why, at))
            return
        result, rest = found.result, found.rest
        self._put(number, lambda b, now: machine.done(b, number, now, result, rest=rest))

    def _undo(self, bundle: Bundle, number: int) -> None:
        doer = self._ports.doers[bundle.steps[number].verb]
        self._ports.passing(f"{number}.back")
        try:
            found = doer.undo(bundle, number)
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
            lambda b, now: machine.failed(b, number, now, str(error), passing=again, at=at),
        )

    # -- many steps that stand alone --

    def _together(self, numbers: tuple[int, ...]) -> None:
        with ThreadPoolExecutor(self._ports.concurrency) as pool:
            for _ in pool.map(self._one_alone, numbers):
                pass

    def _one_alone(self, number: int) -> None:
        # A pause or a cancellation counts for what has not begun.
        if self._bundle().state is BundleState.RUNNING:
            self._do(number)

    # -- writing down --

    def _put(self, number: int, change: Callable[[Bundle, int], Bundle]) -> Bundle:
        """Read the bundle, change it, write it: under the store's lock, so that nothing is lost."""
        with self._writing, self._ports.store.act() as act:
            before = act.bundle(self._id)
            after = change(before, self._now())
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
    return isinstance(error, SourceError | BusyError) and not isinstance(error, _FINAL)
