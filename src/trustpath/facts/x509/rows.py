"""The rows of one certificate, and how a subjectAltName entry becomes a row.

Columns of ``CertificateName`` by kind:

===== ==================== ======================== ============================ ==============
kind  name                 base                     rname                        registered
===== ==================== ======================== ============================ ==============
dns   canonical, ``*.``    name without ``*.``      labels of base, root first   of base
ip    RFC 5952 text        the same                 sortable key of the address  empty
uri   the URI              its host                 labels of the host           of the host
email the address          its domain               labels of the domain         of the domain
srv   ``_service.domain``  the domain               labels of the domain         of the domain
===== ==================== ======================== ============================ ==============
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from trustpath.base import names
from trustpath.base.addresses import address_key, is_address
from trustpath.base.errors import NameSyntaxError
from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificateTimestamp,
)

# NamedTuple's own constructor costs three times as much, and bulk reading makes millions of rows.
new_row = tuple.__new__


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Everything that one certificate says about itself.

    ``critical`` are the OIDs of critical extensions that are not processed, for which relying
    parties reject it. ``directories`` are its directoryNames as RFC 4514 text, which have no rows;
    ``others`` says that it has names of still other kinds.
    """

    certificate: Certificate
    names: tuple[CertificateName, ...]
    timestamps: tuple[CertificateTimestamp, ...]
    critical: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    others: bool = False


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of the DER in lower-case hex: the identity of a certificate."""
    return hashlib.sha256(der).hexdigest()


@lru_cache(maxsize=131072)
def _below(parent: str) -> tuple[str, str | None]:
    """Return (rname of the parent, registered domain of all its children).

    The second is None where it depends on the child: below a public suffix each child is its own,
    and right below a registered domain there may be suffixes again (``bo.nordland.no``).
    """
    probe = f"trustpath-probe.{parent}"
    registered = names.registered(probe)
    return names.reverse(parent), None if registered in (probe, parent) else registered


def dns_row(certificate: str, text: str) -> CertificateName:
    """Return the row of a dNSName entry.

    ``usable`` follows RFC 9525 6.3: at most one ``*``, and it is the whole left-most label above
    at least one other; it is no zone-file text (``names.identifier``). Any other text is kept
    as it stands, in lower case, as not usable.
    """
    try:
        name = names.identifier(text)
    except NameSyntaxError:
        return _odd_dns_row(certificate, _shown(text))
    wildcard = name[:2] == "*."
    base = name[2:] if wildcard else name
    label, dot, parent = base.partition(".")
    if not dot:
        return new_row(
            CertificateName, (certificate, "dns", name, base, wildcard, "", base, base, True)
        )
    rparent, registered = _below(parent)
    return new_row(
        CertificateName,
        (
            certificate,
            "dns",
            name,
            base,
            wildcard,
            parent,
            f"{rparent}.{label}",
            registered or names.registered(base),
            True,
        ),
    )


def _shown(text: str) -> str:
    r"""Return a text in lower case, with what would not show or store written ``\DDD``."""
    # Some letters beyond ASCII have one of ASCII in lower case.
    lowered = text.lower() if text.isascii() else text
    if lowered.isprintable():
        return lowered
    return "".join(c if c.isprintable() else f"\\{ord(c):03d}" for c in lowered)


def _odd_dns_row(certificate: str, name: str) -> CertificateName:
    wildcard = name[:2] == "*."
    base = name[2:] if wildcard else name
    return CertificateName(
        certificate,
        "dns",
        name,
        base,
        wildcard,
        names.parent(base),
        names.reverse(base),
        names.registered(base),
        False,
    )


def ip_row(certificate: str, text: str) -> CertificateName:
    """Return the row of an iPAddress entry; a network, which RFC 5280 forbids, is not usable."""
    try:
        name = str(ipaddress.ip_address(text))
    except ValueError:
        return CertificateName(certificate, "ip", text, text, False, "", "", "", False)
    return CertificateName(certificate, "ip", name, name, False, "", address_key(name), "", True)


def host_row(certificate: str, kind: str, name: str, host: str) -> CertificateName:
    """Return the row of an entry whose identity ends in a host or domain (uri, email, srv)."""
    try:
        base = names.identifier(host)
    except NameSyntaxError:
        base = host if kind == "uri" and is_address(host) else ""
    if base[:2] == "*.":
        base = ""
    return CertificateName(
        certificate,
        kind,
        name,
        base,
        False,
        names.parent(base),
        names.reverse(base),
        names.registered(base) if base else "",
        bool(base),
    )


def uri_row(certificate: str, uri: str) -> CertificateName:
    """Return the row of a uniformResourceIdentifier entry; without a host it is not usable."""
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        host = ""
    return host_row(certificate, "uri", uri, host)


def email_row(certificate: str, address: str) -> CertificateName:
    """Return the row of an rfc822Name entry."""
    return host_row(certificate, "email", address, address.rpartition("@")[2])


def srv_row(certificate: str, name: str) -> CertificateName:
    """Return the row of an SRVName entry (RFC 4985): ``_service.domain``."""
    service, _, domain = name.partition(".")
    return host_row(certificate, "srv", name.lower(), domain if service[:1] == "_" else "")


def distinct(rows: list[CertificateName]) -> tuple[CertificateName, ...]:
    """Return the rows without repetitions, in order."""
    return tuple(dict.fromkeys(rows)) if len(rows) > 1 else tuple(rows)
