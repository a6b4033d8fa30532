"""Putting a certificate to use, proving that it is served everywhere, and the way back."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.deploying import Deployed, Deployer
from trustpath.facts.identity import matches_dns
from trustpath.facts.job import JobPlan
from trustpath.facts.order import Issuance, IssuanceState
from trustpath.facts.part import Part
from trustpath.facts.relations.presentation import Presentation, PresentedCertificate
from trustpath.facts.serving import Configured
from trustpath.workflow.certificate.pem import der_chain
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.gate.probe import Place


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen: everything that is not as it should be; ``places`` were looked at.

    ``unseen`` says why nothing can be told: then nothing was seen to be wrong either.
    """

    places: tuple[Place, ...] = ()
    faults: tuple[str, ...] = ()
    unseen: str = ""

    @property
    def proven(self) -> bool:
        """Say whether every place serves the certificate."""
        return bool(self.places) and not self.faults and not self.unseen


def prove(ports: Ports, job: JobPlan, issuance: Issuance) -> Proof:
    """Look at every address of every bound endpoint until all serve the chain or time is up."""
    places = wanted_places(ports, job, issuance)
    if not places:
        return Proof(unseen="nothing says where it is served: give the service names or endpoints")
    if ports.prober is None:
        return Proof(places, unseen="the estate allows no probes")
    chain = tuple(hashlib.sha256(der).hexdigest() for der in der_chain(issuance.chain))
    ends = ports.pace.monotonic() + ports.patience.serve
    left = places
    while True:
        wrong = faults(ports.prober(left), left, chain)
        if not wrong or ports.pace.monotonic() >= ends:
            return Proof(places, tuple(f"{_spoken(place)}: {why}" for place, why in wrong.items()))
        ports.pace.sleep(ports.patience.look)
        left = tuple(wrong)


def wanted_places(ports: Ports, job: JobPlan, issuance: Issuance) -> tuple[Place, ...]:
    """Return where an issuance has to be seen.

    A name that its change is about to lead elsewhere is looked at there: the endpoint that it leads
    to now keeps its certificate.
    """
    led = ports.ahead(issuance.change) if issuance.change else ()
    ahead = {p for p in led if any(matches_dns(p.name, own) for own in issuance.names)}
    moved = {place.name for place in ahead}
    stay = {p for p in ports.facts.places(job, issuance.names) if p.name not in moved}
    return tuple(sorted(ahead | stay))


def faults(
    parts: Iterable[Part], places: Sequence[Place], chain: Sequence[str]
) -> dict[Place, str]:
    """Return what is wrong at each place; ``chain`` are fingerprints that have to be served."""
    seen: dict[Place, Presentation] = {}
    served: dict[Place, set[str]] = defaultdict(set)
    problems: list[str] = []
    for part in parts:
        problems += [str(problem) for problem in part.problems]
        for row in part.facts:
            if isinstance(row, Presentation):
                seen[Place(row.address, row.port, row.protocol, row.server_name)] = row
            elif isinstance(row, PresentedCertificate):
                at = Place(row.address, row.port, row.protocol, row.server_name)
                served[at].add(row.certificate)
    found = {}
    for place in places:
        why = _fault(seen.get(place), served[place], chain)
        if why is not None:
            found[place] = why or "; ".join(problems) or "nobody looked"
    return found


def _fault(row: Presentation | None, served: set[str], chain: Sequence[str]) -> str | None:
    """Return what is wrong, empty where nothing was seen at all, None where all is well."""
    if row is None:
        return ""
    if row.outcome != "served" or row.leaf is None:
        return f"{row.outcome}{f': {row.reason}' if row.reason else ''}"
    if row.leaf != chain[0]:
        return f"serves {row.leaf[:16]}, not {chain[0][:16]}"
    if not row.authenticated:
        return "does not hold the key"
    missing = [item for item in chain if item not in served]
    return f"leaves {len(missing)} of the chain out" if missing else None


def _spoken(place: Place) -> str:
    return f"{place.name} at {place.address}:{place.port}"


@dataclass(frozen=True, slots=True)
class Back:
    """How the way back ended: what is in use again, or why the new certificate stays."""

    restored: Deployed | None = None
    why: str = ""


def to_add(ports: Ports, deployer: Deployer, job: JobPlan, issuance: Issuance) -> str:
    """Return what the server's configuration lacks, for a place where nothing was in use before."""
    places = wanted_places(ports, job, issuance)
    try:
        first = deployer.previous(issuance.id) is None
    except (InputError, SourceError):
        return ""
    if not first or not places or not isinstance(deployer, Configured):
        return ""
    block = deployer.block(issuance.names, places[0].address, places[0].port)
    return f"; unless its configuration names the files, add and reload: {block}" if block else ""


def restore(ports: Ports, deployer: Deployer, issuance: Issuance) -> Back:
    """Bring the predecessor back, never onto one that is expired or revoked."""
    try:
        held = deployer.current()
        if held is not None and held.fingerprint != issuance.fingerprint:
            return Back(held)  # it was brought back before an interruption
        before = deployer.previous(issuance.id)
        if before is None:
            return Back(why="there is no predecessor")
        if _revoked(ports, before):
            return Back(why="the predecessor is revoked")
        back = deployer.restore(issuance.id)
    except (InputError, SourceError) as error:
        return Back(why=str(error))
    return Back(back, "" if back else "there is no predecessor")


def _revoked(ports: Ports, before: Deployed) -> bool:
    with ports.store.reading() as reader:
        known = reader.orders((IssuanceState.REVOKED,), fingerprint=before.fingerprint)
    return bool(known) or bool(ports.revocations and ports.revocations(before.chain))
