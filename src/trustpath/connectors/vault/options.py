"""The options of a Vault issuer, read once and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from trustpath.base.clock import parse_duration
from trustpath.base.errors import InputError
from trustpath.base.secret import Secret
from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.options import (
    check_known,
    may_ask,
    read_secret,
    reference_option,
    refused,
    timeout_option,
)

DEFAULT_TIMEOUT: Final = 15.0
_KNOWN: Final = frozenset({"url", "mount", "role", "token", "lifetime", "roots", "timeout"})
_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")


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


def read_options(spec: IssuerSpec) -> Options:
    """Return the options; raises EstateError for what cannot be meant."""
    check_known(spec, _KNOWN)
    roots = spec.options.get("roots")
    return Options(
        url=_url(spec),
        mount=_path(spec, "mount", "pki"),
        role=_path(spec, "role", None),
        token=reference_option(spec, "token", spec.options.get("token")),
        lifetime=_lifetime(spec),
        roots=spec.folder / str(roots) if roots else None,
        timeout=timeout_option(spec, DEFAULT_TIMEOUT),
    )


def read_token(spec: IssuerSpec, secret: Secret) -> str:
    """Return the token; raises EstateError where there is none, and never shows it."""
    token = read_secret(spec, "token", secret)
    if token.isprintable() and " " not in token:
        return token
    # A traceback may show variables.
    del token
    raise refused(spec, "token", f"{secret.reference} holds no token", secret.hint)


def _url(spec: IssuerSpec) -> str:
    url = spec.options.get("url")
    hint = "url: https://127.0.0.1:8200"
    if not isinstance(url, str):
        raise refused(spec, "url", "is missing", hint)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused(spec, "url", f"{url!r} is no URL of a server", hint)
    if not may_ask(url):
        raise refused(spec, "url", "a token is not sent in the clear", "https, beyond loopback")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise refused(spec, "url", "has more than scheme, host, port and path", hint)
    return url.rstrip("/")


def _path(spec: IssuerSpec, key: str, default: str | None) -> str:
    value = spec.options.get(key, default)
    if not isinstance(value, str) or not _PATH.fullmatch(value.strip("/")):
        raise refused(spec, key, f"{value!r} is no path of a Vault server", f"{key}: pki")
    return value.strip("/")


def _lifetime(spec: IssuerSpec) -> int | None:
    value = spec.options.get("lifetime")
    if value is None:
        return None
    try:
        seconds = parse_duration(value) if isinstance(value, str) else value
    except InputError as error:
        raise refused(spec, "lifetime", f"{value!r} is no duration", "lifetime: 30d") from error
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise refused(spec, "lifetime", f"{value!r} is no duration above 0", "lifetime: 30d")
    return int(seconds)
