"""What a rule says of a row: a sentence with the row's columns in it.

The header line ``says`` of a rule is a template::

    The certificate {certificate} covers {names} names[ of {service}].

``{column}`` is a column of the SELECT. Text in square brackets is left out where a column in it is
NULL; a NULL elsewhere is written as *not known*. How a value is written follows from its column:
fingerprints are shortened, instants become dates, seconds become durations, booleans become *yes*
and *no*, and validation methods get their names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trustpath.base.errors import RuleError
from trustpath.rules.value import Value, spoken

_PIECE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_BRACKET = re.compile(r"[\[\]]")
_HINT = "write {column}, and [text with {column}] for what may be left out"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template, cut at its square brackets: (text, whether it may be left out)."""

    parts: tuple[tuple[str, bool], ...]

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that it names."""
        return frozenset(name for text, _ in self.parts for name in _PIECE.findall(text))

    @property
    def template(self) -> str:
        """Return it as it stands in the header of its rule."""
        return "".join(f"[{text}]" if optional else text for text, optional in self.parts)

    def render(self, row: Mapping[str, Value]) -> str:
        """Return the sentence for a row; columns that it names and the row lacks are NULL."""
        written = []
        for text, optional in self.parts:
            names = _PIECE.findall(text)
            if optional and any(row.get(name) is None for name in names):
                continue
            written.append(_PIECE.sub(lambda m: spoken(m[1], row.get(m[1])), text))
        return "".join(written)


def parse_sentence(template: str, where: str) -> Sentence:
    """Read a template; raises RuleError for brackets and braces that do not match."""
    parts = []
    for number, text in enumerate(_BRACKET.split(template)):
        optional = number % 2 == 1
        if "{" in _PIECE.sub("", text) or "}" in _PIECE.sub("", text):
            raise RuleError("'says' has a brace without a column", where=where, hint=_HINT)
        if optional and not _PIECE.search(text):
            raise RuleError("'says' has brackets without a column", where=where, hint=_HINT)
        parts.append((text, optional))
    if len(parts) % 2 == 0:
        raise RuleError("'says' has a bracket that is not closed", where=where, hint=_HINT)
    return Sentence(tuple(part for part in parts if part[0]))
