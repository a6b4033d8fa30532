"""Records by which receivers tell whose mail it is: SPF, DMARC (RFC 7489) and DKIM (RFC 6376)."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Final, NamedTuple

from trustpath.facts.records.spf import is_versioned, parse_spf
from trustpath.facts.records.strings import joined
from trustpath.facts.relations.dns import MailAuthentication
from trustpath.facts.x509.der import OddDerError, element, unsigned

MAX_KEY: Final = 8192
"""The most characters of a DKIM key that are read; an RSA key of 16,384 bits has 2,800."""

_DMARC_OWNER: Final = "_dmarc."
_REPORT_MARK: Final = "._report._dmarc."  # consent to reports, not a policy (RFC 7489 7.1)
_DKIM_MARK: Final = "._domainkey."
_SPF_LIKE = re.compile(r'[\s\'\\"]*v\s*=\s*spf(?!2\.0)', re.ASCII | re.IGNORECASE)
_DMARC_LIKE = re.compile(r"v=DMARC1\b", re.ASCII)
_DMARC_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)", re.ASCII)
_TAG = re.compile(r"\s*+([A-Za-z][A-Za-z0-9_]*+)\s*+=(.*)", re.ASCII | re.DOTALL)
_POLICIES: Final = frozenset({"none", "quarantine", "reject"})
_ALIGNMENTS: Final = frozenset({"r", "s"})
_OPTIONS: Final = frozenset({"0", "1", "d", "s"})
_SIZE: Final = r"(?:!\d+[kmgt]?)?"  # the most that a report may have (RFC 7489 6.2)
_URI = re.compile(rf'[a-z][a-z0-9+.-]*+:["-~]+{_SIZE}', re.ASCII | re.IGNORECASE)
_MAIL = re.compile(
    rf"mailto:[^\s@!,]+@(?:[a-z0-9_-]{{1,63}}\.)+[a-z0-9-]{{1,63}}(?:\?[^\s!]*)?{_SIZE}",
    re.ASCII | re.IGNORECASE,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}", re.ASCII)
_HOST = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z]{2,63}\.?", re.ASCII)
_RSA: Final = bytes.fromhex("06092a864886f70d010101")
_QUOTES: Final = "double quotes stand in it, as where strings were joined by hand"
_SPACE: Final = str.maketrans("", "", " \t\r\n")


class _Read(NamedTuple):
    """What one record says: the columns of ``MailAuthentication`` behind ``rdata``."""

    versioned: bool
    fault: str | None
    policy: str | None = None
    sends: bool | None = None
    key_type: str | None = None
    key_bits: int | None = None


def mail_authentication(zone: str, name: str, text: str) -> MailAuthentication | None:
    """Return the row of a TXT that is, or seems to be meant as, SPF, DMARC or DKIM; else None.

    ``text`` is canonical. DMARC stands at ``_dmarc.<domain>``, and by its content also where an
    alias of such a name may lead, DKIM at ``<selector>._domainkey.<domain>``, SPF at the domain
    itself, told by its content.
    """
    selector, mark, domain = name.partition(_DKIM_MARK)
    if name.startswith(_DMARC_OWNER):
        return _row(zone, name, name[len(_DMARC_OWNER) :], "dmarc", text)
    if mark and not any(label.startswith("_") for label in selector.split(".")):
        return _row(zone, name, domain, "dkim", text)
    content = joined(text)  # before the test (RFC 7208 3.3)
    if _SPF_LIKE.match(content):
        return _row(zone, name, name, "spf", text)
    if _DMARC_LIKE.match(content) and _REPORT_MARK not in name:
        return _row(zone, name, name.removeprefix("*."), "dmarc", text)
    return None


def _row(zone: str, name: str, domain: str, kind: str, text: str) -> MailAuthentication:
    read = _read(kind, text)
    if kind == "spf" and read.fault is None and {name, "%{d}"} & set(_includes(text)):
        read = read._replace(fault="it includes itself, without end")
    return MailAuthentication(zone, name, domain, kind, text, *read)


@lru_cache(maxsize=16384)
def _includes(text: str) -> tuple[str, ...]:
    return parse_spf(joined(text)).includes


@lru_cache(maxsize=16384)
def _read(kind: str, text: str) -> _Read:
    read = _content(kind, joined(text))
    if read.fault is not None and '"' in joined(text):
        return read._replace(fault=f"{read.fault}; {_QUOTES}")
    return read


def _content(kind: str, content: str) -> _Read:
    if kind == "spf":
        spf = parse_spf(content)
        return _Read(is_versioned(content), spf.fault, spf.qualifier, spf.sends)
    return _dmarc(content) if kind == "dmarc" else _dkim(content)


def _tags(content: str) -> tuple[dict[str, str], str | None]:
    """Return the tags of a tag-list (RFC 6376 3.2) in their order, and why it is none."""
    found: dict[str, str] = {}
    pieces = content.split(";")
    if not pieces[-1].strip():
        pieces.pop()
    fault = None
    for piece in pieces:
        match = _TAG.fullmatch(piece)
        if match is None:
            fault = fault or f"'{_shown(piece.strip())}' is no tag"
        elif match[1] in found:
            fault = fault or f"the tag {match[1]} stands in it twice"
        else:
            found[match[1]] = match[2].strip()
    return found, fault


def _dmarc(content: str) -> _Read:
    if _DMARC_VERSION.match(content) is None:
        return _Read(False, "it does not begin with v=DMARC1, so receivers do not see it")
    tags, fault = _tags(content)
    policy = tags.get("p", "").lower()
    if policy not in _POLICIES:
        wrong = f"p={_shown(policy)} is no policy" if policy else "it has no p tag"
        return _Read(True, wrong)
    return _Read(True, fault or _dmarc_fault(tags), policy)


def _dmarc_fault(tags: dict[str, str]) -> str | None:
    for tag, allowed in (("sp", _POLICIES), ("np", _POLICIES), ("adkim", _ALIGNMENTS),
                         ("aspf", _ALIGNMENTS)):  # fmt: skip
        if tag in tags and tags[tag].lower() not in allowed:
            return f"{tag}={_shown(tags[tag])} is none of {', '.join(sorted(allowed))}"
    percent = tags.get("pct", "100")
    if not (_is_number(percent, 3) and int(percent) <= 100):
        return f"pct={_shown(percent)} is no percentage"
    if not _is_number(tags.get("ri", "0"), 10):
        return f"ri={_shown(tags['ri'])} is no number of seconds"
    if any(option.strip().lower() not in _OPTIONS for option in tags.get("fo", "0").split(":")):
        return f"fo={_shown(tags['fo'])} has more than 0, 1, d and s"
    for tag in ("rua", "ruf"):
        for uri in tags[tag].split(",") if tag in tags else ():
            good = _MAIL if uri.strip().lower().startswith("mailto:") else _URI
            if good.fullmatch(uri.strip()) is None:
                return f"{tag} has '{_shown(uri.strip())}', which is no URI such as mailto:"
    return None


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= digits


def _dkim(content: str) -> _Read:
    if _HOST.fullmatch(content.strip()) is not None:
        return _Read(False, "it is a host name, which belongs into a CNAME")
    tags, fault = _tags(content)
    versioned = tags.get("v") == "DKIM1" if "v" in tags else "p" in tags
    if fault is None and "v" in tags and (next(iter(tags)) != "v" or tags["v"] != "DKIM1"):
        fault = "v is not DKIM1 or not the first tag"
    kind = tags.get("k", "rsa").lower()
    fault = fault or _dkim_fault(tags)
    if fault is not None:
        return _Read(versioned, fault, None, None, kind)
    packed = tags["p"].translate(_SPACE)
    if not packed:
        return _Read(versioned, None, None, False, kind)
    fault, bits = _key(kind, packed)
    return _Read(versioned, fault, None, True, kind, bits)


def _dkim_fault(tags: dict[str, str]) -> str | None:
    if "p" not in tags:
        return "it has no p tag, and so no key"
    if not tags.get("k", "rsa"):
        return "its k tag is empty"
    if "sha256" not in _listed(tags.get("h", "sha256")):
        return f"h={_shown(tags['h'])} does not allow sha256"  # RFC 8301 3.1
    if not _listed(tags.get("s", "*")) & {"*", "email"}:
        return f"s={_shown(tags['s'])} says that it is not for mail"
    return None


def _listed(value: str) -> set[str]:
    return {item.strip().lower() for item in value.split(":")}


def _key(kind: str, packed: str) -> tuple[str | None, int | None]:
    """Return why a key cannot be used, or its size."""
    key = _unpacked(packed)
    if key is None:
        return "its key is no base64", None
    if kind == "ed25519":
        wrong = len(key) != 32
        return (f"its Ed25519 key has {len(key)} octets, not 32", None) if wrong else (None, 256)
    if kind != "rsa":
        return f"nobody knows keys of the kind {_shown(kind)}", None
    bits = _rsa_bits(key)
    return ("its RSA key cannot be read" if bits is None else None), bits


def _unpacked(packed: str) -> bytes | None:
    """Return the octets of base64; padding may be left out (RFC 6376 3.2)."""
    if len(packed) > MAX_KEY or _BASE64.fullmatch(packed) is None:
        return None
    bare = packed.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        return None


def _rsa_bits(key: bytes) -> int | None:
    """Return the size of the modulus.

    The key is a SubjectPublicKeyInfo, as erratum 3017 of RFC 6376 has it and all publish it, or the
    bare RSAPublicKey of its text.
    """
    try:
        start, end = element(key, 0, 0x30, len(key))
        ends = [(end, len(key))]
        if key[start] == 0x30:
            algorithm, after = element(key, start, 0x30, end)
            if not key[algorithm:after].startswith(_RSA):
                return None
            bits, bits_end = element(key, after, 0x03, end)
            ends.append((bits_end, end))
            start, end = element(key, bits + 1, 0x30, bits_end)
            ends.append((end, bits_end))
        modulus, after = element(key, start, 0x02, end)
        ends.append((element(key, after, 0x02, end)[1], end))
        if any(reached != whole for reached, whole in ends):
            return None  # octets behind it
        return unsigned(key, modulus, after).bit_length() or None
    except (OddDerError, IndexError):
        return None


def _shown(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text[:60])
