"""Verifies an applied change at the endpoints: names that moved must find their certificate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trustpath.base.clock import format_instant
from trustpath.facts.change import Change
from trustpath.facts.edits import Edit, Key, inverted
from trustpath.facts.identity import matches_dns
from trustpath.facts.part import Part, Problem
from trustpath.facts.proposal import CertificateEvent
from trustpath.facts.relations.certificate import Certificate, CertificateName
from trustpath.facts.relations.presentation import Presentation
from trustpath.workflow.change.looked import Looked
from trustpath.workflow.change.ports import Pace
from trustpath.workflow.gate.events import delta_of
from trustpath.workflow.gate.probe import Place, Prober, places
from trustpath.workflow.session import Session

_LEADING = frozenset(
    ("A", "AAAA", "ALIAS", "ANAME", "CNAME", "DNAME", "HTTPS", "MX", "SRV", "SVCB")
)

_SPOKEN = "SELECT DISTINCT name, port, protocol FROM binding"
_BOUND = """
SELECT DISTINCT b.address, b.port, b.protocol, b.name
FROM name_coverage AS v JOIN binding AS b ON b.name = v.name WHERE v.certificate = ?
"""
_ENDED = frozenset(("refused", "no-tls", "alert"))
"""Outcomes of a look that say for sure that no certificate is served."""


@dataclass(frozen=True, slots=True)
class EndpointVerifier:
    """Looks at the addresses that a change leads names to, where the estate allows probes.

    A served leaf that does not name the name (RFC 9525 6.3) or is out of date is a problem. Silence
    and places that may not be asked are none: they say nothing about the change. What only takes
    a change back, or approves what stands already, is not held up.
    """

    session: Session
    prober: Prober
    pace: Pace

    def __call__(self, change: Change) -> Looked:
        """Return what is served wrongly, and of every name what was and was not looked at."""
        why = self._left_out(change)
        if why:
            return Looked(seen=(f"no endpoint was looked at: {why}",))
        wanted, known = self._places(change)
        unseen = tuple(_unseen(change.plan.edits, {place.name for place in wanted}, known))
        parts = tuple(self.prober(wanted)) if wanted else ()
        now = self.pace.now()
        return Looked(
            tuple(fault for part in parts for fault in faults(part, now)),
            (*(text for part in parts for text in _seen(part)), *unseen),
        )

    def back(self, change: Change) -> Looked:
        """Look at the addresses to which taking a change back leads names again.

        There silence is a problem too: nobody is to be led to where nothing serves.
        """
        if not change.plan.edits or change.plan.adopts or not self.session.estate.probe_networks:
            return Looked()
        wanted, _known = self._places(change, back=True)
        parts = tuple(self.prober(wanted)) if wanted else ()
        now = self.pace.now()
        wrong = tuple(fault for part in parts for fault in faults(part, now))
        silent = tuple(fault for part in parts for fault in _silent(part))
        return Looked((*wrong, *silent), tuple(text for part in parts for text in _seen(part)))

    def places_ahead(self, change: Change) -> tuple[Place, ...]:
        """Return where names whose certificate the change obtains are led to by its records."""
        wanted, _known = self._places(change)
        hosts = [name for event in change.plan.events for name in event.names]
        hosts += [edit.name for edit in change.plan.edits if edit.type in _LEADING]
        return tuple(p for p in wanted if any(matches_dns(p.name, host) for host in hosts))

    def ahead(self, change: Change) -> Looked:
        """Look where the records will lead, before they are written: silence is a problem there."""
        wanted = self.places_ahead(change)
        if not self.session.estate.probe_networks:
            problem = Problem(
                "nobody can see the certificate at the new endpoint before the records lead there",
                "probes.networks",
                "allow probes of its address, or make two changes",
            )
            return Looked((problem,) if wanted else ())
        parts = tuple(self.prober(wanted)) if wanted else ()
        now = self.pace.now()
        wrong = tuple(fault for part in parts for fault in faults(part, now))
        silent = tuple(fault for part in parts for fault in _unproven(part))
        return Looked((*wrong, *silent), tuple(text for part in parts for text in _seen(part)))

    def ended(self, change: Change, key: Key) -> Looked:
        """Look whether names are still served at the addresses from which an RRset led them away.

        Refused, no TLS, an alert, or a certificate that does not cover the name is the end. What
        cannot be seen is not.
        """
        if not self.session.estate.probe_networks:
            return Looked((Problem("the estate allows no probes", "probes.networks"),))
        wanted = led_by(change.plan.edits, key, self._left(change))
        if not wanted:
            hint = "declare the ports of the service"
            return Looked((Problem("nothing says where it was served before", key[0], hint),))
        parts = tuple(self.prober(wanted))
        return Looked(tuple(fault for part in parts for fault in _still(part)))

    def used(self, event: CertificateEvent) -> Looked:
        """Look whether a certificate is served where it was seen, and where its names lead.

        Where it was seen, what cannot be seen now is a problem too.
        """
        fingerprint = event.certificate
        if fingerprint is None:
            return Looked()
        with self.session.gating() as snapshot:
            seen = {
                Place(row.address, row.port, row.protocol, row.server_name)
                for row in presented(snapshot.rows("presentation", "leaf", fingerprint))
            }
            bound = snapshot.case((), delta_of((event,), snapshot)).query(_BOUND, (fingerprint,))
        named = {Place(str(a), int(str(port)), str(p), str(n)) for a, port, p, n in bound}
        parts = tuple(self.prober(tuple(sorted(seen | named)))) if seen | named else ()
        return Looked(tuple(p for part in parts for p in _in_use(part, fingerprint, seen)))

    def _left(self, change: Change) -> tuple[Place, ...]:
        """Return the places from which a change led names away, also where others moved since."""
        edits = change.plan.edits
        gone = [(e.name, text) for e in edits if e.type in ("A", "AAAA") for text in e.removed]
        with self.session.gating() as snapshot:
            made = all(snapshot.content(e.zone, e.key) == e.after for e in edits)
            spoken = snapshot.case(inverted(edits) if made else edits).query(_SPOKEN)
        found = {
            Place(address, int(str(port)), str(protocol), name)
            for name, address in gone
            for host, port, protocol in spoken
            if host == name
        }
        return tuple(sorted(found | set(self._places(change, back=True)[0] if made else ())))

    def _left_out(self, change: Change) -> str:
        if not change.plan.edits:
            return "no record moves"
        if change.plan.adopts:
            return "the zones held this content before"
        if change.reverts:
            return f"this only takes {change.reverts} back"
        if not self.session.estate.probe_networks:
            return "the estate allows no probes (probes.networks)"
        return ""

    def _places(
        self, change: Change, *, back: bool = False
    ) -> tuple[tuple[Place, ...], frozenset[str]]:
        """Return them, whether the facts at hand are from before or after the change.

        Also the names of which an address is known once the change is made. ``back``: the places
        to which the way back leads.
        """
        edits = change.plan.edits
        with self.session.gating() as snapshot:
            made = all(snapshot.content(e.zone, e.key) == e.after for e in edits)
            # Only places are asked for here: what is known of the zone does not matter.
            case = snapshot.case(inverted(edits) if made else edits, mended=change.plan.zones)
            led = case.query("SELECT DISTINCT name FROM name_address", after=not made)
            known = frozenset(str(name) for (name,) in led)
            return places(case, guess=False, back=made is not back), known


def led_by(edits: Sequence[Edit], key: Key, left: Iterable[Place]) -> tuple[Place, ...]:
    """Return those of the places left to which one RRset of the edits led, before them.

    A name that no edit is of came there by an alias: its address tells which RRset that was, and
    where that is none of an address it counts for each.
    """
    own = {edit.name for edit in edits}
    gone = {text for edit in edits if edit.key == key for text in edit.removed}
    addresses = key[1] in ("A", "AAAA")
    return tuple(
        place
        for place in left
        if (place.name == key[0] or place.name not in own)
        and (not addresses or place.address in gone)
    )


def _unseen(
    edits: Iterable[Edit], looked: Collection[str], known: Collection[str]
) -> Iterator[str]:
    """Yield for every edit that leads a name somewhere, and was not looked at, why not."""
    for edit in edits:
        if edit.type not in _LEADING or edit.name in looked:
            continue
        if edit.after is None:
            yield f"{edit.name} {edit.type} was removed: there is no endpoint of it to look at"
        elif edit.name in known:
            yield (
                f"{edit.name} {edit.type} was not looked at: it leads to no new address at which "
                "a service is declared, TLS was seen, or a live certificate lists the name"
            )
        else:
            yield f"{edit.name} {edit.type} was not looked at: nobody knows the address it leads to"


def _seen(part: Part) -> Iterator[str]:
    """Yield for every name at one target what came of looking."""
    for row in part.facts:
        if isinstance(row, Presentation):
            said = row.outcome if row.reason is None else f"{row.outcome}, {row.reason}"
            what = "not looked at" if row.outcome == "not-allowed" else "no certificate came"
            seen = "a certificate was served" if row.leaf is not None else f"{what} ({said})"
            yield f"{row.server_name} at {part.name}: {seen}"


def _silent(part: Part) -> Iterator[Problem]:
    """Yield where no certificate came although it was asked for."""
    for row in part.facts:
        if isinstance(row, Presentation) and row.leaf is None and row.outcome != "not-allowed":
            said = row.outcome if row.reason is None else f"{row.outcome}, {row.reason}"
            where = f"{row.server_name} at {part.name}"
            yield Problem(f"nothing serves there any more ({said})", where)


def _unproven(part: Part) -> Iterator[Problem]:
    """Yield where no certificate came, be it that nobody may look."""
    for row in part.facts:
        if isinstance(row, Presentation) and row.leaf is None:
            said = row.outcome if row.reason is None else f"{row.outcome}, {row.reason}"
            yield Problem(f"no certificate was seen there ({said})", _where(row, part))


def _still(part: Part) -> Iterator[Problem]:
    """Yield where a name is still served, or nobody can tell."""
    listed = _listed(part)
    for row in part.facts:
        if not isinstance(row, Presentation) or row.outcome in _ENDED:
            continue
        where = _where(row, part)
        if row.leaf is None:
            said = row.outcome if row.reason is None else f"{row.outcome}, {row.reason}"
            yield Problem(f"it could not be seen ({said})", where)
        elif any(matches_dns(row.server_name, name) for name in listed.get(row.leaf, ())):
            yield Problem("it is still served", where)


def presented(rows: Iterable[Sequence[object]]) -> Iterator[Presentation]:
    """Yield rows of the relation as what they are."""
    return (Presentation(*row) for row in rows)  # type: ignore[arg-type]


def _in_use(part: Part, fingerprint: str, seen: Collection[Place]) -> Iterator[Problem]:
    """Yield where a certificate is still served, or was and nobody can tell."""
    for row in part.facts:
        if not isinstance(row, Presentation) or row.outcome in _ENDED:
            continue
        if row.leaf == fingerprint:
            yield Problem("the certificate is still served", _where(row, part))
        elif (
            row.leaf is None and Place(row.address, row.port, row.protocol, row.server_name) in seen
        ):
            said = row.outcome if row.reason is None else f"{row.outcome}, {row.reason}"
            yield Problem(
                f"the certificate was served there; it could not be seen ({said})",
                _where(row, part),
            )


def _where(row: Presentation, part: Part) -> str:
    return f"{row.server_name} at {part.name}"


def faults(part: Part, now: int) -> Iterator[Problem]:
    """Yield what is wrong with the leaves that one target served, at an instant."""
    rows = tuple(part.facts)
    dates = {row.fingerprint: row for row in rows if isinstance(row, Certificate)}
    listed = _listed(part)
    for row in rows:
        if not isinstance(row, Presentation) or row.leaf is None:
            continue
        where = f"{row.server_name} at {part.name}"
        held = dates.get(row.leaf)
        if not any(matches_dns(row.server_name, name) for name in listed.get(row.leaf, ())):
            yield Problem("the certificate served does not cover the name", where)
        elif held is not None and not held.not_before <= now <= held.not_after:
            span = f"{format_instant(held.not_before)} to {format_instant(held.not_after)}"
            yield Problem(f"the certificate served is valid only from {span}", where)


def _listed(part: Part) -> dict[str, list[str]]:
    """Return the names that each certificate of a look lists."""
    listed: dict[str, list[str]] = {}
    for row in part.facts:
        if isinstance(row, CertificateName) and row.kind == "dns" and row.usable:
            listed.setdefault(row.certificate, []).append(row.name)
    return listed
