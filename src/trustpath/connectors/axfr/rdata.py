"""Rdata in wire form into canonical text: common types directly, all others by dnspython."""

from __future__ import annotations

import re
from base64 import b32hexencode, b64encode
from collections.abc import Callable
from functools import lru_cache
from socket import AF_INET6, inet_ntoa, inet_ntop
from struct import Struct
from struct import error as struct_error
from time import gmtime, strftime

import dns.rdatatype

from trustpath.connectors.axfr.names import MessageError, Wire, read_name
from trustpath.facts.records import text_of_wire
from trustpath.facts.records.canonical import PLAIN

_CLEAN = re.compile(rb"[ !#-\[\]-~]*").fullmatch
_ALPHANUMERIC = re.compile(rb"[A-Za-z0-9]+").fullmatch
_SRV = Struct(">HHH").unpack_from
_SOA = Struct(">IIIII").unpack_from
_RRSIG = Struct(">HBBIIIH").unpack_from

_SHA1_OCTETS = 20

# message, first octet of the rdata, octet after its last
Reader = Callable[[Wire, int, int], str]


def read_rdata(rdtype: int, wire: Wire, start: int, end: int) -> str:
    """Return the canonical text of the rdata in ``wire.octets[start:end]``.

    What follows no form that is read here is held in RFC 3597 form. Raises MessageError where a
    length does not fit, and what dnspython raises, for rdata that no server could hold.
    """
    reader = _READERS.get(rdtype)
    if reader is not None:
        try:
            return reader(wire, start, end)
        except (MessageError, IndexError, struct_error):
            if rdtype in PLAIN:
                raise
    return text_of_wire(rdtype, wire.octets, start, end)


