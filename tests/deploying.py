"""What tests of deployers share: specs, contexts, a CA that signs the CSR of a pending key."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509

from certs import DAY, NOW, SERVER, Issued, intermediate, issue, root
from trustpath.app.deployers import deployer_factory
from trustpath.base.clock import FixedClock
from trustpath.connectors.deployers.keeper import Keeper
from trustpath.facts.deploying import Deployer, DeployerSpec, KeyPolicy, PendingKey
from trustpath.facts.source import Context

NAMES = ("www.shop.example", "*.shop.example")
ROOT = root("Deploying Root")
ISSUER = intermediate(ROOT, "Deploying CA 1")


def deployer(
    kind: str, folder: Path, options: dict[str, Any], *, now: int = NOW, name: str = "web"
) -> Deployer:
    """Return a deployer as the composition root makes it; paths are below ``folder``."""
    spec = DeployerSpec(name, kind, options, folder, "estate.yaml:9")
    return deployer_factory(kind, spec.where)(spec, Context(FixedClock(now)))


def keeper(kind: str, folder: Path, options: dict[str, Any], *, now: int = NOW) -> Keeper:
    """Return a deployer over files."""
    made = deployer(kind, folder, options, now=now)
    assert isinstance(made, Keeper)
    return made


def watched(made: Keeper, passing: Callable[[str], None]) -> Keeper:
    """Return the deployer with its places told to ``passing``."""
    return replace(made, passing=passing)


def prepare(made: Deployer, order: str, *, kind: str = "ec-256", reuse: bool = False) -> PendingKey:
    """Prepare the key of an order for NAMES."""
    return made.prepare(order, NAMES, KeyPolicy(kind), reuse=reuse)


def signed(pending: PendingKey, *, not_after: int = NOW + 60 * DAY, days: int = 30) -> Issued:
    """Return the certificate that our CA issues for a CSR; its ``key`` is only the public one."""
    request = x509.load_der_x509_csr(pending.csr)
    assert request.is_signature_valid

    class Public:
        """Stands where ``issue`` asks a private key for its public half."""

        @staticmethod
        def public_key() -> Any:
            return request.public_key()

    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return issue(
        ISSUER,
        None,
        organisation=None,
        names=list(names),
        key=Public,
        usages=(SERVER,),
        not_before=not_after - days * DAY,
        not_after=not_after,
    )


def chain(leaf: Issued) -> tuple[bytes, ...]:
    """Return the DER chain without the root."""
    return (leaf.der, ISSUER.der)


def issued(made: Deployer, order: str, **options: Any) -> Issued:
    """Prepare an order and let our CA sign it."""
    return signed(prepare(made, order), **options)


def deployed(made: Deployer, order: str, **options: Any) -> Issued:
    """Prepare, issue and deploy an order."""
    leaf = issued(made, order, **options)
    made.deploy(order, chain(leaf))
    return leaf


def in_use(made: Deployer) -> str | None:
    """Return the fingerprint of the leaf in use."""
    found = made.current()
    return found.fingerprint if found else None


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.lstat().st_mode)


def leftovers(folder: Path) -> list[str]:
    """Return every file below a folder that is not one of the place itself."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock" and path.relative_to(folder).parts[0][:1] == "."
    )
