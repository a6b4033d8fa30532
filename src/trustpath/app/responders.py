"""Which connector makes which kind of responder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trustpath.app.kinds import factory_of
from trustpath.facts.challenge import Responder, ResponderFactory, ResponderSpec
from trustpath.facts.source import Context

RESPONDERS: Mapping[str, str] = {
    "webroot": "responders.webroot",
    "http": "responders.http",
    "tls-alpn": "responders.tls_alpn",
}
"""Kinds of responder and the module under ``connectors`` that makes them."""


def responder_factory(kind: str, where: str) -> ResponderFactory:
    """Return the connector of a kind, imported only now; raises EstateError for an unknown kind."""
    made: ResponderFactory = factory_of("responder", RESPONDERS, kind, where)
    return made


def make_responders(specs: Iterable[ResponderSpec], context: Context) -> Mapping[str, Responder]:
    """Build every responder, by id; nothing is contacted yet. Raises EstateError on bad options."""
    return {spec.id: responder_factory(spec.kind, spec.where)(spec, context) for spec in specs}
