"""Whether the estate itself can write what a job has to prove, and how to say so of the job."""

from __future__ import annotations

from trustpath.base import names
from trustpath.facts.estate import Estate
from trustpath.facts.job import JobPlan
from trustpath.facts.writer import WriterSpec

_PROOF = "A" * 43
"""A value of the form of a dns-01 key authorization (RFC 8555 8.4)."""


def to_declare(estate: Estate, job: str, until: int) -> str | None:
    """Return the line that says of a job that it can write, None where the estate cannot.

    A writer has to reach every validation name, and a standing approval has to cover it up to the
    instant ``until``. Whether the server lets the writer is what the line vouches for.
    """
    plan = next((plan for plan in estate.jobs if plan.id == job), None)
    if plan is None or plan.method != "dns-01":
        return None
    found = [_way(estate, name, until) for name in _validation_names(plan)]
    if not found or None in found:
        return None
    ways = "; ".join(dict.fromkeys(way for way in found if way))
    return f"{ways}: if the server lets it, add `challenge_writer: true` to job {job}"


def _validation_names(plan: JobPlan) -> tuple[str, ...]:
    return tuple(f"_acme-challenge.{names.base(name)}" for name in plan.names)


def _way(estate: Estate, place: str, until: int) -> str | None:
    writer = _writer(estate.writers, place)
    actors = {actor.id: actor for actor in estate.actors}
    for item in estate.standing:
        actor = actors.get(item.actor)
        if (
            writer is not None
            and actor is not None
            and "automation" in actor.roles
            and actor.covers(place)
            and "TXT" in item.types
            and item.until > until
            and item.value.fits(_PROOF)
            and any(pattern.covers(place) for pattern in item.names)
        ):
            return f"writer {writer.id} and standing approval {item.id} cover {place}"
    return None


def _writer(writers: tuple[WriterSpec, ...], place: str) -> WriterSpec | None:
    """Return the writer of the nearest zone at or above a name, else that of all other zones."""
    zones = {zone: writer for writer in writers for zone in writer.zones}
    zone = place
    while zone:
        if zone in zones:
            return zones[zone]
        zone = names.parent(zone)
    if "" in zones:
        return zones[""]
    return next((writer for writer in writers if not writer.zones), None)
