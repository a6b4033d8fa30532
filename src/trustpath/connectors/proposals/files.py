"""Reading what was handed in, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from trustpath.base.errors import InputError, LimitError
from trustpath.base.files import open_regular
from trustpath.facts.part import Problem


def read_bounded(path: Path, limit: int) -> bytes:
    """Return the octets of a file; raises InputError where it cannot be read, LimitError above."""
    try:
        with open_regular(path) as handle:
            data = handle.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=str(path)) from error
    if len(data) > limit:
        raise LimitError(
            f"more than {limit} octets", where=str(path), hint="split it into several changes"
        )
    return data


def refuse(problems: Iterable[Problem], what: str, where: str) -> InputError:
    """Return the error for an input with problems: the first in full and how many there are."""
    listed = list(problems)
    if not listed:
        return InputError(what, where=where)
    first, more = listed[0], len(listed) - 1
    rest = f", and {more} more problem{'s' if more > 1 else ''}" if more else ""
    return InputError(f"{what}: {first.message}{rest}", where=first.where or where, hint=first.hint)
