"""The check of TLSA before a key or a certificate comes into use (RFC 6698 2.1, RFC 7671 8.1).

Whoever validates by DANE refuses a server none of whose records matches. So nothing comes into use
that no record announces: the next key is announced first, and waited for, by a key rollover.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trustpath.facts.job import JobPlan
from trustpath.workflow.certificate.lookup import look
from trustpath.workflow.certificate.ports import Ports

WAY_OUT: Final = (
    "announce the next key first (trustpath bundle start key-rollover), or keep the key"
)
_LEAF, _AUTHORITY = (1, 3), (0, 2)
_DIGESTS: Final = {1: hashlib.sha256, 2: hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Binding:
    """One usable TLSA record: what it is about, and the octets that it wants."""

    usage: int
    selector: int
    matching: int
    data: bytes


def records_of(rdatas: Sequence[str]) -> tuple[Binding, ...]:
    """Return the records of an RRset that a client can use (RFC 6698 2.1)."""
    found = []
    for text in rdatas:
        usage, selector, matching, *data = text.split()
        octets = bytes.fromhex("".join(data))
        length = {1: 32, 2: 64}.get(int(matching), len(octets))
        if int(usage) <= 3 and int(selector) <= 1 and int(matching) <= 2 and len(octets) == length:
            found.append(Binding(int(usage), int(selector), int(matching), octets))
    return tuple(found)


def announces_key(records: Sequence[Binding], spki: str | None) -> bool | None:
    """Say whether a key (SHA-256 of its SPKI in hex) is announced; None: a key that is not made.

    None where that cannot be told of the key alone: records of CAs, or other digests of keys. A
    record of a whole leaf never announces the next one.
    """
    told = [_announces(record, spki) for record in records]
    if not records or True in told:
        return True
    return None if None in told else False


def _announces(record: Binding, spki: str | None) -> bool | None:
    if record.usage not in _LEAF:
        return None
    if record.selector == 0 or spki is None:
        return False
    return record.data.hex() == spki if record.matching == 1 else None


def announces_chain(records: Sequence[Binding], chain: Sequence[bytes]) -> bool:
    """Say whether a chain (DER, leaf first) matches a record, or there is none to match."""
    return not records or any(
        _selected(record, der) == record.data
        for record in records
        for der in (chain[:1] if record.usage in _LEAF else chain[1:])
    )


def _selected(record: Binding, der: bytes) -> bytes:
    if record.selector == 1:
        key = x509.load_der_x509_certificate(der).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = _DIGESTS.get(record.matching)
    return der if digest is None else digest(der).digest()


def unannounced(ports: Ports, job: JobPlan, names: Sequence[str], spki: str | None) -> list[str]:
    """Return the TLSA owners by which a key would be refused; None: a key that is not made yet.

    Asked of the authoritative servers. Raises UnknownError where they do not tell.
    """
    return [
        owner
        for owner, records in _announcements(ports, job, names)
        if announces_key(records, spki) is False
    ]


def unmatched(
    ports: Ports, job: JobPlan, names: Sequence[str], chain: Sequence[bytes]
) -> list[str]:
    """Return the TLSA owners of which no record matches a chain; raises UnknownError likewise."""
    return [
        owner
        for owner, records in _announcements(ports, job, names)
        if not announces_chain(records, chain)
    ]


def _announcements(
    ports: Ports, job: JobPlan, names: Sequence[str]
) -> Iterator[tuple[str, tuple[Binding, ...]]]:
    owners = set(ports.facts.tlsa(names))
    owners |= {f"_{p.port}._tcp.{p.name}" for p in ports.facts.places(job, names) if p.name}
    for owner in sorted(owners):
        if ports.authorities.zone_of(owner) is not None:
            found = look(ports.authorities, owner, "TLSA")
            if found is not None:
                yield owner, records_of(found[1].rdatas)
