"""Who may act and what automation may do unasked: actors, name patterns, standing approvals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from trustpath.base import names
from trustpath.base.addresses import is_address
from trustpath.base.errors import InputError, NameSyntaxError
from trustpath.facts.ownership import split_pattern

ROLES: Final = ("requester", "approver", "automation", "auditor", "admin")


@dataclass(frozen=True, slots=True)
class NamePattern:
    """Names that are meant by one pattern.

    As in ownership ``example.com`` is the name and all below, ``=www.example.com`` that name only,
    ``*.example.com`` what is below, ``*`` everything. With labels before the star
    (``_acme-challenge.*.example.com``) those labels must lead and any labels may follow.
    """

    text: str
    head: tuple[str, ...]
    base: tuple[str, ...]
    match: str

    def covers(self, name: str) -> bool:
        """Say whether a canonical name is meant; labels are compared whole."""
        labels = tuple(names.labels(name))
        depth = len(labels) - len(self.base)
        if depth < 0 or labels[depth:] != self.base:
            return False
        if self.head:
            return depth > len(self.head) and labels[: len(self.head)] == self.head
        return depth == 0 if self.match == "exact" else depth >= (self.match == "below")


def name_pattern(text: str) -> NamePattern:
    """Return the pattern that a text means; raises NameSyntaxError."""
    head, star, rest = text.strip().partition(".*.")
    if star:
        if not rest.strip(".") or "*" in head + rest or head.startswith("="):
            raise NameSyntaxError(
                f"{text!r} has its star at no useful place",
                hint="write _acme-challenge.*.example.com",
            )
        labels = tuple(names.labels(names.canonical(head)))
        base = tuple(names.labels(names.canonical(rest)))
        return NamePattern(text.strip(), labels, base, "below")
    base_name, match = split_pattern(text)
    return NamePattern(text.strip(), (), tuple(names.labels(base_name)), match)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a program that acts on changes.

    ``owner`` is the team for which it speaks; ``scopes`` are the names that it may touch, none
    when empty; ``ssh_keys`` are public keys in the form of an ``authorized_keys`` line.
    """

    id: str
    owner: str | None
    roles: frozenset[str]
    scopes: tuple[NamePattern, ...] = ()
    ssh_keys: tuple[str, ...] = ()

    def covers(self, name: str) -> bool:
        """Say whether a name lies in one of the scopes."""
        return any(scope.covers(name) for scope in self.scopes)

    def outside(self, name: str) -> str:
        """Say of a name, or the address of an IP identifier, that it is in none of the scopes."""
        said = f"{name or '.'} is not in the scopes of {self.id}"
        return f"{said}: an IP address is named as ={name}, or by *" if is_address(name) else said


FORMS: Final = {
    "acme-challenge": r"[A-Za-z0-9_-]{43}",
    "base64url": r"[A-Za-z0-9_-]{1,255}",
    "base32": r"[A-Za-z2-7]{1,255}",
    "hex": r"[0-9A-Fa-f]{1,128}",
    "hex-32": r"[0-9A-Fa-f]{32}",
    "hex-64": r"[0-9A-Fa-f]{64}",
    "digits": r"[0-9]{1,20}",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
"""The named value forms; ``acme-challenge`` is a SHA-256 in base64url (RFC 8555 8.4)."""

LONGEST: Final = 1024
_ITEM = re.compile(
    r"(?:\[\^?\]?(?:\\.|[^\\\]])*\]|\\[.\\+*?\[\]{}()|^$/-]|\\[dw]|[^\\\[\](){}|^$*+?])"
    r"(\{\d{1,4}\}|\{\d{0,4},\d{0,4}\}|[*+?])?",
    re.ASCII | re.DOTALL,
)


def expression(text: str) -> str:
    """Return a regular expression that is safe to run on hostile text, or raise InputError.

    Allowed are characters, classes and escapes, each with a count; no group, no alternative, and
    only one count that can vary, so that matching a whole text takes linear time.
    """
    place, varying = 0, 0
    while place < len(text):
        item = _ITEM.match(text, place)
        if item is None:
            raise InputError(
                f"{text[:80]!r} has {text[place]!r} where no character or class can stand",
                hint="no groups, alternatives or anchors; the whole value is matched",
            )
        count = item[1] or ""
        varying += count in ("*", "+", "?") or "," in count
        place = item.end()
    if varying > 1:
        raise InputError(
            f"{text[:80]!r} has more than one count that varies", hint="write {43} instead of +"
        )
    try:
        re.compile(text, re.ASCII)
    except (re.error, OverflowError) as error:
        raise InputError(f"{text[:80]!r} is no regular expression: {error}") from error
    return text


@dataclass(frozen=True, slots=True)
class ValueForm:
    """What a value must look like: a literal prefix, a body, a literal suffix, bounded in length.

    ``body`` is a key of FORMS, or an expression when ``named`` is False.
    """

    body: str
    named: bool = True
    prefix: str = ""
    suffix: str = ""
    longest: int = LONGEST

    def fits(self, value: str) -> bool:
        """Say whether the whole value has the form."""
        inner = len(value) - len(self.prefix) - len(self.suffix)
        if inner < 0 or len(value) > self.longest:
            return False
        if not (value.startswith(self.prefix) and value.endswith(self.suffix)):
            return False
        pattern = FORMS[self.body] if self.named else self.body
        start = len(self.prefix)
        return re.fullmatch(pattern, value[start : start + inner], re.ASCII) is not None


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """What one actor may change without asking: bounded by name, type, value, TTL, rate and time.

    ``ttl_least`` and ``ttl_most`` are seconds; at most ``count`` edits in ``per`` seconds;
    ``until`` is the instant at which it ends.
    """

    id: str
    actor: str
    names: tuple[NamePattern, ...]
    types: frozenset[str]
    value: ValueForm
    ttl_least: int
    ttl_most: int
    count: int
    per: int
    until: int
