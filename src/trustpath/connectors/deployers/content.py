"""What files hold, as values that never show it: a key must not get into a log or a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Content:
    """The octets of a file, which may be a private key."""

    octets: bytes = field(repr=False)


Image: TypeAlias = Mapping[str, Content | None]
"""What the files of a place hold, by their role; None for a file that does not exist."""
