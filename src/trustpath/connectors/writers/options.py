"""What the options of writers have in common: servers, seconds, secrets by reference."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import dns.name
import dns.tsig

from trustpath.base.errors import InputError, SourceError
from trustpath.base.names import canonical
from trustpath.base.secret import Secret
from trustpath.facts.options import reference_option, refused
from trustpath.facts.tsig import TsigKey
from trustpath.facts.writer import WriterSpec

DEFAULT_TIMEOUT: Final = 5.0
_ALGORITHMS: Final = {
    name: dns.name.from_text(name)
    for name in (
        "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha256-128", "hmac-sha384",
        "hmac-sha384-192", "hmac-sha512", "hmac-sha512-256",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """Where a DNS server listens."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else self._plain

    @property
    def _plain(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is: ``env:VARIABLE`` or ``file:PATH``, never the secret itself."""

    text: str

    def read(self, spec: WriterSpec, secrets: Mapping[str, str]) -> str:
        """Return the secret; raises SourceError when it is missing, and never shows it."""
        secret = Secret(self.text, spec.folder, secrets)
        try:
            found = secret.read()
        except OSError as error:
            raise SourceError(
                f"the secret of {spec.id} cannot be read from {secret.place}",
                where=spec.where,
                hint=secret.hint,
            ) from error
        if not found:
            raise SourceError(
                f"the secret of {spec.id} is empty: {self.text}",
                where=spec.where,
                hint=secret.hint,
            )
        return found


@dataclass(frozen=True, slots=True)
class Tsig:
    """A TSIG key (RFC 8945) by name, algorithm and where its secret is."""

    name: str
    algorithm: str
    secret: Reference

    def key(self, spec: WriterSpec, secrets: Mapping[str, str]) -> dns.tsig.Key:
        """Return the key; raises SourceError when the secret is missing or no base64."""
        secret = _decoded(self.secret.read(spec, secrets))
        if secret is None:
            raise SourceError(
                f"the TSIG secret in {self.secret.text} is not base64", where=spec.where
            )
        return TsigKey(dns.name.from_text(self.name), secret, _ALGORITHMS[self.algorithm])


def _decoded(text: str) -> bytes | None:
    """Return the octets of a TSIG secret, None where it is not base64.

    What cannot be used stays in here: a traceback may show variables.
    """
    _, _, quoted = text.partition("secret")
    # The file may be one that tsig-keygen made, or the secret alone.
    text = quoted.strip(' \t:"').partition('"')[0].partition(";")[0] if quoted else text
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def tsig_option(spec: WriterSpec) -> Tsig | None:
    """Return the TSIG key, or None where there is none; raises EstateError."""
    value = spec.options.get("tsig")
    hint = "tsig: {name: key, algorithm: hmac-sha256, secret: env:VARIABLE}"
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) - {"name", "algorithm", "secret"}:
        raise refused(spec, "tsig", "has name, algorithm and secret", hint)
    algorithm = str(value.get("algorithm", "hmac-sha256")).lower().rstrip(".")
    if algorithm not in _ALGORITHMS:
        raise refused(
            spec, "tsig", f"algorithm {algorithm!r} is unknown", f"one of {', '.join(_ALGORITHMS)}"
        )
    secret = Reference(reference_option(spec, "tsig.secret", value.get("secret")))
    try:
        return Tsig(canonical(str(value["name"])), algorithm, secret)
    except (InputError, KeyError) as error:
        raise refused(spec, "tsig", "the key has no proper name", hint) from error


def server_option(spec: WriterSpec, key: str, value: object) -> Server:
    """Return ``192.0.2.1``, ``192.0.2.1:53`` or ``[2001:db8::1]:53`` as a server."""
    text = value if isinstance(value, str) else ""
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or "53"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        server = Server(str(ipaddress.ip_address(host)), int(port))
    except ValueError:
        server = Server("", 0)
    if not 0 < server.port < 65536:
        raise refused(
            spec,
            key,
            f"{value!r} is no address of a server" if value else "is missing",
            "write 192.0.2.1:53 or [2001:db8::1]:53; a name would need a resolver itself",
        )
    return server


def servers_option(spec: WriterSpec) -> tuple[Server, ...]:
    """Return ``servers``, empty where the estate names none; raises EstateError."""
    value = spec.options.get("servers", [])
    if not isinstance(value, list):
        raise refused(spec, "servers", f"{value!r} is no list", 'servers: ["192.0.2.1:53"]')
    return tuple(dict.fromkeys(server_option(spec, "servers", item) for item in value))
