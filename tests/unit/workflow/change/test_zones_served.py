"""What can be said of servers that were asked whether they have new content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.writer import ServerView, Writer
from trustpath.workflow.change.ports import Pace, Patience
from trustpath.workflow.change.zones import await_served

ZONE = "example.com"
NEW = RecordSet(300, ("192.0.2.1",))
WWW, GLUE = (f"www.{ZONE}", "A"), (f"ns1.sub.{ZONE}", "A")


class Still:
    """A clock that stands."""

    def monotonic(self) -> float:
        return 0.0


class Servers:
    """Two servers with the same content."""

    def __init__(self, content: Mapping[Key, RecordSet | None]) -> None:
        self._content = content

    def observe(self, zone: str, keys: Sequence[Key]) -> list[ServerView]:
        return [ServerView(name, 1, self._content) for name in ("ns1", "ns2")]


HIDDEN = f"ns1.sub.{ZONE} A was not seen: a delegation or a DNAME hides it from ns1, ns2"
ASKED = "the content was asked of ns1, ns2"


@pytest.mark.parametrize(
    ("shown", "said"),
    [((WWW, GLUE), (ASKED,)), ((WWW,), (ASKED, HIDDEN))],
    ids=("all", "one"),
)
def test_what_is_hidden_from_everybody_is_not_said_to_have_been_asked(
    shown: tuple[Key, ...], said: tuple[str, ...]
) -> None:
    writer = cast("Writer", Servers(dict.fromkeys(shown, NEW)))
    edits = [Edit(ZONE, *key, None, NEW) for key in (WWW, GLUE)]
    _, late, asked = await_served(writer, ZONE, edits, cast("Pace", Still()), Patience())
    assert (late, asked) == ((), said)


def test_a_change_of_which_nothing_can_be_seen_says_only_that() -> None:
    writer = cast("Writer", Servers({}))
    edits = [Edit(ZONE, *GLUE, None, NEW)]
    _, late, asked = await_served(writer, ZONE, edits, cast("Pace", Still()), Patience())
    assert (late, asked) == ((), (HIDDEN,))
