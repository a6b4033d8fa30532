"""The two worlds of one change as the narrow engine knows them, now and at later instants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from trustpath.facts.world import Delta
from trustpath.rules.rule import Rule
from trustpath.rules.value import Value
from trustpath.store.cone import Rows
from trustpath.store.held import Held
from trustpath.store.prepared import MOMENT, Made, Reads

Known = tuple[dict[str, Held], dict[str, Held]]
"""What relations and links hold, in the world before and in the one after."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule, and the links that may differ and that it stands on."""

    rule: Rule
    made: Made
    links: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reach:
    """What may differ between the worlds of a change that touches certain relations.

    ``varied`` are these, and what moves with time. ``apart``: what links and rules read of the
    former, what stays first and then what moves. ``links`` are those that may differ, from the
    bottom.
    """

    names: frozenset[str]
    varied: frozenset[str]
    rules: tuple[Asked, ...]
    links: tuple[Made, ...]
    apart: dict[str, tuple[Reads, Reads]]


class Scene:
    """The two worlds at one instant: what is known of them."""

    __slots__ = ("known", "worlds")

    def __init__(self, worlds: Worlds, moment: Held, known: Known) -> None:
        self.worlds = worlds
        self.known = known
        for side in known:
            side[MOMENT] = moment


class Worlds:
    """The two worlds of one change."""

    def __init__(self, cone: Rows, deltas: tuple[Delta, Delta], reach: Reach) -> None:
        self.cone = cone
        self.deltas = deltas
        self.reach = reach
        self.present: Scene | None = None
        self.asked: list[Asked] | None = None
        self.still: dict[str, bool] = {}
        """Whether what a link or rule reads that time does not change looks different."""
        self.seen: dict[int, dict[Held, Held]] = defaultdict(dict)
        """For each look at rows those that came first and look the same."""
        self.told: dict[tuple[object, ...], list[tuple[Value, ...]]] = {}
        """What queries gave."""


def heights_of(worlds: Worlds, asked: Iterable[Asked], *, moving: bool = False) -> list[list[Made]]:
    """Return the links that rules stand on and that may differ, by height; ``moving``: in time."""
    needed = frozenset[str]().union(*(one.links for one in asked))
    links = [made for made in worlds.reach.links if made.name in needed and made.moves >= moving]
    return [list(same) for _height, same in groupby(links, attrgetter("depth"))]
