"""What shipped rules say of the failures in their vectors reads as a sentence."""

from __future__ import annotations

import re

import pytest

from trustpath.app.benches import StoreBench
from trustpath.rules.judge import Finding, judge
from trustpath.rules.status import Status
from trustpath.workflow.vectors import Case, VectorFile, lay
from vectors_support import catalogue, vector_files

FILES = vector_files()
RULES = catalogue()
DECIDED = frozenset(("pass", "unknown"))
CLUMSY = re.compile(
    r"[{}\[\]]|\(\s*\)|\s\s|\s[,.;:)]|\bNone\b|\bTrue\b|\bFalse\b|\bnot known\b|[0-9a-f]{64}"
    r"|[,;:]\.|\.\.$|\band ?[.;,]"
)
"""What is left of a template, of Python or of a fingerprint, or where something is missing."""


def own_words(said: str) -> str:
    """Return a sentence without what it quotes from records, which may look like anything."""
    quoted = re.sub(r"'[^']*'|\"[^\"]*\"", "it", said)
    return re.sub(r"\S*::\S*", "it,", quoted).replace("mailto:", "mailto")


def failures(file: VectorFile) -> list[tuple[Case, Finding]]:
    """Return what does not hold in the cases of a file."""
    found = []
    for case in file.cases:
        if set(case.expect.values()) <= DECIDED:
            continue
        bench = StoreBench()
        lay(case, bench)
        outcome = judge(RULES.get(case.rule), bench.engine(case.now))
        found += [
            (case, finding)
            for finding in outcome.findings
            if case.expect.get(finding.subject) not in DECIDED
        ]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.rule)
def test_what_a_rule_says_of_its_failures_reads_as_a_sentence(file: VectorFile) -> None:
    """Each failing row of each vector gives one whole sentence."""
    found = failures(file)
    assert found
    for case, finding in found:
        said = finding.sentence
        assert not CLUMSY.search(own_words(said)), f"{case.where}: {said}"
        assert said.endswith("."), f"{case.where}: {said}"
        assert finding.rule.says.columns <= {*finding.columns, "subject", "tier", "owner"}


ASKING = [file for file in FILES if not RULES.get(file.rule).asks.template.endswith("{subject}")]


@pytest.mark.parametrize("file", ASKING, ids=lambda file: file.rule)
def test_what_a_rule_asks_reads_as_a_sentence(file: VectorFile) -> None:
    """So does what is not known, where a rule has words of its own for it."""
    asked = []
    for case in file.cases:
        if "unknown" in case.expect.values():
            bench = StoreBench()
            lay(case, bench)
            outcome = judge(RULES.get(case.rule), bench.engine(case.now))
            asked += [f.sentence for f in outcome.findings if f.status is Status.UNKNOWN]
    assert asked
    for said in asked:
        assert not CLUMSY.search(own_words(said)), said
        assert said.endswith("."), said


def test_every_shipped_rule_has_a_sentence_of_its_own() -> None:
    """The title alone tells neither who nor where."""
    assert [rule.id for rule in RULES if rule.says.parts[0][0].startswith(rule.title + ":")] == []
