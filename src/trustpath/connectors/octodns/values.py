"""One octoDNS value as one record in presentation format (RFC 1035 5.1).

octoDNS writes a record's content as text, as a number or as a mapping of fields, with its own
rules for escaping. Here each form becomes the text a master file would hold, names absolute and
in lower case. The common types are written directly; the rest go through dnspython, which also
checks them. Types that DNS does not have (``Route53Provider/ALIAS``, ``URLFWD``) keep their type
and get a text with the target first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import dns.exception
import dns.rdatatype

from trustpath.base.errors import InputError
from trustpath.base.names import canonical
from trustpath.facts.records import canonical_rdata
from trustpath.facts.records.rrset import ROUTE53_ALIAS

Render: TypeAlias = Callable[[Any, str], str]
"""From a value and the zone's apex to presentation format; raises InputError."""

# What octoDNS's Route53 provider takes for a service of AWS; any other name is one in the zone.
_AWS_SERVICES = (
    "amazonaws.com.",
    "cloudfront.net.",
    "elasticbeanstalk.com.",
    "awsglobalaccelerator.com.",
)
_SPECIAL = re.compile(rb"[^ !#-\[\]-~]")


def _fields(value: Any, kind: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{kind} takes a mapping of fields, not {value!r:.60}")
    return value


def _text(value: Any, what: str) -> str:
    if isinstance(value, str):
        return value
    raise InputError(f"{what} is {value!r:.60}, not text", hint="put it in quotes")


def _field(value: Mapping[str, Any], *names: str) -> Any:
    for name in names:
        if value.get(name) is not None:
            return value[name]
    raise InputError(f"{names[0]} is missing")


def _number(value: Any, what: str, top: int = 65535) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} is {value!r:.40}, not a number") from error
    if not 0 <= number <= top:
        raise InputError(f"{what} is {number}, not between 0 and {top}")
    return number


def host(value: Any, what: str = "value") -> str:
    """Return a target as an absolute name; a missing trailing dot is added.

    octoDNS takes such targets only leniently and hands them on as they are; the large providers
    read them as absolute, and so do we.
    """
    text = _text(value, what)
    if not text:
        raise InputError(f"{what} is empty")
    return canonical(text) + "."


def is_absolute(value: Any) -> bool:
    """Say whether a target ends in a dot."""
    return isinstance(value, str) and value.endswith(".")


def character_string(octets: bytes) -> str:
    """Return octets as one quoted character-string of presentation format."""
    if _SPECIAL.search(octets):
        return '"' + "".join(map(_ESCAPES.__getitem__, octets)) + '"'
    return f'"{octets.decode("ascii")}"'


_ESCAPES: Final = [
    f"\\{chr(octet)}" if octet in b'"\\' else chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}"
    for octet in range(256)
]


def _host(value: Any, _apex: str) -> str:
    return host(value)


def _strings(value: Any, _apex: str) -> str:
    r"""TXT and SPF: ``\;`` is octoDNS's way to write a semicolon; long values are chunked."""
    text = _text(value, "value")
    if text.startswith('"'):
        text = text[1:-1]
    octets = text.replace('" "', "").replace("\\;", ";").encode()
    if len(octets) <= 255:
        return character_string(octets)
    return " ".join(
        character_string(octets[start : start + 255]) for start in range(0, len(octets), 255)
    )


def _mx(value: Any, _apex: str) -> str:
    fields = _fields(value, "MX")
    preference = _number(_field(fields, "preference", "priority"), "preference")
    return f"{preference} {host(_field(fields, 'exchange', 'value'), 'exchange')}"


def _srv(value: Any, _apex: str) -> str:
    fields = _fields(value, "SRV")
    numbers = (_number(_field(fields, key), key) for key in ("priority", "weight", "port"))
    return f"{' '.join(map(str, numbers))} {host(_field(fields, 'target'), 'target')}"


def _caa(value: Any, _apex: str) -> str:
    fields = _fields(value, "CAA")
    flags = _number(fields.get("flags") or 0, "flags", 255)
    tag = _text(_field(fields, "tag"), "tag")
    content = _text(fields.get("value"), "value")
    if tag.isalnum() and tag.isascii() and content.isascii() and content.isprintable():
        if "\\" not in content and '"' not in content:
            return f'{flags} {tag} "{content}"'
        return checked("CAA", f'{flags} {tag} "{content}"')
    raise InputError(f"CAA {tag!r:.30} {content!r:.60} has characters that CAA cannot hold")


def _joined(kind: str, *keys: str, default: int | None = None) -> Render:
    """Return a renderer of numbers followed by one hexadecimal or Base64 field."""
    *numeric, last = keys

    def render(value: Any, _apex: str) -> str:
        fields = _fields(value, kind)
        numbers = [
            _number(fields.get(key, default) if default is not None else _field(fields, key), key)
            for key in numeric
        ]
        return checked(kind, f"{' '.join(map(str, numbers))} {str(_field(fields, last)).lower()}")

    return render


def _ds(value: Any, apex: str) -> str:
    fields = _fields(value, "DS")
    if "public_key" in fields or "flags" in fields:
        # An older octoDNS named the four fields as those of a DNSKEY; their order is that of DS.
        old = ("flags", "protocol", "algorithm", "public_key")
        return _joined("DS", *old)(value, apex)
    return _joined("DS", "key_tag", "algorithm", "digest_type", "digest")(value, apex)


