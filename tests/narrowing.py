"""Judging a change twice, narrowly and by recording the changed world and judging all of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Engine

from trustpath.facts import schema
from trustpath.facts.change import Said
from trustpath.facts.edits import Edit, RecordSet, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.proposal import content_of
from trustpath.facts.records import zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Occluded, Rdata, Rrset, Zone
from trustpath.facts.world import Delta
from trustpath.rules.rule import Rule
from trustpath.store.database import open_store
from trustpath.store.gate import Case, StoreGate
from trustpath.store.record import Recorder
from trustpath.store.snapshot import Snapshot
from trustpath.store.sqlite_judge import SqliteJudge
from trustpath.workflow.gate.proposed import PROPOSAL, add_made
from trustpath.workflow.vectors.run import statuses

Given = list[tuple[str, Part]]
Found = dict[tuple[str, str], str]


def frozen(given: Iterable[tuple[str, Part]]) -> Given:
    """Keep the facts of parts, which may be one-pass iterables."""
    return [(source, replace(part, facts=tuple(part.facts))) for source, part in given]


def zones(given: Given) -> dict[str, dict[tuple[str, str], RecordSet]]:
    """Return the content of every zone that can be recorded again with edits.

    Left out are zones of which several parts speak, since an edit would have to reach all copies,
    and those of which only loose records are given: recorded again they would have RRsets too.
    """
    seen: dict[str, int] = defaultdict(int)
    found: dict[str, dict[tuple[str, str], RecordSet]] = {}
    for _source, part in given:
        sets = {fact.zone for fact in part.facts if isinstance(fact, Rrset | Occluded)}
        loose = {fact.zone for fact in part.facts if isinstance(fact, Rdata)} - sets
        for fact in part.facts:
            if isinstance(fact, Zone):
                seen[fact.apex] += 2 if fact.apex in loose else 1
                found[fact.apex] = content(part.facts, fact.apex)
    return {apex: held for apex, held in found.items() if seen[apex] == 1}


POOL: dict[str, tuple[str, ...]] = {
    "A": ("192.0.2.1", "192.0.2.9", "203.0.113.5"),
    "AAAA": ("2001:db8::1",),
    "CNAME": ("www.example.com.", "gone.example.com.", "cdn.example.net.", "x.example.org."),
    "CAA": (
        '0 issue "ca.example"',
        '0 issue ";"',
        '0 issuewild "ca.example"',
        '0 issue "ca.example; accounturi=https://ca.example/acct/1"',
        '128 tbs "x"',
    ),
    "MX": ("10 mx.example.com.", "0 ."),
    "NS": ("ns1.example.net.", "ns.example.com."),
    "TXT": (
        '"v=spf1 -all"',
        '"v=STSv1; id=2"',
        '"ca.example; accounturi=https://ca.example/acct/1; policy=wildcard"',
    ),
    "TLSA": ("3 1 1 " + "ab" * 32,),
    "DS": ("1 13 2 " + "ab" * 32,),
    "HTTPS": ('1 . alpn="h2"', "0 www.example.com."),
    "SRV": ("0 5 443 www.example.com.",),
    "DNAME": ("example.net.",),
}
LABELS = (
    "",
    "",
    "new.",
    "*.",
    "a.b.",
    "_acme-challenge.",
    "_443._tcp.",
    "_mta-sts.",
    "_validation-persist.",
    "_25._tcp.",
)


def random_edit(
    choose: random.Random, held: dict[str, dict[tuple[str, str], RecordSet]]
) -> Edit | None:
    """Return an edit of any kind somewhere in the zones, None where the draw is none."""
    apex = choose.choice(sorted(held))
    there = held[apex]
    if there and choose.random() < 0.5:
        key = choose.choice(sorted(there))
        before = there[key]
        kind = choose.random()
        after = None
        if kind > 0.8 and before.ttl:
            after = before._replace(ttl=before.ttl // 2 + 1)
        elif kind > 0.4 and key[1] in POOL:
            after = record_set(before.ttl, [choose.choice(POOL[key[1]])])
        return None if after == before else Edit(apex, *key, before, after)
    base = choose.choice(sorted({name for name, _ in there} | {apex}))
    name, rdtype = choose.choice(LABELS) + base, choose.choice(sorted(POOL))
    at_name = {kind for owner, kind in there if owner == name}
    if rdtype in at_name or len(name) > 200 or (at_name and rdtype == "CNAME"):
        return None
    return Edit(apex, name, rdtype, None, record_set(300, [choose.choice(POOL[rdtype])]))


def random_edits(
    choose: random.Random, held: dict[str, dict[tuple[str, str], RecordSet]]
) -> list[Edit]:
    """Return one to three edits of different RRsets; none where every draw was none."""
    found: dict[tuple[str, str, str], Edit] = {}
    for _draw in range(choose.choice((1, 1, 2, 3))):
        edit = random_edit(choose, held)
        if edit is not None:
            found.setdefault((edit.zone, *edit.key), edit)
    return list(found.values())


def written(edits: Sequence[Edit]) -> str:
    """Return edits as lines to read."""
    return "\n".join(
        f"  {e.action} {e.name} {e.type}: {e.before and list(e.before.rdatas)}"
        f" -> {e.after and list(e.after.rdatas)}"
        for e in edits
    )


def content(facts: Iterable[Fact], apex: str) -> dict[tuple[str, str], RecordSet]:
    """Return the content of one zone among facts."""
    return content_of(
        fact for fact in facts if isinstance(fact, Rrset | Rdata | Occluded) and fact.zone == apex
    )


def edited(part: Part, edits: Sequence[Edit]) -> Part:
    """Return the part as a collection after the edits would give it."""
    ours = {fact.apex: fact for fact in part.facts if isinstance(fact, Zone)}
    kept: list[Fact] = []
    touched = {edit.zone for edit in edits} & ours.keys()
    if not touched:
        return part
    for fact in part.facts:
        zone = (
            getattr(fact, "apex", None) if isinstance(fact, Zone) else getattr(fact, "zone", None)
        )
        of_dns = type(fact).__module__.endswith(".dns")
        if not (of_dns and zone in touched):
            kept.append(fact)
    for apex in touched:
        held = content(part.facts, apex)
        bare = not {(apex, "SOA"), (apex, "NS")} & held.keys()
        for edit in edits:
            if edit.zone == apex:
                held.pop(edit.key, None)
                if edit.after is not None:
                    held[edit.key] = edit.after
        led = any(e.name == apex and e.type in ("SOA", "NS") for e in edits)
        if not held and (bare or led):
            continue  # it is deleted
        entries = [(name, kind, c.ttl, c.rdatas) for (name, kind), c in held.items()]
        # Whoever takes the keys out of a zone that has them leaves it unsigned.
        facts = list(zone_facts(apex, entries, full=ours[apex].full, served=True))
        signed = ours[apex].signed
        changed = any(e.type == "DNSKEY" and e.zone == apex for e in edits)
        kept += [
            fact._replace(
                signed=fact.signed if changed else signed,
                serial=fact.serial if fact.serial is not None else ours[apex].serial,
                negative_ttl=fact.negative_ttl
                if fact.negative_ttl is not None
                else ours[apex].negative_ttl,
            )
            if isinstance(fact, Zone)
            else _led(fact)
            for fact in facts
        ]
    return replace(part, facts=kept)


def _led(fact: Fact) -> Fact:
    """Give a provider's alias its target, as the sources that know such types do."""
    if isinstance(fact, Rdata) and fact.type.endswith("/ALIAS"):
        return fact._replace(target=fact.rdata.split(" ")[0].rstrip("."))
    return fact


