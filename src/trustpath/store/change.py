"""Changes in the store: every act's row and its ledger entry in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select

from trustpath.base.errors import InputError, StoreError
from trustpath.facts.account import KnownAccount
from trustpath.facts.bundle import Bundle, BundleState
from trustpath.facts.bundle import Step as BundleStep
from trustpath.facts.change import (
    Change,
    Consent,
    Direction,
    Grant,
    State,
    Step,
    StepState,
    plain,
    plan_from,
)
from trustpath.facts.drift import Accepted
from trustpath.facts.edits import Edit
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.ledger.entry import Entry
from trustpath.store import account, bundle, drift, exception, order, zone_lock
from trustpath.store.ledger import append, transaction
from trustpath.store.tables import (
    ACT_CHANGE,
    ACT_CONSENT,
    ACT_EXCEPTION,
    ACT_STEP,
    next_number,
    put,
)

_JSON = ("plan", "assessment", "outcome")


class ChangeStore:
    """Changes, consents and steps of one store."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    @contextmanager
    def act(self) -> Iterator[Act]:
        """Open one act: it holds the store's write lock, and stands or falls as a whole.

        Raises StoreError when it wrote rows and recorded nothing.
        """
        with transaction(self._database) as connection:
            act = Act(connection)
            yield act
            act.close()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a view of what is stored."""
        with self._database.connect() as connection:
            yield Reader(connection)

    def grants(self) -> Sequence[Grant]:
        """Return every exception that was ever granted, in order."""
        return exception.grants(self._database)


class Reader:
    """What can be asked of changes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, change: str) -> Change:
        """Return one change; raises InputError where there is none of that id."""
        row = None
        if change[:1] in "Cc" and change[1:].isdecimal():
            found = self._connection.execute(
                select(ACT_CHANGE).where(ACT_CHANGE.c.number == int(change[1:]))
            )
            row = found.mappings().first()
        if row is None:
            raise InputError(
                f"there is no change {change!r}", where=change, hint="see trustpath change list"
            )
        return _change(row)

    def changes(self, states: Iterable[State] = ()) -> Sequence[Change]:
        """Return changes in the order of their making, all or those in some states."""
        query = select(ACT_CHANGE).order_by(ACT_CHANGE.c.number)
        wanted = [state.value for state in states]
        if wanted:
            query = query.where(ACT_CHANGE.c.state.in_(wanted))
        return [_change(row) for row in self._connection.execute(query).mappings()]

    def of_origin(self, origin: str) -> Sequence[Change]:
        """Return the changes that were made of something, in order."""
        query = select(ACT_CHANGE).where(ACT_CHANGE.c.origin == origin)
        rows = self._connection.execute(query.order_by(ACT_CHANGE.c.number))
        return [_change(row) for row in rows.mappings()]

    def consents(self, change: str) -> Sequence[Consent]:
        """Return every decision on a change, lapsed ones too, in order."""
        columns = [column for column in ACT_CONSENT.columns if column.name != "id"]
        rows = self._connection.execute(
            select(*columns).where(ACT_CONSENT.c.change == change).order_by(ACT_CONSENT.c.id)
        )
        return [Consent(**row) for row in rows.mappings()]

    def uses(self, standing: str, since: int) -> int:
        """Return how many edits a standing approval let pass since an instant: a row for each."""
        counted = self._connection.execute(
            select(func.count(ACT_CONSENT.c.id)).where(
                ACT_CONSENT.c.decision == "standing",
                ACT_CONSENT.c.note == standing,
                ACT_CONSENT.c.at >= since,
            )
        )
        return int(counted.scalar_one())

    def steps(self, change: str) -> Sequence[Step]:
        """Return the writes of a change: forward ones first, each by place."""
        rows = self._connection.execute(
            select(ACT_STEP)
            .where(ACT_STEP.c.change == change)
            .order_by(ACT_STEP.c.direction.desc(), ACT_STEP.c.number)
        ).mappings()
        return [
            Step(
                change=row["change"],
                number=row["number"],
                zone=row["zone"],
                direction=Direction(row["direction"]),
                state=StepState(row["state"]),
                at=row["at"],
                detail=row["detail"],
            )
            for row in rows
        ]

    def order(self, issuance: str) -> Issuance:
        """Return one issuance; raises InputError where there is none of that id."""
        return order.get_order(self._connection, issuance)

    def orders(
        self,
        states: Iterable[IssuanceState] = (),
        *,
        job: str | None = None,
        fingerprint: str | None = None,
        change: str | None = None,
    ) -> Sequence[Issuance]:
        """Return issuances in the order of their making: all, or those that meet what is given."""
        return order.orders(
            self._connection, states, job=job, fingerprint=fingerprint, change=change
        )

    def next_order(self) -> str:
        """Return the id of the next issuance."""
        return order.next_order(self._connection)

    def accounts(self) -> Sequence[KnownAccount]:
        """Return every account that was registered here, in the order of registering."""
        return account.accounts(self._connection)

    def bundle(self, identity: str) -> Bundle:
        """Return one bundle; raises InputError where there is none of that id."""
        return bundle.get_bundle(self._connection, identity)

    def bundle_state(self, identity: str) -> BundleState:
        """Return the state of a bundle that is there."""
        return bundle.bundle_state(self._connection, identity)

    def bundles(self, states: Iterable[BundleState] = ()) -> Sequence[Bundle]:
        """Return bundles in the order of their making, all or those in some states."""
        return bundle.bundles(self._connection, states)


