"""Connects what ends certificates and services: revoking, and the events of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from trustpath.app.context import context_of
from trustpath.base.clock import Clock
from trustpath.connectors.certificates.roots import read_roots
from trustpath.connectors.revocation import Asker
from trustpath.facts.estate import Estate
from trustpath.facts.source import RootSet

_PLACES: Final = ("directory", "url")
"""Options of issuers that say where a CA is."""


def asker_of(estate: Estate, folder: Path, clock: Clock) -> Asker:
    """Return what asks CRLs and OCSP responders; paths are relative to ``folder``.

    It may ask the hosts of the estate's issuers, and whatever probes may reach. The issuer of a
    certificate is looked for among the roots that the estate names where no chain has it.
    """
    public = read_roots([folder / path for path in estate.trust_roots], public=True)
    private = read_roots([folder / path for path in estate.private_roots], public=False)
    roots = RootSet(public=public.set.public, private=private.set.private)
    return Asker(context_of(estate, clock, roots), frozenset(_hosts(estate)))


def _hosts(estate: Estate) -> Iterator[str]:
    for spec in estate.issuers:
        for option in _PLACES:
            host = urlsplit(str(spec.options.get(option, ""))).hostname
            if host:
                yield host
