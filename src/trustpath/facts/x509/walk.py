"""Bulk reading of certificates: a strict walk over the DER, for what is ordinary.

The walk understands one shape only: version 3, the usual order of fields, UTCTime, DNS and IP
names. What repeats from certificate to certificate (issuer, algorithms, and all extensions but
the names, the key identifier and the timestamps) is never parsed here: it is looked up, byte for
byte, among what ``describe`` has read before. So ``cryptography`` has accepted every byte of
every certificate but those of its own serial, dates, subject, key, names, identifier, timestamps
and signature; and whatever is not recognised goes to ``describe`` as a whole.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from trustpath.facts.relations.certificate import (
    Certificate,
    CertificateName,
    CertificateTimestamp,
)
from trustpath.facts.x509 import rows
from trustpath.facts.x509.der import OddDerError, element
from trustpath.facts.x509.describe import describe
from trustpath.facts.x509.keys import algorithm_of, is_usual, key_facts

_MEMO_ENTRIES = 16384
_MEMO_OCTETS = 4096
_LONG = b"\x30\x82"
# [0] version 3, and the tag of the serial number.
_VERSION_3_INTEGER = b"\xa0\x03\x02\x01\x02\x02"
_SAN = b"\x06\x03\x55\x1d\x11"
_SKI = b"\x06\x03\x55\x1d\x0e"
_SCT = b"\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"
_SCT_HEAD = _SCT[:5]
_UTC_TIMES = re.compile(
    rb"\x30\x1e\x17\x0d(\d{6})(\d\d)(\d\d)(\d\d)Z\x17\x0d(\d{6})(\d\d)(\d\d)(\d\d)Z"
)
_ATTRIBUTE = re.compile(
    rb"\x30.\x06\x03\x55\x04([\x03\x06\x07\x08\x0a\x0b])[\x0c\x13]."
    rb"([A-Za-z0-9](?:[A-Za-z0-9 '()./:-]*[A-Za-z0-9.)])?)",
    re.DOTALL,
)
_COMMON_NAME = re.compile(rb"(?:\*\.)?[A-Za-z0-9][A-Za-z0-9.-]*")
# Last octet of the attribute type to its short name (RFC 4514 section 3).
_SHORT_NAMES = {
    b"\x03": "CN",
    b"\x06": "C",
    b"\x07": "L",
    b"\x08": "ST",
    b"\x0a": "O",
    b"\x0b": "OU",
}
_KNOWN_SIGNATURES = frozenset((b"\x04\x03", b"\x04\x01"))


class _Pieces(NamedTuple):
    """One certificate cut up; ``common`` is all extensions that certificates share."""

    serial: bytes
    algorithm: bytes
    issuer: bytes
    validity: bytes
    subject: bytes
    spki: bytes
    common: bytes
    names: bytes
    subject_key: bytes
    timestamps: bytes


class _Profile(NamedTuple):
    """The columns that follow from ``common``."""

    is_ca: bool
    eku: bool
    server_auth: bool
    client_auth: bool
    other_eku: bool
    authority_key: str | None
    crl_url: str | None
    ocsp_url: str | None
    must_staple: bool
    name_constrained: bool
    critical: tuple[str, ...]


class CertificateIndex:
    """Reads many certificates; keeps what they have in common, in bounded memory.

    ``walked`` and ``described`` count how each was read. One in ``confirm_every`` walked ones is
    read both ways; should they ever differ, the walk is not used again and ``differed`` is True.
    """

    __slots__ = (
        "_algorithms",
        "_confirm_every",
        "_issuers",
        "_key_algorithms",
        "_profiles",
        "described",
        "differed",
        "walked",
    )

    def __init__(self, confirm_every: int = 1024) -> None:
        self._algorithms: dict[bytes, str | None] = {}
        self._key_algorithms: dict[bytes, str] = {}
        self._issuers: dict[bytes, tuple[str, str]] = {}
        self._profiles: dict[bytes, _Profile] = {}
        self._confirm_every = confirm_every
        self.walked = self.described = 0
        self.differed = False

    def facts(self, der: bytes) -> rows.CertificateFacts:
        """Return the same as ``describe(der)``, usually much faster; raises InputError."""
        if self.differed:
            return describe(der)
        try:
            pieces = _cut(der)
        except (OddDerError, IndexError):
            self.described += 1
            return describe(der)
        try:
            found = self._assemble(pieces, hashlib.sha256(der).hexdigest())
        except (OddDerError, IndexError, KeyError):
            self.described += 1
            found = describe(der)
            self._learn(pieces, found)
            return found
        self.walked += 1
        if self.walked % self._confirm_every == 0:
            return self._confirmed(der, found)
        return found

    def _confirmed(self, der: bytes, found: rows.CertificateFacts) -> rows.CertificateFacts:
        full = describe(der)
        self.differed = full != found
        return full

    def _learn(self, pieces: _Pieces, found: rows.CertificateFacts) -> None:
        row = found.certificate
        for memo in (self._algorithms, self._key_algorithms, self._issuers, self._profiles):
            if len(memo) >= _MEMO_ENTRIES:
                memo.clear()
        algorithm = _key_algorithm(pieces.spki)
        repeated = (pieces.algorithm, algorithm, pieces.issuer, pieces.common)
        if sum(map(len, repeated)) > _MEMO_OCTETS:
            return
        if algorithm and row.key_type != "other":
            self._key_algorithms[algorithm] = row.key_type
        self._algorithms[pieces.algorithm] = row.signature_hash
        self._issuers[pieces.issuer] = (row.issuer, row.issuer_organisation)
        self._profiles[pieces.common] = _Profile(
            row.is_ca,
            row.eku,
            row.server_auth,
            row.client_auth,
            row.other_eku,
            row.authority_key,
            row.crl_url,
            row.ocsp_url,
            row.must_staple,
            row.name_constrained,
            found.critical,
        )

    def _assemble(self, pieces: _Pieces, fingerprint: str) -> rows.CertificateFacts:
        issuer, organisation = self._issuers[pieces.issuer]
        signature_hash = self._algorithms[pieces.algorithm]
        profile = self._profiles[pieces.common]
        subject = _subject(pieces.subject)
        not_before, not_after = _validity(pieces.validity)
        spki, key_type, key_bits, curve, weak_key = key_facts(pieces.spki)
        if not is_usual(pieces.spki):
            self._key_algorithms[algorithm_of(pieces.spki)]
        names = _names(fingerprint, pieces.names) if pieces.names else ()
        scts = _timestamps(fingerprint, pieces.timestamps) if pieces.timestamps else ()
        key_identifier = pieces.subject_key
        row = rows.new_row(
            Certificate,
            (
                fingerprint,
                pieces.serial.hex().lstrip("0"),
                issuer,
                organisation,
                subject,
                not_before,
                not_after,
                not_after - not_before + 1,
                spki,
                key_type,
                key_bits,
                curve,
                signature_hash,
                profile.is_ca,
                issuer == subject,
                profile.eku,
                profile.server_auth,
                profile.client_auth,
                profile.other_eku,
                len(names),
                profile.authority_key,
                key_identifier.hex() if key_identifier else None,
                profile.crl_url,
                profile.ocsp_url,
                profile.must_staple,
                len(scts),
                profile.name_constrained,
                weak_key,
            ),
        )
        return rows.CertificateFacts(row, names, scts, profile.critical)


def _key_algorithm(spki: bytes) -> bytes:
    try:
        return algorithm_of(spki)
    except (OddDerError, IndexError):
        return b""


def _cut(der: bytes) -> _Pieces:
    """Cut a certificate into pieces; raises OddDerError or IndexError for any other shape."""
    size = len(der)
    tbs_end = 8 + int.from_bytes(der[6:8], "big")
    # Both outer lengths in two octets, as for anything between 256 octets and 64 KiB.
    if (
        der[0:2] != _LONG
        or der[4:6] != _LONG
        or der[8:14] != _VERSION_3_INTEGER
        or int.from_bytes(der[2:4], "big") + 4 != size
        or not 264 <= tbs_end <= size
    ):
        raise OddDerError
    serial_end = 15 + der[14]
    first = der[15]
    # A serial of zero, negative or not minimal: cryptography warns or refuses.
    if not 15 < serial_end <= 35 or first > 0x7F or (first == 0 and der[16] < 0x80):
        raise OddDerError
    algorithm_end = _after(der, serial_end, tbs_end)
    issuer_end = _after(der, algorithm_end, tbs_end)
    validity_end = issuer_end + 32
    subject_end = _after(der, validity_end, tbs_end)
    spki_end = _after(der, subject_end, tbs_end)
    wrapped, wrapped_end = element(der, spki_end, 0xA3, tbs_end)
    extensions, extensions_end = element(der, wrapped, 0x30, wrapped_end)
    algorithm = der[serial_end:algorithm_end]
    outer_end = tbs_end + len(algorithm)
    signature, signature_end = element(der, outer_end, 0x03, size)
    if (
        wrapped_end != tbs_end
        or extensions_end != wrapped_end
        or der[tbs_end:outer_end] != algorithm
        or signature_end != size
        or signature_end - signature < 2
        or der[signature] != 0
    ):
        raise OddDerError
    common, names, subject_key, timestamps = _extensions(der, extensions, extensions_end)
    return _Pieces(
        der[15:serial_end],
        algorithm,
        der[algorithm_end:issuer_end],
        der[issuer_end:validity_end],
        der[validity_end:subject_end],
        der[subject_end:spki_end],
        common,
        names,
        subject_key,
        timestamps,
    )


def _after(der: bytes, at: int, limit: int) -> int:
    """Return where the SEQUENCE at ``at`` ends."""
    length = der[at + 1]
    if length < 0x80 and der[at] == 0x30:
        end = at + 2 + length
        if end <= limit:
            return end
    return element(der, at, 0x30, limit)[1]


def _extensions(der: bytes, at: int, end: int) -> tuple[bytes, bytes, bytes, bytes]:
    """Return (the shared extensions, names, subject key identifier, timestamp list)."""
    names = subject_key = timestamps = b""
    common: list[bytes] = []
    run = at
    while at < end:
        length = der[at + 1]
        if der[at] == 0x30 and length < 0x80:
            body, stop = at + 2, at + 2 + length
            if stop > end:
                raise OddDerError
        else:
            body, stop = element(der, at, 0x30, end)
        head = der[body : body + 5]
        if head == _SAN and not names:
            names = _value(der, body + 5, stop, 0x30)
        elif head == _SKI and not subject_key:
            subject_key = _value(der, body + 5, stop, 0x04)
        elif head == _SCT_HEAD and not timestamps and der[body : body + 12] == _SCT:
            timestamps = _value(der, body + 12, stop, 0x04)
        else:
            at = stop
            continue
        common.append(der[run:at])
        run = at = stop
    common.append(der[run:end])
    return b"".join(common), names, subject_key, timestamps


def _value(der: bytes, at: int, end: int, tag: int) -> bytes:
    """Return the content of the one element inside an extension's value; it may not be empty."""
    if der[at : at + 3] == b"\x01\x01\xff":
        at += 3
    start, stop = element(der, at, 0x04, end)
    inner, inner_stop = element(der, start, tag, stop)
    if stop != end or inner_stop != stop or inner == inner_stop:
        raise OddDerError
    return der[inner:inner_stop]