def _naptr(value: Any, _apex: str) -> str:
    fields = _fields(value, "NAPTR")
    order, preference = (_number(_field(fields, key), key) for key in ("order", "preference"))
    strings = " ".join(
        f'"{_text(fields.get(key) or "", key)}"' for key in ("flags", "service", "regexp")
    )
    replacement = host(fields.get("replacement") or ".", "replacement")
    return checked("NAPTR", f"{order} {preference} {strings} {replacement}")


def _uri(value: Any, _apex: str) -> str:
    fields = _fields(value, "URI")
    priority, weight = (_number(_field(fields, key), key) for key in ("priority", "weight"))
    target = _text(_field(fields, "target"), "target")
    return checked("URI", f"{priority} {weight} {character_string(target.encode())}")


def _loc(value: Any, _apex: str) -> str:
    fields = _fields(value, "LOC")
    axes = " ".join(
        f"{_field(fields, axis + '_degrees')} {_field(fields, axis + '_minutes')}"
        f" {_field(fields, axis + '_seconds')} {str(_field(fields, axis + '_direction')).upper()}"
        for axis in ("lat", "long")
    )
    metres = " ".join(
        f"{_field(fields, key)}m"
        for key in ("altitude", "size", "precision_horz", "precision_vert")
    )
    return checked("LOC", f"{axes} {metres}")


def _svcb(kind: str) -> Render:
    def render(value: Any, _apex: str) -> str:
        fields = _fields(value, kind)
        priority = _number(_field(fields, "svcpriority"), "svcpriority")
        parameters = fields.get("svcparams") or {}
        text = f"{priority} {host(_field(fields, 'targetname'), 'targetname')}"
        for key, content in _fields(parameters, "svcparams").items():
            items = content if isinstance(content, list) else [content]
            text += f" {key}" if content is None else f" {key}={','.join(map(str, items))}"
        return checked(kind, text)

    return render


def _opaque(kind: str) -> Render:
    def render(value: Any, _apex: str) -> str:
        return checked(kind, _text(value, "value"))

    return render


def _urlfwd(value: Any, _apex: str) -> str:
    fields = _fields(value, "URLFWD")
    path, target = (
        character_string(_text(_field(fields, key), key).encode()) for key in ("path", "target")
    )
    numbers = (_number(_field(fields, key), key) for key in ("code", "masking", "query"))
    return f"{path} {target} {' '.join(map(str, numbers))}"


def _route53_alias(value: Any, apex: str) -> str:
    """``<target> <type> [hosted-zone-id=...] evaluate-target-health=...``."""
    fields = _fields(value, ROUTE53_ALIAS)
    kind = _text(_field(fields, "type"), "type")
    name = fields.get("name") or ""
    if not name:
        target = f"{apex}."
    elif any(service in name for service in _AWS_SERVICES) or is_absolute(name):
        target = host(name, "name")
    else:
        target = host(f"{name}.{apex}.", "name")
    zone = fields.get("hosted-zone-id")
    health = "true" if fields.get("evaluate-target-health") else "false"
    middle = f" hosted-zone-id={zone}" if zone else ""
    return f"{target} {kind}{middle} evaluate-target-health={health}"


def _foreign(value: Any, _apex: str) -> str:
    """A provider's own type, whose fields nobody but the provider knows."""
    if isinstance(value, dict):
        return " ".join(f"{key}={_plain(item)}" for key, item in sorted(value.items(), key=str))
    return _plain(value)


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if text.isalnum() else character_string(text.encode())


def checked(kind: str, text: str) -> str:
    """Return rdata text in its canonical form; raises InputError where it is no such rdata."""
    return canonical_rdata(kind, text, "")


RENDERERS: Final[Mapping[str, Render]] = {
    "A": _opaque("A"),
    "AAAA": _opaque("AAAA"),
    "ALIAS": _host,
    "CAA": _caa,
    "CNAME": _host,
    "DNAME": _host,
    "DS": _ds,
    "HTTPS": _svcb("HTTPS"),
    "LOC": _loc,
    "MX": _mx,
    "NAPTR": _naptr,
    "NS": _host,
    "OPENPGPKEY": _opaque("OPENPGPKEY"),
    "PTR": _host,
    "SPF": _strings,
    "SRV": _srv,
    "SSHFP": _joined("SSHFP", "algorithm", "fingerprint_type", "fingerprint"),
    "SVCB": _svcb("SVCB"),
    "TLSA": _joined(
        "TLSA",
        "certificate_usage",
        "selector",
        "matching_type",
        "certificate_association_data",
        default=0,
    ),
    "TXT": _strings,
    "URI": _uri,
    "URLFWD": _urlfwd,
    ROUTE53_ALIAS: _route53_alias,
}

SINGLE: Final = frozenset({"ALIAS", "CNAME", "DNAME"})


def renderer(kind: str) -> Render:
    """Return the renderer of a record type; raises InputError for a type that nobody knows."""
    known = RENDERERS.get(kind)
    if known is not None:
        return known
    if "/" in kind:
        return _foreign
    try:
        dns.rdatatype.from_text(kind)
    except (dns.exception.DNSException, ValueError) as error:
        raise InputError(f"unknown record type {kind!r:.40}") from error
    return _opaque(kind)
