"""Zones of planted problems: their text, signed or not, all with one key."""

from __future__ import annotations

import io
from functools import cache

import dns.dnssec
import dns.name
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from certs import DAY, NOW

_BEGAN = NOW - 400 * DAY
_ENDS = NOW + 20 * 365 * DAY
"""Resolvers look at the clock of the machine, so signatures hold long before and after."""


@cache
def key() -> tuple[ec.EllipticCurvePrivateKey, DNSKEY]:
    """Return the key of every zone, and its DNSKEY record."""
    private = ec.generate_private_key(ec.SECP256R1())
    return private, dns.dnssec.make_dnskey(
        private.public_key(), Algorithm.ECDSAP256SHA256, flags=257
    )


def key_tag() -> int:
    """Return the tag of that key."""
    return dns.dnssec.key_id(key()[1])


def zone_text(lines: str, servers: tuple[str, ...], caa: str) -> str:
    """Return a zone with SOA and name servers of its own."""
    head = ["$TTL 300", f"@ SOA {servers[0]} hostmaster 1 7200 900 1209600 300"]
    for number, server in enumerate(servers):
        head += [f"@ NS {server}", f"{server} A 127.0.0.{53 + number}"]
    if " MX " in lines and "_dmarc" not in lines:
        head.append('_dmarc TXT "v=DMARC1; p=reject"')  # as any healthy mail domain
    return "\n".join([*head, caa, lines, ""])


def signed(apex: str, text: str, expires: int | None = None) -> str:
    """Return the zone with keys, signatures and denial records."""
    zone = dns.zone.from_text(text, apex + ".", relativize=False)
    dns.dnssec.sign_zone(
        zone, keys=[key()], dnskey_ttl=300, inception=_BEGAN, expiration=expires or _ENDS
    )
    return written(zone)


def written(zone: dns.zone.Zone) -> str:
    """Return a zone as text."""
    output = io.StringIO()
    zone.to_file(output, relativize=False)
    return output.getvalue()


def ds(apex: str, kind: str) -> str:
    """Return the DS record of a zone for its parent, without the owner."""
    name = dns.name.from_text(apex)
    algorithm = "SHA1" if kind == "sha1" else "SHA256"
    record = dns.dnssec.make_ds(
        name, key()[1], algorithm, policy=dns.dnssec.allow_all_policy
    ).to_text()
    return record[:-8] + "00112233" if kind == "wrong" else record
