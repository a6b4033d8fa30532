"""The contract between connectors and the rest: how a source is described and collected."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from trustpath.base.clock import Clock
from trustpath.base.errors import EstateError
from trustpath.facts.ct_log import ListedLog
from trustpath.facts.part import Part


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One entry of ``sources`` in the estate file, already valid by the schema.

    ``options`` are its keys other than id and kind, as written. ``where`` names file and line for
    messages. ``folder`` is what relative paths are relative to.
    """

    id: str
    kind: str
    options: Mapping[str, Any]
    folder: Path
    where: str = ""


@dataclass(frozen=True, slots=True)
class ProbePolicy:
    """Which addresses outbound probes may reach: the networks that the estate declares."""

    networks: tuple[str, ...] = ()

    def allows(self, address: str) -> bool:
        """Say whether the estate allows a probe of that address."""
        parsed = ipaddress.ip_address(address)
        return any(
            parsed.version == network.version and parsed in network
            for network in map(ipaddress.ip_network, self.networks)
        )


@dataclass(frozen=True, slots=True)
class RootSet:
    """Trust anchors as DER: those of the public set and those of private CAs."""

    public: Sequence[bytes] = ()
    private: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What the composition root hands to every connector."""

    clock: Clock
    probes: ProbePolicy = field(default_factory=ProbePolicy)
    roots: RootSet = field(default_factory=RootSet)
    ct_logs: Sequence[ListedLog] = ()
    # All of the environment: never shown.
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def path_option(spec: SourceSpec, hint: str) -> str:
    """Return ``path`` of a source that has no other option; raises EstateError with the hint."""
    path = spec.options.get("path")
    unknown = sorted(set(spec.options) - {"path"})
    if not isinstance(path, str) or not path or unknown:
        raise EstateError(
            f"unknown option {unknown[0]!r}" if unknown else f"source {spec.id} has no path",
            where=spec.where,
            hint=hint,
        )
    return path


class Source(Protocol):
    """Something that facts come from.

    ``collect`` yields one Part per zone, file, target or log; a part that fails is yielded with
    coverage NONE (or PARTIAL) and its problems, and never stops the others. It raises SourceError
    only when the source as a whole gives nothing (its folder is missing, say).
    """

    @property
    def spec(self) -> SourceSpec:
        """The description that this source was built from."""
        ...

    def collect(self) -> Iterator[Part]:
        """Yield the parts of the source, as of now."""
        ...


HELD_NAMES: Final = ("aliases", "mail", "servers", "services")
"""The kinds of held names that a source may ask about (``Follower``)."""


class HeldName(NamedTuple):
    """A name that the other sources hold and that lies where they cannot see.

    ``role``: ``alias`` (it leads outside), ``host`` (something leads to it) or ``service``.
    """

    name: str
    role: str


@runtime_checkable
class Follower(Protocol):
    """A source that asks about names which other sources hold, and so is collected after them."""

    @property
    def spec(self) -> SourceSpec:
        """The description that this source was built from."""
        ...

    @property
    def follows(self) -> Sequence[str]:
        """The kinds of names that it wants (``HELD_NAMES``); empty: none."""
        ...

    def collect(self, held: Sequence[HeldName] = ()) -> Iterator[Part]:
        """Yield the parts of the source; the names come in the order of their importance."""
        ...


class SourceFactory(Protocol):
    """How the composition root makes a source of one kind; raises EstateError on bad options."""

    def __call__(self, spec: SourceSpec, context: Context) -> Source:
        """Build the source without touching the outside."""
        ...
