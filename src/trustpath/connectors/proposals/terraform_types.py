"""Record resources of Terraform providers: Route 53, Cloudflare, Azure, Google."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.connectors.proposals.terraform_state import (
    Held,
    Zones,
    blocks,
    owner,
    plain,
    seconds,
    text,
    texts,
)
from trustpath.facts.records import canonical_rdata
from trustpath.facts.records.rrset import ROUTE53_ALIAS

_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
_NO_STRING = re.compile(rb"[^ !#-\[\]-~]")


@dataclass(frozen=True, slots=True)
class RecordType:
    """One resource type: the fields that decide its record, and how they are read."""

    fields: tuple[str, ...]
    read: Callable[[Mapping[str, Any], Zones], Held]


def _rdatas(rdtype: str, written: list[str]) -> tuple[str, ...]:
    if not written:
        raise InputError(f"{rdtype} has no records")
    return tuple(sorted({canonical_rdata(rdtype, item, "") for item in written}))


def _type(values: Mapping[str, Any]) -> str:
    return text(values, "type").upper()


def _strings(value: str) -> str:
    """Return octets of any length as quoted strings of at most 255."""
    octets = value.encode("utf-8", "surrogatepass")
    pieces = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
    return " ".join('"' + _NO_STRING.sub(_escape, piece).decode("ascii") + '"' for piece in pieces)


def _escape(match: re.Match[bytes]) -> bytes:
    return b"\\%03d" % match[0][0]


# -- Route 53 ---------------------------------------------------------------------------------

_POLICIES = (
    "weighted_routing_policy", "latency_routing_policy", "geolocation_routing_policy",
    "geoproximity_routing_policy", "failover_routing_policy", "cidr_routing_policy",
    "multivalue_answer_routing_policy", "set_identifier",
)  # fmt: skip


def _decimal(value: str) -> str:
    r"""Turn Route 53's octal escapes into the decimal ones of presentation format."""
    return _OCTAL.sub(lambda match: f"\\{int(match[1], 8):03d}", value)


def _route53(values: Mapping[str, Any], zones: Zones) -> Held:
    policy = next((key for key in _POLICIES if values.get(key)), None)
    if policy is not None:
        raise InputError(f"routing policy ({policy})", hint="its answers differ by query")
    zone = zones.name("aws", values.get("zone_id"))
    written = values.get("fqdn") if zone is None else None
    name = owner(_decimal(written if isinstance(written, str) else text(values, "name")), zone)
    rdtype = _type(values)
    alias = blocks(values, "alias")
    if alias:
        target = f"{names.canonical(text(alias[0], 'name'))}."
        health = "true" if alias[0].get("evaluate_target_health") is True else "false"
        other = alias[0].get("zone_id")
        middle = f" hosted-zone-id={other}" if other and other != values.get("zone_id") else ""
        data = f"{target} {rdtype}{middle} evaluate-target-health={health}"
        return Held(zone, name, ROUTE53_ALIAS, None, (data,), whole=False)
    written_records = texts(values, "records")
    if rdtype in ("TXT", "SPF"):
        # The provider puts quotes around the value; a long one has "" where a string ends.
        quoted = (_decimal(item).replace('""', '" "') for item in written_records)
        written_records = [f'"{item}"' for item in quoted]
    return Held(zone, name, rdtype, seconds(values), _rdatas(rdtype, written_records))


# -- Cloudflare -------------------------------------------------------------------------------

# The fields of ``data`` in the order of presentation format; those after the mark are quoted.
_DATA: Mapping[str, tuple[str, ...]] = {
    "CAA": ("flags", "tag", "value!"),
    "CERT": ("type", "key_tag", "algorithm", "certificate"),
    "DNSKEY": ("flags", "protocol", "algorithm", "public_key"),
    "DS": ("key_tag", "algorithm", "digest_type", "digest"),
    "HTTPS": ("priority", "target", "value"),
    "NAPTR": ("order", "preference", "flags!", "service!", "regex!", "replacement"),
    "SMIMEA": ("usage", "selector", "matching_type", "certificate"),
    "SRV": ("priority", "weight", "port", "target"),
    "SSHFP": ("algorithm", "type", "fingerprint"),
    "SVCB": ("priority", "target", "value"),
    "TLSA": ("usage", "selector", "matching_type", "certificate"),
    "URI": ("priority", "weight", "target!"),
}
_AUTOMATIC_TTL = 300


