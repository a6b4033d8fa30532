"""The plain domain names that the fast way takes, and how relative ones are completed."""

from __future__ import annotations

_LABEL = r"[A-Za-z0-9_*-]{1,63}+"
NAME = rf"{_LABEL}(?:\.{_LABEL})*+"
END = r"[ \t]*+(?:;.*)?"  # what may follow the data on its line
MAX_NAME = 253


def complete(name: str, suffix: str) -> str | None:
    """Return an absolute, lower-case name with its final dot; ``suffix`` is ``.origin.``."""
    text = name.lower() if name.endswith(".") else name.lower() + suffix
    return text if len(text) <= MAX_NAME + 1 else None
