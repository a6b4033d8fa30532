"""The catalogue: every rule file that ships, and those that users add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from trustpath.base.canonical import digest
from trustpath.base.errors import RuleError
from trustpath.rules.rule import Rule, parse_rule


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rules by id, in the order of their ids."""

    rules: dict[str, Rule]

    @property
    def version(self) -> str:
        """Return a digest of every rule text: equal catalogues have equal versions."""
        return digest(
            {
                rule.id: [
                    rule.sql,
                    sorted((t, s and s.word) for t, s in rule.severity.items()),
                    *(["consent"] if rule.consent else ()),
                ]
                for rule in self
            }
        )

    @property
    def gating(self) -> list[Rule]:
        """Return the rules by which changes are judged: decidable from proposed state and looks."""
        return [rule for rule in self if rule.gate in ("gate", "probe")]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)

    def get(self, rule_id: str) -> Rule:
        """Return a rule; raises RuleError with the nearest ids."""
        try:
            return self.rules[rule_id.upper()]
        except KeyError:
            raise RuleError(f"no rule {rule_id!r}", hint=self._instead(rule_id.upper())) from None

    def _instead(self, rule_id: str) -> str:
        """Return what may have been meant: the nearest ids, those of the family, the families."""
        family = rule_id.partition("-")[0]
        near = get_close_matches(rule_id, self.rules, n=3, cutoff=0.8)
        if not near:
            near = [known for known in self.rules if known.partition("-")[0] == family]
        if near:
            return f"near: {', '.join(near[:8])}"
        families = sorted({rule.family for rule in self})
        return f"trustpath rules list shows them; families: {', '.join(families)}"


def build(texts: Iterable[tuple[str, str]]) -> Catalogue:
    """Make a catalogue from (where, text) pairs; an id that occurs twice raises RuleError."""
    rules: dict[str, Rule] = {}
    for where, text in texts:
        rule = parse_rule(text, where)
        if rule.id in rules:
            raise RuleError(f"{rule.id} is already defined in {rules[rule.id].where}", where=where)
        rules[rule.id] = rule
    return Catalogue(dict(sorted(rules.items())))


def shipped() -> Iterator[tuple[str, str]]:
    """Yield (where, text) of every rule file in the package."""
    root = files("trustpath.rules") / "catalogue"
    for family in sorted(root.iterdir(), key=lambda item: item.name):
        if family.is_dir():
            for entry in sorted(family.iterdir(), key=lambda item: item.name):
                if entry.name.endswith(".sql"):
                    yield f"{family.name}/{entry.name}", entry.read_text("utf-8")
