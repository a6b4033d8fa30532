"""SELECTs that are kept in files, each under a header of ``-- key: value`` lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Headed:
    """One file: its name without the ending, what its header says, its SELECT."""

    name: str
    head: Mapping[str, str]
    sql: str


def headed(package: str, folder: str) -> tuple[Headed, ...]:
    """Return the SELECTs in a folder of a package, by the names of their files."""
    found = (file for file in (files(package) / folder).iterdir() if file.name.endswith(".sql"))
    return tuple(
        _headed(file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in sorted(found, key=lambda file: file.name)
    )


def _headed(name: str, text: str) -> Headed:
    lines = text.splitlines()
    head = dict(line.removeprefix("-- ").split(": ", 1) for line in lines if line.startswith("-- "))
    return Headed(name, head, "\n".join(line for line in lines if not line.startswith("-- ")))
