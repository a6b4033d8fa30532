"""Service identity (RFC 9525): does a presented identifier match a reference identity.

The reference identity comes from user or configuration, never from an unsecured DNS answer. Only
subjectAltName counts; the common name is no identity (RFC 9525 section 2).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from trustpath.base import names
from trustpath.base.errors import NameSyntaxError
from trustpath.facts.relations.certificate import CertificateName


def dns_id(text: str) -> str | None:
    """Return a reference DNS-ID in canonical form, None when it can be none.

    One trailing dot is taken off, labels become A-labels in lower case; a wildcard or an IP
    address is no reference DNS-ID (RFC 9525 section 6.3 and 6.4).
    """
    try:
        name = names.identifier(names.canonical(text))
    except NameSyntaxError:
        return None
    return None if names.is_wildcard(name) else name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def matches_dns(reference: str, presented: str) -> bool:
    """Say whether a presented DNS-ID matches a reference name (RFC 9525 6.3).

    Label by label without regard to case. A wildcard is one ``*`` that is the whole left-most
    label; it stands for exactly one label. ``f*.x``, ``*.*.x``, ``x.*.y`` and ``*`` match nothing.
    """
    wanted = dns_id(reference)
    if wanted is None:
        return False
    try:
        offered = names.identifier(presented)
    except NameSyntaxError:
        return False
    if not offered.startswith("*."):
        return wanted == offered
    return names.parent(wanted) == offered[2:]


def matches_ip(reference: str, presented: str) -> bool:
    """Say whether a presented IP-ID is the same address: octet equality (RFC 9525 6.4)."""
    wanted = _address(reference)
    return wanted is not None and wanted == _address(presented)


def identifies(rows: Iterable[CertificateName], reference: str) -> bool:
    """Say whether any name of a certificate matches a reference name or address."""
    if _address(reference) is not None:
        return any(row.kind == "ip" and matches_ip(reference, row.name) for row in rows)
    return any(row.kind == "dns" and matches_dns(reference, row.name) for row in rows)
