"""Trust anchors from files, of any container."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from trustpath.base.errors import InputError, LimitError
from trustpath.base.files import open_regular
from trustpath.connectors.certificates.containers import read
from trustpath.connectors.certificates.reading import Limits
from trustpath.facts.part import Problem
from trustpath.facts.source import RootSet
from trustpath.facts.x509 import describe

_LIMITS = Limits(file_octets=16 * 1024 * 1024, certificates=10_000)


@dataclass(frozen=True, slots=True)
class Roots:
    """The roots that files gave, and what was wrong with the rest."""

    set: RootSet
    problems: tuple[Problem, ...] = field(default=())


def read_roots(paths: Iterable[Path], *, public: bool) -> Roots:
    """Read certificates of any container as roots of one set.

    A certificate that is unreadable is a problem and the others are used; so is a file without
    any. Certificates that are no CA are roots too: a pinned self-signed one is its own root.
    """
    found: dict[bytes, None] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            reading = read(_content(path), str(path), (), _LIMITS)
        except OSError as error:
            problems.append(Problem(f"cannot be read: {error.strerror}", str(path)))
            continue
        except LimitError as error:
            problems.append(Problem(error.message, error.where, error.hint))
            continue
        problems.extend(reading.problems)
        if not reading.certificates:
            problems.append(Problem("no certificate in it", str(path), "roots are PEM or DER"))
        for where, der in reading.certificates:
            try:
                describe(der)
            except InputError as error:
                problems.append(Problem(error.message, where, error.hint))
            else:
                found[der] = None
    ders = tuple(found)
    return Roots(RootSet(public=ders) if public else RootSet(private=ders), tuple(problems))


def _content(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()
