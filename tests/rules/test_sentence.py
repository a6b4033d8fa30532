"""Sentences: what a template says of a row, and which templates are refused."""

from __future__ import annotations

import pytest

from trustpath.base.errors import RuleError
from trustpath.rules.sentence import parse_sentence
from trustpath.rules.value import Value, duration, spoken

DIGEST = "98e4619a66b0" + "0" * 52
EXPIRY = 1_795_500_000


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("certificate", DIGEST, "98e4619a66b0"),
        ("certificates", f"{DIGEST}, {DIGEST}", "98e4619a66b0, 98e4619a66b0"),
        ("not_after", EXPIRY, "2026-11-24"),
        ("planned_time", EXPIRY, "2026-11-24 06:00 UTC"),
        ("serial", EXPIRY, str(EXPIRY)),
        ("ttl", 300, "5 minutes"),
        ("lifetime", 7_776_000, "90 days"),
        ("held", True, "yes"),
        ("held", False, "no"),
        ("method", "br-7", "a DNS record (BR 3.2.2.4.7)"),
        ("method", "br-ip-3", "a reverse lookup of the address (BR 3.2.2.5.3)"),
        ("names", 3, "3"),
        ("owner", None, "not known"),
    ],
)
def test_a_value_is_written_as_its_column_says(column: str, value: Value, said: str) -> None:
    assert spoken(column, value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute 30 seconds"),
        (86_400, "1 day"),
        (90_061, "1 day 1 hour 1 minute 1 second"),
        (-60, "-1 minute"),
    ],
)
def test_a_duration_is_exact(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def test_what_is_not_known_is_left_out_or_said() -> None:
    sentence = parse_sentence("{subject} expires on {not_after}[ and {service} uses it].", "x")
    row: dict[str, Value] = {"subject": "a", "not_after": EXPIRY, "service": None}
    assert sentence.render(row) == "a expires on 2026-11-24."
    assert sentence.render(row | {"service": "web"}) == "a expires on 2026-11-24 and web uses it."
    assert sentence.render({"subject": "a"}) == "a expires on not known."
    assert sentence.columns == {"subject", "not_after", "service"}


def test_values_are_never_read_as_templates() -> None:
    sentence = parse_sentence("{subject}[ of {owner}]", "x")
    assert sentence.render({"subject": "{owner}[", "owner": "]{x}"}) == "{owner}[ of ]{x}"


@pytest.mark.parametrize("text", ["{a", "a}", "[{a}", "{a}]", "[plain]", "{A B}", "[[{a}]]"])
def test_a_template_with_a_mistake_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="says"):
        parse_sentence(text, "own/OWN-900.sql")
