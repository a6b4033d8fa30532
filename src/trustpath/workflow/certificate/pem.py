"""Chains as text: PEM with the leaf first, as they are kept."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterable

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def pem_chain(chain: Iterable[bytes]) -> str:
    """Return certificates (DER) as PEM (RFC 7468)."""
    blocks = []
    for der in chain:
        lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), 64)
        blocks.append("\n".join((_BEGIN, *lines, _END, "")))
    return "".join(blocks)


def der_chain(text: str) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a PEM text that ``pem_chain`` made."""
    return tuple(base64.b64decode(block.partition(_END)[0]) for block in text.split(_BEGIN)[1:])
