"""The options of a source of kind ``endpoints``, checked before anything is sent.

::

    {id: edge, kind: endpoints, timeout: 5s, concurrency: 64, vantage: local,
     targets: [{address: 192.0.2.10, port: 443, protocol: tls, names: [shop.example.com]}]}
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trustpath.base import names
from trustpath.base.addresses import address_key
from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError
from trustpath.facts.source import SourceSpec

DEFAULT_PORTS: Mapping[str, int] = {
    "tls": 443,
    "smtp": 25,
    "imap": 143,
    "ldap": 389,
    "postgres": 5432,
}
DEFAULT_TIMEOUT = 5.0
MAX_TIMEOUT = 120.0
DEFAULT_CONCURRENCY = 64
MAX_CONCURRENCY = 1024
DEFAULT_VANTAGE = "local"

_KEYS = {"targets", "timeout", "concurrency", "vantage"}
_TARGET_KEYS = {"address", "port", "names", "protocol"}


@dataclass(frozen=True, slots=True)
class Target:
    """One place to look at. ``names`` are the server names to send; ``""`` sends none."""

    address: str
    address_key: str
    port: int
    protocol: str
    names: tuple[str, ...]

    @property
    def place(self) -> str:
        """The target as text, stable over collections: ``192.0.2.10:443/tls``."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Options:
    """What to look at and within which bounds; ``timeout`` in seconds for a whole connection."""

    targets: tuple[Target, ...]
    timeout: float
    concurrency: int
    vantage: str


def parse_options(spec: SourceSpec) -> Options:
    """Return the checked options of a source; raises EstateError that names the target and key."""
    where = spec.where or f"source {spec.id}"
    options = spec.options
    _only_known(options, _KEYS, where)
    listed = options.get("targets")
    if not isinstance(listed, list) or not listed:
        raise EstateError(
            "a source of endpoints needs targets",
            where=where,
            hint="write targets: [{address: 192.0.2.10, port: 443, names: [shop.example.com]}]",
        )
    merged: dict[tuple[str, int, str], Target] = {}
    for position, entry in enumerate(listed, 1):
        target = _target(entry, f"{where}: target {position}")
        key = (target.address, target.port, target.protocol)
        known = merged.get(key)
        # One part a place: a place listed twice is one target with the names of both.
        if known is not None:
            together = tuple(dict.fromkeys(known.names + target.names))
            target = Target(target.address, target.address_key, *key[1:], together)
        merged[key] = target
    vantage = options.get("vantage", DEFAULT_VANTAGE)
    if not isinstance(vantage, str) or not vantage:
        raise EstateError("vantage must be a short text", where=where, hint="write vantage: office")
    return Options(
        targets=tuple(merged.values()),
        timeout=_timeout(options.get("timeout", DEFAULT_TIMEOUT), where),
        concurrency=_integer(
            options.get("concurrency", DEFAULT_CONCURRENCY),
            1,
            MAX_CONCURRENCY,
            "concurrency",
            where,
        ),
        vantage=vantage,
    )


def _target(entry: object, where: str) -> Target:
    if not isinstance(entry, Mapping):
        raise EstateError(
            f"{entry!r} is no target", where=where, hint="write {address: 192.0.2.10, port: 443}"
        )
    _only_known(entry, _TARGET_KEYS, where)
    address = _address(entry.get("address"), where)
    protocol = entry.get("protocol", "tls")
    if not isinstance(protocol, str) or protocol not in DEFAULT_PORTS:
        raise EstateError(
            f"unknown protocol {protocol!r}", where=where, hint=f"one of {', '.join(DEFAULT_PORTS)}"
        )
    return Target(
        address=address,
        address_key=address_key(address),
        port=_integer(entry.get("port", DEFAULT_PORTS[protocol]), 1, 65535, "port", where),
        protocol=protocol,
        names=_names(entry.get("names", []), where),
    )


def _address(value: object, where: str) -> str:
    try:
        parsed = ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise EstateError(
            f"address {value!r} is no IP address",
            where=where,
            hint="write the address and put host names under names; records link them",
        ) from error
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            raise EstateError(
                f"address {value!r} has a zone index, which means nothing elsewhere",
                where=where,
                hint="write a global or unique local address",
            )
        # A mapped address is reached over IPv4, so IPv4's permissions must apply to it.
        return str(parsed.ipv4_mapped or parsed)
    return str(parsed)


def _names(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise EstateError(
            f"names must be a list, not {value!r}", where=where, hint="write names: [a.example]"
        )
    return tuple(dict.fromkeys(_server_name(item, where) for item in value)) or ("",)


def _server_name(value: object, where: str) -> str:
    """Return a name that may stand in a server_name extension (RFC 6066 section 3)."""
    if value == "":
        return ""
    if not isinstance(value, str):
        raise EstateError(f"{value!r} is no name", where=where, hint="quote it")
    try:
        name = names.canonical(value)
    except InputError as error:
        raise EstateError(error.message, where=where, hint=error.hint) from error
    if names.is_wildcard(name) or not name or "\\" in name:
        raise EstateError(
            f"{value!r} cannot be sent as server name",
            where=where,
            hint="write a host name that the wildcard or zone holds",
        )
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    raise EstateError(
        f"{value!r} is an address, which cannot be sent as server name",
        where=where,
        hint='leave names out, or write "" for a connection without server name',
    )


def _timeout(value: Any, where: str) -> float:
    if isinstance(value, str):
        try:
            value = parse_duration(value, where=where)
        except InputError as error:
            raise EstateError(error.message, where=where, hint=error.hint) from error
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not 0 < value <= MAX_TIMEOUT
    ):
        raise EstateError(
            f"timeout {value!r} is out of range",
            where=where,
            hint=f"more than 0 and at most {MAX_TIMEOUT:.0f} seconds",
        )
    return float(value)


def _integer(value: Any, low: int, high: int, key: str, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise EstateError(
            f"{key} {value!r} is out of range", where=where, hint=f"from {low} to {high}"
        )
    return value


def _only_known(given: Mapping[Any, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(key) for key in given if key not in known)
    if unknown:
        raise EstateError(
            f"unknown key {unknown[0]!r}", where=where, hint=f"one of {', '.join(sorted(known))}"
        )
