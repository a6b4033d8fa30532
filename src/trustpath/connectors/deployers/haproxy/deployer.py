"""The haproxy deployer: one PEM file, and the same in the memory of the running HAProxy.

What is set over the socket is lost at a restart, so the file is replaced first.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from trustpath.base.errors import SourceError
from trustpath.connectors.deployers.chain import Held, describe, from_pem, to_pem
from trustpath.connectors.deployers.content import Content, Image
from trustpath.connectors.deployers.disk import Slot
from trustpath.connectors.deployers.haproxy.runtime import Runtime
from trustpath.connectors.deployers.keeper import Keeper
from trustpath.connectors.deployers.key import Key, read_key
from trustpath.connectors.deployers.options import (
    optional_text,
    path_option,
    timeout_option,
)
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.options import check_known, refused
from trustpath.facts.source import Context

_ROLE: Final = "certificate"
# Others would have to be escaped in a command, or end it.
_NAME: Final = re.compile(r"[A-Za-z0-9@%_.:/+=,~-]+", re.ASCII)

_OPTIONS: Final = frozenset({"socket", "certificate", "name", "timeout"})


def make(spec: DeployerSpec, context: Context) -> Keeper:
    """Build the deployer; raises EstateError on bad options.

    Options: ``socket``, ``certificate``, ``name`` and ``timeout``.
    """
    check_known(spec, _OPTIONS)
    path = path_option(spec, "certificate")
    name = optional_text(spec, "name") or str(path)
    if not _NAME.fullmatch(name):
        raise refused(spec, "name", f"{name!r} cannot be named in a command of HAProxy")
    runtime = Runtime(path_option(spec, "socket"), timeout_option(spec))
    return Keeper(spec, Memory((Slot(_ROLE, path, secret=True),), runtime, name), context.clock)


@dataclass(frozen=True, slots=True)
class Memory:
    """One file of key and chain, and what HAProxy holds in memory under a name."""

    slots: tuple[Slot, ...]
    runtime: Runtime
    name: str

    def render(self, key: Key, chain: tuple[bytes, ...], _standing: Image) -> Image:
        """Return the key and the chain after it."""
        return {_ROLE: Content(key.pem().octets + to_pem(chain))}

    def read(self, image: Image) -> Held | None:
        """Return what the file holds, None without a certificate."""
        content = image.get(_ROLE)
        certificates = from_pem(content) if content else ()
        return describe(certificates, read_key(content)) if content and certificates else None

    def check(self) -> None:
        """Do nothing: HAProxy checks what it is given before it commits it."""

    def activate(self, image: Image) -> None:
        """Exchange the certificate in memory; raises SourceError."""
        content = image.get(_ROLE)
        if content is not None:
            self.runtime.exchange(self.name, content)

    def confirm(self, held: Held) -> None:
        """Raise SourceError where memory and file differ."""
        # The only hash that the runtime API tells; nobody could gain from two that are equal.
        expected = hashlib.sha1(held.deployed.chain[0], usedforsecurity=False).hexdigest()
        if self.runtime.fingerprint(self.name) != expected:
            raise SourceError(
                f"HAProxy uses another certificate than {self.slots[0].path} holds",
                where=str(self.runtime.path),
                hint="deploy again, or reload HAProxy",
            )
