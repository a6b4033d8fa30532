r"""One text for one record: rdata in canonical presentation format.

Canonical is: what RFC 1035 5.1 and the type's own RFC call presentation format, on one line, all
names absolute with a trailing dot and in lower case (RFC 4343, RFC 4034 6.2), binary fields
without spaces, character strings in double quotes with ``\"``, ``\\`` and ``\DDD`` as the only
escapes. ``\# length hex`` (RFC 3597) stands for unknown types, and for rdata that servers hold and
that has no text which could be read again. A canonical text is its own canonical text.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from trustpath.base.errors import InputError
from trustpath.facts.records import wireforms

MAX_RDATA_OCTETS = 65535
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_LABEL = r"[a-z0-9_-]{1,63}"
_ABSOLUTE = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+\.", re.ASCII)
_PREFERENCE = re.compile(rf"(?:0|[1-9]\d{{0,3}}) {_LABEL}(?:\.{_LABEL})*+\.", re.ASCII)
_ASSOCIATION = re.compile(
    r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+([0-9A-Fa-f][0-9A-Fa-f\s]{0,131068})", re.ASCII
)
_GENERIC = re.compile(r"\s*\\#\s+(\d{1,5})((?:\s+[0-9A-Fa-f]+)*)\s*", re.ASCII)
_NAME_TYPES = frozenset({"CNAME", "NS", "PTR", "DNAME"})
_TYPE = dns.rdatatype.RdataType
# Rdata of these that dnspython refuses no server holds either.
PLAIN: Final = frozenset(
    {_TYPE.A, _TYPE.AAAA, _TYPE.NS, _TYPE.CNAME, _TYPE.DNAME, _TYPE.PTR, _TYPE.MX, _TYPE.SRV,
     _TYPE.SOA, _TYPE.TXT}
)  # fmt: skip
"""Types whose rdata is never held in RFC 3597 form."""
# Their text is read again whatever the rdata, so that need not be tried each time.
_SAFE = PLAIN | {_TYPE.SPF}
_ASSOCIATIONS = frozenset({_TYPE.TLSA, _TYPE.SMIMEA})

# What dnspython raises on text or wire that is no rdata of the type.
PARSE_ERRORS = (
    dns.exception.DNSException,
    ValueError,
    TypeError,
    OverflowError,
    LookupError,
    struct.error,
)


def canonical_rdata(rdtype: str, text: str, origin: str) -> str:
    """Return the canonical text of one record of that type (mnemonic or ``TYPEn``).

    Relative names are completed with ``origin`` (canonical). Raises InputError when the text is
    no rdata of the type or its wire form exceeds 65535 octets.
    """
    if _already_canonical(rdtype, text):
        return text
    if "\n" in text or "\r" in text:
        raise InputError(f"{rdtype} record is more than one line: {_shorten(text)}")
    if rdtype in ("TLSA", "SMIMEA") and (match := _ASSOCIATION.fullmatch(text)):
        # Parsed here because data of the wrong length is published and has to be judged, which
        # dnspython refuses to hold.
        usage, selector, matching = (int(match[n]) for n in (1, 2, 3))
        data = "".join(match[4].split()).lower()
        if max(usage, selector, matching) <= 255 and len(data) % 2 == 0:
            return f"{usage} {selector} {matching} {data}"
    try:
        kind = dns.rdatatype.from_text(wireforms.numbered(rdtype))
    except PARSE_ERRORS as error:
        raise InputError(
            f"{rdtype[:40]!r} is no record type", hint="unknown types are written TYPEn (RFC 3597)"
        ) from error
    if dns.rdatatype.is_metatype(kind):
        raise InputError(f"{rdtype} is no type of stored records")
    try:
        rdata = dns.rdata.from_text(
            dns.rdataclass.IN, kind, text, _origin(origin), relativize=False
        )
        result = canonical_text(rdata)
        octets = len(rdata.to_wire() or b"")
    except PARSE_ERRORS as error:
        held = _by_wire(kind, text, _origin(origin))
        if held is None:
            raise InputError(
                f"{rdtype} record cannot be read: {_reason(error)}: {_shorten(text)}",
                hint="write the data in the presentation format of its type",
            ) from error
        result, octets = held
    if octets > MAX_RDATA_OCTETS:
        raise InputError(
            f"{rdtype} record has {octets} octets, more than the {MAX_RDATA_OCTETS} DNS can hold"
        )
    return result


def _by_wire(
    kind: dns.rdatatype.RdataType, text: str, origin: dns.name.Name
) -> tuple[str, int] | None:
    """Return canonical text and size of what servers read where dnspython does not, or None."""
    if kind in PLAIN:
        return None
    try:
        octets = _generic(text)
        if octets is None:
            octets = wireforms.encode(kind, text, origin)
        return None if octets is None else (text_of_wire(kind, octets), len(octets))
    except PARSE_ERRORS:
        return None


def _generic(text: str) -> bytes | None:
    match = _GENERIC.fullmatch(text)
    if match is None:
        return None
    octets = bytes.fromhex(match[2])
    if len(octets) != int(match[1]):
        raise ValueError("the length does not fit the data (RFC 3597 5)")
    return octets


def text_of_wire(rdtype: int, message: bytes, start: int = 0, end: int | None = None) -> str:
    """Return the canonical text of the rdata in ``message[start:end]``, all of it without ``end``.

    What has no form of its own is held in RFC 3597 form. Raises what ``PARSE_ERRORS`` holds
    for rdata that no server holds either.
    """
    stop = len(message) if end is None else end
    kind = dns.rdatatype.RdataType.make(rdtype)
    if kind in _ASSOCIATIONS and stop - start > 3:
        usage, selector, matching = message[start : start + 3]
        return f"{usage} {selector} {matching} {message[start + 3 : stop].hex()}"
    try:
        rdata = dns.rdata.from_wire(dns.rdataclass.IN, kind, message, start, stop - start)
        if not isinstance(rdata, dns.rdata.GenericRdata):
            return canonical_text(rdata)
    except PARSE_ERRORS:
        if kind in PLAIN:
            raise
    return _raw(wireforms.uncompressed(rdtype, message, start, stop))


def is_raw(rdtype: str, text: str) -> bool:
    """Say whether the data of a type with a mnemonic is held in RFC 3597 form."""
    return text.startswith("\\# ") and not rdtype.startswith("TYPE")


def _raw(octets: bytes) -> str:
    return f"\\# {len(octets)} {octets.hex()}".rstrip(" ")


def canonical_text(rdata: dns.rdata.Rdata) -> str:
    """Return the canonical text of a parsed record whose names are absolute."""
    changes: dict[str, object] = {}
    for field in _fields(rdata.rdclass, rdata.rdtype, type(rdata).__mro__):
        value = getattr(rdata, field, None)
        if isinstance(value, dns.name.Name):
            lowered = value.canonicalize()
            if lowered.labels != value.labels:
                changes[field] = lowered
        elif isinstance(value, tuple) and value and isinstance(value[0], dns.name.Name):
            changes[field] = tuple(name.canonicalize() for name in value)
    if changes:
        rdata = rdata.replace(**changes)
    if isinstance(rdata, dns.rdata.GenericRdata):
        return _raw(wireforms.uncompressed(rdata.rdtype, rdata.data, 0, len(rdata.data)))
    text = str(rdata.to_text(origin=None, relativize=False, chunksize=0)).rstrip(" ")
    if rdata.rdtype in _SAFE or _reads_again(rdata, text):
        return text
    return _raw(rdata.to_wire() or b"")


def _reads_again(rdata: dns.rdata.Rdata, text: str) -> bool:
    try:
        again = dns.rdata.from_text(rdata.rdclass, rdata.rdtype, text, dns.name.root, False)
        return again.to_wire() == rdata.to_wire()
    except PARSE_ERRORS:
        return False


def _already_canonical(rdtype: str, text: str) -> bool:
    if rdtype == "A":
        return _IPV4.fullmatch(text) is not None
    if len(text) > 254:
        return False
    if rdtype in _NAME_TYPES:
        return _ABSOLUTE.fullmatch(text) is not None
    return rdtype == "MX" and _PREFERENCE.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _fields(_class: int, _type: int, ancestors: tuple[type, ...]) -> tuple[str, ...]:
    return tuple(
        slot
        for ancestor in ancestors
        for slot in getattr(ancestor, "__slots__", ())
        if not slot.startswith("_")
    )


@lru_cache(maxsize=1024)
def _origin(origin: str) -> dns.name.Name:
    return dns.name.from_text(origin or ".", dns.name.root)


def _reason(error: BaseException) -> str:
    if isinstance(error, InputError):
        return error.message
    return str(error)[:200] or type(error).__name__


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 120 else text[:117] + "...")