def _cloudflare(values: Mapping[str, Any], zones: Zones) -> Held:
    if values.get("proxied") is True:
        raise InputError("proxied: Cloudflare answers with addresses of its own")
    zone = zones.name("cloudflare", values.get("zone_id"))
    written = values.get("hostname") if zone is None else None
    name = owner(written if isinstance(written, str) else text(values, "name"), zone)
    rdtype = _type(values)
    ttl = seconds(values)
    data = _cloudflare_data(rdtype, values)
    if rdtype == "CNAME" and name == zone:
        rdtype, data = "ALIAS", canonical_rdata("CNAME", data, "")
    else:
        data = canonical_rdata(rdtype, data, "")
    # 1 means "automatic", which is what None, too, comes to.
    return Held(
        zone, name, rdtype, _AUTOMATIC_TTL if ttl in (None, 1) else ttl, (data,), whole=False
    )


def _cloudflare_data(rdtype: str, values: Mapping[str, Any]) -> str:
    fields = blocks(values, "data")
    if fields and rdtype in _DATA:
        merged = {"priority": values.get("priority")}
        merged |= {key: value for key, value in fields[0].items() if value is not None}
        pieces = (
            _strings(plain(merged, key[:-1])) if key[-1] == "!" else plain(merged, key)
            for key in _DATA[rdtype]
        )
        return " ".join(pieces)
    if fields and any(value is not None for value in fields[0].values()):
        raise InputError(f"{rdtype} with data fields is not read")
    content = text(values, "content" if values.get("content") is not None else "value")
    if rdtype in ("TXT", "SPF"):
        return content if content.startswith('"') else _strings(content)
    if rdtype in ("MX", "URI") and values.get("priority") is not None:
        return f"{plain(values, 'priority')} {content}"
    return content


# -- Azure ------------------------------------------------------------------------------------


def _azure(rdtype: str) -> Callable[[Mapping[str, Any], Zones], Held]:
    def read(values: Mapping[str, Any], _zones: Zones) -> Held:
        if values.get("target_resource_id"):
            raise InputError("alias of an Azure resource: its address is not in the plan")
        zone = names.canonical(text(values, "zone_name"))
        label = text(values, "name")
        name = zone if label in ("", "@") else names.canonical(f"{label}.{zone}")
        return Held(
            zone, name, rdtype, seconds(values), _rdatas(rdtype, _azure_data(rdtype, values))
        )

    return read


def _azure_data(rdtype: str, values: Mapping[str, Any]) -> list[str]:
    if rdtype == "CNAME":
        return [text(values, "record")]
    fields = _AZURE_BLOCKS.get(rdtype)
    if fields is None:
        return texts(values, "records")
    return [
        " ".join(
            _strings(plain(block, field[:-1])) if field[-1] == "!" else plain(block, field)
            for field in fields
        )
        for block in blocks(values, "record")
    ]


_AZURE_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "CAA": ("flags", "tag", "value!"),
    "MX": ("preference", "exchange"),
    "SRV": ("priority", "weight", "port", "target"),
    "TXT": ("value!",),
}
_AZURE_FIELDS = ("zone_name", "name", "ttl", "record", "records", "target_resource_id")


# -- Google -----------------------------------------------------------------------------------


def _google(values: Mapping[str, Any], zones: Zones) -> Held:
    if values.get("routing_policy"):
        raise InputError("routing policy", hint="its answers differ by query")
    zone = zones.name("google", values.get("managed_zone"))
    name = names.canonical(text(values, "name"))
    rdtype = _type(values)
    return Held(zone, name, rdtype, seconds(values), _rdatas(rdtype, texts(values, "rrdatas")))


_ROUTE53_FIELDS = ("zone_id", "name", "type", "ttl", "records", "alias", *_POLICIES)
# Releases before 5 call the content value and compute the other; a TTL not given is "automatic".
_CLOUDFLARE_FIELDS = ("zone_id", "name", "type", "content|value", "data", "priority", "proxied")
_GOOGLE_FIELDS = ("managed_zone", "name", "type", "ttl", "rrdatas", "routing_policy")

RECORDS: Mapping[str, RecordType] = {
    "aws_route53_record": RecordType(_ROUTE53_FIELDS, _route53),
    "cloudflare_record": RecordType(_CLOUDFLARE_FIELDS, _cloudflare),
    "cloudflare_dns_record": RecordType(_CLOUDFLARE_FIELDS, _cloudflare),
    "google_dns_record_set": RecordType(_GOOGLE_FIELDS, _google),
    **{
        f"azurerm_dns_{kind.lower()}_record": RecordType(_AZURE_FIELDS, _azure(kind))
        for kind in ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT")
    },
}
