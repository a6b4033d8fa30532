"""The check of standing validation records just before an order, at the authoritative servers.

With dns-persist-01 nothing is published for an order: a record that stands has to grant it, and
that record is a change of its own (BR 3.2.2.4.22, draft-ietf-acme-dns-persist).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trustpath.base import names
from trustpath.base.clock import HOUR
from trustpath.base.errors import InputError, SourceError
from trustpath.facts.issuing import Issuer
from trustpath.facts.persist import Grantee, persist_record, settled
from trustpath.facts.records.issuing import persist_fact
from trustpath.facts.relations.dns import Persist
from trustpath.workflow.certificate.lookup import look
from trustpath.workflow.certificate.ports import Authorities, Ports

BEYOND: Final = HOUR
"""Seconds from the check for which a record has to last: an order takes minutes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the standing records say of one name. ``stands`` is None where it cannot be told.

    ``why`` says so in one sentence; where nothing stands, with the record to add and the command.
    """

    name: str
    stands: bool | None
    why: str


def grantee_of(ports: Ports, issuer: Issuer) -> Grantee:
    """Return whom records have to name for an issuer; raises InputError where no form is known."""
    account = issuer.account()
    if account is None:
        raise InputError("it has no accounts", where=f"issuer {issuer.spec.id}")
    with ports.store.reading() as reader:
        former = [item.former for item in reader.accounts() if item.uri == account.uri]
    form, _ = ports.facts.persist_handling(issuer.spec.ca)
    offer = settled(issuer.offer(), form, ports.facts.identities(issuer.spec.ca))
    return Grantee(account, offer, former[-1] if former else ())


def check_all(ports: Ports, issuer: Issuer, wanted: Sequence[str]) -> list[Standing]:
    """Return for each name whether a record stands that lets the issuer prove it, as of now."""
    grantee = grantee_of(ports, issuer)
    _, documented = ports.facts.persist_handling(issuer.spec.ca)
    beyond = ports.pace.now() + BEYOND
    return [
        check(ports.authorities, name, grantee, issuer.spec.id, beyond, climbs=documented)
        for name in wanted
    ]


def check(
    authorities: Authorities,
    name: str,
    grantee: Grantee,
    issuer: str,
    beyond: int,
    *,
    climbs: bool = False,
) -> Standing:
    """Return whether a record stands for a name until ``beyond``.

    ``climbs``: the CA documents that ``policy=wildcard`` reaches names below; without that only a
    record at the name itself counts, since it may look nowhere else.
    """
    base, wildcard = names.base(name), names.is_wildcard(name)
    refused = []
    try:
        for here in _places(authorities, base, climbs=climbs):
            for row in _rows(authorities, here):
                why = grantee.refusal(row, wildcard=wildcard or here != base, beyond=beyond)
                if why is None:
                    return Standing(name, True, f"{row.name} grants it: {row.value}")
                refused.append(f"of {row.value!r}: {why}")
    except SourceError as error:
        return Standing(name, None, str(error))
    record, text = persist_record(base), grantee.text(name, wildcard=wildcard)
    found = f"nothing at {record} grants it ({'; '.join(refused) or 'there is no record'})"
    command = f"trustpath account grant {name!r} --issuer {issuer}"
    return Standing(name, False, f'{found}: add TXT "{text}" by {command}')


def rows_of(name: str, texts: Sequence[str], *, zone: str = "") -> Iterator[Persist]:
    """Yield what TXT records say that are the standing records of a base name."""
    for text in texts:
        yield persist_fact(zone, persist_record(name), names.base(name), text)


def _places(authorities: Authorities, base: str, *, climbs: bool) -> Iterator[str]:
    yield base
    here = names.parent(base)
    while climbs and here and authorities.zone_of(here) is not None:
        yield here
        here = names.parent(here)


def _rows(authorities: Authorities, base: str) -> list[Persist]:
    found = look(authorities, persist_record(base), "TXT")
    return [] if found is None else list(rows_of(base, found[1].rdatas))