class Twice:
    """A world in two stores: one to judge changes of narrowly, one to record them in."""

    def __init__(self, given: Iterable[tuple[str, Part]], now: int, rules: Sequence[Rule]) -> None:
        self.given = frozen(given)
        self.now = now
        self.rules = rules
        sources = [*(source for source, _ in self.given), PROPOSAL]
        self.snapshot = Snapshot(now, now, dict.fromkeys(sources))
        self._store = open_store(None)
        self._write(self._store, self.given)
        self.gate = StoreGate(self._store, self.snapshot, rules)

    def _write(self, store: Engine, given: Given) -> None:
        by_source: dict[str, list[Part]] = defaultdict(list)
        for source, part in given:
            by_source[source].append(part)
        for source, parts in by_source.items():
            with Recorder(store, source, source, self.now) as recorder:
                for part in parts:
                    recorder.write(part)
                recorder.finish()

    def full(self, edits: Sequence[Edit] = ()) -> Found:
        store = open_store(None)
        self._write(store, self.given)
        if edits:
            self._write(store, [(s, edited(p, edits)) for s, p in self.given])
            self._write(store, [(PROPOSAL, self._proposed(edits))])
        with SqliteJudge(store, self.snapshot) as judge:
            return {
                (rule.id, subject): word
                for rule in self.rules
                for subject, word in statuses(rule, judge).items()
            }

    def _made(self, edits: Sequence[Edit]) -> Delta:
        delta = Delta()
        add_made(delta, edits, Said("ann"), self.now)
        return delta

    def _proposed(self, edits: Sequence[Edit]) -> Part:
        """Return the change itself as a source would say it."""
        rows = self._made(edits).come
        facts = [schema.BY_NAME[name].relation(*row) for name in rows for row in rows[name]]
        return Part(PROPOSAL, Grade.DECLARATION, Coverage.FULL, self.now, facts)

    def narrow(self, edits: Sequence[Edit]) -> tuple[Found, Found]:
        case = self.gate.case(edits, self._made(edits))
        return self.answered(case, self.now)

    @staticmethod
    def answered(case: Case, at: int) -> tuple[Found, Found]:
        """Return the statuses in both worlds of a case that may differ at an instant."""
        before, after = (
            {
                (rule, subject): judged.status.word
                for rule, answered in answers.items()
                for subject, judged in answered.judged().items()
            }
            for answers in case.compare(at)
        )
        return before, after

    def differences(
        self, before: Found, edits: Sequence[Edit]
    ) -> dict[tuple[str, str], tuple[object, ...]]:
        """Return where narrow and full disagree on what the edits change."""
        after = self.full(edits)
        low, high = self.narrow(edits)
        wrong: dict[tuple[str, str], tuple[object, ...]] = {}
        for key in before.keys() | after.keys() | low.keys() | high.keys():
            full = (before.get(key), after.get(key))
            narrow = (low.get(key), high.get(key))
            if full != narrow and (full[0] != full[1] or narrow[0] != narrow[1]):
                wrong[key] = (*full, *narrow)
        return wrong
