"""Secrets by reference: the estate file says where one is, never what it is.

It is the only part of this layer that reads a file: every kind of connector needs it, and what a
traceback could show has to be thought of once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_OCTETS: Final = 65536


def is_reference(value: object) -> bool:
    """Say whether a value is ``env:VARIABLE`` or ``file:PATH``."""
    return isinstance(value, str) and value.startswith(("env:", "file:"))


class Variables(Mapping[str, str]):
    """The environment as connectors are handed it: no text form of it shows what it has."""

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, str]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> str:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret at ``env:VARIABLE`` or ``file:PATH``, a path relative to ``folder``."""

    reference: str
    folder: Path
    # All of the environment: never shown.
    variables: Mapping[str, str] = field(repr=False)

    @property
    def place(self) -> str:
        """The name of the variable, or the path."""
        return self.reference.partition(":")[2]

    @property
    def hint(self) -> str:
        """How to put a secret there."""
        if self.reference.startswith("env:"):
            return f"export {self.place}=..."
        return "a path is relative to the estate file"

    def read(self) -> str:
        """Return the secret, empty where there is none; raises OSError for an unreadable file.

        A caller that raises an error keeps the secret out of its own variables: a traceback may
        show them.
        """
        if self.reference.startswith("env:"):
            return self.variables.get(self.place, "").strip()
        try:
            with (self.folder / self.place).open(encoding="ascii") as file:
                return file.read(_OCTETS).strip()
        except UnicodeDecodeError:
            # Not chained: it has the octets of the file.
            raise OSError("no text") from None
