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
    ``terms_accepted`` is None where the CA says nothing of terms, ``hash_prefix`` what its hashed
    URIs begin with (draft-ietf-acme-dns-persist-02), None where it has none.
    """

    uri: str
    issuer: str
    ca: str
    status: str
    thumbprint: str
    former: tuple[str, ...]
    terms_accepted: bool | None
    hash_prefix: str | None
    registered_by: str
    registered_at: int
    updated_at: int


def account_from(values: Mapping[str, Any]) -> KnownAccount:
    """Return the account of plain values."""
    return KnownAccount(**{**values, "former": tuple(values["former"])})
