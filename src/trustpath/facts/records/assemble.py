"""Records as they come from a file or a transfer into the RRsets of one zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from trustpath.facts.part import Problem

Record = tuple[str, str, "int | None", str]  # canonical owner, type, TTL, canonical rdata

_BESIDE_CNAME = frozenset({"CNAME", "RRSIG", "NSEC", "KEY"})


@dataclass(slots=True)
class Assembled:
    """RRsets (name, type, TTL, rdatas) of a zone and remarks that cost no record."""

    rrsets: list[tuple[str, str, int | None, list[str]]] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


def assemble(records: Iterable[Record], apex: str, where: str) -> Assembled:
    """Group records into RRsets: duplicates fall together, differing TTLs become the least.

    Records outside of the zone are left out with a remark, as servers do (RFC 1035 5.2).
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
    _remark(result, sets, outside, mixed, where)
    return result


def _remark(
    result: Assembled,
    sets: Iterable[tuple[str, str]],
    outside: list[str],
    mixed: int,
    where: str,
) -> None:
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
    aliases = {name for name, rdtype in sets if rdtype == "CNAME"}
    if aliases:
        both = {n for n, t in sets if n in aliases and t not in _BESIDE_CNAME}
        if both:
            remarks.append(
                Problem(
                    f"{len(both)} names have a CNAME and other data, the first {min(both)}",
                    where,
                    "servers refuse such a zone (RFC 1034 3.6.2)",
                )
            )
