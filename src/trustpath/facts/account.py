"""An account of ours at a CA: an automation identity, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that was registered here; its key is in a file of the issuer, never here.

    ``issuer`` and ``ca`` are ids of the estate. ``status`` is that of AcmeAccount. ``thumbprint``
    is that of its key (RFC 7638), ``former`` those of keys before, oldest first.
    ``terms_accepted`` is None where the CA has no terms that one could agree to.
    """

    uri: str
    issuer: str
    ca: str
    status: str
    thumbprint: str
    former: tuple[str, ...]
    terms_accepted: bool | None
    registered_by: str
    registered_at: int
    updated_at: int


def account_from(values: Mapping[str, Any]) -> KnownAccount:
    """Return the account of plain values."""
    return KnownAccount(**{**values, "former": tuple(values["former"])})
