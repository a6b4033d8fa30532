"""A place of two or three files, a check of their user and a command that makes it read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trustpath.connectors.deployers import program
from trustpath.connectors.deployers.chain import Held, describe, from_pem, to_pem
from trustpath.connectors.deployers.content import Content, Image
from trustpath.connectors.deployers.disk import Slot
from trustpath.connectors.deployers.key import Key, read_key
from trustpath.connectors.deployers.options import (
    optional_path,
    optional_text,
    path_option,
)
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.options import refused


def slots_option(spec: DeployerSpec) -> tuple[Slot, ...]:
    """Return the files that ``key``, ``chain``, ``certificate`` and ``owner`` name.

    Key and chain may be one file. Raises EstateError.
    """
    owner = optional_text(spec, "owner")
    key, chain = path_option(spec, "key"), path_option(spec, "chain")
    alone = optional_path(spec, "certificate")
    if alone in (key, chain):
        raise refused(spec, "certificate", "is also the file of the key or the chain")
    slots = [Slot("key", key, secret=True, owner=owner)]
    if chain != key:
        slots.append(Slot("chain", chain, secret=False, owner=owner))
    if alone is not None:
        slots.append(Slot("certificate", alone, secret=False, owner=owner))
    return tuple(slots)


@dataclass(frozen=True, slots=True)
class Pair:
    """Files of key and chain. ``test`` and ``reload`` are commands, empty for none."""

    slots: tuple[Slot, ...]
    test: tuple[str, ...]
    reload: tuple[str, ...]
    folder: Path
    timeout: float

    def render(self, key: Key, chain: tuple[bytes, ...], _standing: Image) -> Image:
        """Return what the files shall hold; in one file the key comes first."""
        image = {
            "key": key.pem(),
            "chain": Content(to_pem(chain)),
            "certificate": Content(to_pem(chain[:1])),
        }
        roles = [slot.role for slot in self.slots]
        if "chain" not in roles:
            image["key"] = Content(key.pem().octets + to_pem(chain))
        return {role: image[role] for role in roles}

    def read(self, image: Image) -> Held | None:
        """Return key and chain that the files hold, None without a certificate."""
        key, chain = image.get("key"), image.get("chain", image.get("key"))
        certificates = from_pem(chain) if chain else ()
        return describe(certificates, read_key(key) if key else None) if certificates else None

    def check(self) -> None:
        """Run ``test``; raises SourceError with what it said."""
        if self.test:
            program.check(self.test, timeout=self.timeout, folder=self.folder, what="the test")

    def activate(self, _image: Image) -> None:
        """Run ``reload``; raises SourceError with what it said."""
        if self.reload:
            program.check(self.reload, timeout=self.timeout, folder=self.folder, what="the reload")

    def confirm(self, _held: Held) -> None:
        """Do nothing: only at an endpoint can be seen what was read from files."""
