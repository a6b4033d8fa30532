"""The nginx deployer: files, ``nginx -t``, ``nginx -s reload``."""

from __future__ import annotations

import shutil
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
from trustpath.facts.source import Context

_OPTIONS: Final = frozenset(
    {"key", "chain", "owner", "binary", "configuration", "prefix", "timeout"}
)


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
    return Keeper(spec, place, context.clock, shared=shared)
