"""The options of an ACME issuer, and the secret of its external account binding."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError
from trustpath.facts.issuing import IssuerSpec

DEFAULT_TIMEOUT: Final = 30.0
_KNOWN: Final = frozenset(
    {"directory", "roots", "account_key", "contacts", "external_account", "chain", "timeout"}
)
_SECRET_OCTETS: Final = 65536


@dataclass(frozen=True, slots=True)
class Binding:
    """An external account binding: ``key`` is where the HMAC key is, never the key itself."""

    kid: str
    key: str


@dataclass(frozen=True, slots=True)
class Secret:
    """The HMAC key of a binding, at ``env:VARIABLE`` or ``file:PATH``."""

    spec: IssuerSpec
    reference: str
    # All of the environment: never shown.
    secrets: Mapping[str, str] = field(repr=False)

    def read(self) -> str:
        """Return the secret; raises EstateError, which never shows it."""
        kind, _, place = self.reference.partition(":")
        hint = f"export {place}=..." if kind == "env" else "a path is relative to the estate file"
        try:
            found = self._read(kind, place)
        except (OSError, UnicodeDecodeError):
            raise refused(self.spec, "external_account", f"cannot read {place}", hint) from None
        if not found:
            raise refused(self.spec, "external_account", f"{self.reference} holds nothing", hint)
        return found

    def _read(self, kind: str, place: str) -> str:
        if kind == "env":
            return self.secrets.get(place, "").strip()
        with (self.spec.folder / place).open(encoding="ascii") as file:
            return file.read(_SECRET_OCTETS).strip()


@dataclass(frozen=True, slots=True)
class Options:
    """What the estate says of the issuer; ``roots`` None means the public trust store.

    ``timeout`` is in seconds, ``chain`` the preferred chain or empty.
    """

    directory: str
    roots: Path | None
    account_key: Path
    contacts: tuple[str, ...]
    binding: Binding | None
    chain: str
    timeout: float


def read_options(spec: IssuerSpec) -> Options:
    """Return the options; raises EstateError. Nothing outside is touched."""
    for key in sorted(set(spec.options) - _KNOWN):
        raise refused(spec, key, "unknown option", f"known are {', '.join(sorted(_KNOWN))}")
    directory = _text(spec, "directory", "the URL of the directory, here or at the CA")
    if not may_ask(directory):
        raise refused(
            spec, "directory", f"{directory} is no https URL", "plain http is for loopback only"
        )
    roots = spec.options.get("roots")
    return Options(
        directory=directory,
        roots=spec.folder / roots if roots else None,
        account_key=spec.folder / _text(spec, "account_key", "account_key: keys/account.pem"),
        contacts=tuple(spec.options.get("contacts") or ()),
        binding=_binding(spec),
        chain=str(spec.options.get("chain") or ""),
        timeout=_timeout(spec),
    )


def may_ask(url: str) -> bool:
    """Say whether a URL is one to send requests to: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and _is_local(host)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refused(spec: IssuerSpec, key: str, problem: str, hint: str = "") -> EstateError:
    """Return the error for one option of an issuer."""
    return EstateError(f"issuer {spec.id}: {key}: {problem}", where=spec.where, hint=hint)


def _text(spec: IssuerSpec, key: str, hint: str) -> str:
    value = spec.options.get(key)
    if not isinstance(value, str) or not value:
        raise refused(spec, key, f"{value!r} is no text" if value else "is missing", hint)
    return value


def _binding(spec: IssuerSpec) -> Binding | None:
    value: Mapping[str, Any] | None = spec.options.get("external_account")
    if value is None:
        return None
    kid, key = value.get("kid"), value.get("key")
    if not isinstance(kid, str) or not kid:
        raise refused(spec, "external_account.kid", "is missing", "the key identifier from the CA")
    if not isinstance(key, str) or not key.startswith(("env:", "file:")):
        raise refused(
            spec,
            "external_account.key",
            "a secret is not written into the estate file",
            "env:VARIABLE or file:PATH",
        )
    return Binding(kid, key)


def _timeout(spec: IssuerSpec) -> float:
    value: Any = spec.options.get("timeout", DEFAULT_TIMEOUT)
    try:
        seconds = float(parse_duration(value) if isinstance(value, str) else value)
    except (InputError, TypeError, ValueError) as error:
        raise refused(spec, "timeout", f"{value!r} is no duration", "timeout: 30s") from error
    if not 0 < seconds <= 600:
        raise refused(spec, "timeout", f"{value!r} is not above 0 and up to 10m", "timeout: 30s")
    return seconds
