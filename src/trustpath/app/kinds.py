"""How the connector of a kind is found: imported only once the estate names it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from trustpath.base.errors import EstateError


def factory_of(noun: str, kinds: Mapping[str, str], kind: str, where: str) -> Any:
    """Return ``make`` of the module below ``connectors`` that ``kinds`` has for a kind.

    ``noun`` is what the estate calls such a thing. Raises EstateError for an unknown kind.
    """
    if kind not in kinds:
        raise EstateError(
            f"there is no {noun} of kind {kind!r}", where=where, hint="one of " + ", ".join(kinds)
        )
    return import_module(f"trustpath.connectors.{kinds[kind]}").make
