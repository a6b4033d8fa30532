"""The nginx deployer: files, ``nginx -t``, ``nginx -s reload``."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trustpath.connectors.deployers.keeper import Keeper
from trustpath.connectors.deployers.options import (
    optional_path,
    optional_text,
    timeout_option,
)
from trustpath.connectors.deployers.pair import Pair, slots_option
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.options import check_known
from trustpath.facts.serving import nginx_block
from trustpath.facts.source import Context

_OPTIONS: Final = frozenset(
    {"key", "chain", "owner", "binary", "configuration", "prefix", "timeout"}
)


@dataclass(frozen=True, slots=True)
class NginxKeeper(Keeper):
    """Files that nginx reads where a server block names them."""

    def block(self, names: Sequence[str], address: str, port: int) -> str:
        """Return the server block, on one line."""
        paths = {slot.role: slot.path for slot in self.place.slots}
        key = paths["key"]
        statements = nginx_block(names, address, port, paths.get("chain", key), key)
        return f"server {{ {' '.join(statements)} }}"


def make(spec: DeployerSpec, context: Context) -> Keeper:
    """Build the deployer; raises EstateError on bad options.

    Options: ``key``, ``chain`` (may be the same file), ``owner``, ``binary``, ``configuration``,
    ``prefix`` and ``timeout``.
    """
    check_known(spec, _OPTIONS)
    command = [optional_text(spec, "binary") or "nginx"]
    for flag, key in (("-p", "prefix"), ("-c", "configuration")):
        path = optional_path(spec, key)
        command += [flag, str(path)] if path else []
    place = Pair(
        slots_option(spec),
        (*command, "-q", "-t"),
        (*command, "-q", "-s", "reload"),
        spec.folder.absolute(),
        timeout_option(spec),
    )
    program = shutil.which(command[0])
    shared = optional_path(spec, "configuration") or (Path(program) if program else None)
    return NginxKeeper(spec, place, context.clock, shared=shared)
