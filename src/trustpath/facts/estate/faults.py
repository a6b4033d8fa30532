"""What is wrong with a declaration, and how it is told."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trustpath.base.documents import Path
from trustpath.base.errors import EstateError

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: ``path`` leads to it from the top of the document.

    ``message`` says what is wrong, ``expected`` what should stand there instead.
    """

    path: Path
    message: str
    expected: str
    other: Path | None = None
    """The place that it is at odds with, such as the first use of an id."""

    @property
    def key(self) -> str:
        """Return the path as a person writes it: ``services[0].tier``."""
        return render(self.path)


def render(path: Path) -> str:
    """Return ``services[0].tier`` for ``("services", 0, "tier")``; the top is ``document``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else str(step)
    return text or "document"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'owner'?`` for a word close to a known one, else nothing."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def error_of(faults: list[Fault], file: str, locate: Callable[[Path], str]) -> EstateError:
    """Return one error that lists every fault with its place, in the order of the document."""

    def said(fault: Fault) -> str:
        first = "" if fault.other is None else f"; first at {locate(fault.other)}"
        return f"{fault.key}: {fault.message}{first}"

    if len(faults) == 1:
        fault = faults[0]
        return EstateError(
            said(fault),
            where=locate(fault.path),
            hint=f"expected {fault.expected}",
        )
    lines = [
        f"  {locate(fault.path)}: {said(fault)} (expected {fault.expected})"
        for fault in faults[:SHOWN]
    ]
    if len(faults) > SHOWN:
        lines.append(f"  and {len(faults) - SHOWN} more")
    return EstateError("\n".join([f"{len(faults)} faults", *lines]), where=file)
