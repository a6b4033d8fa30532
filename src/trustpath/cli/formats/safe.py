"""Text that came from records, files and people, made fit to be shown in one line."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 300
"""Characters of one value that are shown; how many are left out is said."""

_WORTH_IT: Final = 200
"""Characters that have to be saved before a text is cut."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = re.compile(r"([\\`*_{}\[\]<>|]|:(?=//))")
# Code hosts look for references to people, changes and labels after rendering: a backslash does
# not stop them, an empty comment between the sign and its word does.
_REFERENCES = re.compile(r"([@#!$%~&])(?=\S)")


def one_line(text: str, limit: int = LONGEST) -> str:
    """Return text in one line: what is invisible or moves the cursor is written as its code point.

    That holds for escapes of terminals, and for characters that change the direction of writing.
    """
    more = len(text) - limit
    if more <= _WORTH_IT:
        return visible(text)
    return f"{visible(text[:limit])} ... and {more} more characters"


def visible(text: str) -> str:
    """Return text of any length in one line, with what cannot be seen as its code point."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\t\n\r":
        return " "
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return f"\\u{{{ord(character):x}}}"


def markdown(text: str) -> str:
    """Return text of which Markdown and HTML of code hosts make nothing else."""
    escaped = _MARKS.sub(r"\\\1", one_line(text))
    return _REFERENCES.sub(r"\1<!-- -->", escaped)


def sarif(text: str) -> str:
    """Return text for a SARIF message, in which brackets would make a link (3.11.6)."""
    return re.sub(r"([\\\[\]])", r"\\\1", one_line(text, 2 * LONGEST))