@lru_cache(maxsize=1024)
def type_name(rdtype: int) -> str:
    """Return the mnemonic of a type, or ``TYPEn``."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))


def _a(wire: Wire, start: int, end: int) -> str:
    if end - start != 4:
        raise MessageError(f"A data of {end - start} octets")
    return inet_ntoa(wire.octets[start:end])


def _aaaa(wire: Wire, start: int, end: int) -> str:
    if end - start != 16:
        raise MessageError(f"AAAA data of {end - start} octets")
    return inet_ntop(AF_INET6, wire.octets[start:end])


def _whole_name(wire: Wire, start: int, end: int) -> str:
    text, after = read_name(wire, start)
    if after != end:
        raise MessageError("a name does not fill its data")
    return text + "."


def _mx(wire: Wire, start: int, end: int) -> str:
    preference = wire.octets[start] << 8 | wire.octets[start + 1]
    return f"{preference} {_whole_name(wire, start + 2, end)}"


def _srv(wire: Wire, start: int, end: int) -> str:
    priority, weight, port = _SRV(wire.octets, start)
    return f"{priority} {weight} {port} {_whole_name(wire, start + 6, end)}"


def _soa(wire: Wire, start: int, end: int) -> str:
    server, position = read_name(wire, start)
    mailbox, position = read_name(wire, position)
    if position + 20 != end:
        raise MessageError("SOA data of the wrong length")
    numbers = " ".join(map(str, _SOA(wire.octets, position)))
    return f"{server}. {mailbox}. {numbers}"


def _quoted(octets: bytes) -> str:
    if _CLEAN(octets):
        return f'"{octets.decode("ascii")}"'
    pieces = []
    for octet in octets:
        if octet in b'"\\':
            pieces.append("\\" + chr(octet))
        else:
            pieces.append(chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}")
    return f'"{"".join(pieces)}"'


def _txt(wire: Wire, start: int, end: int) -> str:
    strings = []
    while start < end:
        after = start + 1 + wire.octets[start]
        strings.append(_quoted(wire.octets[start + 1 : after]))
        start = after
    if start != end or not strings:
        raise MessageError("TXT strings do not fill their data")
    return " ".join(strings)


def _caa(wire: Wire, start: int, end: int) -> str:
    value = start + 2 + wire.octets[start + 1]
    tag = wire.octets[start + 2 : value]
    if value > end or not _ALPHANUMERIC(tag):
        raise MessageError("CAA data has no proper tag")
    return f"{wire.octets[start]} {tag.decode('ascii')} {_quoted(wire.octets[value:end])}"


def _association(wire: Wire, start: int, end: int) -> str:
    if end - start < 4:
        raise MessageError(f"TLSA data of {end - start} octets")
    usage, selector, matching = wire.octets[start : start + 3]
    return f"{usage} {selector} {matching} {wire.octets[start + 3 : end].hex()}"


@lru_cache(maxsize=4096)
def _instant(seconds: int) -> str:
    return strftime("%Y%m%d%H%M%S", gmtime(seconds))


def _rrsig(wire: Wire, start: int, end: int) -> str:
    covered, algorithm, labels, ttl, expires, starts, tag = _RRSIG(wire.octets, start)
    signer, position = read_name(wire, start + 18)
    if position >= end:
        raise MessageError("RRSIG data of the wrong length")
    return (
        f"{type_name(covered)} {algorithm} {labels} {ttl} {_instant(expires)} {_instant(starts)} "
        f"{tag} {signer}. {b64encode(wire.octets[position:end]).decode('ascii')}"
    )


@lru_cache(maxsize=4096)
def _bitmap(octets: bytes) -> str:
    """Return `` A NS ...`` for the type bit maps of NSEC (RFC 4034 4.1.2)."""
    types, position = [], 0
    while position < len(octets):
        window, length = octets[position], octets[position + 1]
        block = octets[position + 2 : position + 2 + length]
        if not 1 <= length <= 32 or len(block) != length:
            raise MessageError("type bit maps of the wrong length")
        types += [
            window << 8 | index << 3 | bit
            for index, octet in enumerate(block)
            for bit in range(8)
            if octet & 0x80 >> bit
        ]
        position += 2 + length
    return "".join(f" {type_name(rdtype)}" for rdtype in types)


def _nsec(wire: Wire, start: int, end: int) -> str:
    following, position = read_name(wire, start)
    if position > end:
        raise MessageError("NSEC data of the wrong length")
    return f"{following}.{_bitmap(wire.octets[position:end])}"


def _nsec3(wire: Wire, start: int, end: int) -> str:
    position = start + 5 + wire.octets[start + 4]
    salt = wire.octets[start + 5 : position].hex() or "-"
    after = position + 1 + wire.octets[position]
    if after > end or wire.octets[position] != _SHA1_OCTETS:
        raise MessageError("NSEC3 data of the wrong length")
    following = b32hexencode(wire.octets[position + 1 : after]).decode("ascii").lower().rstrip("=")
    iterations = wire.octets[start + 2] << 8 | wire.octets[start + 3]
    return (
        f"{wire.octets[start]} {wire.octets[start + 1]} {iterations} {salt} {following}"
        f"{_bitmap(wire.octets[after:end])}"
    )


_TYPE = dns.rdatatype.RdataType
_READERS: dict[int, Reader] = {
    int(_TYPE.A): _a,
    int(_TYPE.AAAA): _aaaa,
    int(_TYPE.CNAME): _whole_name,
    int(_TYPE.NS): _whole_name,
    int(_TYPE.PTR): _whole_name,
    int(_TYPE.DNAME): _whole_name,
    int(_TYPE.MX): _mx,
    int(_TYPE.SRV): _srv,
    int(_TYPE.SOA): _soa,
    int(_TYPE.TXT): _txt,
    int(_TYPE.CAA): _caa,
    int(_TYPE.TLSA): _association,
    int(_TYPE.SMIMEA): _association,
    int(_TYPE.RRSIG): _rrsig,
    int(_TYPE.NSEC): _nsec,
    int(_TYPE.NSEC3): _nsec3,
}
