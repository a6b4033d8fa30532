"""Records as they come from a file or a transfer into the RRsets of one zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trustpath.facts.part import Problem
from trustpath.facts.records.canonical import PLAIN, is_raw
from trustpath.facts.records.rrset import is_unread

Record = tuple[str, str, "int | None", str]  # canonical owner, type, TTL, canonical rdata

Places = Callable[[frozenset[str]], Mapping[str, Sequence[str]]]
"""Where records of the given owner names stand, for messages."""

_NEVER_RAW = frozenset(kind.name for kind in PLAIN)
_MAX_NAMED = 20
_BESIDE_CNAME = frozenset({"CNAME", "RRSIG", "NSEC", "KEY"})


@dataclass(slots=True)
class Assembled:
    """RRsets (name, type, TTL, rdatas) of a zone and remarks that cost no record.

    ``unread`` counts records of typed relations whose data could only be kept as it is: what they
    say is not known, so the zone is not known in full.
    """

    rrsets: list[tuple[str, str, int | None, list[str]]] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    unread: int = 0


def assemble(
    records: Iterable[Record], apex: str, where: str, places: Places | None = None
) -> Assembled:
    """Group records into RRsets: duplicates fall together, differing TTLs become the least.

    Records outside of the zone are left out with a remark, as servers do (RFC 1035 5.2). ``places``
    tells for messages where the records of a name stand.
    """
    result = Assembled()
    sets: dict[tuple[str, str], tuple[list[str], list[int | None]]] = {}
    below = "." + apex if apex else ""
    outside: list[str] = []
    for name, rdtype, ttl, data in records:
        if not name.endswith(below) and name != apex:
            outside.append(name)
            continue
        key = (name, rdtype)
        found = sets.get(key)
        if found is None:
            sets[key] = ([data], [ttl])
        else:
            found[0].append(data)
            if ttl != found[1][0]:
                found[1].append(ttl)
    mixed = 0
    for (name, rdtype), (texts, ttls) in sets.items():
        rdatas = texts if len(texts) == 1 else list(dict.fromkeys(texts))
        least = ttls[0]
        if len(ttls) > 1:
            least = min((ttl for ttl in ttls if ttl is not None), default=None)
            mixed += rdtype != "RRSIG"
        result.rrsets.append((name, rdtype, least, rdatas))
    _remark(result, outside, mixed, where)
    _raw(result, where)
    _aliases(result, where, places)
    return result


def _remark(result: Assembled, outside: list[str], mixed: int, where: str) -> None:
    remarks = result.remarks
    if outside:
        remarks.append(
            Problem(
                f"{len(outside)} records are outside of the zone and left out, "
                f"the first at {outside[0] or '.'}",
                where,
                "servers ignore them too; check $ORIGIN and final dots",
            )
        )
    if mixed:
        remarks.append(
            Problem(
                f"{mixed} RRsets have differing TTLs; the least is taken", where, "RFC 2181 5.2"
            )
        )


def _raw(result: Assembled, where: str) -> None:
    """Say which records are held in RFC 3597 form, and count those that should be read."""
    held: dict[str, list[str]] = {}
    for name, rdtype, _ttl, rdatas in result.rrsets:
        if rdtype in _NEVER_RAW or rdtype.startswith("TYPE"):
            continue
        raw = [text for text in rdatas if is_raw(rdtype, text)]
        if raw:
            held.setdefault(rdtype, []).append(name)
            result.unread += sum(is_unread(rdtype, text) for text in raw)
    for rdtype, names in sorted(held.items()):
        result.remarks.append(
            Problem(
                f"{rdtype} data is kept as it is (\\# length hex, RFC 3597) at "
                f"{_listed(names)}: its form is not read",
                where,
                "nothing is lost; what such a record means is not judged",
            )
        )


def _aliases(result: Assembled, where: str, places: Places | None) -> None:
    """Say where a CNAME stands beside other data, which no server loads (RFC 1034 3.6.2)."""
    aliases = {entry[0]: len(entry[3]) for entry in result.rrsets if entry[1] == "CNAME"}
    if not aliases:
        return
    beside: dict[str, list[str]] = {}
    for name, rdtype, _ttl, _rdatas in result.rrsets:
        if name in aliases and rdtype not in _BESIDE_CNAME:
            beside.setdefault(name, []).append(rdtype)
    several = [name for name, count in aliases.items() if count > 1]
    wrong = sorted({*beside, *several})
    if not wrong:
        return
    lines = places(frozenset(wrong[:_MAX_NAMED])) if places is not None else {}
    told = []
    for name in wrong[:_MAX_NAMED]:
        what = [f"{aliases[name]} CNAMEs"] if aliases[name] > 1 else []
        what += [f"CNAME beside {', '.join(sorted(beside[name]))}"] if name in beside else []
        at = f" ({', '.join(lines[name])})" if lines.get(name) else ""
        told.append(f"{name or '.'}: {' and '.join(what)}{at}")
    more = f"; and {len(wrong) - _MAX_NAMED} more" if len(wrong) > _MAX_NAMED else ""
    result.remarks.append(
        Problem(
            f"servers refuse to load this zone: CNAME and other data at {len(wrong)} "
            f"{'name' if len(wrong) == 1 else 'names'}: {'; '.join(told)}{more}",
            where,
            "a CNAME stands alone at its name (RFC 1034 3.6.2): remove it or the other records",
        )
    )


def _listed(names: Sequence[str]) -> str:
    first = ", ".join(name or "." for name in names[:3])
    return first if len(names) <= 3 else f"{first} and {len(names) - 3} more names"
