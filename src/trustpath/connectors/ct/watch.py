"""Which entries concern us, and their rows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import idna

from trustpath.base import names
from trustpath.base.errors import InputError, NameSyntaxError
from trustpath.connectors.ct.wire import Leaf
from trustpath.facts.relations import Fact
from trustpath.facts.relations.transparency import CtEntry, CtName
from trustpath.facts.x509 import CertificateFacts, CertificateIndex, fingerprint
from trustpath.facts.x509.der import OddDerError, element
from trustpath.facts.x509.describe import raw_fields

NEEDLE_OCTETS = 24
"""How much of a name is searched for; what begins like it is looked at closely anyway."""

_COMMON_NAME = re.compile(r"(?:^|,)CN=((?:[^,\\]|\\.)+)")
_NO_SIGNATURE = b"\x03\x02\x00\x00"


@dataclass(frozen=True, slots=True)
class WatchList:
    """Domains whose names we look for.

    A name concerns us at or below one of them, and so does a wildcard that covers one
    (``*.com`` for ``example.com``).
    """

    domains: frozenset[str]
    pattern: re.Pattern[bytes]

    def may_concern(self, octets: bytes) -> bool:
        """Say whether an entry could hold a watched name; never False for one that does.

        A name stands in a certificate as it is, whatever surrounds it, so searching the octets
        finds it even where a parser would trip.
        """
        return self.pattern.search(octets.lower()) is not None

    def concerns(self, name: str) -> bool:
        """Say whether a canonical name is watched."""
        if names.is_wildcard(name) and any(
            names.parent(domain) == name[2:] for domain in self.domains
        ):
            return True
        rest = names.base(name)
        while rest:
            if rest in self.domains:
                return True
            rest = names.parent(rest)
        return False


def watch(domains: Iterable[str]) -> WatchList:
    """Return the watch list of canonical domains."""
    listed = frozenset(names.base(domain) for domain in domains)
    needles: set[bytes] = set()
    for domain in listed:
        # Names below one registered domain all contain it, so one text stands for them.
        needles.add(names.registered(domain).encode())
        above = names.parent(domain)
        if above:
            needles.add(b"*." + above.encode())
        if "xn--" in domain:
            with contextlib.suppress(idna.IDNAError, UnicodeError):
                needles.add(idna.decode(domain).encode().lower())
    return WatchList(listed, re.compile(_any_of({needle[:NEEDLE_OCTETS] for needle in needles})))


def _any_of(texts: set[bytes]) -> bytes:
    """Return a pattern for any of the texts that branches where they differ.

    A plain list of alternatives is tried one by one at every octet; this costs one step for all.
    """
    if len(texts) == 1:
        return re.escape(next(iter(texts)))
    if b"" in texts:
        return b""
    branches: dict[bytes, set[bytes]] = {}
    for text in texts:
        branches.setdefault(text[:1], set()).add(text[1:])
    return (
        b"(?:"
        + b"|".join(re.escape(first) + _any_of(branches[first]) for first in sorted(branches))
        + b")"
    )


def rows_of(
    log: str, index: int, leaf: Leaf, watched: WatchList, certificates: CertificateIndex
) -> list[Fact]:
    """Return the rows of an entry, none when it does not concern us; raises InputError."""
    body = leaf.body
    facts = certificates.facts(_certificate_around(body) if leaf.precertificate else body)
    found = dict.fromkeys(row.name for row in facts.names if row.kind == "dns")
    if not any(map(watched.concerns, found)):
        # Clients ignore a common name (RFC 9525 6.2); a misissued certificate may still use one.
        found.update(dict.fromkeys(_common_names(facts)))
        if not any(map(watched.concerns, found)):
            return []
    certificate = facts.certificate
    entry = str(index)
    rows: list[Fact] = [
        CtEntry(
            log=log,
            entry=entry,
            logged_at=leaf.timestamp // 1000,
            fingerprint=None if leaf.precertificate else fingerprint(leaf.body),
            issuer=certificate.issuer,
            issuer_organisation=certificate.issuer_organisation,
            serial=certificate.serial,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            precertificate=leaf.precertificate,
        )
    ]
    rows.extend(name_row(log, entry, name) for name in found)
    return rows


def name_row(log: str, entry: str, name: str) -> CtName:
    """Return the row of a canonical name."""
    base = names.base(name)
    return CtName(
        log,
        entry,
        name,
        base,
        names.is_wildcard(name),
        names.parent(base),
        names.registered(base),
    )


def _common_names(facts: CertificateFacts) -> list[str]:
    found = []
    for text in _COMMON_NAME.findall(facts.certificate.subject):
        try:
            found.append(names.identifier(text))
        except NameSyntaxError:
            continue
    return found


def _certificate_around(tbs: bytes) -> bytes:
    """Return a certificate of a precertificate's TBS, with an empty signature.

    The tree commits to this TBS; the precertificate that logs send besides it is not under the
    root hash, so it proves nothing and is not read.
    """
    try:
        if element(tbs, 0, 0x30, len(tbs))[1] != len(tbs):
            raise InputError("the TBS of the precertificate is followed by something else")
        algorithm = raw_fields(tbs)[1]
    except (OddDerError, IndexError) as error:
        raise InputError("the TBS of the precertificate is no TBSCertificate") from error
    content = tbs + algorithm + _NO_SIGNATURE
    length = len(content).to_bytes(4, "big").lstrip(b"\x00")
    head = length if len(content) < 0x80 else bytes([0x80 | len(length)]) + length
    return b"\x30" + head + content
