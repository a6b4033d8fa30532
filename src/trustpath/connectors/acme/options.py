"""The options of an ACME issuer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trustpath.facts.issuing import IssuerSpec
from trustpath.facts.options import (
    check_known,
    may_ask,
    reference_option,
    refused,
    text_option,
    timeout_option,
)

DEFAULT_TIMEOUT: Final = 30.0
_KNOWN: Final = frozenset(
    {"directory", "roots", "account_key", "contacts", "external_account", "chain", "timeout"}
)


@dataclass(frozen=True, slots=True)
class Binding:
    """An external account binding: ``key`` is where the HMAC key is, never the key itself."""

    kid: str
    key: str


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
    check_known(spec, _KNOWN)
    directory = text_option(spec, "directory", "the URL of the directory, here or at the CA")
    if not may_ask(directory):
        raise refused(
            spec, "directory", f"{directory} is no https URL", "plain http is for loopback only"
        )
    roots = spec.options.get("roots")
    return Options(
        directory=directory,
        roots=spec.folder / roots if roots else None,
        account_key=spec.folder / text_option(spec, "account_key", "account_key: keys/account.pem"),
        contacts=tuple(spec.options.get("contacts") or ()),
        binding=_binding(spec),
        chain=str(spec.options.get("chain") or ""),
        timeout=timeout_option(spec, DEFAULT_TIMEOUT),
    )


def _binding(spec: IssuerSpec) -> Binding | None:
    value: Mapping[str, Any] | None = spec.options.get("external_account")
    if value is None:
        return None
    kid = value.get("kid")
    if not isinstance(kid, str) or not kid:
        raise refused(spec, "external_account.kid", "is missing", "the key identifier from the CA")
    return Binding(kid, reference_option(spec, "external_account.key", value.get("key")))
