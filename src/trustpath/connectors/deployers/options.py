"""What the options of deployers have in common: texts, paths, commands, seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from trustpath.facts import options
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.options import refused

DEFAULT_TIMEOUT: Final = 30.0


def optional_text(spec: DeployerSpec, key: str) -> str | None:
    """Return a text, None where there is none; raises EstateError."""
    value = spec.options.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise refused(spec, key, f"{value!r} is no text")
    return value


def text_option(spec: DeployerSpec, key: str) -> str:
    """Return a text; raises EstateError where there is none."""
    value = optional_text(spec, key)
    if value is None:
        raise refused(spec, key, "is missing")
    return value


def optional_path(spec: DeployerSpec, key: str) -> Path | None:
    """Return a path, relative to the estate file; None where there is none."""
    value = optional_text(spec, key)
    return spec.folder.absolute() / value if value is not None else None


def path_option(spec: DeployerSpec, key: str) -> Path:
    """Return a path, relative to the estate file; raises EstateError where there is none."""
    return spec.folder.absolute() / text_option(spec, key)


def command_option(spec: DeployerSpec, key: str) -> tuple[str, ...]:
    """Return a command and its arguments, empty where there is none; raises EstateError."""
    value: Any = spec.options.get(key, ())
    written = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if not written or (key in spec.options and not (value and value[0])):
        hint = f"{key}: [systemctl, reload, postfix]; there is no shell between"
        raise refused(spec, key, f"{value!r} is no list of a command and its arguments", hint)
    return tuple(value)


def timeout_option(spec: DeployerSpec) -> float:
    """Return ``timeout`` in seconds; raises EstateError."""
    return options.timeout_option(spec, DEFAULT_TIMEOUT, "1h")
