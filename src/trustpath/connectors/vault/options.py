"""The options of a Vault issuer, read once and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError
from trustpath.facts.issuing import IssuerSpec

DEFAULT_TIMEOUT: Final = 15.0
_KNOWN: Final = frozenset({"url", "mount", "role", "token", "lifetime", "roots", "timeout"})
_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
_SECRET_OCTETS: Final = 65536


@dataclass(frozen=True, slots=True)
class Options:
    """Where the engine is, and as whom; ``token`` is a reference, never the token."""

    url: str
    mount: str
    role: str
    token: str
    lifetime: int | None
    roots: Path | None
    timeout: float

    def read_token(self, spec: IssuerSpec, secrets: Mapping[str, str]) -> str:
        """Return the token; raises EstateError where there is none, and never shows it."""
        kind, _, place = self.token.partition(":")
        if kind == "env":
            found, hint = secrets.get(place, ""), f"export {place}=..."
        else:
            hint = "a path is relative to the estate file"
            try:
                with (spec.folder / place).open(encoding="ascii") as file:
                    found = file.read(_SECRET_OCTETS)
            except (OSError, UnicodeDecodeError):
                raise refused(spec, "token", f"cannot read {place}", hint) from None
        token = found.strip()
        if not token or not token.isprintable() or " " in token:
            raise refused(spec, "token", f"{self.token} holds no token", hint)
        return token


def refused(spec: IssuerSpec, key: str, problem: str, hint: str = "") -> EstateError:
    """Return the error for one option of an issuer."""
    return EstateError(f"issuer {spec.id}: {key}: {problem}", where=spec.where, hint=hint)


def read_options(spec: IssuerSpec) -> Options:
    """Return the options; raises EstateError for what cannot be meant."""
    for key in sorted(set(spec.options) - _KNOWN):
        raise refused(spec, key, "unknown option", f"known are {', '.join(sorted(_KNOWN))}")
    token = spec.options.get("token")
    if not isinstance(token, str) or not token.startswith(("env:", "file:")):
        raise refused(spec, "token", "a secret is not written into the estate file", "env:VARIABLE")
    roots = spec.options.get("roots")
    return Options(
        url=_url(spec),
        mount=_path(spec, "mount", "pki"),
        role=_path(spec, "role", None),
        token=token,
        lifetime=_seconds(spec, "lifetime", None),
        roots=spec.folder / str(roots) if roots else None,
        timeout=_seconds(spec, "timeout", DEFAULT_TIMEOUT) or DEFAULT_TIMEOUT,
    )


def _url(spec: IssuerSpec) -> str:
    url = spec.options.get("url")
    hint = "url: https://127.0.0.1:8200"
    if not isinstance(url, str):
        raise refused(spec, "url", "is missing", hint)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused(spec, "url", f"{url!r} is no URL of a server", hint)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise refused(spec, "url", "has more than scheme, host, port and path", hint)
    return url.rstrip("/")


def _path(spec: IssuerSpec, key: str, default: str | None) -> str:
    value = spec.options.get(key, default)
    if not isinstance(value, str) or not _PATH.fullmatch(value.strip("/")):
        raise refused(spec, key, f"{value!r} is no path of a Vault server", f"{key}: pki")
    return value.strip("/")


def _seconds(spec: IssuerSpec, key: str, default: float | None) -> Any:
    value = spec.options.get(key, default)
    if value is None:
        return None
    try:
        seconds = parse_duration(value) if isinstance(value, str) else value
    except InputError as error:
        raise refused(spec, key, f"{value!r} is no duration", f"{key}: 30d") from error
    if not isinstance(seconds, int | float) or seconds <= 0:
        raise refused(spec, key, f"{value!r} is no duration above 0", f"{key}: 30d")
    return seconds
