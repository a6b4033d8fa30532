"""The list of CT logs that user agents publish (JSON, version 3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError
from trustpath.facts.ct_log import ListedLog, LogKey, id_of, read_key
from trustpath.facts.relations.transparency import KnownLog

STATES: Final = ("pending", "qualified", "usable", "readonly", "retired", "rejected")
_MMD_AT_MOST = 30 * 86_400


def known_logs(document: Any, where: str) -> tuple[ListedLog, ...]:
    """Return the logs of a list; raises InputError that names the operator and the log."""
    operators = document.get("operators") if isinstance(document, Mapping) else None
    if not isinstance(operators, list):
        raise InputError(
            "no log list: operators is missing", where=where, hint="give a log_list.json version 3"
        )
    return tuple(log for operator in operators for log in _logs_of(operator, where))


def known_log(log: ListedLog) -> KnownLog:
    """Return the row of a log."""
    retired = log.since if log.state in ("retired", "rejected") else None
    return KnownLog(log.log_id, log.operator, log.state, retired, log.key is not None)


def _logs_of(operator: Any, where: str) -> Iterator[ListedLog]:
    if not isinstance(operator, Mapping) or not isinstance(operator.get("name"), str):
        raise InputError("an operator without a name", where=where)
    name = operator["name"]
    for key in ("logs", "tiled_logs"):
        logs = operator.get(key, [])
        if not isinstance(logs, list):
            raise InputError(f"{key} of {name} is no list", where=where)
        for index, log in enumerate(logs):
            place = f"{where}: {name}: {key}[{index}]"
            yield _log(log, name, place, tiled=key == "tiled_logs")


def _log(log: Any, operator: str, where: str, *, tiled: bool) -> ListedLog:
    if not isinstance(log, Mapping):
        raise InputError("a log that is no mapping", where=where)
    try:
        log_id = base64.b64decode(str(log["log_id"]), validate=True)
    except (KeyError, binascii.Error, ValueError) as error:
        raise InputError("log_id is missing or no base64", where=where) from error
    if len(log_id) != 32:
        raise InputError("log_id is no SHA-256", where=where)
    key = None
    if log.get("key") is not None:
        key = read_log_key(str(log["key"]), log_id.hex(), where)
    state, since = _state(log.get("state", {"usable": {}}), where)
    interval = log.get("temporal_interval")
    if interval is not None and not isinstance(interval, Mapping):
        raise InputError("temporal_interval is no mapping", where=where)
    return ListedLog(
        log_id=log_id.hex(),
        operator=operator,
        state=state,
        since=since,
        key=key,
        url=_text(log, "monitoring_url" if tiled else "url", where),
        submission=_text(log, "submission_url", where),
        tiled=tiled,
        mmd=_delay(log.get("mmd"), where),
        starts=_instant(interval, "start_inclusive", where),
        ends=_instant(interval, "end_exclusive", where),
    )


def read_log_key(text: str, log_id: str, where: str) -> LogKey:
    """Return the key of a log, which its id must be the hash of; raises InputError."""
    try:
        key = read_key(text)
    except InputError as error:
        raise InputError(error.message, where=where, hint="base64 of DER, or PEM") from error
    if id_of(key).hex() != log_id:
        raise InputError("log_id is not the SHA-256 of the key", where=where)
    return key


def _state(state: Any, where: str) -> tuple[str, int | None]:
    if not isinstance(state, Mapping) or len(state) != 1:
        raise InputError("state is no mapping of one state", where=where)
    ((kind, detail),) = state.items()
    if kind not in STATES:
        raise InputError(f"unknown state {kind!r}", where=where, hint="one of " + ", ".join(STATES))
    return str(kind), _instant(detail, "timestamp", where)


def _instant(value: Any, key: str, where: str) -> int | None:
    at = value.get(key) if isinstance(value, Mapping) else None
    return None if at is None else parse_instant(str(at), where=where)


def _delay(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MMD_AT_MOST:
        raise InputError("mmd is no number of seconds", where=where)
    return value


def _text(log: Mapping[str, Any], key: str, where: str) -> str:
    value = log.get(key, "")
    if not isinstance(value, str):
        raise InputError(f"{key} is no text", where=where)
    return value
