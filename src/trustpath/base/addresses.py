"""IP addresses and networks as sortable keys, so that "is inside" is a comparison in SQL.

A key is 33 characters: the version (``4`` or ``6``) and the address as 32 hexadecimal digits.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from trustpath.base.errors import InputError

SPECIAL: Final = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.2.0/24", "documentation"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "mapped IPv4"),
    ("100::/64", "discard"),
    ("2001:2::/48", "benchmarking"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)
"""Networks that no host on the internet can be reached in, and what they are for.

From the special-purpose registries of IANA (RFC 6890; RFC 1918, 4193, 6598, 3927, 5737, 3849, 9637,
2544, 5180, 6666, 9602; multicast by RFC 5771 and RFC 4291). The link ``special_network`` has
the same rows.
"""


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
