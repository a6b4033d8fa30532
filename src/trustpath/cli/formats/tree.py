"""A trust path drawn as a tree of lines, for a terminal or a pipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from trustpath.base.clock import format_instant
from trustpath.cli.formats.console import STYLE, console
from trustpath.cli.formats.safe import one_line
from trustpath.rules.judge import Finding
from trustpath.workflow.show import Path
from trustpath.workflow.show_labels import Mark
from trustpath.workflow.show_tree import Node, Tree
from trustpath.workflow.waived import Waived

_MARKS = {Mark.HOLDS: "✓", Mark.BROKEN: "✗", Mark.UNKNOWN: "?", Mark.UNSEEN: "·"}
_PLAIN = {Mark.HOLDS: "+", Mark.BROKEN: "x", Mark.UNKNOWN: "?", Mark.UNSEEN: "."}
_COLOURS = {Mark.HOLDS: "green", Mark.BROKEN: "bold red", Mark.UNKNOWN: "magenta"}
HANGING = 4
"""Columns by which the rest of a folded line is indented further than its beginning."""
SHOWN = 3
"""Kinds of missing evidence that are named."""


def print_tree(tree: Tree) -> None:
    """Print the tree; nothing in it is read as markup.

    A terminal gets lines folded at its width, with what is folded under its own text; a pipe gets
    them whole.
    """
    screen = console(highlight=False)
    plain = not screen.encoding.lower().startswith("utf")
    for line in lines(tree, plain=plain):
        pieces = folded(line, screen) if screen.is_terminal else (line,)
        for piece in pieces:
            screen.print(piece, soft_wrap=True)


def folded(line: Text, screen: Console) -> Iterator[Text]:
    """Yield a line in pieces that fit the screen, all but the first indented."""
    indent = len(line.plain) - len(line.plain.lstrip()) + HANGING
    width = screen.width
    if line.cell_len <= width or width < 2 * indent:
        yield line
        return
    first = line.wrap(screen, width)[0]
    yield first
    left = line.plain[len(first.plain) :].lstrip()
    for piece in line[len(line.plain) - len(left) :].wrap(screen, width - indent) if left else ():
        yield Text.assemble(" " * indent, piece)


def lines(tree: Tree, *, plain: bool = False) -> Iterator[Text]:
    """Yield the lines: who, the links in their order, what they mean, what is not known."""
    path = tree.path
    marks = _PLAIN if plain else _MARKS
    nodes = [node for child in tree.root.children for node in child.walk()]
    people = f"owner {path.owner or 'nobody'}, records {path.record_owner or 'nobody'}"
    service = f"service {path.service}, " if path.service else ""
    yield Text.assemble(
        (one_line(path.name), "bold"), one_line(f"  {service}{path.tier}, {people}")
    )
    number = Counter(node.mark for node in nodes)
    legend = ", ".join(f"{number[mark]} {mark.value}" for mark in Mark)
    broken = list(dict.fromkeys(node.kind for node in nodes if node.mark is Mark.BROKEN))
    yield Text(f"broken at: {', '.join(broken)}" if broken else "no broken link is known")
    yield from _findings(tree.root, "", path.waived)
    for child in tree.root.children:
        yield from _drawn(child, 0, marks, path)
    yield Text("  ".join(f"{marks[mark]} {mark.value}" for mark in Mark) + f"  ({legend})", "dim")
    yield from _unknowns(tree.unknowns)


def _drawn(node: Node, depth: int, marks: dict[Mark, str], path: Path) -> Iterator[Text]:
    line = Text("  " * depth)
    line.append(marks[node.mark], _COLOURS.get(node.mark, "dim"))
    line.append(f" {_KIND.get(node.kind, node.kind):11} ", "dim")
    line.append(one_line(node.label))
    if node.observed_at is not None:
        line.append(
            f"  [{one_line(str(node.source))}, {age(path.now - node.observed_at)} old]", "dim"
        )
    yield line
    yield from _findings(node, "  " * depth + "    ", path.waived)
    for child in node.children:
        yield from _drawn(child, depth + 1, marks, path)


_KIND = {
    "answer": "resolvers",
    "presentation": "served",
    "mail-host": "host",
    "mail-address": "address",
    "mail-presentation": "served",
    "log": "CT log",
    "issuance": "validation",
}


def _findings(node: Node, indent: str, waived: Mapping[str, Waived]) -> Iterator[Text]:
    for finding in (*node.findings, *node.questions):
        line = Text(indent)
        terms = waived.get(finding.id)
        if terms is not None:
            until = format_instant(terms.until)[:10]
            line.append(f"excused until {until} by {one_line(terms.id)}, ", "dim")
        line.append(finding.status.word, "dim" if terms else STYLE[finding.status])
        line.append(f" {finding.rule.id}: {one_line(finding.sentence)}")
        yield line


def _unknowns(unknowns: tuple[Finding, ...]) -> Iterator[Text]:
    kinds = Counter(finding.decides for finding in unknowns)
    if not kinds:
        return
    said = "; ".join(f"{one_line(what)} ({n})" for what, n in kinds.most_common(SHOWN))
    more = f"; {len(kinds) - SHOWN} more kinds" if len(kinds) > SHOWN else ""
    yield Text(
        f"{len(unknowns)} not decided for want of evidence; to know: {said}{more}", "magenta"
    )


def age(seconds: int) -> str:
    """Return seconds in the largest unit that fits: 3d, 4h, 5m, 6s."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"
