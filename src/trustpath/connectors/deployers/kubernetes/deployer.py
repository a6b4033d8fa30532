"""The kubernetes deployer: a Secret of type ``kubernetes.io/tls`` in a file, mode 0600.

Labels, annotations and other data that the manifest already has stay.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from trustpath.base.errors import InputError
from trustpath.connectors.deployers import program
from trustpath.connectors.deployers.chain import Held, describe, from_pem, to_pem
from trustpath.connectors.deployers.content import Content, Image
from trustpath.connectors.deployers.disk import Slot
from trustpath.connectors.deployers.keeper import Keeper
from trustpath.connectors.deployers.key import Key, read_key
from trustpath.connectors.deployers.options import (
    command_option,
    optional_text,
    path_option,
    text_option,
    timeout_option,
)
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.options import check_known
from trustpath.facts.source import Context

_ROLE: Final = "manifest"
_CHAIN, _KEY = "tls.crt", "tls.key"

_OPTIONS: Final = frozenset({"manifest", "name", "namespace", "apply", "timeout"})


def make(spec: DeployerSpec, context: Context) -> Keeper:
    """Build the deployer; raises EstateError on bad options.

    Options: ``manifest``, ``name``, ``namespace``, ``apply`` and ``timeout``.
    """
    check_known(spec, _OPTIONS)
    place = Secret(
        (Slot(_ROLE, path_option(spec, "manifest"), secret=True),),
        text_option(spec, "name"),
        optional_text(spec, "namespace"),
        command_option(spec, "apply"),
        spec.folder.absolute(),
        timeout_option(spec),
    )
    return Keeper(spec, place, context.clock)


class Manifest(dict[str, Any]):
    """A document with a key in it, which its text form does not show."""

    def __repr__(self) -> str:
        return "<manifest>"


@dataclass(frozen=True, slots=True)
class Secret:
    """A manifest of one secret; ``apply`` is a command, empty for none."""

    slots: tuple[Slot, ...]
    name: str
    namespace: str | None
    apply: tuple[str, ...]
    folder: Path
    timeout: float

    def render(self, key: Key, chain: tuple[bytes, ...], standing: Image) -> Image:
        """Return the manifest with key and chain, and what it has besides."""
        before = self._manifest(standing.get(_ROLE))
        metadata = {**(before.get("metadata") or {}), "name": self.name}
        if self.namespace is not None:
            metadata["namespace"] = self.namespace
        return {
            _ROLE: _written(
                {
                    **before,
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "type": "kubernetes.io/tls",
                    "metadata": metadata,
                    "data": {
                        **(before.get("data") or {}),
                        _CHAIN: _encoded(to_pem(chain)),
                        _KEY: _encoded(key.pem().octets),
                    },
                }
            )
        }

    def read(self, image: Image) -> Held | None:
        """Return key and chain of the manifest, None where there are none."""
        manifest = self._manifest(image.get(_ROLE))
        chain, key = self._decoded(manifest, _CHAIN), self._decoded(manifest, _KEY)
        certificates = from_pem(chain) if chain else ()
        return describe(certificates, read_key(key) if key else None) if certificates else None

    def check(self) -> None:
        """Do nothing: the cluster checks what it is given."""

    def activate(self, _image: Image) -> None:
        """Run ``apply``; raises SourceError with what it said."""
        if self.apply:
            program.check(self.apply, timeout=self.timeout, folder=self.folder, what="applying")

    def confirm(self, _held: Held) -> None:
        """Do nothing: only at an endpoint can be seen what the cluster uses."""

    def _manifest(self, content: Content | None) -> Manifest:
        """Return a manifest of this secret; raises InputError for any other file."""
        if content is None or not content.octets.strip():
            return Manifest()
        try:
            document = yaml.load(content.octets, yaml.CSafeLoader)
        except (yaml.YAMLError, ValueError):
            raise self._foreign("is not one document of YAML") from None
        if not isinstance(document, dict) or document.get("kind") != "Secret":
            raise self._foreign("is no manifest of a Secret")
        manifest = document = Manifest(document)
        for key in ("metadata", "data"):
            if not isinstance(manifest.get(key) or {}, dict):
                raise self._foreign(f"{key} is no mapping")
        metadata = manifest.get("metadata") or {}
        space = metadata.get("namespace")
        if metadata.get("name") != self.name or space not in (None, self.namespace):
            raise self._foreign("is the manifest of another Secret")
        return manifest

    def _decoded(self, manifest: Manifest, key: str) -> Content | None:
        encoded = (manifest.get("data") or {}).get(key)
        try:
            return Content(base64.b64decode(encoded, validate=True)) if encoded else None
        except (binascii.Error, TypeError, ValueError):
            raise self._foreign(f"{key} is not base64") from None

    def _foreign(self, problem: str) -> InputError:
        where = str(self.slots[0].path)
        return InputError(problem, where=where, hint="it is not overwritten; name another file")


def _encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _written(document: Mapping[str, Any]) -> Content:
    return Content(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False).encode())
