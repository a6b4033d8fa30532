"""Powers of the estate's own credentials: what it names a secret for can be used by whoever has it.

A secret is only ever shown as its reference. How far a server lets a key go is not in the estate
file, so what is said is the most that the estate gives: where it names zones, or jobs, the power is
certain there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustpath.base import names
from trustpath.base.secret import is_reference
from trustpath.facts.estate import Estate
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.source import SourceSpec
from trustpath.facts.writer import WriterSpec
from trustpath.workflow.residual.power import Power

_AT_SERVER: Final = "withdraw or narrow it at the server, and take it out of the estate file"
_AT_CA: Final = "deactivate it at the CA, and take it out of the estate file"
_DNS: Final = "any record, so a certificate through dns-01"


def credentials(estate: Estate, name: str) -> Iterator[Power]:
    """Yield what each credential that the estate names may do at or about a name."""
    named = {names.base(zone) for writer in estate.writers for zone in writer.zones}
    for writer in estate.writers:
        zones = _reaching(writer.zones, name)
        # A writer without zones has those that no other one names.
        if zones or (not writer.zones and not _reaching(tuple(named), name)):
            yield _writer(writer, zones)
    for issuer in estate.issuers:
        asked = any(issuer.id in job.issuers and _covering(job.names, name) for job in estate.jobs)
        yield from _issuer(issuer, asked)
    for source in estate.sources:
        yield from _source(source, name)


def _reaching(zones: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(zone for zone in zones if zone in ("", name) or name.endswith(f".{zone}"))


def _covering(asked: tuple[str, ...], name: str) -> bool:
    return name in asked or f"*.{names.parent(name)}" in asked


def _writer(writer: WriterSpec, zones: tuple[str, ...]) -> Power:
    over = " and ".join(zone or "." for zone in zones) or "every zone that no other writer names"
    if writer.kind == "powerdns":
        kind = "API key"
        held = f"{_place(writer.options.get('key'))} at {writer.options.get('url')}"
        over += " and every other zone of that server"
    elif writer.kind == "rfc2136":
        key = writer.options.get("tsig")
        kind = "TSIG key" if key else "updates without a key"
        server = writer.options.get("server")
        held = f"{_tsig(key)} at {server}" if key else f"whoever reaches {server}"
    else:
        kind = "provider credential"
        referred = ", ".join(_references(writer.options)) or "its settings"
        held = f"{referred} for {writer.options.get('class', writer.kind)}"
    return Power(
        "write",
        kind,
        f"{held} of writer {writer.id}, over {over}: {_DNS}",
        None,
        _AT_SERVER,
        certain=bool(zones),
    )


def _issuer(issuer: IssuerSpec, asked: bool) -> Iterator[Power]:
    of = f"of issuer {issuer.id} at CA {issuer.ca}"
    options = issuer.options
    if issuer.kind == "acme":
        yield Power(
            "obtain",
            "ACME account key",
            f"file:{options.get('account_key')} {of}: any name that it can validate",
            None,
            _AT_CA,
            certain=asked,
        )
        binding = options.get("external_account")
        if binding:
            yield Power(
                "obtain",
                "external account key",
                f"{binding.get('kid')} ({_place(binding.get('key'))}) {of}: further accounts",
                None,
                _AT_CA,
                certain=asked,
            )
    elif issuer.kind == "vault":
        mount, role = options.get("mount", "pki"), options.get("role")
        yield Power(
            "obtain",
            "Vault token",
            f"{_place(options.get('token'))} {of}: what role {role} of {mount} lets it have",
            None,
            "revoke the token, and take it out of the estate file",
            certain=asked,
        )


def _source(source: SourceSpec, name: str) -> Iterator[Power]:
    key = source.options.get("tsig")
    zones = _reaching(tuple(map(names.canonical, source.options.get("zones") or ())), name)
    if key and zones:
        yield Power(
            "read",
            "TSIG key",
            f"{_tsig(key)} of source {source.id}, over {' and '.join(zones)}: transfers; more "
            "where the server lets it update",
            None,
            _AT_SERVER,
            certain=False,
        )
    password, path = source.options.get("password"), source.options.get("path")
    if password:
        yield Power(
            "authenticate",
            "password of key stores",
            f"{_place(password)} of source {source.id}: the private keys in {path}",
            None,
            "change the password; replace the keys",
            certain=False,
        )


def _tsig(key: Mapping[str, Any]) -> str:
    return f"{names.canonical(str(key['name']))} ({_place(key['secret'])})"


def _place(value: object) -> str:
    return str(value) if is_reference(value) else "a secret that is written into the estate file"


def _references(value: Any) -> Iterator[str]:
    """Yield what octoDNS reads from its environment; anything else may be the secret itself."""
    if isinstance(value, str) and value.startswith("env/"):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
