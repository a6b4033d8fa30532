"""Which logs to follow, from a log list that is a file of the estate or at a URL it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.base.files import open_regular
from trustpath.connectors.ct import wire
from trustpath.connectors.ct.options import (
    ListOptions,
    LogOptions,
    SearchOptions,
    read_options,
)
from trustpath.connectors.ct.web import Web
from trustpath.facts.ct_log import ListedLog
from trustpath.facts.estate import known_logs
from trustpath.facts.part import Problem
from trustpath.facts.source import SourceSpec

LIST_OCTETS: Final = 16 * 1024 * 1024
LOGS_AT_MOST: Final = 500
_FOLLOWED: Final = frozenset(("qualified", "usable"))


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """A log of the list that cannot be followed, and why."""

    log: ListedLog
    problem: Problem


def followed(spec: SourceSpec, options: ListOptions, now: int) -> Iterator[LogOptions | Unfollowed]:
    """Yield how to read each log of the list that takes entries now.

    Raises SourceError where the list cannot be had, or where no log of it takes entries.
    """
    logs = _logs(options)
    wanted = [log for log in logs if log.state in _FOLLOWED and not log.closed(now)]
    if not wanted or len(wanted) > LOGS_AT_MOST:
        raise SourceError(
            f"{len(wanted) or 'no'} logs of the list take entries now",
            where=options.place,
            hint="is the list current?",
        )
    shared = {key: value for key, value in spec.options.items() if key != "log_list"}
    for log in wanted:
        given = {**shared, "log": log.url}
        if "state" in shared:
            given["state"] = f"{shared['state']}/{log.log_id}.json"
        try:
            found = read_options(replace(spec, options=given), logs)
        except EstateError as error:
            yield Unfollowed(log, Problem(error.message, options.place, error.hint))
            continue
        if not isinstance(found, (SearchOptions, ListOptions)):
            yield found


def _logs(options: ListOptions) -> tuple[ListedLog, ...]:
    try:
        return known_logs(wire.parse_json(_content(options)), options.place)
    except InputError as error:
        raise SourceError(
            error.message, where=error.where or options.place, hint="expected a log_list.json"
        ) from error


def _content(options: ListOptions) -> bytes:
    if options.url is not None:
        web = Web(options.url, options.timeout, options.budget)
        try:
            return web.get(options.file, "log list", limit=LIST_OCTETS)
        finally:
            web.close()
    try:
        with open_regular(options.path) as file:
            data = file.read(LIST_OCTETS + 1)
    except OSError as error:
        raise SourceError(
            f"the log list cannot be read: {error.strerror}", where=options.place
        ) from error
    if len(data) > LIST_OCTETS:
        raise SourceError(f"the log list is larger than {LIST_OCTETS} octets", where=options.place)
    return data
