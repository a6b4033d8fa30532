r"""The wire form of records whose text dnspython does not read and servers do.

Types that are obsolete or rare (RFC 1035 3.3, RFC 2535 5, RFC 1712 and the IANA list), and
known types whose fields are written as words where dnspython knows numbers only.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import re
from collections.abc import Callable, Mapping
from typing import Final

import dns.dnssectypes
import dns.exception
import dns.ipv4
import dns.ipv6
import dns.name
import dns.rdata
import dns.rdatatype
import dns.tokenizer
import dns.ttl

Tokens = list[dns.tokenizer.Token]
_Field = Callable[[Tokens, dns.name.Name], bytes]

MNEMONICS: Final[Mapping[str, int]] = {
    "EID": 31,
    "NIMLOC": 32,
    "ATMA": 34,
    "SINK": 40,
    "RKEY": 57,
    "TALINK": 58,
    "UINFO": 100,
    "UID": 101,
    "GID": 102,
    "DOA": 259,
}
"""Types that dnspython has no mnemonic for; they are held as ``TYPEn``."""

_LEADING_NAMES: Final[Mapping[int, int]] = {3: 1, 4: 1, 7: 1, 8: 1, 9: 1, 14: 2, 30: 1, 58: 2}
"""How many names the rdata of MD, MF, MB, MG, MR, MINFO, NXT and TALINK begins with."""
_NAME_OFFSETS: Final[Mapping[int, int]] = {24: 18, 46: 18, 64: 2, 65: 2}  # SIG RRSIG SVCB HTTPS
_A6 = 38
_NAMES_ONLY = frozenset({3, 4, 7, 8, 9, 14, 58})

_ALGORITHMS = {
    **{algorithm.name: int(algorithm) for algorithm in dns.dnssectypes.Algorithm},
    "NSEC3DSA": 6,
    "NSEC3RSASHA1": 7,
}
_CERTIFICATES = {
    "PKIX": 1, "SPKI": 2, "PGP": 3, "IPKIX": 4, "ISPKI": 5, "IPGP": 6, "ACPKIX": 7, "IACPKIX": 8,
    "URI": 253, "OID": 254,
}  # fmt: skip
_DIGESTS = {"SHA1": 1, "SHA-1": 1, "SHA256": 2, "SHA-256": 2, "GOST": 3, "SHA384": 4, "SHA-384": 4}
_PROTOCOLS = {"NONE": 0, "TLS": 1, "EMAIL": 2, "DNSSEC": 3, "IPSEC": 4, "ALL": 255}
_KEY_FLAGS = {"ZONE": 0x0100, "KSK": 0x0001, "SEP": 0x0001, "REVOKE": 0x0080}
_INSTANT = re.compile(r"\d{14}", re.ASCII)


def encode(rdtype: int, text: str, origin: dns.name.Name) -> bytes | None:
    """Return the wire form of rdata in presentation format; None where the type has no form here.

    Names are completed with ``origin`` and in lower case. Raises what ``PARSE_ERRORS`` holds where
    the text does not follow the form.
    """
    form = _FORMS.get(rdtype)
    if form is None:
        return None
    tokens = _tokens(text)
    octets = b"".join(_FIELDS[field](tokens, origin) for field in form.split())
    if tokens:
        raise ValueError(f"{tokens[0].value[:40]!r} is more than the type has")
    return octets


def uncompressed(rdtype: int, message: bytes, start: int, end: int) -> bytes:
    """Return rdata from a message with its names whole and in lower case (RFC 3597 4, 7).

    Raises what ``PARSE_ERRORS`` holds where a name of an old type does not fit; where that of
    another type does not, the data is what it is.
    """
    count = _LEADING_NAMES.get(rdtype, 0)
    if count:
        position, pieces = _names(message, start, end, count)
        if position > end or (rdtype in _NAMES_ONLY and position != end):
            raise ValueError("a name does not fill its data")
        return pieces + message[position:end]
    octets = message[start:end]
    at = _name_offset(rdtype, octets)
    if at is None:
        return octets
    try:
        position, pieces = _names(octets, at, len(octets), 1)
    except dns.exception.DNSException:
        return octets
    return octets[:at] + pieces + octets[position:]


def _names(message: bytes, start: int, end: int, count: int) -> tuple[int, bytes]:
    pieces, position = b"", start
    for _ in range(count):
        name, used = dns.name.from_wire(message[:end], position)
        pieces += name.canonicalize().to_wire() or b""
        position += used
    return position, pieces


def _name_offset(rdtype: int, octets: bytes) -> int | None:
    """Return where the name lies in SVCB, HTTPS, RRSIG, SIG and A6 data, None where none does."""
    if rdtype == _A6 and octets and 0 < octets[0] <= 128:
        return 1 + (135 - octets[0]) // 8
    return _NAME_OFFSETS.get(rdtype)


def numbered(rdtype: str) -> str:
    """Return the type as dnspython spells it, ``TYPEn`` for what it has no mnemonic for."""
    number = MNEMONICS.get(rdtype.upper())
    return rdtype if number is None else f"TYPE{number}"


def _tokens(text: str) -> Tokens:
    tokenizer = dns.tokenizer.Tokenizer(text)
    found: Tokens = []
    while not (token := tokenizer.get()).is_eol_or_eof():
        found.append(token)
    return found


def _next(tokens: Tokens) -> dns.tokenizer.Token:
    if not tokens:
        raise ValueError("the data ends too early")
    return tokens.pop(0)


def _rest(tokens: Tokens) -> str:
    joined = "".join(token.value for token in tokens)
    tokens.clear()
    return joined


def _rest_apart(tokens: Tokens) -> str:
    text = ""
    for token in tokens:
        apart = "" if not text or text.endswith("=") else " "
        text += apart + (f'"{token.value}"' if token.is_quoted_string() else token.value)
    tokens.clear()
    return text


def _number(octets: int, words: Mapping[str, int] | None = None) -> _Field:
    def field(tokens: Tokens, _origin: dns.name.Name) -> bytes:
        text = _next(tokens).value
        known = (words or {}).get(text.upper())
        if known is None:
            if not text.isdecimal() or not text.isascii():
                raise ValueError(f"{text[:40]!r} is no number")
            known = int(text[:11])
        return known.to_bytes(octets, "big")

    return field


def _key_flags(tokens: Tokens, origin: dns.name.Name) -> bytes:
    text = tokens[0].value.upper() if tokens else ""
    if text.startswith("0X"):
        return int(_next(tokens).value, 16).to_bytes(2, "big")
    if not text[:1].isalpha():
        return _number(2)(tokens, origin)
    return sum({_KEY_FLAGS[word] for word in _next(tokens).value.upper().split("|")}).to_bytes(
        2, "big"
    )


def _name(tokens: Tokens, origin: dns.name.Name) -> bytes:
    name = dns.name.from_text(_next(tokens).value, origin)
    return name.canonicalize().to_wire() or b""


def _string(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    content = _next(tokens).unescape_to_bytes().value
    raw = content if isinstance(content, bytes) else str(content).encode("latin-1")
    return bytes((len(raw),)) + raw


def _hex(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    if not tokens:
        raise ValueError("the data ends too early")
    return binascii.unhexlify(_rest(tokens))


def _base64(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    if not tokens:
        raise ValueError("the data ends too early")
    return base64.b64decode(_rest(tokens), validate=True)


def _any_base64(tokens: Tokens, origin: dns.name.Name) -> bytes:
    return _base64(tokens, origin) if tokens else b""


def _content(tokens: Tokens, origin: dns.name.Name) -> bytes:
    if [token.value for token in tokens] == ["-"]:
        tokens.clear()
    return _any_base64(tokens, origin)


def _locator(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    groups = _next(tokens).value.split(":")
    if len(groups) != 4 or not all(re.fullmatch(r"[0-9A-Fa-f]{1,4}", group) for group in groups):
        raise ValueError("four groups of hexadecimal digits are needed (RFC 6742 2.1.1)")
    return b"".join(int(group, 16).to_bytes(2, "big") for group in groups)


def _type(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    return int(dns.rdatatype.from_text(numbered(_next(tokens).value))).to_bytes(2, "big")


def _old_bitmap(tokens: Tokens, origin: dns.name.Name) -> bytes:
    """Types of NXT (RFC 2535 5.2): one bit for each type below 128."""
    field = bytearray(16)
    while tokens:
        rdtype = int.from_bytes(_type(tokens, origin), "big")
        if rdtype > 127:
            raise ValueError("NXT lists types below 128")
        field[rdtype >> 3] |= 0x80 >> (rdtype & 7)
    return bytes(field).rstrip(b"\0")


def _bitmap(tokens: Tokens, origin: dns.name.Name) -> bytes:
    """Types of NSEC (RFC 4034 4.1.2)."""
    windows: dict[int, bytearray] = {}
    while tokens:
        rdtype = int.from_bytes(_type(tokens, origin), "big")
        block = windows.setdefault(rdtype >> 8, bytearray(32))
        block[(rdtype & 255) >> 3] |= 0x80 >> (rdtype & 7)
    pieces = []
    for window, block in sorted(windows.items()):
        trimmed = bytes(block).rstrip(b"\0")
        pieces.append(bytes((window, len(trimmed))) + trimmed)
    return b"".join(pieces)


def _ttl(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    return dns.ttl.from_text(_next(tokens).value).to_bytes(4, "big")


def _instant(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    """Instants of RRSIG wrap at 2^32 seconds (RFC 4034 3.1.5), so a date beyond 2106 does too."""
    text = _next(tokens).value
    if not text.isdecimal() or not text.isascii() or len(text) > 14:
        raise ValueError(f"{text[:40]!r} is no instant")
    if not _INSTANT.fullmatch(text):
        return int(text).to_bytes(4, "big")
    year, month, day, hour, minute, second = (
        int(text[:4]),
        *(int(text[at : at + 2]) for at in range(4, 14, 2)),
    )
    seconds = calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0))
    return (seconds & 0xFFFFFFFF).to_bytes(4, "big")


def _gateway(tokens: Tokens, origin: dns.name.Name) -> bytes:
    """Precedence, gateway type, algorithm and gateway of IPSECKEY (RFC 4025 2)."""
    number = _number(1)
    head = number(tokens, origin) + number(tokens, origin) + number(tokens, origin)
    if head[1] == 0:
        if _next(tokens).value != ".":
            raise ValueError("a gateway of type 0 is written as a dot")
        return head
    if head[1] in (1, 2):
        read = dns.ipv4.inet_aton if head[1] == 1 else dns.ipv6.inet_aton
        return head + read(_next(tokens).value)
    if head[1] != 3:
        raise ValueError(f"gateway type {head[1]} is unknown")
    return head + _name(tokens, origin)


def _address_suffix(tokens: Tokens, origin: dns.name.Name) -> bytes:
    """Prefix length, suffix and prefix name of A6 (RFC 2874 3.1)."""
    length = _number(1)(tokens, origin)
    prefix = length[0]
    if prefix > 128:
        raise ValueError("an A6 prefix has up to 128 bits")
    suffix = bytearray()
    if prefix < 128:
        suffix += dns.ipv6.inet_aton(_next(tokens).value)[prefix // 8 :]
        suffix[0] &= 0xFF >> (prefix % 8)
    return length + bytes(suffix) + (_name(tokens, origin) if prefix else b"")


def _atm_address(tokens: Tokens, _origin: dns.name.Name) -> bytes:
    """E.164 number after a plus sign, else an AESA in hexadecimal with dots at will."""
    text: str = _next(tokens).value
    if text.startswith("+"):
        if not text[1:].isdecimal() or not text.isascii():
            raise ValueError("an E.164 address has digits only")
        return b"\1" + text[1:].encode("ascii")
    return b"\0" + binascii.unhexlify(text.replace(".", ""))


def _alias_mode(tokens: Tokens, origin: dns.name.Name) -> bytes:
    """SVCB and HTTPS of priority 0 with parameters, which recipients ignore (RFC 9460 2.4.2)."""
    if _next(tokens).value != "0":
        raise ValueError("parameters that cannot be read")
    text = f"1 {_rest_apart(tokens)}"
    rdata = dns.rdata.from_text("IN", "SVCB", text, origin, relativize=False)
    served: bytes = rdata.to_wire() or b""
    name, _ = dns.name.from_wire(served, 2)
    target = name.canonicalize().to_wire() or b""
    return b"\0\0" + target + served[2 + len(target) :]


_FIELDS: Final[Mapping[str, _Field]] = {
    "u8": _number(1),
    "u16": _number(2),
    "u32": _number(4),
    "algorithm": _number(1, _ALGORITHMS),
    "digest": _number(1, _DIGESTS),
    "protocol": _number(1, _PROTOCOLS),
    "certificate": _number(2, _CERTIFICATES),
    "flags": _key_flags,
    "name": _name,
    "string": _string,
    "hex": _hex,
    "base64": _base64,
    "any-base64": _any_base64,
    "content": _content,
    "locator": _locator,
    "type": _type,
    "old-bitmap": _old_bitmap,
    "bitmap": _bitmap,
    "ttl": _ttl,
    "instant": _instant,
    "gateway": _gateway,
    "a6": _address_suffix,
    "atma": _atm_address,
    "alias-mode": _alias_mode,
}
_KEY = "flags protocol algorithm any-base64"
_DIGEST = "u16 algorithm digest hex"
_SIGNATURE = "type algorithm u8 ttl instant instant u16 name base64"
_FORMS: Final[Mapping[int, str]] = {
    **dict.fromkeys((3, 4, 7, 8, 9), "name"),  # MD MF MB MG MR
    14: "name name",  # MINFO
    24: _SIGNATURE,  # SIG
    25: _KEY,  # KEY
    27: "string string string",  # GPOS
    30: "name old-bitmap",  # NXT
    31: "hex",  # EID
    32: "hex",  # NIMLOC
    34: "atma",
    37: "certificate u16 algorithm base64",  # CERT
    38: "a6",
    40: "u8 u8 u8 any-base64",  # SINK
    43: _DIGEST,  # DS
    45: "gateway any-base64",  # IPSECKEY
    46: _SIGNATURE,  # RRSIG
    47: "name bitmap",  # NSEC
    48: _KEY,  # DNSKEY
    57: _KEY,  # RKEY
    58: "name name",  # TALINK
    59: _DIGEST,  # CDS
    60: _KEY,  # CDNSKEY
    62: "u32 u16 bitmap",  # CSYNC
    **dict.fromkeys((64, 65), "alias-mode"),  # SVCB HTTPS
    104: "u16 locator",  # NID
    106: "u16 locator",  # L64
    259: "u32 u32 u8 string content",  # DOA
    32768: _DIGEST,  # TA
    32769: _DIGEST,  # DLV
}
