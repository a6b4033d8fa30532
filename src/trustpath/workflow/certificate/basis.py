"""The facts on which an issuance rests, kept with it, and what moved since: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trustpath.facts.change import plain


@dataclass(frozen=True, slots=True)
class Basis:
    """What was so when a certificate was obtained.

    ``addresses`` are those that each name leads to, sorted; a name that leads nowhere has none, and
    a name that is not in the mapping leads to what nobody knows. ``ours`` are the names that lie in
    a zone or a domain of the estate. ``caa`` is the relevant CAA set of each name, as sorted texts.
    ``retired`` says that the service is not active any more. ``silent`` are the parts of sources
    that did not arrive: what would have been in them is not known.
    """

    names: tuple[str, ...]
    ca: str
    account: str | None
    method: str
    key: str
    owner: str | None = None
    service: str | None = None
    retired: bool = False
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    caa: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return dict(plain(self))


def basis_from(document: Mapping[str, Any]) -> Basis:
    """Return the basis of which ``Basis.document`` made this."""
    return Basis(
        **{
            **document,
            "names": tuple(document["names"]),
            "ours": tuple(document["ours"]),
            "silent": tuple(document.get("silent", ())),
            "addresses": {name: tuple(held) for name, held in document["addresses"].items()},
            "caa": {name: tuple(held) for name, held in document["caa"].items()},
        }
    )


@dataclass(frozen=True, slots=True)
class Deviation:
    """A fact that moved since the last issue. ``fact`` is its word; ``releases`` who can let it be.

    ``final``: nobody's consent helps, the fact has to be put right.
    """

    fact: str
    text: str
    releases: str
    final: bool = False

    def __str__(self) -> str:
        return f"{self.fact}: {self.text}"


def deviations(before: Basis, now: Basis) -> tuple[Deviation, ...]:
    """Return what moved since ``before``, so that a renewal needs a person; empty: nothing did."""
    return (*_names(before, now), *_authority(before, now), *_people(now), *_reach(before, now))


def _names(before: Basis, now: Basis) -> Iterator[Deviation]:
    came = sorted(set(now.names) - set(before.names))
    went = sorted(set(before.names) - set(now.names))
    if came:
        yield Deviation("names", f"asks for {', '.join(came)} as well", _OWNERS)
    if went:
        yield Deviation("names", f"no longer asks for {', '.join(went)}", _OWNERS)


def _authority(before: Basis, now: Basis) -> Iterator[Deviation]:
    for fact, old, new in (
        ("ca", before.ca, now.ca),
        ("account", before.account, now.account),
        ("method", before.method, now.method),
        ("key", before.key, now.key),
    ):
        if old != new:
            releases = _CERTIFICATE if fact == "method" else _PKI
            yield Deviation(fact, f"was {old or 'none'}, is {new or 'none'}", releases)
    for name in now.names:
        if name in before.caa and name in now.caa and before.caa[name] != now.caa[name]:
            text = f"of {name} was {_set(before.caa[name])}, is {_set(now.caa[name])}"
            yield Deviation("caa", text, _OWNERS)


def _people(now: Basis) -> Iterator[Deviation]:
    if now.owner is None:
        yield Deviation("owner", "nobody is known to own it", "declare an owner", final=True)
    if now.retired:
        text = f"the service {now.service} is not in use any more"
        yield Deviation("service", text, "retire the job, or the service's owner", final=True)


def _reach(before: Basis, now: Basis) -> Iterator[Deviation]:
    for name in now.names:
        if name not in now.ours:
            yield _not_ours(name, now.silent)
            continue
        then, here = before.addresses.get(name), now.addresses.get(name)
        if here == () and then:
            text = f"{name} leads nowhere any more"
            yield Deviation("target", text, "take the name out, or bring it back", final=True)
        elif then is not None and here is not None and then != here:
            text = f"{name} led to {_set(then)}, leads to {_set(here)}"
            yield Deviation("target", text, _OWNERS)


def _not_ours(name: str, silent: Sequence[str]) -> Deviation:
    if silent:
        text = f"{name} is in no zone that arrived; not collected: {', '.join(silent)}"
        return Deviation("ours", text, "repair the source, then ask again", final=True)
    return Deviation("ours", f"{name} is in no zone of ours", "take the name out", final=True)


_CERTIFICATE = "the certificate's owner"
_OWNERS = "the owners of certificate and records"
_PKI = "the certificate's owner and the PKI team"


def _set(texts: Sequence[str]) -> str:
    return ", ".join(texts) or "nothing"
