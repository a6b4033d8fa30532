"""From one RRset in canonical form to its fact rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from trustpath.base import names
from trustpath.base.addresses import address_key, canonical_address
from trustpath.base.errors import InputError
from trustpath.facts import validation_names
from trustpath.facts.records import dnssec, functions, issuing, services
from trustpath.facts.records.canonical import PARSE_ERRORS, is_raw
from trustpath.facts.records.mailauth import mail_authentication
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Rdata, Rrset, Svcb, TrustFunction, ValidationName

ROUTE53_ALIAS: Final = "Route53Provider/ALIAS"
"""The type of Route 53's aliases, as octoDNS calls it; their texts begin with the target."""

_PERSIST = "_validation-persist."


def rrset_facts(
    zone: str,
    name: str,
    rdtype: str,
    ttl: int | None,
    rdatas: Sequence[str],
    *,
    glue: bool = False,
    patterns: Sequence[validation_names.Pattern] = (),
) -> Iterator[Fact]:
    """Yield Rrset, Rdata, the typed rows, ValidationName and TrustFunction of one RRset.

    ``zone`` and ``name`` are canonical, ``rdtype`` is an upper-case mnemonic, ``TYPEn`` or a
    provider's pseudo type (``ALIAS``), ``rdatas`` canonical texts (``canonical_rdata``). ``glue``
    marks addresses below a zone cut, ``patterns`` are validation names that the estate adds.
    Raises InputError, before anything is yielded, for rdata that is not of its type.
    """
    maker = _MAKERS.get(rdtype)
    try:
        if maker is None:
            rows = [_other(zone, name, rdtype, text) for text in rdatas]
        else:
            rows = _rows(maker, zone, name, rdtype, rdatas)
    except PARSE_ERRORS as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{rdtype} data is not in canonical form: {error}", where=f"{name} {rdtype}"
        ) from error
    head, _, tail = name.partition(".")
    if "\\" in name:
        tail = names.parent(name)
        rname = names.reverse(name)
    else:
        rname = f"{_reversed(tail)}.{head}" if tail else head
    wildcard = head == "*"
    yield Rrset(
        zone, name, rdtype, ttl, len(rdatas), wildcard, tail if wildcard else name, tail, rname
    )
    yield from rows
    letters = functions.GLUE if glue else functions.type_letters(rdtype)
    if rdtype in _CLASSIFIED and ("_" in name or rdtype == "TXT" or len(head) == 32 or patterns):
        validations = list(_validations(zone, name, rdtype, rdatas, patterns))
        yield from validations
        if validations:
            letters += functions.VALIDATION
        if rdtype != "NS":
            letters += functions.owner_letters(name)
        if rdtype == "TXT":
            letters += functions.content_letters(rdatas, apex=name == zone)
    yield TrustFunction(zone, name, rdtype, *functions.flags(letters))


def _rows(maker: _Maker, zone: str, name: str, rdtype: str, rdatas: Sequence[str]) -> list[Fact]:
    """Return the rows of rdatas; what is held in RFC 3597 form has the general one only."""
    try:
        return [row for text in rdatas for row in maker(zone, name, rdtype, text)]
    except PARSE_ERRORS:
        if not any(is_raw(rdtype, text) for text in rdatas):
            raise
    found: list[Fact] = []
    for text in rdatas:
        if is_unread(rdtype, text):
            found.append(_other(zone, name, rdtype, text))
        else:
            found += maker(zone, name, rdtype, text)
    return found


def is_unread(rdtype: str, text: str) -> bool:
    """Say whether data of a typed relation is held in a form that tells it nothing."""
    maker = _MAKERS.get(rdtype)
    if maker is None or not is_raw(rdtype, text):
        return False
    try:
        maker("", "", rdtype, text)
    except PARSE_ERRORS:
        return True
    return False


_CLASSIFIED = frozenset({"TXT", "CNAME", "NS"})


@lru_cache(maxsize=65536)
def _reversed(name: str) -> str:
    return names.reverse(name)


def _validations(
    zone: str,
    name: str,
    rdtype: str,
    rdatas: Sequence[str],
    patterns: Sequence[validation_names.Pattern],
) -> Iterator[ValidationName]:
    for text in rdatas:
        target = None if rdtype == "TXT" else text[:-1]
        found = validation_names.classify(name, rdtype, text, target, patterns)
        if found is not None:
            scheme, base, one_time = found
            yield ValidationName(zone, name, rdtype, text, base, scheme, one_time)


def _host(text: str) -> str | None:
    """Return a target without its final dot; the root is no host (RFC 7505, RFC 2782)."""
    return (text[:-1] if text.endswith(".") else text) or None


