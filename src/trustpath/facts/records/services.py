"""Typed rows of records that bind or locate a service: TLSA, SVCB and HTTPS, SRV, mail policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.svcbbase as svcb

from trustpath.base.addresses import address_key, canonical_address
from trustpath.facts.records.strings import joined
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import MailPolicyRecord, Srv, Svcb, SvcbHint, Tlsa

_TLSA_OWNER = re.compile(r"_(\d{1,5})\._([a-z0-9-]+)\.(.+)", re.ASCII)
_ANY_PORT_OWNER = re.compile(r"\*\._([a-z0-9-]+)\.(.+)", re.ASCII)
_SRV_OWNER = re.compile(r"_([^.\\]+)\._([^.\\]+)\.(.*)")
_PREFIX = re.compile(r"(?:_[^.\\]+\.)*")
_ECH_VERSION = 0xFE0D
_STS = re.compile(
    r"v=STSv1[ \t]*;[ \t]*id=([A-Za-z0-9]{1,32})[ \t]*"
    r"(?:;[ \t]*[A-Za-z0-9][\w.-]*=[!-:<>-~]+[ \t]*)*;?[ \t]*",
    re.ASCII,
)
_TLSRPT = re.compile(r"v=TLSRPTv1[ \t]*;[ \t]*rua=(?:mailto|https):[^;]+(?:;[^;]*)*", re.IGNORECASE)


def tlsa_fact(zone: str, name: str, text: str) -> Tlsa:
    """Return the Tlsa row; an owner of another form has neither port nor protocol (RFC 6698 3)."""
    if text.startswith("\\# 3 "):  # three numbers and no data: published, and matches nothing
        text = " ".join(map(str, bytes.fromhex(text[5:]))) + " "
    usage, selector, matching, data = text.split(" ", 3)
    digits = data.replace(" ", "").lower()
    host, port, protocol = name, None, None
    if match := _TLSA_OWNER.fullmatch(name):
        port, protocol, host = int(match[1]), match[2], match[3]
    elif match := _ANY_PORT_OWNER.fullmatch(name):
        protocol, host = match[1], match[2]
    return Tlsa(
        zone=zone,
        name=name,
        host=host,
        port=port,
        protocol=protocol,
        usage=int(usage),
        selector=int(selector),
        matching=int(matching),
        data=digits,
        octets=len(digits) // 2,
    )


def ech_public_name(config: bytes) -> str | None:
    """Return the public_name of the first ECHConfig of a known version (RFC 9849 4)."""
    position = 2
    while position + 4 <= len(config):
        version = int.from_bytes(config[position : position + 2], "big")
        length = int.from_bytes(config[position + 2 : position + 4], "big")
        body = config[position + 4 : position + 4 + length]
        position += 4 + length
        if version != _ECH_VERSION or len(body) < 5:
            continue
        at = 3 + 2 + int.from_bytes(body[3:5], "big")
        at += 2 + int.from_bytes(body[at : at + 2], "big") + 1
        if at >= len(body):
            continue
        name = body[at + 1 : at + 1 + body[at]]
        if name.isascii():
            return name.decode("ascii").lower()
    return None


@lru_cache(maxsize=1024)
def _svcb(rdtype: str, text: str) -> svcb.SVCBBase:
    kind = dns.rdatatype.from_text(rdtype)
    if text.startswith("\\# "):
        octets = bytes.fromhex(text.split(" ")[2])
        if octets[:2] != b"\0\0":
            raise ValueError(f"{rdtype} data has no form that is read")
        # Clients ignore the parameters of AliasMode (RFC 9460 2.4.2).
        size = 2 + dns.name.from_wire(octets, 2)[1]
        rdata = dns.rdata.from_wire(dns.rdataclass.IN, kind, octets[:size], 0, size)
    else:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, text)
    if not isinstance(rdata, svcb.SVCBBase):
        raise ValueError(f"{rdtype} is no service binding")
    return rdata


def svcb_facts(zone: str, name: str, rdtype: str, text: str) -> Iterator[Fact]:
    """Yield Svcb and a SvcbHint for each address hint (RFC 9460 7)."""
    rdata = _svcb(rdtype, text)
    target = rdata.target.to_text(omit_final_dot=True)
    target = "" if target == "." else target.lower()
    if not target and rdata.priority > 0:
        target = name
    parameters = rdata.params
    port = parameters.get(svcb.ParamKey.PORT)
    alpn = parameters.get(svcb.ParamKey.ALPN)
    ech = parameters.get(svcb.ParamKey.ECH)
    yield Svcb(
        zone=zone,
        name=name,
        type=rdtype,
        host=_PREFIX.sub("", name, count=1),
        priority=rdata.priority,
        target=target,
        port=port.port if isinstance(port, svcb.PortParam) else None,
        alpn=",".join(i.decode("ascii", "backslashreplace") for i in alpn.ids)
        if isinstance(alpn, svcb.ALPNParam)
        else None,
        ech=ech is not None,
        public_name=ech_public_name(ech.ech) if isinstance(ech, svcb.ECHParam) else None,
    )
    for key in (svcb.ParamKey.IPV4HINT, svcb.ParamKey.IPV6HINT):
        hint = parameters.get(key)
        if isinstance(hint, svcb.IPv4HintParam | svcb.IPv6HintParam):
            for text_address in hint.addresses:
                address = canonical_address(text_address)
                yield SvcbHint(zone, name, rdtype, target, address, address_key(address))


def srv_fact(zone: str, name: str, target: str, port: int) -> Srv:
    """Return the Srv row; ``_service._protocol.`` is split off where the owner has it."""
    match = _SRV_OWNER.fullmatch(name)
    if match is None:
        return Srv(zone, name, None, None, name, target, port)
    return Srv(zone, name, match[1], match[2], match[3], target, port)


def mail_policy_fact(zone: str, name: str, text: str) -> MailPolicyRecord | None:
    """Return the row of a TXT at ``_mta-sts.<d>`` (RFC 8461 3.1) or ``_smtp._tls.<d>`` (RFC 8460).

    None at any other owner. A record there that is no policy has ``well_formed`` False.
    """
    if name.startswith("_mta-sts."):
        match = _STS.fullmatch(joined(text))
        return MailPolicyRecord(
            zone, name, name[9:], "mta-sts", match[1] if match else None, match is not None
        )
    if name.startswith("_smtp._tls."):
        good = _TLSRPT.fullmatch(joined(text)) is not None
        return MailPolicyRecord(zone, name, name[11:], "tlsrpt", None, good)
    return None
