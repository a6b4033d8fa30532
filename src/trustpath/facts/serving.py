"""How a server is told to use a certificate: the block of its configuration that does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable


@runtime_checkable
class Configured(Protocol):
    """A deployer whose server reads the files only where its configuration names them."""

    def block(self, names: Sequence[str], address: str, port: int) -> str:
        """Return what has to be in the configuration, empty where that cannot be told."""
        ...


def nginx_block(
    names: Sequence[str], address: str, port: int, chain: str | Path, key: str | Path
) -> tuple[str, ...]:
    """Return the statements of nginx's server block, without the braces around them."""
    host = f"[{address}]" if ":" in address else address
    return (
        f"listen {host}:{port} ssl;",
        f"server_name {' '.join(names)};",
        f"ssl_certificate {chain};",
        f"ssl_certificate_key {key};",
    )
