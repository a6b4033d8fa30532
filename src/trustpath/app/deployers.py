"""Which connector makes which kind of deployer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from trustpath.base.errors import EstateError
from trustpath.facts.deploying import Deployer, DeployerFactory, DeployerSpec
from trustpath.facts.source import Context

DEPLOYERS: Mapping[str, str] = {
    "files": "deployers.files",
    "nginx": "deployers.nginx",
    "haproxy": "deployers.haproxy",
    "kubernetes": "deployers.kubernetes",
    "hook": "deployers.hook",
}
"""Kinds of deployer and the folder under ``connectors`` that makes them."""


def deployer_factory(kind: str, where: str) -> DeployerFactory:
    """Return the connector of a kind, imported only now; raises EstateError for an unknown kind."""
    if kind not in DEPLOYERS:
        raise EstateError(
            f"there is no deployer of kind {kind!r}",
            where=where,
            hint="one of " + ", ".join(DEPLOYERS),
        )
    made: DeployerFactory = import_module(f"trustpath.connectors.{DEPLOYERS[kind]}").make
    return made


def make_deployers(specs: Iterable[DeployerSpec], context: Context) -> Mapping[str, Deployer]:
    """Build every deployer, by id; nothing is contacted yet. Raises EstateError on bad options."""
    return {spec.id: deployer_factory(spec.kind, spec.where)(spec, context) for spec in specs}
