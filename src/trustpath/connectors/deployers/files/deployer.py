"""The files deployer: any server that reads key and chain from files."""

from __future__ import annotations

from typing import Final

from trustpath.connectors.deployers.keeper import Keeper
from trustpath.connectors.deployers.options import command_option, timeout_option
from trustpath.connectors.deployers.pair import Pair, slots_option
from trustpath.facts.deploying import DeployerSpec
from trustpath.facts.options import check_known
from trustpath.facts.source import Context

_OPTIONS: Final = frozenset({"key", "chain", "certificate", "owner", "reload", "timeout"})


def make(spec: DeployerSpec, context: Context) -> Keeper:
    """Build the deployer; raises EstateError on bad options.

    Options: ``key``, ``chain`` (may be the same file), ``certificate``, ``owner``, ``reload`` and
    ``timeout``.
    """
    check_known(spec, _OPTIONS)
    reload = command_option(spec, "reload")
    folder = spec.folder.absolute()
    place = Pair(slots_option(spec), (), reload, folder, timeout_option(spec))
    return Keeper(spec, place, context.clock)
