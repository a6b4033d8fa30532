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
_NAMELESS = re.compile(r"[ \t]*=[ \t]*[!-:<-~]*", re.ASCII)
_EVERYWHERE = frozenset({"issue", "issuewild", "iodef"})  # tags that every CA knows
# What "some" do is what Boulder does (va/caa.go), the software of Let's Encrypt and others.
_DIFFER = "CAs in use read it differently"


@dataclass(frozen=True, slots=True)
class IssueValue:
    """A parsed issue-value: lower-case issuer (None: unreadable), parameters by lower-case tag.

    ``doubt`` says why CAs in use read the value otherwise than ``well_formed``, which is the
    grammar of RFC 8659; None where they agree.
    """

    issuer: str | None
    parameters: Mapping[str, str]
    well_formed: bool
    doubt: str | None = None


_RESTRICTING = frozenset(("accounturi", "validationmethods"))
_ONCE = _RESTRICTING | {"persistuntil", "policy"}


def parse_issue_value(value: str) -> IssueValue:
    """Parse an issue-value; never raises, a value outside the grammar is not ``well_formed``.

    A parameter of ``_ONCE`` that stands twice makes the value not well formed, since RFC 8657
    leaves such a record unsatisfiable; the first one is kept.
    """
    head, separator, tail = value.partition(";")
    domain = head.strip(" \t")
    issuer = domain.lower() if not domain or _DOMAIN.fullmatch(domain) else None
    refused = issuer is None  # by everybody
    well_formed = True
    doubts = [] if issuer == domain else ["some compare the issuer domain name with its case"]
    parameters: dict[str, str] = {}
    if separator and tail.strip(" \t"):
        for piece in tail.split(";"):
            match = _PARAMETER.fullmatch(piece.strip(" \t"))
            if match is None:
                nameless = _NAMELESS.fullmatch(piece.strip(" \t"))
                well_formed, refused = False, refused or nameless is None
                doubts.append("some take a parameter without tag")
                continue
            tag = match[1].lower()
            if tag in _ONCE & parameters.keys():
                well_formed = False
                doubts.append(f"some take the last of several {tag}")
            elif "-" in tag:
                doubts.append("some take no hyphen in the tag of a parameter")
            elif tag in _RESTRICTING and tag != match[1]:
                doubts.append(f"some know {tag} in lower case only")
            parameters.setdefault(tag, match[2])
    methods = parameters.get("validationmethods")
    if methods is not None and not _METHODS.fullmatch(methods):
        well_formed = False
        doubts.append("some read validationmethods only up to the label that fits")
    undisputed = refused or not issuer
    return IssueValue(
        issuer,
        parameters,
        well_formed and not refused,
        None if undisputed or not doubts else f"{_DIFFER}: {doubts[0]}",
    )


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
        doubt = _flag_doubt(flags, tag)
        return (flags, tag, value, None, None, False, well_formed, critical, known, doubt), ()
    parsed = parse_issue_value(octets)
    methods = parsed.parameters.get("validationmethods")
    columns = (
        flags,
        tag,
        value,
        parsed.issuer,
        parsed.parameters.get("accounturi"),
        methods is not None,
        parsed.well_formed,
        critical,
        known,
        parsed.doubt if tag in _EVERYWHERE else _flag_doubt(flags, tag),
    )
    listed = dict.fromkeys(label for label in (methods or "").split(",") if label)
    return columns, tuple(listed)


def _flag_doubt(flags: int, tag: str) -> str | None:
    """Return why a property may forbid issuance at some CAs and not at others."""
    if tag in _EVERYWHERE:
        return None
    if not tag:
        return f"{_DIFFER}: some cannot read a property without a tag"
    if tag in KNOWN_TAGS and flags & _CRITICAL:
        return f"{_DIFFER}: some do not know the critical property {tag}"
    if flags & _CRITICAL == 1:
        return f"{_DIFFER}: some take flag 1 for the critical flag"
    return None


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
