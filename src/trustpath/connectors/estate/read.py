"""Reads an estate file: the only place that knows its lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from trustpath.base import documents
from trustpath.base.errors import EstateError, InputError
from trustpath.base.files import open_regular
from trustpath.facts.estate import Estate, build, known_log, known_logs

LOG_LIST_OCTETS = 16 * 1024 * 1024


def read_estate(path: Path, *, kinds: Collection[str] | None = None) -> Estate:
    """Return the estate that a file describes.

    ``kinds`` are the kinds of source that exist; None accepts any. Raises EstateError that names
    file, line, key and what was expected, for every fault at once.
    """
    where = str(path)
    data = _content(
        path,
        documents.DEFAULT_LIMITS.octets,
        "write one with trustpath init, or name it with -e",
    )
    try:
        document, lines = documents.load_yaml(data, where)
    except InputError as error:
        raise EstateError(error.message, where=error.where or where, hint=error.hint) from error

    if document is None:
        raise EstateError(
            "is empty", where=where, hint="write one with trustpath init, or see docs/estate.md"
        )

    def locate(place: documents.Path) -> str:
        line = lines.line(place)
        return where if line is None else f"{where}:{line}"

    estate = build(document, path.parent, where, locate=locate, kinds=kinds)
    if estate.log_list is None:
        return estate
    return _with_logs(estate, path.parent / estate.log_list, locate(("ct_logs",)))


def _content(path: Path, limit: int, hint: str) -> bytes:
    try:
        with open_regular(path) as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise EstateError(reason, where=str(path), hint=hint) from error
    return data


def _with_logs(estate: Estate, path: Path, where: str) -> Estate:
    data = _content(path, LOG_LIST_OCTETS, "ct_logs names a log list, relative to this file")
    if len(data) > LOG_LIST_OCTETS:
        raise EstateError(f"{path}: larger than {LOG_LIST_OCTETS} octets", where=where)
    try:
        document, _ = documents.load_yaml(data, str(path))
        logs = known_logs(document, str(path))
    except InputError as error:
        raise EstateError(str(error), where=where, hint="expected a log_list.json") from error
    rows = map(known_log, logs)
    return replace(estate, declarations=(*estate.declarations, *rows), ct_logs=logs)