@lru_cache(maxsize=65536)
def _day(digits: bytes) -> int:
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    try:
        moment = datetime(year + (1900 if year >= 50 else 2000), month, day, tzinfo=UTC)
    except ValueError as error:
        raise OddDerError from error
    return int(moment.timestamp())


def _validity(encoded: bytes) -> tuple[int, int]:
    found = _UTC_TIMES.fullmatch(encoded)
    if found is None:
        raise OddDerError
    day, hour, minute, second, last_day, last_hour, last_minute, last_second = found.groups()
    if max(hour, last_hour) > b"23" or max(minute, second, last_minute, last_second) > b"59":
        raise OddDerError
    return (
        _day(day) + int(hour) * 3600 + int(minute) * 60 + int(second),
        _day(last_day) + int(last_hour) * 3600 + int(last_minute) * 60 + int(last_second),
    )


def _subject(encoded: bytes) -> str:
    """Return the RFC 4514 text of a plain distinguished name, last part first."""
    size = len(encoded)
    # One common name and nothing else: what domain validation leaves over.
    if (
        13 < size < 78
        and encoded[2] == 0x31
        and encoded[3] == size - 4
        and encoded[4] == 0x30
        and encoded[5] == size - 6
        and encoded[6:11] == b"\x06\x03\x55\x04\x03"
        and encoded[11] == 0x0C
        and encoded[12] == size - 13
        and _COMMON_NAME.fullmatch(encoded, 13)
    ):
        return "CN=" + encoded[13:].decode("ascii")
    at, end = element(encoded, 0, 0x30, size)
    parts: list[str] = []
    while at < end:
        stop = element(encoded, at, 0x31, end)[1]
        parts.append(_relative_name(encoded[at:stop]))
        at = stop
    return ",".join(reversed(parts))


