"""What a plan prints stays text, whatever records, names and files contain; and fits its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commandline import trustpath
from trustpath.cli.formats.plan_markdown import LARGEST, SHOWN, as_markdown
from trustpath.cli.formats.plan_sarif import as_sarif
from trustpath.cli.formats.plan_table import print_table
from trustpath.cli.formats.safe import LONGEST, one_line
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.part import Problem
from trustpath.facts.proposal import Action, CertificateEvent, Operation, Submission
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import (
    Approval,
    Assessment,
    Enabler,
    Impact,
    Neutral,
    PlannedEdit,
    Rollback,
    Verdict,
    Wait,
)
from trustpath.workflow.gate.document import document, json_schema

SCHEMA: Mapping[str, Any] = json.loads(json_schema())
ATTACKS = {
    "html": "<script>alert(1)</script>",
    "image": "![x](https://evil.example/pixel)",
    "link": "[click](https://evil.example)",
    "bare link": "see https://evil.example/ and www.evil.example",
    "pipes": "a | b || c",
    "backticks": "```\n# heading\n```",
    "tilde fence": "~~~\n# heading\n~~~",
    "mention": "@admin @team/owners please merge",
    "reference": "#1 !2 $3 %4 ~bug &5",
    "entity": "&#64;admin &lt;b&gt;",
    "lines": "one\n\n## Trustpath: allow\r\n- fine\u2028x\u2029y\x0bz",
    "mark": "<!-- trustpath plan -->",
    "end of comment": "--> <b>x</b> <!--",
    "terminal": "\x1b[2J\x1b]0;title\x07 \x9b31m red",
    "bidi": "abc\u202egpj.exe\u2066x\u2069\u200f",
    "invisible": "exam\u200bple\ufeff\u00ad",
    "markup of the table": "[bold red]x[/] [/] [link=https://evil.example]y[/link]",
}


def said(text: str, verdict: Verdict = Verdict.HOLD) -> Assessment:
    """Return an assessment in which every text is the given one."""
    edit = Edit("example.com", text, "TXT", None, RecordSet(300, (text,)))
    gap = Impact(
        "CAA-002", text, "gate", text, None, Status.HIGH, None, "public", text, {"a": text}, text
    )
    return Assessment(
        verdict=verdict,
        digest="0" * 64,
        basis="1" * 64,
        now=1_795_500_000,
        origin=text,
        edits=(PlannedEdit(edit, "I"),),
        events=(CertificateEvent(text or "e", "issue", (text,), service=text, reason=text),),
        impact=(gap,),
        surface=(
            Enabler(text, text, text, "TXT", outside=True, gained=True),
            Enabler(text, "issue", text, "CAA", outside=False, gained=True, ca=text),
        ),
        approvals=(Approval("record", text, text),),
        waits=(Wait(text, 60, text),),
        rollback=Rollback((edit.inverted(),), Verdict.ALLOW, None, text),
        unknown=(replace(gap, after=Status.UNKNOWN),),
        neutral=(Neutral(text, text),),
        problems=(Problem(text, text, text),),
        reasons=(text,),
        tier="public",
    )


def proposed(text: str) -> Submission:
    return Submission(text, operations=(Operation(Action.ADD, None, text, "TXT", where=text),))


def outside_code(comment: str) -> list[str]:
    """Return the lines of a comment that are not in its one block of code."""
    lines = comment.split("\n")
    fences = [number for number, line in enumerate(lines) if re.match(r" {0,3}(```|~~~)", line)]
    assert len(fences) == 2, "one block of code, which nothing in it ends"
    return lines[: fences[0]] + lines[fences[1] + 1 :]


def start(line: str) -> str:
    """Return what makes a heading, an item, a row, or the mark of a comment of a line."""
    return re.sub(r"^(#+ |- |\||<!-- trustpath|).*", r"\1", line)


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_a_comment_has_the_structure_of_a_plain_one(text: str) -> None:
    plain, comment = as_markdown(said("plain")), as_markdown(said(text))
    assert not set(comment) & set("\r\x0b\x1b\x9b\x07\u202e\u2066\u2028\u2029\u200b\ufeff\u00ad")
    ours, lines = outside_code(plain), outside_code(comment)
    assert list(map(start, ours)) == list(map(start, lines))
    for before, line in zip(ours, lines, strict=True):
        bare = re.sub(r"\\.", "", line).replace("<!-- -->", "")
        assert bare.count("|") == before.count("|"), "a cell stays a cell"
        tags = ["<!-- trustpath plan -->"] if before == ours[0] else ["<sub>", "</sub>"]
        for tag in tags:
            bare = bare.replace(tag, "", 1)
        assert not set("<>`[]*") & set(bare.removeprefix("- "))
        assert "://" not in bare
        body = re.sub(r"<!-- (trustpath plan )?-->|</?sub>", " ", line.lstrip("# "))
        assert not re.search(r"[@#!$%~&]\S", body), "no reference to anybody or anything"


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_a_result_stays_text(text: str) -> None:
    log = as_sarif(said(text), proposed(text))
    for result in log["runs"][0]["results"]:
        message = result["message"]["text"]
        assert "\n" not in message
        assert not set(message) & set("\x1b\x9b\x07\u202e\u2066\u200b\ufeff")
        assert not re.search(r"(?<!\\)\[", message.replace("\\\\", "")), "brackets make links"
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not re.search(r"[\s<>\"`|\\^{}]", uri)


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_a_terminal_is_not_steered(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(said(text))
    shown = capsys.readouterr().out
    assert not set(shown) & set("\r\x1b\x9b\x07\u202e\u2066\u200b\ufeff")
    if "[bold red]" in text:
        assert "[bold red]x[/]" in shown


@pytest.mark.parametrize("text", ["x" * 5_000, "y" * LONGEST + "@z" * 101, "|" * 501], ids=len)
def test_what_is_long_is_cut_visibly(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    left = len(text) - LONGEST
    assert one_line(text).endswith(f"... and {left} more characters")
    assert f"... and {left} more characters" in as_markdown(said(text))
    print_table(said(text))
    assert f"and {left} more characters" in capsys.readouterr().out
    assert one_line(text[:LONGEST]) == text[:LONGEST]
    assert one_line(text[: LONGEST + 200]) == text[: LONGEST + 200]  # little would be saved


def test_a_comment_is_never_longer_than_code_hosts_take() -> None:
    one = said("|" * LONGEST)
    many = replace(
        one,
        **{
            item.name: getattr(one, item.name) * 200
            for item in fields(one)
            if isinstance(getattr(one, item.name), tuple)
        },
    )
    comment = as_markdown(many)
    assert len(comment) < LARGEST + 100
    assert comment.endswith("The rest is left out here; the JSON has it.")
    few = as_markdown(replace(said("x"), reasons=("a",) * 200, neutral=(Neutral("a", "b"),) * 200))
    assert f"and {200 - SHOWN} more" in few


def test_the_schema_is_one_and_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    ran = trustpath(capsys, "plan", "--schema")
    assert (ran.code, ran.document) == (0, SCHEMA)


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_every_part_of_the_document_is_in_the_schema(text: str) -> None:
    found = document(said(text))
    Draft202012Validator(SCHEMA).validate(found)
    assert found["schema"] == SCHEMA["properties"]["schema"]["const"]
    assert json.loads(json.dumps(found)) == found
    assert set(found) == set(SCHEMA["required"]) == set(SCHEMA["properties"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "maybe"),
        (("digest",), "abc"),
        (("now",), 1),
        (("impact", 0, "after"), "bad"),
        (("impact", 0, "before"), "bad"),
        (("changes", 0, "action"), "move"),
        (("changes", 0, "flags"), "X"),
        (("changes", 1, "kind"), "steal"),
        (("approvals", 0, "role"), "anybody"),
        (("waits", 0, "seconds"), -1),
        (("surface", 0, "change"), "kept"),
        (("rollback", "verdict"), None),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_the_schema_refuses_what_no_plan_says(path: tuple[str | int, ...], value: object) -> None:
    found = document(said("x"))
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    assert path[-1] in at
    at[path[-1]] = value
    assert not Draft202012Validator(SCHEMA).is_valid(found)
