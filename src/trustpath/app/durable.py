"""Durable execution of bundles by DBOS: waits survive the process, and so does what was begun.

The store has the truth about a bundle. What DBOS adds is that somebody comes back to it: after a
wait of hours, and in the next process when this one was killed. Each look at a bundle is a workflow
of its own, which leaves the next one behind, delayed for as long as there is nothing to do: a wait
holds neither a thread nor a process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
    WorkflowStatus,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from trustpath.base.errors import StoreError

_QUEUE: Final = "bundles"
_BEGUN: Final = ("PENDING", "ENQUEUED", "DELAYED")
_SOON: Final = 2.0
"""Seconds that are waited for in place."""
_AGAIN: Final = 60.0
"""Seconds until a bundle is looked at again that could not be looked at."""


@dataclass(slots=True)
class DurableEngine:
    """Carries bundles on. ``advance`` does what is to be done of one now and says when to return.

    ``url`` is a database URL, SQLite or PostgreSQL. One process of an estate at a time does the
    work of a bundle; ``advance`` returns an instant soon to come while another one has it.
    ``now`` is the clock of the instants that ``advance`` returns, in seconds since 1970.
    ``closing`` is set as soon as nothing more is to be begun. ``troubles`` has what kept bundles
    from being looked at, by their ids, until it is over.
    """

    url: str
    advance: Callable[[str], int | None]
    now: Callable[[], int]
    closing: threading.Event = field(default_factory=threading.Event)
    troubles: dict[str, Exception] = field(default_factory=dict)
    _look: Callable[[str], None] | None = field(default=None, init=False)
    _working: set[int] = field(default_factory=set, init=False)

    def __enter__(self) -> DurableEngine:
        """Open the database and take up whatever an earlier process left; raises StoreError."""
        config: DBOSConfig = {
            "name": "trustpath",
            "system_database_url": self.url,
            # Constant, so that what an older version began is taken up by this one.
            "application_version": "1",
            "executor_id": "local",
            "log_level": "CRITICAL",
            # Not pickle: who can write the database must not thereby run code here.
            "serializer": DBOSPortableJSONSerializer(),
        }
        # What it has to say comes as exceptions; of its own it would write to standard error.
        logging.getLogger("dbos").handlers[:] = [logging.NullHandler()]
        DBOS(config=config)
        self._look = self._registered()
        try:
            DBOS.launch()
            DBOS.register_queue(_QUEUE, polling_interval_sec=0.5)
        except (SQLAlchemyError, OSError) as error:
            DBOS.destroy(destroy_registry=True)
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise StoreError(
                f"where bundles under way are kept cannot be opened: {reason}",
                where=make_url(self.url).render_as_string(hide_password=True),
                hint="check workflows in the estate file, and that the database is there",
            ) from error
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop once the steps under way are done; the rest is taken up by the next process."""
        self.closing.set()
        while self._working:
            time.sleep(0.02)
        DBOS.destroy(destroy_registry=True)

    def _registered(self) -> Callable[[str], None]:
        @DBOS.step(name="advance")
        def step(bundle: str) -> float | None:
            return self._advanced(bundle)

        @DBOS.workflow(name="look")
        def look(bundle: str) -> None:
            me = threading.get_ident()
            self._working.add(me)
            try:
                seconds = step(bundle)
                before, number = _numbered(DBOS.workflow_id or "")
                if seconds is not None:
                    following = SetWorkflowID(f"{bundle}-{number + 1}")
                    with following, SetEnqueueOptions(delay_seconds=seconds):
                        DBOS.enqueue_workflow(_QUEUE, look, bundle)
                if number > 1:
                    DBOS.delete_workflow(f"{before}-{number - 1}")
            finally:
                self._working.discard(me)

        return look

    def _advanced(self, bundle: str) -> float | None:
        """Do what is to be done; returns the seconds until there is more, None where it rests."""
        while not self.closing.is_set():
            try:
                at = self.advance(bundle)
            except Exception as error:  # told to whoever watches; tried again
                self.troubles[bundle] = error
                return _AGAIN
            self.troubles.pop(bundle, None)
            if at is None:
                return None
            seconds = max(0.0, float(at - self.now()))
            if seconds > _SOON or self.closing.wait(seconds):
                return seconds
        return 0.0

    def start(self, bundle: str) -> None:
        """Have a bundle carried on, unless it is already."""
        known = _looks(bundle)
        if any(one.status in _BEGUN for one in known):
            return
        number = max((_numbered(one.workflow_id)[1] for one in known), default=0)
        assert self._look is not None  # noqa: S101  # entered
        with SetWorkflowID(f"{bundle}-{number + 1}"):
            DBOS.start_workflow(self._look, bundle)

    def wake(self, bundles: Iterable[str]) -> None:
        """Have bundles looked at now, although their waits are not over."""
        for bundle in bundles:
            for one in _looks(bundle):
                if one.status == "DELAYED":
                    DBOS.set_workflow_delay(one.workflow_id, delay_seconds=0)


def _looks(bundle: str) -> list[WorkflowStatus]:
    return DBOS.list_workflows(workflow_id_prefix=f"{bundle}-", load_input=False, load_output=False)


def _numbered(workflow: str) -> tuple[str, int]:
    """Return the bundle and the number of a look by the id of its workflow."""
    bundle, _, number = workflow.rpartition("-")
    return bundle, int(number) if number.isdecimal() else 0
