"""The single values of the estate file: what is accepted and what it becomes."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from trustpath.base import addresses, clock, names
from trustpath.base.errors import InputError
from trustpath.facts.estate.faults import nearest
from trustpath.facts.estate.shape import Json, Scalar

_ID = r"[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,199}"
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:\S+"
_FINGERPRINT = r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}"
_HEX = r"(0[xX])?[0-9A-Fa-f]{1,64}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){0,31}"
_DURATION = r"\s*([0-9]+\s*[smhdwSMHDW]\s*)+"
_INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)


def _text(value: Any) -> str:
    if isinstance(value, str):
        if value.strip():
            return value
        raise InputError("empty text")
    shown = value.isoformat() if isinstance(value, datetime.date) else repr(value)[:60]
    raise InputError(f"{shown} is no text", hint="quote it if it is meant as text")


def _matching(pattern: str, what: str, change: Callable[[str], Any]) -> Callable[[Any], Any]:
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any) -> Any:
        text = _text(value)
        if not compiled.fullmatch(text):
            raise InputError(f"{text[:80]!r} is no {what}")
        return change(text)

    return read


def _same(text: str) -> str:
    return text


def _pattern(pattern: str, expected: str) -> Json:
    return {"type": "string", "pattern": f"^(?:{pattern})$", "description": expected}


def _duration(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise InputError(f"{value!r} is no duration")
    if isinstance(value, str) and not re.fullmatch(_DURATION, value, re.ASCII):
        raise InputError(f"{value!r} is no duration")
    return _bounded(clock.parse_duration(value))


def _bounded(value: int) -> int:
    if not 0 <= value < 1 << 53:
        raise InputError(f"{value} is out of range")
    return value


def _seconds(value: Any) -> float:
    seconds = value if isinstance(value, float) else _duration(value)
    if not 0 < seconds < 1 << 31:
        raise InputError(f"{value} is out of range")
    return seconds


def _at_least_one(read: Callable[[Any], int]) -> Callable[[Any], int]:
    def positive(value: Any) -> int:
        number = read(value)
        if number < 1:
            raise InputError(f"{value} would allow nothing")
        return number

    return positive


def _instant(value: Any) -> int:
    if isinstance(value, datetime.date):
        value = value.isoformat()
    text = _text(value)
    if not re.fullmatch(_INSTANT, text, re.ASCII):
        raise InputError(f"{text[:80]!r} is no time")
    try:
        return clock.parse_instant(text.upper())
    except OverflowError as error:
        raise InputError(f"{text[:80]!r} is out of range") from error


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{value!r} is no whole number")
    return _bounded(value)


def _port(value: Any) -> int:
    number = _count(value)
    if not 1 <= number <= 65535:
        raise InputError(f"{number} is no port")
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{value!r} is neither true nor false")
    return value


def _name(value: Any) -> str:
    return names.canonical(_text(value).strip())


def _address(value: Any) -> str:
    return addresses.canonical_address(_text(value).strip())


def _network(value: Any) -> str:
    text = _text(value).strip()
    network = _canonical_network(text)
    written = text.partition("/")[0]
    if "/" in text and addresses.canonical_address(written) != network.partition("/")[0]:
        raise InputError(
            f"{text} has bits beyond its prefix", hint=f"write {network}, or {written} alone"
        )
    return network


# Services share few networks, and reading one costs more than all else about a service.
@lru_cache(maxsize=4096)
def _canonical_network(text: str) -> str:
    network_keys(text)  # raises with the way out
    return str(ipaddress.ip_network(text, strict=False))


network_keys = lru_cache(maxsize=4096)(addresses.network_keys)
"""``base.addresses.network_keys``, remembering."""


def _plain_hex(text: str) -> str:
    return text.replace(":", "").lower().removeprefix("0x")


def _serial(text: str) -> str:
    return _plain_hex(text).lstrip("0") or "0"


def _string(expected: str) -> Json:
    return {"type": "string", "pattern": r"\S", "description": expected}


_DURATION_TEXT = "a duration such as 90s, 15m, 24h or 30d, or whole seconds"
_DURATION_JSON: Json = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": f"^(?:{_DURATION})$"},
    ],
    "description": _DURATION_TEXT,
}

TEXT = Scalar("text", _string("text"), _text)
FLAG = Scalar("true or false", {"type": "boolean"}, _flag)
COUNT = Scalar(
    "a whole number, not negative",
    {"type": "integer", "minimum": 0, "maximum": (1 << 53) - 1},
    _count,
)
POSITIVE = Scalar(
    "a whole number from 1",
    {"type": "integer", "minimum": 1, "maximum": (1 << 53) - 1},
    _at_least_one(_count),
)
PORT = Scalar("a port from 1 to 65535", {"type": "integer", "minimum": 1, "maximum": 65535}, _port)
NAME = Scalar("a domain name", _string("a domain name"), _name)
SERVER_NAME = Scalar(
    "a host name, or empty for none",
    {"type": "string"},
    lambda value: "" if value == "" else _name(value),
)
ADDRESS = Scalar("an IP address", _string("an IP address"), _address)
NETWORK = Scalar(
    "a network such as 192.0.2.0/24 or 2001:db8::/32, or one address",
    _string("a network such as 192.0.2.0/24"),
    _network,
)
DURATION = Scalar(_DURATION_TEXT, _DURATION_JSON, _duration)
PERIOD = Scalar(
    f"{_DURATION_TEXT}, above 0",
    {**_DURATION_JSON, "anyOf": [{"type": "integer", "minimum": 1}, _DURATION_JSON["anyOf"][1]]},
    _at_least_one(_duration),
)
INSTANT = Scalar(
    "a date (2026-11-24) or an RFC 3339 time (2026-11-24T12:00:00Z)",
    _pattern(_INSTANT, "a date or an RFC 3339 time"),
    _instant,
)
SECONDS = Scalar(
    "a duration such as 5s or 2m, or seconds",
    {
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": f"^(?:{_DURATION})$"},
        ]
    },
    _seconds,
)
URI = Scalar(
    "a URI such as mailto:web@example.com",
    _pattern(_URI, "a URI"),
    _matching(_URI, "URI", _same),
)
_STORE = r"sqlite:///\S+"
STORE = Scalar(
    "a database file such as sqlite:///trustpath.db",
    _pattern(_STORE, "a database file, as sqlite:///PATH"),
    _matching(_STORE, "store", _same),
)
_DATABASE = r"(sqlite|postgresql(\+[a-z0-9]+)?)://\S+"
DATABASE = Scalar(
    "a database URL of SQLite or PostgreSQL, such as sqlite:///workflows.db",
    _pattern(_DATABASE, "a database URL of SQLite or PostgreSQL"),
    _matching(_DATABASE, "database URL of SQLite or PostgreSQL", _same),
)
FINGERPRINT = Scalar(
    "a SHA-256 in 64 hexadecimal digits, with or without colons",
    _pattern(_FINGERPRINT, "a SHA-256 in hexadecimal"),
    _matching(_FINGERPRINT, "SHA-256 in hexadecimal", _plain_hex),
)
SERIAL = Scalar(
    "a serial number in hexadecimal, quoted",
    _pattern(_HEX, "a serial number in hexadecimal"),
    _matching(_HEX, "serial number in hexadecimal", _serial),
)
_ID_TEXT = "an id of letters, digits and _ . : @ / + -"
_read_id = _matching(_ID, "id", _same)
IDENT = Scalar(_ID_TEXT, _pattern(_ID, _ID_TEXT), _read_id)


def definition(kind: str) -> Scalar:
    """Return the shape of an id that introduces something of that kind."""
    return Scalar(_ID_TEXT, IDENT.json, _read_id, defines=kind)


def reference(kind: str) -> Scalar:
    """Return the shape of an id that must be declared elsewhere in the document."""
    return Scalar(f"the id of a declared {kind}", IDENT.json, _read_id, refers=kind)


def choice(*values: str) -> Scalar:
    """Return the shape of one word out of a few."""
    expected = " or ".join([", ".join(values[:-1]), values[-1]]) if len(values) > 1 else values[0]
    return one_of(values, expected)


def one_of(values: Sequence[str], expected: str) -> Scalar:
    """Return the shape of one word out of many, which messages describe as ``expected``."""

    def read(value: Any) -> str:
        text = _text(value)
        if text not in values:
            raise InputError(f"{text[:80]!r} is not known here{nearest(text, values)}")
        return text

    return Scalar(expected, {"enum": list(values)}, read)


def number_of(*values: int) -> Scalar:
    """Return the shape of one number out of a few."""

    def read(value: Any) -> int:
        if _count(value) not in values:
            raise InputError(f"{value} is not known here")
        return _count(value)

    return Scalar(" or ".join(map(str, values)), {"enum": list(values)}, read)


def or_word(shape: Scalar, word: str) -> Scalar:
    """Return the shape of such a value or the given word, which is read as itself."""

    def read(value: Any) -> Any:
        return word if value == word else shape.read(value)

    return Scalar(f"{shape.expected}, or {word}", {"anyOf": [shape.json, {"const": word}]}, read)
