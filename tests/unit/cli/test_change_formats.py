"""What the commands on changes print."""

from __future__ import annotations

import pytest

from trustpath.cli.formats.change import show_change
from trustpath.cli.options import Format
from trustpath.facts.change import Change, Plan, State
from trustpath.workflow.change.decide import Stand

_SAID = {
    "reasons": [
        "CAA-016 proposal example.com: Removal of CAA records admits other CAs (high)",
        "could obtain certificates afterwards: any CA",
    ],
    "impact": [
        {
            "rule": "CAA-016",
            "subject": "proposal example.com",
            "title": "Removal of CAA records admits other CAs",
        },
        {"rule": "CAA-001", "subject": "example.com", "title": "No CAA policy applies"},
    ],
}
_JUDGED = [
    "judged: CAA-016 proposal example.com: Removal of CAA records admits other CAs (high)",
    "judged: could obtain certificates afterwards: any CA",
    "judged: CAA-001 example.com: No CAA policy applies",
]


@pytest.mark.parametrize("held", [(), ("the gate denies it",)], ids=["judged", "held"])
def test_whoever_consents_is_told_what_the_gate_said(
    held: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    change = Change(
        "C1", "ann", "a script", State.PROPOSED, "d", "b", "warn", Plan(()), _SAID, 1, 1
    )
    show_change(Stand(change, ("pki owner sec",), held), Format.TABLE)
    said = [text for text in capsys.readouterr().out.splitlines() if text.startswith("judged")]
    assert said == ([] if held else _JUDGED)