def _address(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    if rdtype == "A":
        a, b, c, d = text.split(".")
        key = f"4{'0' * 24}{int(a):02x}{int(b):02x}{int(c):02x}{int(d):02x}"
        return (Rdata(zone, name, rdtype, text, None, text, key, None, None),)
    six = _ipv6_key(text)
    if six is not None:
        return (Rdata(zone, name, rdtype, text, None, text, six, None, None),)
    address = canonical_address(text)
    return (Rdata(zone, name, rdtype, text, None, address, address_key(address), None, None),)


def _ipv6_key(text: str) -> str | None:
    """Return ``address_key`` of canonical text without parsing it; None for mapped IPv4."""
    head, gap, tail = text.partition("::")
    groups = head.split(":") if head else []
    if gap:
        rest = tail.split(":") if tail else []
        groups += ["0"] * (8 - len(groups) - len(rest)) + rest
    digits = "".join(group.zfill(4) for group in groups)
    return "6" + digits if len(digits) == 32 and "." not in text else None


def _name(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    return (Rdata(zone, name, rdtype, text, _host(text), None, None, None, None),)


def _mx(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    preference, _, host = text.partition(" ")
    return (Rdata(zone, name, rdtype, text, _host(host), None, None, int(preference), None),)


def _srv(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    priority, _, port, host = text.split(" ")
    target = _host(host)
    return (
        Rdata(zone, name, rdtype, text, target, None, None, int(priority), int(port)),
        services.srv_fact(zone, name, target or "", int(port)),
    )


def _svcb(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    rows = tuple(services.svcb_facts(zone, name, rdtype, text))
    first = rows[0]
    if not isinstance(first, Svcb):
        raise InputError(f"{rdtype} data has no service binding", where=name)
    general = Rdata(
        zone, name, rdtype, text, first.target or None, None, None, first.priority, first.port
    )
    return (general, *rows)


def _txt(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    general = Rdata(zone, name, rdtype, text, None, None, None, None, None)
    mail = mail_authentication(zone, name, text)
    if mail is not None:
        return (general, mail)
    if not name.startswith("_"):
        return (general,)
    if name.startswith(_PERSIST):
        return (general, issuing.persist_fact(zone, name, name[len(_PERSIST) :], text))
    policy = services.mail_policy_fact(zone, name, text)
    return (general,) if policy is None else (general, policy)


def _prioritised(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    priority = int(text.split(" ", 1)[0])
    return (Rdata(zone, name, rdtype, text, None, None, None, priority, None),)


def _other(zone: str, name: str, rdtype: str, text: str) -> Fact:
    target = None
    if rdtype.endswith(("ALIAS", "ANAME")) and " " not in text:
        target = names.canonical(text) or None
    return Rdata(zone, name, rdtype, text, target, None, None, None, None)


def _route53_alias(zone: str, name: str, rdtype: str, text: str) -> tuple[Fact, ...]:
    target = names.canonical(text.partition(" ")[0]) or None
    return (Rdata(zone, name, rdtype, text, target, None, None, None, None),)


_Rows = tuple[Fact, ...]
_Maker = Callable[[str, str, str, str], _Rows]


def _with_general(typed: _Maker) -> _Maker:
    def rows(zone: str, name: str, rdtype: str, text: str) -> _Rows:
        return (_other(zone, name, rdtype, text), *typed(zone, name, rdtype, text))

    return rows


_MAKERS: dict[str, _Maker] = {
    "A": _address,
    "AAAA": _address,
    "CNAME": _name,
    "DNAME": _name,
    "NS": _name,
    "PTR": _name,
    "MX": _mx,
    "SRV": _srv,
    "SVCB": _svcb,
    "HTTPS": _svcb,
    "TXT": _txt,
    ROUTE53_ALIAS: _route53_alias,
    "URI": _prioritised,
    "NAPTR": _prioritised,
    "CAA": _with_general(lambda z, n, _t, text: tuple(issuing.caa_facts(z, n, text))),
    "TLSA": _with_general(lambda z, n, _t, text: (services.tlsa_fact(z, n, text),)),
    "DNSKEY": _with_general(lambda z, n, t, text: tuple(dnssec.dnskey_facts(z, n, t, text))),
    "CDNSKEY": _with_general(lambda z, n, t, text: tuple(dnssec.dnskey_facts(z, n, t, text))),
    "DS": _with_general(lambda z, n, t, text: (dnssec.ds_fact(z, n, t, text),)),
    "CDS": _with_general(lambda z, n, t, text: (dnssec.ds_fact(z, n, t, text),)),
    "RRSIG": _with_general(lambda z, n, _t, text: (dnssec.rrsig_fact(z, n, text),)),
    "NSEC3PARAM": _with_general(lambda z, n, _t, text: (dnssec.nsec3param_fact(z, n, text),)),
}
