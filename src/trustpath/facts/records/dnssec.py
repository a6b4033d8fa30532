"""Typed rows of DNSSEC records: DNSKEY, DS, RRSIG, NSEC3PARAM and the child copies of them."""

from __future__ import annotations

import base64
import calendar
import hashlib
from collections.abc import Iterator
from functools import lru_cache

import dns.name

from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Dnskey, DnskeyDigest, Ds, Nsec3param, Rrsig

_DIGESTS = {1: "sha1", 2: "sha256", 4: "sha384"}
_RSAMD5 = 1
_SECURE_ENTRY_POINT = 1


def key_tag(rdata: bytes) -> int:
    """Return the key tag of a DNSKEY in wire form (RFC 4034 appendix B and B.1)."""
    if rdata[3] == _RSAMD5 and len(rdata) > 6:
        return int.from_bytes(rdata[-3:-1], "big")
    total = sum(rdata[0::2]) * 256 + sum(rdata[1::2])
    return (total + (total >> 16 & 0xFFFF)) & 0xFFFF


def dnskey_facts(zone: str, name: str, rdtype: str, text: str) -> Iterator[Fact]:
    """Yield Dnskey and, for a DNSKEY, the digest that a DS of each type would hold (5.1.4)."""
    flags_text, protocol, algorithm_text, key = text.split(" ", 3)
    flags, algorithm = int(flags_text), int(algorithm_text)
    public = base64.b64decode(key.replace(" ", ""))
    wire = flags.to_bytes(2, "big") + bytes((int(protocol), algorithm)) + public
    tag = key_tag(wire)
    yield Dnskey(
        zone=zone,
        name=name,
        type=rdtype,
        flags=flags,
        algorithm=algorithm,
        key_tag=tag,
        secure_entry_point=bool(flags & _SECURE_ENTRY_POINT),
        deletes=rdtype == "CDNSKEY" and flags == 0 and algorithm == 0,
        public_key=base64.b64encode(public).decode(),
    )
    if rdtype != "DNSKEY":
        return
    owner = dns.name.from_text(name or ".", dns.name.root).to_digestable()
    for digest_type, algorithm_name in _DIGESTS.items():
        value = hashlib.new(algorithm_name, owner + wire, usedforsecurity=False).hexdigest()
        yield DnskeyDigest(zone, name, tag, algorithm, digest_type, value)


def ds_fact(zone: str, name: str, rdtype: str, text: str) -> Ds:
    """Return the Ds row of a DS or CDS (RFC 4034 5, RFC 8078 4 for the delete form)."""
    tag, algorithm, digest_type, digest = text.split(" ", 3)
    return Ds(
        zone=zone,
        name=name,
        type=rdtype,
        key_tag=int(tag),
        algorithm=int(algorithm),
        digest_type=int(digest_type),
        digest=digest.replace(" ", "").lower(),
        deletes=rdtype == "CDS" and int(algorithm) == 0,
    )


@lru_cache(maxsize=4096)
def _instant(text: str) -> int:
    if len(text) != 14:
        return int(text)
    year, rest = int(text[:4]), [int(text[i : i + 2]) for i in range(4, 14, 2)]
    return calendar.timegm((year, *rest, 0, 0, 0))


def rrsig_fact(zone: str, name: str, text: str) -> Rrsig:
    """Return the Rrsig row (RFC 4034 3)."""
    covered, algorithm, _, _, expiration, inception, tag, signer = text.split(" ", 8)[:8]
    return Rrsig(
        zone=zone,
        name=name,
        covered=covered,
        algorithm=int(algorithm),
        inception=_instant(inception),
        expiration=_instant(expiration),
        key_tag=int(tag),
        signer=signer[:-1],
    )


def nsec3param_fact(zone: str, name: str, text: str) -> Nsec3param:
    """Return the Nsec3param row; an empty salt is the empty string."""
    algorithm, _, iterations, salt = text.split(" ", 3)
    return Nsec3param(
        zone, name, int(algorithm), int(iterations), "" if salt == "-" else salt.lower()
    )
