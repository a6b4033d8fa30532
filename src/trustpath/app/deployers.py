"""Which connector makes which kind of deployer, and which is the one of a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from trustpath.app.kinds import factory_of
from trustpath.base.errors import EstateError
from trustpath.facts.deploying import Deployer, DeployerFactory, DeployerSpec
from trustpath.facts.job import JobPlan
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
    made: DeployerFactory = factory_of("deployer", DEPLOYERS, kind, where)
    return made


def make_deployers(specs: Iterable[DeployerSpec], context: Context) -> Mapping[str, Deployer]:
    """Build every deployer, by id; nothing is contacted yet. Raises EstateError on bad options."""
    return {spec.id: deployer_factory(spec.kind, spec.where)(spec, context) for spec in specs}


def deployer_of(job: JobPlan, made: Mapping[str, Deployer], context: Context) -> Deployer:
    """Return the place of use of a job, or what takes its request and keeps its chain.

    Raises EstateError where the job names neither, or a place that there is not.
    """
    if job.deployer is not None and job.deployer in made:
        return made[job.deployer]
    if job.deployer is None and job.csr is not None and job.chain_folder is not None:
        options = {"csr": job.csr, "chain_folder": job.chain_folder}
        spec = DeployerSpec(job.id, "handed", options, job.chain_folder, job.where)
        factory: DeployerFactory = import_module("trustpath.connectors.deployers.handed").make
        return factory(spec, context)
    raise EstateError(
        f"job {job.id} has no place of use",
        where=job.where,
        hint="deploy: the id of a deployer; or csr and chain_folder",
    )
