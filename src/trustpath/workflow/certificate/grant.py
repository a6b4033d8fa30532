"""Standing validation records as governed grants: the change that adds one, or takes it away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from trustpath.base import names
from trustpath.base.errors import InputError
from trustpath.facts.edits import RecordSet
from trustpath.facts.issuing import Accounts, Issuer
from trustpath.facts.persist import Grantee, persist_record
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.facts.records import canonical_rdata
from trustpath.workflow.certificate.office import CertificateOffice
from trustpath.workflow.certificate.persist import grantee_of, rows_of
from trustpath.workflow.change.decide import Stand, propose

TTL: Final = 300
"""Of a new record: its withdrawal counts once caches ran out."""
_STRING: Final = 255


@dataclass(frozen=True, slots=True)
class Terms:
    """What is granted: until an instant or for ever, for wildcards and names below, to which key.

    ``successor``: to the key that the account has after the next rotation.
    """

    until: int | None = None
    wildcard: bool = False
    successor: bool = False


def grant(
    office: CertificateOffice,
    name: str,
    issuer: str,
    actor: str,
    terms: Terms = Terms(),
    *,
    reason: str = "",
) -> Stand:
    """File the change that lets an issuer's account obtain for a name until it is taken back.

    A record of the account that stands there already is replaced; one for its next key comes
    beside it. ``*.x`` is a grant at ``x`` that reaches wildcards: no record is ever at ``*``.
    """
    found = office.ports.connected.issuer(issuer)
    name = names.canonical(name)
    base, wildcard = names.base(name), terms.wildcard or names.is_wildcard(name)
    if terms.until is not None and terms.until <= office.ports.pace.now():
        raise InputError("a grant ends after it begins", where="--until")
    present = grantee_of(office.ports, found)
    wanted = _succeeding(found, present) if terms.successor else present
    text = wanted.text(base, until=terms.until, wildcard=wildcard)
    held, rdata, record = _held(office, base, text), _rdata(text), persist_record(base)
    replaced = () if terms.successor else tuple(_granting(held, base, present))
    going = tuple(text for text in replaced if text != rdata)
    made = []
    if going:
        made.append(Operation(Action.REMOVE, None, record, "TXT", None, going))
    if held is None or rdata not in held.rdatas:
        ttl = TTL if held is None or held.ttl is None else held.ttl
        made.append(Operation(Action.ADD, None, record, "TXT", ttl, (rdata,)))
    if not made:
        raise InputError("this grant stands already", where=record)
    submission = Submission(f"standing grant of {base} to {issuer}", operations=tuple(made))
    return propose(office.changes.desk, submission, actor, reason=reason)


def withdraw(
    office: CertificateOffice, name: str, issuer: str, actor: str, *, reason: str = ""
) -> Stand:
    """File the change that takes away every record at a name that grants to an issuer's account."""
    found = office.ports.connected.issuer(issuer)
    base = names.base(names.canonical(name))
    present = grantee_of(office.ports, found)
    grantees = [present]
    if present.offer.persist_form == "hashed":
        # One for the next key is a grant as well, and so is one that is left in the plain form.
        grantees += [replace(present, offer=replace(present.offer, persist_form="plain"))]
        if isinstance(found, Accounts):
            grantees += [_succeeding(found, present)]
    held = _held(office, base)
    going = {text for grantee in grantees for text in _granting(held, base, grantee)}
    record = persist_record(base)
    if not going:
        raise InputError(f"no record grants the name to the account of {issuer}", where=record)
    operation = Operation(Action.REMOVE, None, record, "TXT", None, tuple(sorted(going)))
    submission = Submission(f"end of the grant of {base} to {issuer}", operations=(operation,))
    return propose(office.changes.desk, submission, actor, reason=reason)


def _succeeding(issuer: Issuer, present: Grantee) -> Grantee:
    """Return the account as it will be with its next key, which is made where it is not there."""
    if present.offer.persist_form != "hashed":
        raise InputError(
            "records in the plain form name the account, whatever its key", where="--successor"
        )
    if not isinstance(issuer, Accounts):
        raise InputError("it has no accounts", where=f"issuer {issuer.spec.id}")
    return Grantee(replace(present.account, thumbprint=issuer.successor()), present.offer)


def _held(office: CertificateOffice, base: str, text: str = "") -> RecordSet | None:
    """Return the standing records that the primary of the zone has at a base name."""
    record = persist_record(base)
    zone = office.ports.authorities.zone_of(record)
    if zone is None:
        hint = f'have whoever holds it add TXT "{text}"' if text else ""
        raise InputError("no zone of the estate holds this name", where=record, hint=hint)
    keys = [(record, "TXT"), (record, "CNAME")]
    content = office.changes.ports.writers.for_zone(zone).current(zone, keys)
    alias = content.get((record, "CNAME"))
    if alias is not None:
        raise InputError(f"it is an alias of {alias.rdatas[0]}", where=record, hint="change that")
    return content.get((record, "TXT"))


def _granting(held: RecordSet | None, base: str, grantee: Grantee) -> Iterator[str]:
    for text in held.rdatas if held else ():
        if any(grantee.grants_us(row) for row in rows_of(base, [text])):
            yield text


def _rdata(text: str) -> str:
    """Return the canonical TXT record of a text, in strings of at most 255 octets."""
    pieces = [text[at : at + _STRING] for at in range(0, len(text), _STRING)]
    return canonical_rdata("TXT", " ".join(f'"{piece}"' for piece in pieces), "")
