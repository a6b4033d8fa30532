"""Who must consent to a plan: rows by what a change does (G.1, G.2), bounded by tier (G.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trustpath.base import names
from trustpath.facts.consent import NamePattern
from trustpath.facts.proposal import CertificateEvent
from trustpath.facts.validation_names import Pattern
from trustpath.workflow.consent.people import EventHolding, Holding, People, Reach
from trustpath.workflow.consent.rows import (
    ROLES,
    Row,
    Tier,
    event_rows,
    record_rows,
    row_of,
    tiers,
)
from trustpath.workflow.consent.traits import Traits, traits
from trustpath.workflow.gate.assessment import Approval, PlannedEdit

SHOWN = 5
"""How many changes one reason lists; of the others it says how many there are."""


@dataclass(frozen=True, slots=True)
class Case:
    """One change with the row that fits it, who answers there, and what is true of it."""

    row: Row
    tier: Tier
    change: str
    words: frozenset[str]
    flags: frozenset[str]
    kind: str
    names: tuple[str, ...]
    owners: Mapping[str, tuple[str | None, ...]]

    @property
    def said(self) -> str:
        """Return ``G.1 caa-tighten: tightens example.com CAA (public)``."""
        table = "G.2" if self.row.kind or self.row.id == "other-event" else "G.1"
        table = self.row.source if self.row.source == "G.5" else table
        return f"{table} {self.row.id}: {self.row.says} {self.change} ({self.tier.name})"


def approvals(
    found: Sequence[Case], people: People, *, within: Collection[NamePattern] = ()
) -> tuple[Approval, ...]:
    """Return the consents that a plan needs, each role and owner once, in a fixed order.

    ``found`` are its cases; an edit without trust functions is none. ``within`` are the name
    patterns of a controller that proposes: on a tier that lets it, changes inside them need none.
    Where nobody is known to answer the owner is None.
    """
    return tuple(
        Approval(role, owner, _listed([*said]))
        for (role, owner), said in sorted(
            _asked(found, people, within).items(),
            key=lambda item: (ROLES.index(item[0][0]), item[0][1] is None, item[0][1] or ""),
        )
    )


def _listed(said: Sequence[str]) -> str:
    more = len(said) - SHOWN
    return "; ".join(said[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _asked(
    found: Sequence[Case], people: People, within: Collection[NamePattern]
) -> dict[tuple[str, str | None], dict[str, None]]:
    asked: dict[tuple[str, str | None], dict[str, None]] = {}
    for case in found:
        if case.tier.pattern and within and _inside(case.names, within):
            continue
        for role, owner in _of_case(case, people):
            asked.setdefault((role, owner), {})[case.said] = None
    return asked


def _inside(touched: Collection[str], within: Collection[NamePattern]) -> bool:
    return bool(touched) and all(any(p.covers(name) for p in within) for name in touched)


def _of_case(case: Case, people: People) -> Iterator[tuple[str, str | None]]:
    """Yield (role, owner) of one change; merged where the tier takes one word for both sides."""
    met = set()
    for role in roles_of(case):
        for owner in _owners(case, role, people):
            if case.tier.merge and owner is not None and owner in met:
                continue
            met.add(owner)
            yield role, owner


def roles_of(case: Case) -> tuple[str, ...]:
    """Return the roles that consent: those of the row, then what the tier adds (G.5)."""
    row, tier = case.row, case.tier
    wanted = {*row.approve}
    for word, roles in row.conditional.items():
        wanted |= {*roles} if word in case.words else set()
    if not row.alone:
        for side, default in zip(tier.sides, tier.default, strict=True):
            wanted |= set() if wanted & side else {default}
        powerful = case.flags & tier.pki_flags
        flagged = powerful and case.kind not in tier.pki_except
        said = case.words & tier.pki_words and (powerful or not case.flags)
        wanted |= {"pki"} if flagged or said else set()
    return tuple(role for role in ROLES if role in wanted)


def _owners(case: Case, role: str, people: People) -> tuple[str | None, ...]:
    if role == "pki":
        return (people.pki,)
    if role == "mail":
        return (people.mail,)
    return case.owners[role]


def cases(
    edits: Sequence[PlannedEdit],
    events: Sequence[CertificateEvent],
    people: People,
    *,
    patterns: Sequence[Pattern] = (),
    coming: Collection[str] = (),
) -> tuple[Case, ...]:
    """Return the changes that touch trust, each with its row and the people behind it.

    ``patterns`` are validation names of the estate, ``coming`` the zones that are new to it.
    """
    trusted = [
        (item, _known(traits(item.edit, patterns, item.inherited), item.edit.zone in coming))
        for item in edits
        if item.flags
    ]
    matched = [(item, found, _record_row(item, found)) for item, found in trusted]
    behind = [(event, people.event(event)) for event in events]
    wanted = {reach for item, found, row in matched for reach in _reaches(item, found, row)}
    wanted |= {Reach(names.base(name)) for _, held in behind for name in held.names}
    holdings = people.holdings(wanted) if wanted else {}
    targets = {target for _, found, _ in matched for target in found.targets}
    foreign = people.foreign(targets) if targets else frozenset()
    return (
        *(_record_case(item, found, row, holdings, foreign) for item, found, row in matched),
        *(_event_case(event, held, holdings) for event, held in behind),
    )


def _known(found: Traits, new: bool) -> Traits:
    return replace(found, words=found.words | {"new-zone"}) if new else found


def _record_row(item: PlannedEdit, found: Traits) -> Row:
    kind = item.edit.type.rpartition("/")[2]
    return row_of(kind, found.words, record_rows())


def _reaches(item: PlannedEdit, found: Traits, row: Row) -> tuple[Reach, Reach, Reach]:
    """Return where to ask for the record's owner, for what is behind its name, for the zone's."""
    edit = item.edit
    return (
        Reach(names.base(edit.name)),
        Reach(found.about, row.below),
        Reach(edit.zone),
    )


def _record_case(
    item: PlannedEdit,
    found: Traits,
    row: Row,
    holdings: Mapping[Reach, Holding],
    foreign: frozenset[str],
) -> Case:
    edit = item.edit
    own, behind, zone = (holdings[reach] for reach in _reaches(item, found, row))
    words = found.words | ({"foreign"} if foreign.intersection(found.targets) else set())
    return Case(
        row,
        tiers()[_strictest((own.tier, behind.tier))],
        f"{edit.name or '.'} {edit.type}",
        words,
        frozenset(item.flags),
        edit.type.rpartition("/")[2],
        (edit.name,),
        {
            "record": (own.record,),
            "zone": (zone.zone,),
            "certificate": behind.certificates or (behind.name,),
            "service": behind.services,
        },
    )


def _strictest(found: Collection[str]) -> str:
    return next(tier for tier in tiers() if tier in found)


def _event_case(
    event: CertificateEvent, held: EventHolding, holdings: Mapping[Reach, Holding]
) -> Case:
    at = [holdings[Reach(names.base(name))] for name in held.names]
    words = {
        *({"wildcard"} if any(map(names.is_wildcard, held.names)) else ()),
        *({"same"} if held.same else ()),
        *({"new-ca"} if held.new_ca is not False and event.kind in ("issue", "renew") else ()),
        *({"tlsa"} if held.tlsa is not False else ()),
        *({"other-service"} if event.service and _other(held, at) else ()),
        *({"compromised"} if event.reason == "keyCompromise" else ()),
    }
    row = row_of(event.kind, frozenset(words), event_rows())
    owners = held.owners or tuple(h.name for h in at) or (None,)
    return Case(
        row,
        tiers()[_strictest([h.tier for h in at] or ["public"])],
        _event_words(event, held),
        frozenset(words),
        frozenset(),
        event.kind,
        held.names,
        {
            "record": tuple(dict.fromkeys(h.record for h in at)) or (None,),
            "zone": tuple(dict.fromkeys(h.zone for h in at)) or (None,),
            "certificate": tuple(dict.fromkeys(owners)),
            "service": held.services,
        },
    )


def _other(held: EventHolding, at: Sequence[Holding]) -> bool:
    """Say whether the service that an event names has another owner than those of its names."""
    return not {*held.services} <= {owner for holding in at for owner in holding.services}


def _event_words(event: CertificateEvent, held: EventHolding) -> str:
    shown = ", ".join(held.names[:SHOWN]) or event.certificate or event.id
    return shown + (f" and {len(held.names) - SHOWN} more" if len(held.names) > SHOWN else "")


def strictest_tier(found: Sequence[Case]) -> str | None:
    """Return the strictest tier that a plan touches, None where it touches no trust."""
    return _strictest({case.tier.name for case in found}) if found else None


def one_is_enough(found: Sequence[Case]) -> bool:
    """Say whether a single approver may let the plan through, to be reviewed (G.2: compromise)."""
    return bool(found) and all(case.row.single for case in found)


def notices(found: Sequence[Case]) -> tuple[str, ...]:
    """Return whom to tell although they do not consent: partners of an identity (G.5)."""
    moving = frozenset("LK")
    return tuple(
        dict.fromkeys(
            f"tell the partners of {case.change}: {case.row.says} it"
            for case in found
            if case.tier.notice and not case.row.neutral and (case.row.kind or case.flags & moving)
        )
    )


def neutral(item: PlannedEdit, patterns: Sequence[Pattern] = ()) -> str | None:
    """Return why an edit concerns nobody's trust, None where it does."""
    if not item.flags:
        return f"{item.edit.type} at this name has no trust function (E.12)"
    return _record_row(item, traits(item.edit, patterns, item.inherited)).neutral or None
