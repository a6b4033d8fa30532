"""A renewal job as it is carried out: from whom, how proven, with what key, put where."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from trustpath.facts.deploying import KeyPolicy


@dataclass(frozen=True, slots=True)
class JobPlan:
    """How a job of the estate is carried out; the row Job says what rules judge of it.

    ``issuers`` are ids in the order of trying: the later ones take over when the earlier fail.
    ``names`` are canonical and in order. ``deployer`` is the place of use, which makes the key and
    keeps it; without one a ``csr`` (PEM or DER file) is handed in, and the chain is written to
    ``chain_folder``. ``responder`` answers challenges that are not in DNS. ``renew_after`` is the
    percentage of the lifetime after which to renew where the CA suggests no window, None: two
    thirds, half for short-lived ones. ``least_age`` is the percentage before which a window that
    was never ahead is not followed, None: the default.
    """

    id: str
    names: tuple[str, ...]
    issuers: tuple[str, ...]
    method: str
    service: str | None = None
    owner: str | None = None
    profile: str | None = None
    key: KeyPolicy = field(default_factory=KeyPolicy)
    deployer: str | None = None
    responder: str | None = None
    csr: Path | None = None
    chain_folder: Path | None = None
    renew_after: int | None = None
    least_age: int | None = None
    active: bool = True
    where: str = ""
