"""Domain names in their one canonical form.

Canonical means: lower case, A-labels, no trailing dot, the root is the empty string
(RFC 4343, RFC 5890). A wildcard keeps its ``*.`` in the name; relations store beside it the
wildcard flag and the *base* (the name without ``*.``), so that joins are plain equalities.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import dns.exception
import dns.name

from trustpath.base.errors import NameSyntaxError

_PLAIN = re.compile(r"(?!-)[a-z0-9_*-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_IDENTIFIER = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)*(?!(?:[0-9]+|0x[0-9a-f]*)\Z){_LABEL}", re.ASCII)


def canonical(text: str) -> str:
    """Return the canonical form of a name in presentation format.

    Raises NameSyntaxError for a name that DNS cannot hold (empty label, label above 63 octets,
    name above 255 octets, text that IDNA 2008 refuses).
    """
    lowered = text.lower()
    name = lowered[:-1] if lowered.endswith(".") else lowered
    if len(name) <= 253 and _PLAIN.fullmatch(name):
        return name
    return _canonical_odd(text)


@lru_cache(maxsize=65536)
def _canonical_odd(text: str) -> str:
    if text in ("", ".", "@"):
        return ""
    try:
        parsed = dns.name.from_text(text, dns.name.root, idna_codec=dns.name.IDNA_2008_Practical)
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        raise NameSyntaxError(
            f"{text[:80]!r} is no domain name: {error}", hint="check labels and escapes"
        ) from error
    return parsed.to_text(omit_final_dot=True).lower() if parsed != dns.name.root else ""


def identifier(text: str) -> str:
    """Return the canonical form of a name that a certificate bears or a CA deals in.

    Such a name is no zone-file text: it is ASCII letters, digits and hyphens as they are
    (RFC 5280 4.2.1.6, RFC 1034 3.5; underscores are let pass), without escapes, U-labels or final
    dot. At most one ``*``, alone as the left-most label above another (RFC 9525 6.3). A last label
    that is a number makes an address of it (RFC 1123 2.1; the URL Standard, "ends in a number").

    Raises NameSyntaxError for anything else, which no relying party matches.
    """
    name = text.lower()
    # Some capitals beyond ASCII become ASCII in lower case, as the Kelvin sign does.
    if not text.isascii() or len(name) > 253 or not _IDENTIFIER.fullmatch(name):
        raise NameSyntaxError(
            f"{text[:80]!r} is no name that a certificate can bear",
            hint="letters, digits and hyphens between single dots, A-labels for other scripts",
        )
    return name


def labels(name: str) -> list[str]:
    r"""Split a canonical name at its dots, leaving ``\.`` alone; the root has no labels."""
    if not name:
        return []
    if "\\" not in name:
        return name.split(".")
    return re.findall(r"(?:[^.\\]|\\.)+", name)


def parent(name: str) -> str:
    """Return the name one label up; the parent of the root and of a TLD is the root."""
    if "\\" in name:
        return ".".join(labels(name)[1:])
    return name.partition(".")[2]


def reverse(name: str) -> str:
    """Return the labels in root-first order: the key under which a subtree is one range."""
    return ".".join(reversed(labels(name)))


def is_wildcard(name: str) -> bool:
    """Say whether the left-most label is the whole-label wildcard (RFC 4592, RFC 9525 6.3)."""
    return name == "*" or name.startswith("*.")


def base(name: str) -> str:
    """Return the name without a leading ``*.``."""
    return name[2:] if name.startswith("*.") else name


@lru_cache(maxsize=1)
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=262144)
def _registered_below(name: str) -> str:
    found = _suffixes().privatesuffix(name)
    return str(found) if found else name


def registered(name: str) -> str:
    """Return the registered domain by the ICANN part of the public suffix list.

    A name that is itself a suffix (or a single label) is returned as it is.
    """
    tail = base(name)
    # Two names that share their last four labels share their registered domain; real lists
    # have no deeper ICANN suffix than that, and the cache then holds domains, not hosts.
    pieces = tail.split(".")
    return _registered_below(".".join(pieces[-5:]))
