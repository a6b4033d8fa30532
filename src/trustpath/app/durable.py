"""Durable execution of bundles by DBOS: waits survive the process, and so does what was begun.

The store has the truth about a bundle. What DBOS adds is that somebody comes back to it: after a
wait of hours, and in the next process when this one was killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

_PENDING: Final = ("PENDING", "ENQUEUED")
_LONGEST: Final = 300.0
"""Seconds between two looks at a bundle that waits: who paused or consented is noticed by then."""


@dataclass(slots=True)
class DurableEngine:
    """Carries bundles on. ``advance`` does what is to be done of one now and says when to return.

    ``url`` is a database URL, SQLite or PostgreSQL. One process of an estate at a time does the
    work of a bundle; ``advance`` returns an instant soon to come while another one has it.
    """

    url: str
    advance: Callable[[str], int | None]
    _carry: Callable[[str], str] | None = field(default=None, init=False)

    def __enter__(self) -> DurableEngine:
        """Open the database and take up whatever an earlier process left."""
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
        DBOS(config=config)
        self._carry = self._registered()
        DBOS.launch()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop; what is under way is taken up by the next process."""
        DBOS.destroy(destroy_registry=True)

    def _registered(self) -> Callable[[str], str]:
        advance = self.advance

        @DBOS.step(name="advance")
        def step(bundle: str) -> float | None:
            at = advance(bundle)
            return None if at is None else min(_LONGEST, max(0.0, at - time.time()))

        @DBOS.workflow(name="carry")
        def carry(bundle: str) -> str:
            while (seconds := step(bundle)) is not None:
                DBOS.recv("wake", timeout_seconds=seconds)
            return bundle

        return carry

    def start(self, bundle: str) -> None:
        """Have a bundle carried on, unless it is already."""
        begun: list[Any] = DBOS.list_workflows(workflow_id_prefix=f"{bundle}-")
        if any(known.status in _PENDING for known in begun):
            return
        assert self._carry is not None  # noqa: S101  # entered
        with SetWorkflowID(f"{bundle}-{len(begun) + 1}"):
            DBOS.start_workflow(self._carry, bundle)

    def wake(self, bundles: Iterable[str]) -> None:
        """Have bundles looked at now, although their waits are not over."""
        for known in DBOS.list_workflows(status=list(_PENDING)):
            if known.workflow_id.rpartition("-")[0] in bundles:
                DBOS.send(known.workflow_id, "look", "wake")
