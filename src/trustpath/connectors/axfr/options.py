"""The options of an axfr source in the estate file."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.name
import dns.tsig

from trustpath.base import names
from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError, NameSyntaxError, SourceError
from trustpath.connectors.axfr.transfer import Server
from trustpath.facts.source import SourceSpec
from trustpath.facts.tsig import TsigKey

_ALGORITHMS = {
    name: dns.name.from_text(name)
    for name in (
        "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha256-128", "hmac-sha384",
        "hmac-sha384-192", "hmac-sha512", "hmac-sha512-256",
    )
}  # fmt: skip
_OPTIONS = frozenset({"server", "zones", "tsig", "timeout", "total_timeout", "signing", "view"})
_KEY_FILE = re.compile(r'\bsecret\s*:?\s+"?([A-Za-z0-9+/=]+)"?')


@dataclass(frozen=True, slots=True)
class TsigOption:
    """A TSIG key by name, algorithm and where its secret is: ``env:VAR`` or ``file:path``."""

    name: str
    algorithm: str
    secret: str

    def key(self, secrets: Mapping[str, str], folder: Path) -> dns.tsig.Key:
        """Return the key; raises SourceError when the secret is missing or no base64."""
        kind, _, place = self.secret.partition(":")
        if kind == "env":
            text = secrets.get(place, os.environ.get(place, ""))
            if not text:
                raise SourceError(
                    f"the TSIG secret is not set: environment variable {place}",
                    hint=f"export {place}=<base64>",
                )
        else:
            try:
                text = (folder / place).read_text(encoding="ascii")
            except OSError as error:
                raise SourceError(f"the TSIG secret cannot be read from {place}") from error
            except UnicodeDecodeError:
                # Not chained: it has the octets of the file.
                raise SourceError(f"the TSIG secret cannot be read from {place}") from None
        if not text.strip():
            raise SourceError(
                f"the TSIG secret is empty: {self.secret}",
                hint="it holds the secret in base64, or the file that tsig-keygen wrote",
            )
        secret = _decoded(text)
        if secret is None:
            # A traceback may show variables, and the text itself is never part of a message.
            del text
            raise SourceError(f"the TSIG secret in {place} is not base64")
        return TsigKey(dns.name.from_text(self.name), secret, _ALGORITHMS[self.algorithm])


def _decoded(text: str) -> bytes | None:
    """Return the octets of a TSIG secret, None where it is not base64."""
    found = _KEY_FILE.search(text)
    try:
        return base64.b64decode(found[1] if found else text.strip(), validate=True)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AxfrOptions:
    """Valid options: server, zones by canonical apex, key, seconds of silence and in total."""

    server: Server
    zones: tuple[str, ...]
    tsig: TsigOption | None
    silence: float
    total: float


def parse_options(spec: SourceSpec) -> AxfrOptions:
    """Return the options; raises EstateError naming the key that is wrong."""
    options = spec.options
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise EstateError(
            f"unknown option {unknown[0]!r}",
            where=spec.where,
            hint=f"known are {', '.join(sorted(_OPTIONS))}",
        )
    zones = options.get("zones")
    if not isinstance(zones, list) or not zones or not all(isinstance(z, str) for z in zones):
        raise EstateError(
            f"source {spec.id} has no zones", where=spec.where, hint="zones: [example.com]"
        )
    try:
        apexes = tuple(dict.fromkeys(names.canonical(zone) for zone in zones))
        silence = parse_duration(options.get("timeout", 10))
        total = parse_duration(options.get("total_timeout", max(600, silence)))
    except NameSyntaxError as error:
        raise EstateError(f"zones: {error.message}", where=spec.where, hint=error.hint) from error
    except (InputError, AttributeError) as error:
        raise EstateError(f"timeout: {error}", where=spec.where, hint="timeout: 10s") from error
    if silence <= 0 or total <= 0:
        raise EstateError("timeout is above zero", where=spec.where)
    tsig = options.get("tsig")
    return AxfrOptions(
        _server(options.get("server"), spec),
        apexes,
        None if tsig is None else _tsig(tsig, spec),
        float(silence),
        float(total),
    )


def _server(text: object, spec: SourceSpec) -> Server:
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+))(?::(\d{1,5}))?", str(text or ""))
    port = int(match[3] or 53) if match else 0
    if match is None or not 0 < port < 65536:
        raise EstateError(
            f"source {spec.id} has no server", where=spec.where, hint='server: "192.0.2.1:53"'
        )
    return Server(match[1] or match[2], port)


def _tsig(value: Any, spec: SourceSpec) -> TsigOption:
    hint = 'tsig: {name: key, algorithm: hmac-sha256, secret: "env:VAR"}'
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise EstateError("tsig has name, algorithm and secret", where=spec.where, hint=hint)
    algorithm = str(value.get("algorithm", "hmac-sha256")).lower().rstrip(".")
    if algorithm not in _ALGORITHMS:
        known = ", ".join(_ALGORITHMS)
        raise EstateError(f"TSIG algorithm {algorithm!r} is unknown", where=spec.where, hint=known)
    secret = value.get("secret")
    if not isinstance(secret, str) or not secret.startswith(("env:", "file:")):
        raise EstateError(
            "a TSIG secret is not written into the estate file", where=spec.where, hint=hint
        )
    try:
        return TsigOption(names.canonical(value["name"]), algorithm, secret)
    except NameSyntaxError as error:
        raise EstateError(f"tsig name: {error.message}", where=spec.where) from error
