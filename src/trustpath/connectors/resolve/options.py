"""The options of a ``resolve`` source, checked."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dns.exception
import dns.rdatatype

from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError
from trustpath.base.names import canonical
from trustpath.facts.source import HELD_NAMES, HeldName, SourceSpec

DEFAULT_TYPES: Final = ("A", "AAAA", "CNAME", "CAA", "HTTPS")
ROLE_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "alias": ("A", "AAAA", "CAA"),
    "host": ("A", "AAAA"),
    "service": DEFAULT_TYPES,
}
"""What is asked about a held name, by its role: what the rules read of it and no more."""
KINDS: Final = ("recursive", "authoritative")
_OPTIONS: Final = frozenset(
    {"servers", "names", "types", "timeout", "tries", "concurrency", "dnssec", "view"}
    | {"limit", "rate"}
)
_SERVER_KEYS: Final = frozenset({"address", "name", "kind"})


@dataclass(frozen=True, slots=True)
class Server:
    """One server to ask: where it is, what its vantage is called, and what kind it is."""

    address: str
    port: int
    vantage: str
    kind: str


@dataclass(frozen=True, slots=True)
class Options:
    """What to ask whom. ``timeout`` is seconds an attempt, ``tries`` the attempts a question.

    ``concurrency`` bounds the questions that are open at one server at a time, ``rate`` those
    that are sent to it in a second; ``dnssec`` asks for signatures and so for validation (the DO
    bit, RFC 3225). ``follows`` are the kinds of held names to ask about, ``limit`` how many of
    them at most; ``types`` is empty where each name is asked what fits its role.
    """

    servers: tuple[Server, ...]
    names: tuple[str, ...]
    types: tuple[str, ...]
    follows: tuple[str, ...] = ()
    limit: int = 10_000
    rate: float = 200.0
    timeout: float = 2.0
    tries: int = 3
    concurrency: int = 32
    dnssec: bool = True

    def questions(self, held: Sequence[HeldName] = ()) -> tuple[tuple[str, str], ...]:
        """Return every (name, type) to ask, each once, in a stable order."""
        listed = ((name, kind) for name in self.names for kind in self.types or DEFAULT_TYPES)
        derived = ((name, kind) for name, role in held for kind in self.types or ROLE_TYPES[role])
        return tuple(dict.fromkeys((*listed, *derived)))


def read_options(spec: SourceSpec) -> Options:
    """Return the checked options; raises EstateError naming the source and the key."""
    options = spec.options
    where = spec.where
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise EstateError(
            f"unknown option {unknown[0]!r}",
            where=where,
            hint=f"known are {', '.join(sorted(_OPTIONS))}",
        )
    servers = tuple(_server(entry, where) for entry in _list(options, "servers", where))
    vantages = [server.vantage for server in servers]
    for vantage in vantages:
        if vantages.count(vantage) > 1:
            raise EstateError(
                f"two servers are called {vantage!r}", where=where, hint="give each its own name"
            )
    types = _list(options, "types", where) if "types" in options else ()
    written = [options["names"]] if isinstance(options.get("names"), str) else None
    names = written or _list(options, "names", where)
    dnssec = options.get("dnssec", True)
    if not isinstance(dnssec, bool):
        raise EstateError(f"dnssec is {dnssec!r}, not true or false", where=where)
    return Options(
        servers=servers,
        names=tuple(dict.fromkeys(_name(n, where) for n in names if n not in HELD_NAMES)),
        types=tuple(dict.fromkeys(_type(t, where) for t in types)),
        follows=tuple(kind for kind in HELD_NAMES if kind in names),
        limit=int(_number(options, "limit", where, default=10_000, low=1, high=1_000_000)),
        rate=_number(options, "rate", where, default=200.0, low=0.1, high=100_000),
        timeout=_number(options, "timeout", where, default=2.0, low=0.05, high=60),
        tries=int(_number(options, "tries", where, default=3, low=1, high=10)),
        concurrency=int(_number(options, "concurrency", where, default=32, low=1, high=512)),
        dnssec=dnssec,
    )


def _list(options: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = options.get(key)
    if not isinstance(value, list) or not value:
        raise EstateError(f"{key} must be a list with at least one item", where=where)
    return value


def _number(
    options: Mapping[str, Any], key: str, where: str, *, default: float, low: float, high: float
) -> float:
    value = options.get(key, default)
    if isinstance(value, str):
        value = parse_duration(value, where=where)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise EstateError(f"{key} is {value!r}, not between {low} and {high}", where=where)
    return value


def _name(value: Any, where: str) -> str:
    try:
        return canonical(value if isinstance(value, str) else str(value))
    except InputError as error:
        raise EstateError(error.message, where=where, hint=error.hint) from error


def _type(value: Any, where: str) -> str:
    try:
        kind = dns.rdatatype.from_text(str(value))
    except (dns.exception.DNSException, ValueError) as error:
        raise EstateError(f"{value!r} is no record type", where=where) from error
    if dns.rdatatype.is_metatype(kind):
        raise EstateError(
            f"{value!r} is no type of stored records", where=where, hint="list the types to ask for"
        )
    return dns.rdatatype.to_text(kind)


def _server(entry: Any, where: str) -> Server:
    settings = entry if isinstance(entry, dict) else {"address": entry}
    unknown = settings.keys() - _SERVER_KEYS
    if unknown:
        raise EstateError(
            f"unknown key {min(map(str, unknown))!r} of a server",
            where=where,
            hint=f"known are {', '.join(sorted(_SERVER_KEYS))}",
        )
    text = settings.get("address")
    address, port = _endpoint(text, where)
    kind = settings.get("kind", KINDS[0])
    if kind not in KINDS:
        raise EstateError(f"kind is {kind!r}", where=where, hint=f"write {' or '.join(KINDS)}")
    shown = f"[{address}]" if ":" in address else address
    return Server(address, port, str(settings.get("name") or f"{shown}:{port}"), kind)


def _endpoint(text: Any, where: str) -> tuple[str, int]:
    host, port_text = str(text), "53"
    if host.startswith("["):
        host, _, rest = host[1:].partition("]")
        port_text = rest[1:] if rest.startswith(":") else rest or "53"
    elif host.count(":") == 1:
        host, _, port_text = host.partition(":")
    try:
        address, port = str(ipaddress.ip_address(host)), int(port_text)
    except ValueError:
        address, port = "", 0
    if not address or not 0 < port < 65536:
        raise EstateError(
            f"{text!r} is no address of a server",
            where=where,
            hint="write 192.0.2.1:53 or [2001:db8::1]:53; a name would need a resolver itself",
        )
    return address, port
