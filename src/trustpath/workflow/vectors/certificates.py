"""A certificate in short notation."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from trustpath.base import names
from trustpath.base.addresses import address_key
from trustpath.base.errors import RuleError
from trustpath.facts.relations import Fact
from trustpath.facts.relations.certificate import CertificateName
from trustpath.facts.schema import BY_NAME
from trustpath.workflow.vectors.values import instant, row

_SHORT = frozenset(
    ("names", "organisation", "key", "public", "private", "constraints", "place", "path", "logs")
)
_KEYS: dict[str, tuple[str, int, str | None]] = {
    "rsa1024": ("rsa", 1024, None),
    "rsa2048": ("rsa", 2048, None),
    "rsa3072": ("rsa", 3072, None),
    "rsa4096": ("rsa", 4096, None),
    "p256": ("ec", 256, "P-256"),
    "p384": ("ec", 384, "P-384"),
    "p521": ("ec", 521, "P-521"),
    "k256": ("ec", 256, "secp256k1"),
    "ed25519": ("ed25519", 256, None),
}


def certificate_facts(key: str, given: Mapping[str, Any], now: int, where: str) -> Iterator[Fact]:
    """Yield the rows of one certificate; ``key`` is its fingerprint.

    Short keys: ``names`` (DNS names, addresses, URIs), ``organisation`` of the issuer, ``key``
    (``p256``, ``rsa2048``...), ``public``/``private`` trust, ``constraints`` met, ``place`` (None:
    not stored), ``path`` (other columns of its path), ``logs`` (log ids of embedded SCTs). Any
    column of Certificate may be given as well.
    """
    where = f"{where}: {key}"
    organisation = str(given.get("organisation", "Example CA"))
    begins = instant(given.get("not_before", "-30d"), now, where) or 0
    ends = instant(given.get("not_after", "+60d"), now, where) or 0
    kind = str(given.get("key", "p256"))
    if kind not in _KEYS:
        raise RuleError(f"key {kind!r} is not known", where=where, hint=", ".join(_KEYS))
    key_type, bits, curve = _KEYS[kind]
    written = [str(name) for name in given.get("names", [])]
    logs = [str(log) for log in given.get("logs", [])]
    known = {column.name for column in BY_NAME["certificate"].columns}
    for name in given:
        if name not in known and name not in _SHORT:
            raise RuleError(f"a certificate has no {name!r}", where=where)
    columns: dict[str, Any] = {
        "serial": key,
        "issuer": f"CN=Issuing,O={organisation}",
        "issuer_organisation": organisation,
        "subject": f"CN={written[0]}" if written else "CN=none",
        "spki": f"spki-{key}",
        "key_type": key_type,
        "key_bits": bits,
        "curve": curve,
        "signature_hash": "sha256",
        "eku": True,
        "server_auth": True,
        "weak_key": False,
        "crl_url": "http://crl.example.net/1.crl",
        "timestamps": len(logs),
        **{name: value for name, value in given.items() if name in known},
        "fingerprint": key,
        "names": len(written),
        "not_before": begins,
        "not_after": ends,
        "lifetime": ends - begins + 1,
    }
    yield row("certificate", columns, now, where)
    for name in written:
        yield _name(key, name)
    for log in logs:
        yield row(
            "certificate_timestamp",
            {"certificate": key, "log_id": log, "timestamp": begins, "valid": True},
            now,
            where,
        )
    yield row(
        "certificate_path",
        {
            "certificate": key,
            "publicly_trusted": given.get("public", True),
            "privately_trusted": given.get("private", False),
            "publicly_issued": given.get("public", True),
            "constraints_met": given.get("constraints", True),
            "weak_issuer_signature": False,
            **given.get("path", {}),
        },
        now,
        where,
    )
    place = given.get("place", f"certs/{key}.pem")
    if place is not None:
        yield row(
            "certificate_place", {"certificate": key, "kind": "file", "place": place}, now, where
        )


def _name(certificate: str, written: str) -> CertificateName:
    if "://" in written:
        return CertificateName(certificate, "uri", written, written, False, "", written, "", True)
    try:
        address = str(ipaddress.ip_address(written))
    except ValueError:
        name = names.canonical(written)
        base = names.base(name)
        usable = "*" not in base
        return CertificateName(
            certificate, "dns", name, base, names.is_wildcard(name), names.parent(base),
            names.reverse(base), names.registered(base), usable,
        )  # fmt: skip
    key = address_key(address)
    return CertificateName(certificate, "ip", address, address, False, "", key, "", True)
