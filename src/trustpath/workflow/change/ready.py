"""Whether everything that a change will write to would take it, asked before the first write."""

from __future__ import annotations

from trustpath.base.errors import EstateError, SourceError
from trustpath.facts.change import Change
from trustpath.workflow.change.ports import Events, Writers


class UnreadyError(SourceError):
    """A server, a credential or a tool that the change needs does not answer as it must."""


def check_ready(writers: Writers, change: Change, events: Events | None = None) -> None:
    """Ask every zone's writer whether it could write now; raises UnreadyError naming all that fail.

    Where certificate events follow the records, their issuers and places of use are asked as well:
    records would be taken back for an event that cannot be carried out. Raises EstateError where no
    writer changes one of the zones. Nothing is written.
    """
    failed = []
    for zone in change.plan.zones:
        writer = writers.for_zone(zone)
        try:
            writer.ready(zone)
        except EstateError as error:  # a secret that is not there, an option
            failed.append(f"{zone or '.'}: {error}")
        except SourceError as error:
            failed.append(f"{zone or '.'}: {error}")
    if change.plan.edits and change.plan.ours and events is not None:
        failed += events.ready(change)
    if failed:
        raise UnreadyError(
            f"not everything that the change needs is ready: {'; '.join(failed)}",
            where=change.id,
            hint=f"nothing was written; the change is still {change.state.value}",
        )
