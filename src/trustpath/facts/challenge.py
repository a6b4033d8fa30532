"""The contract of connectors that answer http-01 and tls-alpn-01 (RFC 8555 8.3, RFC 8737)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from trustpath.facts.issuing import Proof
from trustpath.facts.source import Context


@dataclass(frozen=True, slots=True)
class ResponderSpec:
    """One entry of ``responders`` in the estate file; ``options`` are its other keys as written.

    Kinds: ``webroot`` (files that a web server serves), ``http`` and ``tls-alpn`` (own listeners).
    """

    noun: ClassVar[str] = "responder"

    id: str
    kind: str
    options: Mapping[str, Any]
    folder: Path
    where: str = ""


class Responder(Protocol):
    """Answers challenges; listening begins with the first ``present`` and ends with ``close``."""

    @property
    def method(self) -> str:
        """The challenge type that it answers."""
        ...

    def present(self, proof: Proof) -> None:
        """Put the answer in place; raises SourceError."""
        ...

    def withdraw(self, proof: Proof) -> None:
        """Take the answer away; nothing happens where there is none."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class ResponderFactory(Protocol):
    """How the composition root makes a responder of one kind; raises EstateError on bad options."""

    def __call__(self, spec: ResponderSpec, context: Context) -> Responder:
        """Build the responder without touching the outside."""
        ...