@lru_cache(maxsize=16384)
def _relative_name(encoded: bytes) -> str:
    start, end = element(encoded, 0, 0x31, len(encoded))
    found = _ATTRIBUTE.fullmatch(encoded, start)
    if found is None:
        raise OddDerError
    kind, value = _SHORT_NAMES[found[1]], found[2]
    size = len(value)
    at = end - size
    if encoded[start + 1] != end - start - 2 or encoded[at - 1] != size:
        raise OddDerError
    # cryptography warns of other lengths (RFC 5280 appendix A.1).
    if size > 64 or (kind == "C" and size != 2):
        raise OddDerError
    return f"{kind}={value.decode('ascii')}"


def _names(fingerprint: str, encoded: bytes) -> tuple[CertificateName, ...]:
    found: list[CertificateName] = []
    at, end = 0, len(encoded)
    while at < end:
        tag, length = encoded[at], encoded[at + 1]
        at += 2
        stop = at + length
        # Longer than 127 octets is a long form; both that and other kinds of name are odd.
        if length > 0x7F or stop > end:
            raise OddDerError
        value = encoded[at:stop]
        if tag == 0x82 and value.isascii():
            found.append(rows.dns_row(fingerprint, value.decode("ascii")))
        elif tag == 0x87 and length == 4:
            found.append(rows.ip_row(fingerprint, ".".join(map(str, value))))
        else:
            raise OddDerError
        at = stop
    return rows.distinct(found)


def _timestamps(fingerprint: str, encoded: bytes) -> tuple[CertificateTimestamp, ...]:
    """Read a SignedCertificateTimestampList (RFC 6962 3.3) of version 1 timestamps."""
    end = len(encoded)
    if int.from_bytes(encoded[:2], "big") != end - 2:
        raise OddDerError
    found: list[CertificateTimestamp] = []
    at = 2
    while at < end:
        start = at + 2
        at = start + int.from_bytes(encoded[at:start], "big")
        extensions = int.from_bytes(encoded[start + 41 : start + 43], "big")
        signature = start + 43 + extensions
        if (
            at > end
            or encoded[start] != 0
            or encoded[signature : signature + 2] not in _KNOWN_SIGNATURES
            or int.from_bytes(encoded[signature + 2 : signature + 4], "big") != at - signature - 4
        ):
            raise OddDerError
        milliseconds = int.from_bytes(encoded[start + 33 : start + 41], "big")
        # Beyond year 9999 cryptography cannot say the time.
        if milliseconds >= 253_402_300_800_000:
            raise OddDerError
        found.append(
            CertificateTimestamp(
                fingerprint, encoded[start + 1 : start + 33].hex(), milliseconds // 1000, None
            )
        )
    return tuple(found)
