"""Values of a row, as documents carry them and as a person reads them in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from trustpath.base.clock import format_instant

Value = str | int | float | bool | None

NOT_KNOWN: Final = "not known"
SHORT: Final = 12
"""Digits of a fingerprint that are written in a sentence; JSON has all."""

METHODS: Final[Mapping[str, str]] = {
    "br-4": "e-mail to a constructed address (BR 3.2.2.4.4)",
    "br-7": "a DNS record (BR 3.2.2.4.7)",
    "br-8": "control of the address (BR 3.2.2.4.8)",
    "br-13": "e-mail to a CAA contact (BR 3.2.2.4.13)",
    "br-14": "e-mail to a TXT contact (BR 3.2.2.4.14)",
    "br-15": "a phone call to the domain contact (BR 3.2.2.4.15)",
    "br-16": "a phone call to a TXT contact (BR 3.2.2.4.16)",
    "br-17": "a phone call to a CAA contact (BR 3.2.2.4.17)",
    "br-18": "a file on the web server (BR 3.2.2.4.18)",
    "br-19": "ACME http-01 (BR 3.2.2.4.19)",
    "br-20": "TLS with ALPN (BR 3.2.2.4.20)",
    "br-21": "a DNS record with an account label (BR 3.2.2.4.21)",
    "br-22": "a persistent DNS record (BR 3.2.2.4.22)",
    "br-ip-2": "e-mail, fax, SMS or post to the contact of the address (BR 3.2.2.5.2)",
    "br-ip-3": "a reverse lookup of the address (BR 3.2.2.5.3)",
    "br-ip-5": "a phone call to the contact of the address (BR 3.2.2.5.5)",
}
"""Validation methods that have no name of their own, by their section of the CA/Browser Forum's
Baseline Requirements."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PERIOD = range(946_684_800, 4_102_444_800)
"""The years 2000 to 2099: a whole number of seconds in it is an instant, unless named otherwise."""
_NUMBERS = frozenset(("serial", "ttl", "seconds", "lifetime", "octets", "size", "count"))
_DURATIONS = frozenset(("ttl", "seconds", "lifetime", "age", "minimum", "interval"))
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def exact(name: str, value: Value) -> Value:
    """Return a value for documents: an instant as a timestamp, everything else as it is."""
    if _is_instant(name, value):
        return format_instant(int(value or 0))
    return value


def spoken(name: str, value: Value) -> str:
    """Return a value of the column ``name`` as a person reads it in a sentence."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_instant(name, value):
        written = format_instant(int(value))
        return f"{written[:10]} {written[11:16]} UTC" if name.endswith("_time") else written[:10]
    if isinstance(value, int) and name.rpartition("_")[2] in _DURATIONS:
        return duration(value)
    return _shortened(METHODS.get(str(value), str(value)))


def duration(seconds: int) -> str:
    """Return seconds exactly, in the units that are needed: ``90 days``, ``3 hours 20 seconds``."""
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    written = []
    for unit, length in _UNITS:
        number, left = divmod(left, length)
        if number:
            written.append(f"{number} {unit}{'' if number == 1 else 's'}")
    return sign + " ".join(written) if written else "0 seconds"


def _is_instant(name: str, value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _PERIOD:
        return False
    return _NUMBERS.isdisjoint(name.split("_"))


def _shortened(text: str) -> str:
    return _DIGEST.sub(lambda found: found.group()[:SHORT], text)
