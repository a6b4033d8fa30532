"""A provider of octoDNS from its class name and settings, as octoDNS itself would make it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from trustpath.base.errors import EstateError, SourceError
from trustpath.facts.options import refused
from trustpath.facts.writer import WriterSpec


def check_class(spec: WriterSpec, name: str) -> None:
    """Raise EstateError when octoDNS or the package of the class is not installed."""
    package = name.partition(".")[0]
    if "." not in name or not all(part.isidentifier() for part in name.split(".")):
        hint = "class: octodns_route53.Route53Provider"
        raise refused(spec, "class", f"{name!r} is no class in a package", hint)
    for needed in ("octodns", package):
        if find_spec(needed) is None:
            raise EstateError(
                f"writer {spec.id}: class: {name} needs the Python package {needed}",
                where=spec.where,
                hint=f"install {needed.replace('_', '-')}, or take a writer of another kind",
            )


def load(
    spec: WriterSpec, name: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> Any:
    """Return the provider; raises SourceError when it cannot be made as described."""
    module, _, class_ = name.rpartition(".")
    arguments = _resolved(spec, settings, secrets)
    try:
        provider = getattr(import_module(module), class_)(spec.id, **arguments)
    except (ImportError, AttributeError) as error:
        raise SourceError(
            f"writer {spec.id}: {name} cannot be loaded: {error}", where=spec.where
        ) from error
    except Exception as error:
        # A provider may raise anything, and its text may repeat a secret that it was given.
        raise SourceError(
            f"writer {spec.id}: {name} does not take these settings: {type(error).__name__}",
            where=spec.where,
            hint="settings are those of the provider in octoDNS",
        ) from error
    # About zones that are planned whole; ours hold nothing but what changes.
    provider.root_ns_warnings = False
    return provider


def _resolved(
    spec: WriterSpec, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> dict[str, Any]:
    return {str(key): _value(spec, value, secrets) for key, value in settings.items()}


def _value(spec: WriterSpec, value: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return _resolved(spec, value, secrets)
    if not isinstance(value, str) or not value.startswith("env/"):
        return value
    # env/NAME or env/NAME/default, numbers as numbers: what octoDNS's EnvironSecrets does.
    name, _, default = value.removeprefix("env/").partition("/")
    found = secrets.get(name, os.environ.get(name))
    if found is None:
        if "/" not in value.removeprefix("env/"):
            raise SourceError(
                f"writer {spec.id}: environment variable {name} is not set",
                where=spec.where,
                hint=f"export {name}=...",
            )
        found = default
    try:
        return float(found) if "." in found else int(found)
    except ValueError:
        return found
