"""The trust path of a name as a tree: one node a link, marked, with the findings that break it.

A value without layout: the command line prints it, a page can draw it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from trustpath.base import names
from trustpath.facts.part import Grade
from trustpath.rules.judge import Finding
from trustpath.rules.status import Status
from trustpath.workflow.show import Path
from trustpath.workflow.show_labels import SAID, Mark
from trustpath.workflow.show_links import Link
from trustpath.workflow.show_places import KINDS, place_of


@dataclass(frozen=True, slots=True)
class Node:
    """One link: what it says, how it stands, whose word that is, and what it leads to.

    ``findings`` are those that speak of this link and stand, worst first; ``questions`` the
    unknowns for which a rule has words of its own and that could turn out high or worse.
    """

    kind: str
    label: str
    mark: Mark
    source: str | None = None
    grade: Grade | None = None
    observed_at: int | None = None
    keys: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    questions: tuple[Finding, ...] = ()
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order of the path."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """A path as a tree; ``unknowns`` are findings that could not be decided.

    A finding under an exception (``path.waived``) stands under its link and does not break it.
    """

    path: Path
    root: Node
    unknowns: tuple[Finding, ...]


def tree_of(path: Path) -> Tree:
    """Return the tree of a path; every finding of the path is in it once."""
    standing = [f for f in path.findings if f.status > Status.UNKNOWN]
    counting = frozenset(f.id for f in standing if f.id not in path.waived)
    drawn = Node("name", path.name, Mark.HOLDS, children=tuple(_parts(path)))
    nodes = list(drawn.walk())
    found: dict[int, list[Finding]] = {}
    doubted: set[int] = set()
    for finding in standing:
        found.setdefault(_place(finding, nodes), []).append(finding)
    unknowns = tuple(f for f in path.findings if f.status is Status.UNKNOWN)
    for finding in unknowns:
        number = _place(finding, nodes)
        if nodes[number].keys & set(finding.subject.split()) and _grave(finding):
            doubted.add(id(nodes[number]))
            if finding.rule.asks_in_words:
                found.setdefault(number, []).append(finding)
    places = {id(nodes[number]): tuple(items) for number, items in found.items()}
    return Tree(path, _with(drawn, places, doubted, counting), unknowns)


def _place(finding: Finding, nodes: list[Node]) -> int:
    """Return the number of the node that a finding speaks of.

    A policy that the zone around the name lacks stands at the zone where CAA is not known.
    """
    kind = place_of(finding.rule)
    words = set(finding.subject.split())
    fits = [n for n, node in enumerate(nodes) if node.kind in (kind, f"{kind}-host")]
    named = sorted(
        (n for n in fits if nodes[n].keys & words), key=lambda n: -len(nodes[n].keys & words)
    )
    anywhere = [n for n, node in enumerate(nodes) if node.keys & words and node.kind != "name"]
    own = nodes[0].label in words
    zone = [n for n in anywhere if nodes[n].kind == "zone" and not own]
    records = [n for n, node in enumerate(nodes) if node.kind == "records" and own]
    policy = zone if kind == "caa" else []
    return (named or policy or fits or records or zone or anywhere or [0])[0]


def _grave(finding: Finding) -> bool:
    """Say whether an unknown could turn out high or worse: its link is not said to hold."""
    worst = finding.rule.severity.get(finding.tier)
    return worst is not None and worst >= Status.HIGH


def _with(
    node: Node,
    places: dict[int, tuple[Finding, ...]],
    doubted: set[int],
    counting: frozenset[str],
) -> Node:
    placed = places.get(id(node), ())
    found = tuple(f for f in placed if f.status > Status.UNKNOWN)
    questions = placed[len(found) :]
    mark = node.mark
    if any(f.status >= Status.MEDIUM and f.id in counting for f in found):
        mark = Mark.BROKEN
    elif questions or (mark is Mark.HOLDS and id(node) in doubted):
        mark = Mark.UNKNOWN
    children = tuple(_with(child, places, doubted, counting) for child in node.children)
    return replace(node, findings=found, questions=questions, children=children, mark=mark)


def _parts(path: Path) -> Iterator[Node]:
    of = {kind: [link for link in path.links if link.kind == kind] for kind in KINDS}
    yield Node("registry", f"{names.registered(path.name)}: no registry was asked", Mark.UNSEEN)
    for kind in ("delegation", "zone"):
        yield from _each(of[kind], _nothing(kind))
    yield _records(of)
    yield from _answers(of["answer"])
    yield from map(_node, of["tlsa"])
    yield from _mail(path.name, of)
    served = {str(link.details["leaf"]) for link in of["presentation"] if link.details["leaf"]}
    yield from _unserved(of, served, path.now)
    yield from _each(of["log"], "no CT log entry names it")
    yield from map(_node, of["caa"]) if of["caa"] else _without_caa(of)
    yield from _powers(of["issuance"])
    yield from _each(of["job"], "no renewal job is declared")
    yield from _each(of["owner"], "no owner is declared")


def _nothing(kind: str) -> str:
    if kind == "delegation":
        return "no name servers are known"
    return "outside the zones that are held"


def _each(links: list[Link], nothing: str) -> Iterator[Node]:
    if links:
        yield from map(_node, links)
    else:
        yield Node(_KIND_OF[nothing], nothing, Mark.UNSEEN)


_KIND_OF = {
    "no name servers are known": "delegation",
    "outside the zones that are held": "zone",
    "no CT log entry names it": "log",
    "no renewal job is declared": "job",
    "no owner is declared": "owner",
}


def _without_caa(of: dict[str, list[Link]]) -> Iterator[Node]:
    """Yield what stands for CAA where no record is known: none applies, or nobody can tell."""
    zone = of["zone"][0].details if of["zone"] else {}
    if zone.get("caa_known"):
        keys = frozenset({str(zone["apex"])})
        yield Node("caa", "no CAA record applies: any CA may issue", Mark.UNSEEN, keys=keys)
        return
    where = "nobody looked it up"
    if of["alias"]:
        where = "nobody looked it up where the alias ends"
    if zone.get("cut"):
        where = f"{zone['cut']} is not held"
    yield Node("caa", f"not known: {where}", Mark.UNSEEN)


def _records(of: dict[str, list[Link]]) -> Node:
    below = _hops(of)
    if not of["records"]:
        cut = of["zone"][0].details["cut"] if of["zone"] else None
        label = f"in the zone {cut}, which is not held" if cut else "no records are known"
        label = "records from live answers" if below else label
        return Node("records", label, Mark.UNKNOWN if not below else Mark.HOLDS, children=below)
    first = of["records"][0]
    types: dict[str, list[str]] = {}
    for link in of["records"]:
        types.setdefault(str(link.details["type"]), []).append(str(link.details["rdata"]))
    said = "; ".join(
        f"{kind} {values[0]}" if len(values) == 1 else f"{len(values)} {kind}"
        for kind, values in types.items()
    )
    owner = str(first.details["name"])
    by = f"from the wildcard {owner}" if first.details["synthesised"] else owner
    return replace(_node(first), label=f"{by}: {said}", children=below)


def _hops(of: dict[str, list[Link]]) -> tuple[Node, ...]:
    below = tuple(_addresses(of))
    for link in reversed(of["alias"]):
        below = (replace(_node(link), children=below),)
    return below


def _addresses(of: dict[str, list[Link]]) -> Iterator[Node]:
    if not of["address"] and of["alias"]:
        yield Node("address", "no address is known", Mark.UNSEEN)
    for link in of["address"]:
        looked = [p for p in of["presentation"] if p.details["address"] == link.details["address"]]
        nobody = Node("presentation", "nobody looked what is served here", Mark.UNSEEN)
        yield replace(
            _node(link), children=tuple(_served(place, of) for place in looked) or (nobody,)
        )


def _mail(name: str, of: dict[str, list[Link]]) -> Iterator[Node]:
    """Yield the mail of a name, for what is said of the domain, with its hosts below it."""
    links = of["mail"]
    if not links:
        return
    keys = frozenset({name})
    hosts = [link for link in links if link.details["host"]]
    if not hosts:
        said = "takes no mail (null MX)"
    else:
        said = "1 host" if len(hosts) == 1 else f"{len(hosts)} hosts"
    below = []
    for link in hosts:
        node = _node(link)
        children = tuple(_mail_host(link.details["host"], of))
        host = replace(node, kind="mail-host", keys=node.keys | keys, children=children)
        below.append(host)
    whole = replace(_node(links[0]), label=said, mark=Mark.HOLDS, keys=keys)
    yield replace(whole, children=tuple(below))


def _mail_host(host: object, of: dict[str, list[Link]]) -> Iterator[Node]:
    served = [link for link in of["mail-presentation"] if link.details["host"] == host]
    for link in of["mail-address"]:
        if link.details["host"] != host:
            continue
        looked = [p for p in served if p.details["address"] == link.details["address"]]
        nobody = Node("mail-presentation", "nobody looked what is served here", Mark.UNSEEN)
        yield replace(_node(link), children=tuple(map(_node, looked)) or (nobody,))


def _served(link: Link, of: dict[str, list[Link]]) -> Node:
    leaf = link.details["leaf"]
    below = [c for c in of["certificate"] if leaf and c.details["certificate"] == leaf]
    return replace(_node(link), children=tuple(_certificate(c, of) for c in below[:1]))


def _certificate(link: Link, of: dict[str, list[Link]]) -> Node:
    issuers = [i for i in of["issuer"] if i.details["certificate"] == link.details["certificate"]]
    return replace(_node(link), children=tuple(map(_node, issuers[:1])))


def _unserved(of: dict[str, list[Link]], served: set[str], now: int) -> Iterator[Node]:
    past = 0
    for link in of["certificate"]:
        if link.details["certificate"] in served:
            continue
        ended = int(str(link.details["not_after"])) < now
        past += ended
        if not ended:
            drawn = _certificate(link, of)
            yield replace(drawn, label=f"{drawn.label}; not seen served")
    if past:
        label = f"{past} expired certificate{'' if past == 1 else 's'}, not seen served"
        yield Node("certificate", label, Mark.HOLDS)
    if not of["certificate"]:
        yield Node("certificate", "no certificate for it is known", Mark.UNSEEN)


def _answers(links: list[Link]) -> Iterator[Node]:
    if not links:
        yield Node("answer", "no resolver was asked", Mark.UNSEEN)
    outcomes: dict[tuple[str, str], list[Link]] = {}
    for link in links:
        outcomes.setdefault((str(link.details["vantage"]), link.text[-99:]), []).append(link)
    for (_, text), same in outcomes.items():
        yield replace(_node(same[0]), label=text)


def _powers(links: list[Link]) -> Iterator[Node]:
    outside = sorted({str(x.details["control"]) for x in links if x.details["outside"]})
    for control in outside:
        yield Node(
            "issuance",
            f"who runs {control} could obtain a certificate",
            Mark.UNKNOWN,
            keys=frozenset({control}),
        )
    if links and not outside:
        yield Node("issuance", "only our own zones can pass a validation", Mark.HOLDS)


def _node(link: Link) -> Node:
    label, mark = SAID[link.kind](link)
    keys = {str(v) for k, v in link.details.items() if k in _KEYS and v is not None}
    if link.kind in ("presentation", "mail-presentation"):
        keys.add(f"{link.details['address']}:{link.details['port']}")
    return Node(link.kind, label, mark, link.source, link.grade, link.observed_at, frozenset(keys))


_KEYS = frozenset(
    {"name", "apex", "child", "server", "target", "address", "certificate", "label", "spki"}
    | {"serial", "host", "job", "owner", "control"}
)


def tree_document(node: Node) -> dict[str, Any]:
    """Return a node and all below it as plain values, for JSON; findings by their ids."""
    return {
        "kind": node.kind,
        "label": node.label,
        "mark": node.mark.value,
        "source": node.source,
        "grade": None if node.grade is None else node.grade.name.lower(),
        "observed_at": node.observed_at,
        "findings": [finding.id for finding in node.findings],
        "questions": [finding.id for finding in node.questions],
        "children": [tree_document(child) for child in node.children],
    }
