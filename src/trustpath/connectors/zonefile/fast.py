"""Ordinary one-line records into canonical form by regular expressions alone.

Everything here either returns exactly what ``facts.records.canonical_rdata`` would, or None, and
then the careful way is taken. A differential test holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from socket import AF_INET6, inet_ntop, inet_pton

from trustpath.connectors.zonefile import fast_dnssec
from trustpath.connectors.zonefile.names import END, MAX_NAME, NAME, complete

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_CLEAN = r"[ !#-\[\]-~]"  # printable ASCII without quote and backslash
_MAX_TEXT = 60_000

# owner or nothing, TTL, class, type, data
HEAD = re.compile(
    rf"({NAME}\.?+|@|)[ \t]++(?:(\d{{1,9}})[ \t]++)?(?:[Ii][Nn][ \t]++)?"
    r"([A-Za-z][A-Za-z0-9]*+)[ \t]++(.*)",
    re.ASCII,
).fullmatch

_A = re.compile(rf"({_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}){END}", re.ASCII).fullmatch
_AAAA = re.compile(rf"([0-9A-Fa-f:]{{2,39}}){END}", re.ASCII).fullmatch
_HOST = re.compile(rf"({NAME})(\.?+){END}", re.ASCII).fullmatch
_MX = re.compile(rf"(\d{{1,5}})[ \t]++({NAME}\.?+){END}", re.ASCII).fullmatch
_SRV = re.compile(
    rf"(\d{{1,5}})[ \t]++(\d{{1,5}})[ \t]++(\d{{1,5}})[ \t]++({NAME}\.?+){END}", re.ASCII
).fullmatch
_TXT = re.compile(rf'("{_CLEAN}{{0,255}}+"(?: "{_CLEAN}{{0,255}}+")*+){END}', re.ASCII).fullmatch
_WORD = re.compile(rf"([A-Za-z0-9=_.:/+-]{{1,255}}){END}", re.ASCII).fullmatch
_CAA = re.compile(
    rf'(\d{{1,3}})[ \t]++([A-Za-z0-9]{{1,255}})[ \t]++"({_CLEAN}*+)"{END}', re.ASCII
).fullmatch


def _a(rest: str, _suffix: str) -> str | None:
    match = _A(rest)
    return match[1] if match else None


def _aaaa(rest: str, _suffix: str) -> str | None:
    match = _AAAA(rest)
    if match is None:
        return None
    try:
        return inet_ntop(AF_INET6, inet_pton(AF_INET6, match[1]))
    except OSError:
        return None


def _host(rest: str, suffix: str) -> str | None:
    match = _HOST(rest)
    if match is None:
        return None
    text = match[1].lower() + (match[2] or suffix)
    return text if len(text) <= MAX_NAME + 1 else None


def _mx(rest: str, suffix: str) -> str | None:
    match = _MX(rest)
    if match is None:
        return None
    preference, host = int(match[1]), complete(match[2], suffix)
    return f"{preference} {host}" if host and preference <= 65535 else None


def _srv(rest: str, suffix: str) -> str | None:
    match = _SRV(rest)
    if match is None:
        return None
    numbers = int(match[1]), int(match[2]), int(match[3])
    host = complete(match[4], suffix)
    if host is None or max(numbers) > 65535:
        return None
    return f"{numbers[0]} {numbers[1]} {numbers[2]} {host}"


def _txt(rest: str, _suffix: str) -> str | None:
    if len(rest) > _MAX_TEXT:
        return None
    if match := _TXT(rest):
        return match[1]
    match = _WORD(rest)
    return f'"{match[1]}"' if match else None


def _caa(rest: str, _suffix: str) -> str | None:
    match = _CAA(rest)
    if match is None or len(rest) > _MAX_TEXT:
        return None
    flags = int(match[1])
    return f'{flags} {match[2]} "{match[3]}"' if flags <= 255 else None


# By the type as written; mixed case goes the careful way.
FAST: dict[str, tuple[str, Callable[[str, str], str | None]]] = {
    spelling: (rdtype, reader)
    for rdtype, reader in (
        ("A", _a),
        ("AAAA", _aaaa),
        ("CNAME", _host),
        ("NS", _host),
        ("PTR", _host),
        ("DNAME", _host),
        ("MX", _mx),
        ("SRV", _srv),
        ("TXT", _txt),
        ("CAA", _caa),
        *fast_dnssec.READERS,
    )
    for spelling in (rdtype, rdtype.lower())
}