class Act(Reader):
    """One act under way."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._wrote = False
        self._recorded = False

    def record(self, entry: Entry) -> None:
        """Append an entry to the ledger."""
        append(self._connection, [entry.encode()])
        self._recorded = True

    def close(self) -> None:
        """Raise StoreError when something was written and nothing recorded."""
        if self._wrote and not self._recorded:
            raise StoreError("an act without its entry in the ledger")

    def next_change(self) -> str:
        """Return the id of the next change."""
        return f"C{next_number(self._connection, ACT_CHANGE)}"

    def next_exception(self) -> str:
        """Return the id of the next exception."""
        return f"X{next_number(self._connection, ACT_EXCEPTION)}"

    def hold_job(self, job: str, holder: str, now: int, until: int) -> None:
        """Take or keep a job for a process; raises BusyError while another has it."""
        order.hold_job(self._connection, job, holder, now, until)

    def release_job(self, job: str) -> None:
        """Give a job back."""
        order.release_job(self._connection, job)

    def see_window(self, issuance: Issuance) -> None:
        """Write what a CA said of the time to renew: seen, not done, so that no entry is due."""
        order.put_order(self._connection, issuance)

    def put_order(self, issuance: Issuance) -> None:
        """Write an issuance, new or as it is now."""
        self._wrote = True
        order.put_order(self._connection, issuance)

    def put_account(self, known: KnownAccount) -> None:
        """Write an account at a CA, new or as it is now."""
        self._wrote = True
        account.put_account(self._connection, known)

    def next_bundle(self) -> str:
        """Return the id of the next bundle."""
        return bundle.next_bundle(self._connection)

    def put_bundle(self, made: Bundle, steps: Iterable[int] | None = None) -> None:
        """Write a bundle with the named steps, or with all of them."""
        self._wrote = True
        bundle.put_bundle(self._connection, made, steps)

    def put_bundle_step(self, identity: str, place: int, step: BundleStep) -> None:
        """Write one step of a bundle."""
        self._wrote = True
        bundle.put_bundle_step(self._connection, identity, place, step)

    def hold_bundle(self, identity: str, holder: str, now: int, until: int) -> None:
        """Take or keep a bundle for a process; raises BusyError while another carries it."""
        bundle.hold(self._connection, identity, holder, now, until)

    def release_bundle(self, identity: str) -> None:
        """Give a bundle back."""
        bundle.release(self._connection, identity)

    def postpone_bundle(self, identity: str, at: int | None) -> None:
        """Say when to look at a bundle again; that nothing is new needs no entry."""
        bundle.postpone(self._connection, identity, at)

    def put(self, change: Change) -> None:
        """Write a change, new or as it is now."""
        self._wrote = True
        put(self._connection, ACT_CHANGE, **_values(change))

    def add_consent(self, consent: Consent) -> None:
        """Write one decision."""
        self._wrote = True
        self._connection.execute(insert(ACT_CONSENT).values(**plain(consent)))

    def put_step(self, step: Step) -> None:
        """Write what is known of a write."""
        self._wrote = True
        put(self._connection, ACT_STEP, **plain(step))

    def hold(self, zones: Iterable[str], change: str, holder: str, now: int, until: int) -> None:
        """Take the zones for a change, or keep them; raises BusyError while another has one."""
        for zone in zones:
            zone_lock.hold(self._connection, zone, (change, holder), now, until)

    def release(self, change: str) -> None:
        """Give the zones of a change back."""
        zone_lock.release(self._connection, change)

    def approve_content(self, edits: Iterable[Edit], change: str, at: int) -> None:
        """Make what a change did part of the approved content of its zones."""
        self._wrote = True
        drift.approve(self._connection, edits, change, at)

    def accept_zone(self, accepted: Accepted) -> None:
        """Make this the approved content of a zone, whatever changes did before."""
        self._wrote = True
        drift.accept(self._connection, accepted)

    def put_grant(self, grant: Grant) -> None:
        """Write an exception, new or as it is now."""
        self._wrote = True
        exception.put_grant(self._connection, grant)


def _values(change: Change) -> dict[str, Any]:
    values = plain(change)
    values["number"] = int(values.pop("id")[1:])
    for name in _JSON:
        values[name] = json.dumps(values[name], ensure_ascii=False)
    return dict(values)


def _change(row: RowMapping) -> Change:
    values = dict(row)
    values["id"] = f"C{values.pop('number')}"
    values["state"] = State(values["state"])
    for name in _JSON:
        values[name] = json.loads(values[name])
    values["plan"] = plan_from(values["plan"])
    return Change(**values)
