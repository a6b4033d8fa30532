"""One-line DNSSEC records, as signers write them, into canonical form; None for anything else."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

import dns.exception
import dns.rdatatype

from trustpath.connectors.zonefile.names import END, NAME, complete

_GAP = r"[ \t]++"
_TYPES = r"((?:[ \t]++[A-Z0-9-]++)*+)"

_RRSIG = re.compile(
    rf"([A-Z0-9-]++){_GAP}(\d{{1,3}}){_GAP}(\d{{1,3}}){_GAP}(\d{{1,9}}){_GAP}(\d{{14}}){_GAP}(\d{{14}})"
    rf"{_GAP}(\d{{1,5}}){_GAP}({NAME}\.?+){_GAP}([A-Za-z0-9+/= \t]{{4,4000}}){END}",
    re.ASCII,
).fullmatch
_NSEC = re.compile(rf"({NAME}\.?+){_TYPES}{END}", re.ASCII).fullmatch
_NSEC3 = re.compile(
    rf"(\d{{1,3}}){_GAP}(\d{{1,3}}){_GAP}(\d{{1,5}}){_GAP}(-|(?:[0-9A-Fa-f]{{2}}){{1,255}}){_GAP}"
    rf"([0-9A-Va-v]{{32}}){_TYPES}{END}",
    re.ASCII,
).fullmatch
_DS = re.compile(
    rf"(\d{{1,5}}){_GAP}(\d{{1,3}}){_GAP}([124]){_GAP}([0-9A-Fa-f \t]{{40,200}}){END}", re.ASCII
).fullmatch
_DIGITS = {"1": 40, "2": 64, "4": 96}


@lru_cache(maxsize=1024)
def _is_type(text: str) -> bool:
    try:
        return dns.rdatatype.to_text(dns.rdatatype.from_text(text)) == text
    except (dns.exception.DNSException, ValueError):
        return False


@lru_cache(maxsize=4096)
def _is_instant(text: str) -> bool:
    try:
        moment = datetime.strptime(text + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        return False
    return 1970 <= moment.year < 2106


@lru_cache(maxsize=4096)
def _types(text: str) -> str | None:
    """Return the listed types in the order of their numbers, each with a space before it."""
    words = text.split()
    if not words or not all(map(_is_type, words)):
        return None
    numbers = sorted({int(dns.rdatatype.from_text(word)) for word in words})
    if numbers[0] == 0:
        return None
    return "".join(f" {dns.rdatatype.to_text(dns.rdatatype.RdataType.make(n))}" for n in numbers)


def _rrsig(rest: str, suffix: str) -> str | None:
    match = _RRSIG(rest)
    if match is None:
        return None
    covered, algorithm, labels, ttl, expires, starts, tag, signer, signature = match.groups()
    name = complete(signer, suffix)
    numbers = int(algorithm), int(labels), int(ttl), int(tag)
    data = "".join(signature.split())
    try:
        whole = b2a_base64(a2b_base64(data, strict_mode=True), newline=False).decode("ascii")
    except Error:
        return None
    if (
        name is None
        or whole != data
        or max(numbers[:2]) > 255
        or numbers[3] > 65535
        or not (_is_type(covered) and _is_instant(expires) and _is_instant(starts))
    ):
        return None
    return (
        f"{covered} {numbers[0]} {numbers[1]} {numbers[2]} {expires} {starts} "
        f"{numbers[3]} {name} {data}"
    )


def _nsec(rest: str, suffix: str) -> str | None:
    match = _NSEC(rest)
    if match is None:
        return None
    name, types = complete(match[1], suffix), _types(match[2])
    return name + types if name and types else None


def _nsec3(rest: str, _suffix: str) -> str | None:
    match = _NSEC3(rest)
    if match is None:
        return None
    algorithm, flags, iterations = int(match[1]), int(match[2]), int(match[3])
    types = _types(match[6]) if match[6] else ""
    if types is None or max(algorithm, flags) > 255 or iterations > 65535:
        return None
    return f"{algorithm} {flags} {iterations} {match[4].lower()} {match[5].lower()}{types}"


def _ds(rest: str, _suffix: str) -> str | None:
    match = _DS(rest)
    if match is None:
        return None
    tag, algorithm = int(match[1]), int(match[2])
    digest = "".join(match[4].split()).lower()
    if tag > 65535 or algorithm > 255 or len(digest) != _DIGITS[match[3]]:
        return None
    return f"{tag} {algorithm} {match[3]} {digest}"


READERS: tuple[tuple[str, Callable[[str, str], str | None]], ...] = (
    ("RRSIG", _rrsig),
    ("NSEC", _nsec),
    ("NSEC3", _nsec3),
    ("DS", _ds),
)
