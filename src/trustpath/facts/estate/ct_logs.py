"""The list of CT logs that user agents publish (JSON, version 3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError
from trustpath.facts.relations.transparency import KnownLog


def known_logs(document: Any, where: str) -> tuple[KnownLog, ...]:
    """Return the logs of a list; raises InputError that names the operator and the log."""
    operators = document.get("operators") if isinstance(document, Mapping) else None
    if not isinstance(operators, list):
        raise InputError(
            "no log list: operators is missing", where=where, hint="give a log_list.json version 3"
        )
    return tuple(log for operator in operators for log in _logs_of(operator, where))


def _logs_of(operator: Any, where: str) -> Iterator[KnownLog]:
    if not isinstance(operator, Mapping) or not isinstance(operator.get("name"), str):
        raise InputError("an operator without a name", where=where)
    name = operator["name"]
    for key in ("logs", "tiled_logs"):
        logs = operator.get(key, [])
        if not isinstance(logs, list):
            raise InputError(f"{key} of {name} is no list", where=where)
        for index, log in enumerate(logs):
            yield _log(log, name, f"{where}: {name}: {key}[{index}]")


def _log(log: Any, operator: str, where: str) -> KnownLog:
    if not isinstance(log, Mapping):
        raise InputError("a log that is no mapping", where=where)
    try:
        log_id = base64.b64decode(str(log["log_id"]), validate=True)
    except (KeyError, binascii.Error, ValueError) as error:
        raise InputError("log_id is missing or no base64", where=where) from error
    if len(log_id) != 32:
        raise InputError("log_id is no SHA-256", where=where)
    state = log.get("state", {"usable": {}})
    if not isinstance(state, Mapping) or len(state) != 1:
        raise InputError("state is no mapping of one state", where=where)
    ((kind, detail),) = state.items()
    at = detail.get("timestamp") if isinstance(detail, Mapping) else None
    retired = None
    if kind in ("retired", "rejected") and at is not None:
        retired = parse_instant(str(at), where=where)
    return KnownLog(log_id.hex(), operator, str(kind), retired)
