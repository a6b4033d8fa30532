"""The issue-value syntax of CAA (RFC 8659 4.2, 4.3; RFC 8657) and records that share it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from trustpath.facts.records.strings import joined, printable, unescape
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Caa, CaaMethod, Persist

KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail", "contactphone"}
)
_ISSUER_TAGS = frozenset({"issue", "issuewild", "issuemail"})
_RECORD = re.compile(r'(\d{1,3}) ([A-Za-z0-9]+) "((?:[^"\\]|\\.)*)"', re.ASCII)
_GENERIC = re.compile(r"\\# \d+ ([0-9a-f]+)", re.ASCII)
_WORD = r"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*+"
_DOMAIN = re.compile(rf"{_WORD}(?:\.{_WORD})*+", re.ASCII)
_PARAMETER = re.compile(rf"({_WORD})[ \t]*=[ \t]*([!-:<-~]*)", re.ASCII)
_METHODS = re.compile(r"(?:[A-Za-z0-9-]+(?:,[A-Za-z0-9-]+)*+)?", re.ASCII)
_CONTACT_URL = re.compile(r"(?:mailto|https?):.+", re.IGNORECASE)
# draft-ietf-acme-dns-persist-02: <accountHashPrefix><alg>/<unpadded base64url of the hash>
_HASHED = re.compile(r".*[/:]sha(?:-256|-384|-512|3-\d{3})/[A-Za-z0-9_-]{22,}", re.IGNORECASE)
_INTEGER = re.compile(r"\d{1,18}", re.ASCII)
_CRITICAL = 0x81


@dataclass(frozen=True, slots=True)
class IssueValue:
    """A parsed issue-value: lower-case issuer (None: unreadable), parameters by lower-case tag."""

    issuer: str | None
    parameters: Mapping[str, str]
    well_formed: bool


_ONCE = frozenset(("accounturi", "validationmethods", "persistuntil", "policy"))


def parse_issue_value(value: str) -> IssueValue:
    """Parse an issue-value; never raises, a value outside the grammar is not ``well_formed``.

    A parameter of ``_ONCE`` that stands twice makes the value not well formed, since RFC 8657
    leaves such a record unsatisfiable; the first one is kept.
    """
    head, separator, tail = value.partition(";")
    domain = head.strip(" \t")
    issuer = domain.lower() if not domain or _DOMAIN.fullmatch(domain) else None
    well_formed = issuer is not None
    parameters: dict[str, str] = {}
    if separator and tail.strip(" \t"):
        for piece in tail.split(";"):
            match = _PARAMETER.fullmatch(piece.strip(" \t"))
            twice = match is not None and match[1].lower() in _ONCE & parameters.keys()
            if match is None or twice:
                well_formed = False
            if match is not None:
                parameters.setdefault(match[1].lower(), match[2])
    return IssueValue(issuer, parameters, well_formed)


def _parts(text: str) -> tuple[int, str, str]:
    """Return flags, lower-case tag and the octets of the value, one character each.

    A record in RFC 3597 form is taken apart as far as it goes: it must restrict, never vanish.
    """
    match = _RECORD.fullmatch(text)
    if match is not None:
        return int(match[1]), match[2].lower(), unescape(match[3])
    raw = _GENERIC.fullmatch(text)
    if raw is None:
        return 0, "", text
    octets = bytes.fromhex(raw[1]).decode("latin-1")
    size = ord(octets[1:2] or "\0")
    return ord(octets[:1] or "\0"), printable(octets[2 : 2 + size].lower()), octets[2 + size :]


@lru_cache(maxsize=16384)
def _caa_columns(text: str) -> tuple[tuple[object, ...], tuple[str, ...]]:
    flags, tag, octets = _parts(text)
    value = printable(octets)
    critical, known = bool(flags & _CRITICAL), tag in KNOWN_TAGS
    if tag not in _ISSUER_TAGS:
        well_formed = tag != "iodef" or _CONTACT_URL.fullmatch(octets) is not None
        return (flags, tag, value, None, None, False, well_formed, critical, known), ()
    parsed = parse_issue_value(octets)
    methods = parsed.parameters.get("validationmethods")
    well_formed = parsed.well_formed
    if methods is not None and not _METHODS.fullmatch(methods):
        well_formed = False
    columns = (
        flags,
        tag,
        value,
        parsed.issuer,
        parsed.parameters.get("accounturi"),
        methods is not None,
        well_formed,
        critical,
        known,
    )
    listed = dict.fromkeys(label for label in (methods or "").split(",") if label)
    return columns, tuple(listed)


def caa_facts(zone: str, name: str, text: str) -> Iterator[Fact]:
    """Yield Caa and one CaaMethod per listed validation method."""
    columns, methods = _caa_columns(text)
    yield Caa._make((zone, name, *columns))
    for method in methods:
        yield CaaMethod(zone, name, str(columns[2]), method)


def persist_fact(zone: str, name: str, base: str, text: str) -> Persist:
    """Return the Persist row of a TXT at ``_validation-persist.<base>`` (BR 3.2.2.4.22)."""
    value = joined(text)
    parsed = parse_issue_value(value)
    account = parsed.parameters.get("accounturi")
    until = parsed.parameters.get("persistuntil")
    until_valid = until is None or _INTEGER.fullmatch(until) is not None
    form = None
    if account:
        form = "hashed" if _HASHED.fullmatch(account) else "plain"
    return Persist(
        zone=zone,
        name=name,
        base=base,
        value=printable(value),
        issuer=parsed.issuer or "",
        accounturi=account,
        form=form,
        until=int(until) if until is not None and until_valid else None,
        until_valid=until_valid,
        wildcard=parsed.parameters.get("policy", "").lower() == "wildcard",
        well_formed=parsed.well_formed and bool(parsed.issuer) and bool(account),
    )
