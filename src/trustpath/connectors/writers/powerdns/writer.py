"""The powerdns writer: one PATCH a zone, which PowerDNS makes in one transaction.

The API has no condition for RRsets. So writers of this process take turns, each RRset is compared
just before, and the serial that the change got tells whether another change came between; see
docs/writers.md for what is left.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from trustpath.base.errors import SourceError
from trustpath.connectors.writers.checking import compare, seeing, sendable, undisturbed
from trustpath.connectors.writers.observing import Vantage, discovered, named, observe
from trustpath.connectors.writers.options import DEFAULT_TIMEOUT, Reference, Server, servers_option
from trustpath.connectors.writers.powerdns.api import Api, Endpoint, endpoint_option
from trustpath.connectors.writers.powerdns.content import Held, changes, read, respell
from trustpath.connectors.writers.requiring import asked, check
from trustpath.connectors.writers.serving import served
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.options import (
    check_known,
    reference_option,
    text_option,
    timeout_option,
)
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.source import Context, ProbePolicy
from trustpath.facts.writer import RefusedError, ServerView, WriterSpec

_OPTIONS: Final = frozenset({"url", "key", "server_id", "servers", "timeout"})
# Above it one request for the whole zone is cheaper than one for each RRset.
_SINGLE: Final = 64


def make(spec: WriterSpec, context: Context) -> PowerDnsWriter:
    """Build the writer; raises EstateError on bad options.

    Options: ``url`` of the web server, ``key`` (``env:VAR`` or ``file:path``), ``server_id``,
    ``servers`` to look at, ``timeout``.
    """
    check_known(spec, _OPTIONS)
    server_id = text_option(spec, "server_id", "server_id: localhost", "localhost")
    url = text_option(spec, "url", "url: http://127.0.0.1:8081")
    return PowerDnsWriter(
        spec,
        endpoint_option(spec, url, server_id),
        Reference(reference_option(spec, "key", spec.options.get("key"))),
        servers_option(spec),
        timeout_option(spec, DEFAULT_TIMEOUT),
        context.probes,
        context.secrets,
    )


@dataclass(frozen=True, slots=True)
class PowerDnsWriter:
    """Changes zones of one PowerDNS server through its HTTP API."""

    spec: WriterSpec
    endpoint: Endpoint
    key: Reference
    servers: tuple[Server, ...]
    timeout: float
    probes: ProbePolicy
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def ready(self, zone: str) -> None:
        """Ask the API for the zone: it tells of the key, and whether the zone is there."""
        self._held(self._api(), zone, ())

    def current(self, zone: str, keys: Iterable[Key]) -> Mapping[Key, RecordSet | None]:
        """Return what the database of PowerDNS holds, past all caches of the server."""
        return self._held(self._api(), zone, keys).content

    def apply(
        self, zone: str, edits: Sequence[Edit], requires: Sequence[Prerequisite] = ()
    ) -> None:
        """Make the edits in one transaction if each RRset is its ``before`` just before."""
        wanted = sendable(zone, edits)
        if not wanted:
            return
        api, place = self._api(), f"{zone or '.'} at {self.endpoint}"
        with self.lock:
            touched = [edit.key for edit in wanted]
            held = self._held(api, zone, [*touched, *asked(requires)])
            check(requires, held.content)
            compare(wanted, held.content)
            headers = self._patch(api, zone, changes(wanted, held.serial))
            with seeing(place):
                seen = self._held(api, zone, touched)
        steps = self._steps(held, headers.get("x-pdns-new-serial", ""))
        wrote = {edit.key: edit.after for edit in wanted}
        undisturbed(place, wrote, seen.content, steps)

    def observe(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask every authoritative server of the zone directly."""
        return observe(self._vantages(zone), zone, keys, self.timeout)

    def served(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask all of them as a resolver does."""
        return observe(self._vantages(zone), zone, keys, self.timeout, served)

    def _vantages(self, zone: str) -> tuple[Vantage, ...]:
        return named(self.servers) or discovered(zone, self.current, self.probes)

    def _api(self) -> Api:
        return Api(self.endpoint, self.key.read(self.spec, self.secrets), self.timeout)

    def _patch(self, api: Api, zone: str, rrsets: list[dict[str, Any]]) -> Mapping[str, str]:
        """Send the change, in PowerDNS's own spelling of records where it insists on it."""
        for _ in range(sum(len(rrset.get("records", ())) for rrset in rrsets) + 1):
            try:
                return api.patch(self.endpoint.zone_path(zone), {"rrsets": rrsets})
            except RefusedError as error:
                if not respell(rrsets, error.message):
                    raise
        raise RefusedError("the server takes no spelling of the records", where=str(self.endpoint))

    def _held(self, api: Api, zone: str, keys: Iterable[Key]) -> Held:
        wanted = tuple(dict.fromkeys(keys))
        path = self.endpoint.zone_path(zone)
        documents: list[Any] = []
        if len(wanted) > _SINGLE:
            documents.append(api.get(path))
        else:
            for name, rdtype in wanted or ((zone, "SOA"),):
                only = urlencode({"rrset_name": name + ".", "rrset_type": rdtype})
                documents.append(api.get(f"{path}?rrsets=true&{only}"))
        content: dict[Key, RecordSet | None] = dict.fromkeys(wanted)
        for document in documents:
            content |= read(document, wanted)
        serial = documents[0].get("serial")
        if not isinstance(serial, int):
            raise SourceError("the zone has no serial", where=str(self.endpoint))
        scheme = str(documents[0].get("soa_edit_api", ""))
        return Held(serial, scheme, content)

    def _steps(self, held: Held, told: str) -> int | None:
        """Return how far the change moved the serial, None where that tells nothing of others."""
        counted = told.isdigit() and held.scheme.upper() != "EPOCH"
        return int(told) - held.serial if counted else None
