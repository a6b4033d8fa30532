"""IP addresses and networks as sortable keys, so that "is inside" is a comparison in SQL.

A key is 33 characters: the version (``4`` or ``6``) and the address as 32 hexadecimal digits.
"""

from __future__ import annotations

import ipaddress

from trustpath.base.errors import InputError


def canonical_address(text: str) -> str:
    """Return the canonical text of an address (RFC 5952); raises InputError."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise InputError(f"{text!r} is no IP address") from error


def is_address(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def address_key(text: str) -> str:
    """Return the sortable key of an address; raises InputError."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no IP address") from error
    return f"{address.version}{int(address):032x}"


def network_keys(text: str) -> tuple[str, str]:
    """Return the keys of the first and last address of a network or a single address."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no network", hint="write 192.0.2.0/24 or 2001:db8::/32"
        ) from error
    version = network.version
    return (
        f"{version}{int(network.network_address):032x}",
        f"{version}{int(network.broadcast_address):032x}",
    )
