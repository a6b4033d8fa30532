"""Options of an entry of the estate file, as all kinds of connectors read and refuse them."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from trustpath.base.clock import parse_duration
from trustpath.base.errors import EstateError, InputError
from trustpath.base.secret import Secret, is_reference


class Described(Protocol):
    """An entry of the estate file; ``noun`` is what it describes, such as ``issuer``."""

    noun: ClassVar[str]

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """Its other keys as written."""
        ...

    @property
    def where(self) -> str:
        """File and line."""
        ...


def refused(spec: Described, key: str, problem: str, hint: str = "") -> EstateError:
    """Return the error for one option of an entry."""
    return EstateError(f"{spec.noun} {spec.id}: {key}: {problem}", where=spec.where, hint=hint)


def check_known(spec: Described, known: Collection[str]) -> None:
    """Raise EstateError for an option that the kind does not have."""
    for key in sorted(set(spec.options) - set(known)):
        raise refused(spec, key, "unknown option", f"known are {', '.join(sorted(known))}")


def text_option(spec: Described, key: str, hint: str, default: str = "") -> str:
    """Return a text; raises EstateError when there is none."""
    value = spec.options.get(key, default)
    if not isinstance(value, str) or not value:
        raise refused(spec, key, f"{value!r} is no text" if value else "is missing", hint)
    return value


def timeout_option(spec: Described, default: float, most: str = "10m") -> float:
    """Return ``timeout`` in seconds; raises EstateError."""
    value: Any = spec.options.get("timeout", default)
    hint = f"timeout: {default:g}s"
    try:
        seconds = float(parse_duration(value) if isinstance(value, str) else value)
    except (InputError, TypeError, ValueError) as error:
        raise refused(spec, "timeout", f"{value!r} is no duration", hint) from error
    if not 0 < seconds <= parse_duration(most):
        raise refused(spec, "timeout", f"{value!r} is not above 0 and up to {most}", hint)
    return seconds


def reference_option(spec: Described, key: str, value: object) -> str:
    """Return where a secret is; raises EstateError for a secret written into the estate file."""
    if not isinstance(value, str) or not is_reference(value):
        problem = "a secret is not written into the estate file"
        raise refused(spec, key, problem, f"{key}: env:VARIABLE or file:PATH")
    return value


def read_secret(spec: Described, key: str, secret: Secret) -> str:
    """Return the secret that an option refers to; raises EstateError, which never shows it."""
    try:
        found = secret.read()
    except OSError:
        raise refused(spec, key, f"cannot read {secret.place}", secret.hint) from None
    if not found:
        raise refused(spec, key, f"{secret.reference} holds nothing", secret.hint)
    return found


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
