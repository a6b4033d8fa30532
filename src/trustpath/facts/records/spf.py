"""SPF records (RFC 7208) as receivers read them: the grammar of section 12 and its outcome."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

MAX_LOOKUPS: Final = 10
"""Terms that make a receiver ask the DNS; one more and it gives up (RFC 7208 4.6.4)."""

_ADDRESSED: Final = frozenset({"a", "mx", "ip4", "ip6"})
_ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists"})
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.ASCII)
_MECHANISM = re.compile(r"([+?~-]?)([A-Za-z0-9]+)([:/].*)?", re.ASCII)
_LENGTH: Final = r"(0|[1-9]\d{0,2})"
_LENGTHS = re.compile(rf"(?:/{_LENGTH})?(?://{_LENGTH})?", re.ASCII)
_BARE_LENGTH = re.compile(_LENGTH, re.ASCII)
_TAIL = re.compile(r"(?:/\d{1,3})?(?://\d{1,3})?\Z", re.ASCII)
# The letters c, r and t are for explanations only, and a number of labels is not 0 (RFC 7208 7.2).
_MACRO_FORM: Final = r"%\{[slodiphv](?!0+(?!\d))\d{0,3}r?[.+,/_=-]*\}"
_ANY_FORM: Final = _MACRO_FORM.replace("slodiphv", "slodiphcrtv")
_MACROS, _ANY_MACROS = (
    re.compile(rf"(?:{form}|%[%_-]|[!-$&-~])*+", re.ASCII | re.IGNORECASE)
    for form in (_MACRO_FORM, _ANY_FORM)
)
_MACRO_LAST = re.compile(rf".*{_ANY_FORM}", re.ASCII | re.IGNORECASE)
_NO_BITS = re.compile(r"/0+(?:\Z|//)", re.ASCII)
_MACRO = re.compile(r"%\{[^}]*\}")
_SEPARATORS = re.compile(r"[:;,/=@]")
_TOP_LABEL = re.compile(r"(?!\d+\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", re.ASCII)
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Spf:
    """What one record says.

    ``fault``: why receivers cannot use it, or what it gives away; None: nothing. ``qualifier`` is
    that of ``all``, None without one. ``sends``: it does not say that nobody sends, since it lets
    somebody or leaves it open, as without ``all`` (RFC 7208 4.7). ``includes`` are the domains of
    include and redirect.
    """

    fault: str | None
    qualifier: str | None
    sends: bool
    includes: tuple[str, ...] = ()


_ALL = re.compile(r" [+?~-]?all(?= |$)", re.IGNORECASE)
_INCLUDED = re.compile(r" (?:[+?~-]?include:|redirect=)([^ ]+)", re.IGNORECASE)


def is_versioned(content: str) -> bool:
    """Say whether receivers take the content of a TXT for an SPF record (RFC 7208 4.5)."""
    return content[:6].lower() == "v=spf1" and content[6:7] in ("", " ")


def parse_spf(content: str) -> Spf:
    """Read a record; never raises. ``content`` has one character for each octet."""
    if not is_versioned(content):
        return Spf(
            "it does not begin with v=spf1 and a space, so receivers do not see it", None, True
        )
    fault, qualifier, sends, lookups = None, None, False, 0
    once: set[str] = set()
    letting: list[str] = []
    for term in content[6:].split(" "):
        if not term:
            continue
        modifier = _MODIFIER.fullmatch(term)
        if modifier is not None:
            fault = fault or _modifier_fault(term, modifier[1].lower(), modifier[2], once)
            continue
        mechanism = _MECHANISM.fullmatch(term)
        name = mechanism[2].lower() if mechanism is not None else ""
        fault = fault or _mechanism_fault(term, name, (mechanism and mechanism[3]) or "")
        if mechanism is None or qualifier is not None:
            continue  # terms behind "all" are read and never reached (RFC 7208 5.1)
        lookups += name in _ASKING
        if name == "all":
            qualifier = mechanism[1] or "+"
        else:
            sends = sends or mechanism[1] != "-"
            if mechanism[1] in ("", "+") and name in _ADDRESSED:
                letting.append(term)
    if "redirect" in once and qualifier is None:
        lookups, sends = lookups + 1, True
    if fault is None and lookups > MAX_LOOKUPS:
        fault = f"it needs {lookups} look-ups by itself, and receivers give up after {MAX_LOOKUPS}"
    if fault is None and qualifier == "+":
        fault = "it lets everybody send (+all)"
    if fault is None and _is_everybody(letting):
        fault = "it lets everybody send, since its networks cover all addresses"
    sends = sends or qualifier in (None, "+", "?")
    return Spf(fault, qualifier, sends, _included(content))


def _included(content: str) -> tuple[str, ...]:
    """Return the domains of include and redirect; terms behind ``all`` are never reached."""
    reached = _ALL.split(content[6:], maxsplit=1)[0]
    return tuple(found.lower().rstrip(".") for found in _INCLUDED.findall(reached))


def _modifier_fault(term: str, name: str, value: str, once: set[str]) -> str | None:
    if name in ("redirect", "exp"):
        if name in once:
            return f"{name} stands in it twice"
        once.add(name)
        macros = _ANY_MACROS if name == "exp" else _MACROS
        return None if _is_domain(value, macros) else f"{_shown(term)} names no domain"
    return None if _ANY_MACROS.fullmatch(value) else f"{_shown(term)} cannot be read"


def _mechanism_fault(term: str, name: str, rest: str) -> str | None:
    good = False
    if name == "all":
        good = not rest
    elif name in ("include", "exists"):
        good = rest[:1] == ":" and _is_domain(rest[1:])
    elif name == "ptr":
        good = not rest or (rest[0] == ":" and _is_domain(rest[1:]))
    elif name in ("a", "mx"):
        start = _TAIL.search(rest)
        split = start.start() if start is not None else len(rest)
        host = rest[:split]
        good = _are_lengths(rest[split:]) and (
            not host or (host[0] == ":" and _is_domain(host[1:]))
        )
    elif name in ("ip4", "ip6"):
        good = rest[:1] == ":" and _is_network(rest[1:], int(name[2]))
    else:
        return f"{_shown(term)} is no mechanism"
    return None if good else f"{_shown(term)} cannot be read"


def _are_lengths(text: str) -> bool:
    match = _LENGTHS.fullmatch(text)
    return match is not None and int(match[1] or 0) <= 32 and int(match[2] or 0) <= 128


def _is_network(text: str, version: int) -> bool:
    _, slash, length = text.partition("/")
    if "%" in text or (slash and not _BARE_LENGTH.fullmatch(length)):
        return False
    network = _network(text)
    return network is not None and network.version == version


def _network(text: str) -> _Network | None:
    try:
        # Bits beyond the prefix are not compared, so they may be set (RFC 7208 5.6).
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _is_everybody(terms: list[str]) -> bool:
    """Say whether these mechanisms, all of which let pass, leave out no address of a family."""
    found: dict[str, list[_Network]] = {"ip4": [], "ip6": []}
    for term in terms:
        name, _, value = term.removeprefix("+").lower().partition(":")
        network = _network(value) if name in found else None
        if network is not None:
            found[name].append(network)
        elif name not in found and _NO_BITS.search(term):
            return True
    return any(
        network.prefixlen == 0
        for networks in found.values()
        for network in ipaddress.collapse_addresses(networks)  # type: ignore[type-var]
    )


def _is_domain(text: str, macros: re.Pattern[str] = _MACROS) -> bool:
    """Say whether it is a domain-spec (RFC 7208 7.1): macros, and a top label or a macro last.

    The grammar lets any printable character stand in a label. What no name has tells of two terms
    without a space between them.
    """
    if not macros.fullmatch(text) or _SEPARATORS.search(_MACRO.sub("", text)):
        return False
    if _MACRO_LAST.fullmatch(text):
        return True
    before, dot, last = text.removesuffix(".").rpartition(".")
    return bool(dot and before) and _TOP_LABEL.fullmatch(last) is not None


def _shown(term: str) -> str:
    text = "".join(c if " " < c <= "~" else "?" for c in term[:60])
    return f"'{text}'"
