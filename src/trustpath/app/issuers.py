"""Which connector obtains certificates from which kind of CA."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from trustpath.app.kinds import factory_of
from trustpath.facts.estate import Estate
from trustpath.facts.issuing import Issuer, IssuerFactory, IssuerSpec
from trustpath.facts.relations.automation import Ca
from trustpath.facts.source import Context

ISSUERS: Mapping[str, str] = {
    "acme": "acme",
    "vault": "vault",
}
"""Kinds of issuer and the folder under ``connectors`` that makes them."""


def issuer_factory(kind: str, where: str) -> IssuerFactory:
    """Return the connector of a kind, imported only now; raises EstateError for an unknown kind."""
    made: IssuerFactory = factory_of("issuer", ISSUERS, kind, where)
    return made


def make_issuers(estate: Estate, context: Context) -> Mapping[str, Issuer]:
    """Build every issuer of the estate, by id; nothing is contacted yet.

    An ACME issuer that names no directory has that of its CA. Raises EstateError on bad options.
    """
    return {
        spec.id: issuer_factory(spec.kind, spec.where)(spec, context)
        for spec in _with_directories(estate)
    }


def _with_directories(estate: Estate) -> Iterable[IssuerSpec]:
    directories = {row.id: row.directory for row in estate.declarations if isinstance(row, Ca)}
    for spec in estate.issuers:
        known = directories.get(spec.ca)
        if spec.kind == "acme" and "directory" not in spec.options and known:
            yield replace(spec, options={**spec.options, "directory": known})
        else:
            yield spec
