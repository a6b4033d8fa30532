"""The $GENERATE directive, as BIND defines it: one record per step of a range."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trustpath.base.errors import InputError

_RANGE = re.compile(r"(\d{1,10})-(\d{1,10})(?:/(\d{1,10}))?", re.ASCII)
_FIELD = re.compile(
    r"\\(.)|\$\$|\$\{(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?\}|\$(\{)?", re.ASCII | re.DOTALL
)
_FORMATS = {"d": "d", "o": "o", "x": "x", "X": "X"}


@dataclass(frozen=True, slots=True)
class Range:
    """``start-stop[/step]``, both ends included."""

    start: int
    stop: int
    step: int

    def __len__(self) -> int:
        return len(range(self.start, self.stop + 1, self.step))

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop + 1, self.step))


def parse_range(text: str) -> Range:
    """Return the range; raises InputError for another form or an empty range."""
    match = _RANGE.fullmatch(text)
    step = int(match[3] or 1) if match else 0
    if match is None or step == 0 or int(match[2]) < int(match[1]):
        raise InputError(
            f"{text!r} is no range of $GENERATE", hint="write start-stop or with /step"
        )
    return Range(int(match[1]), int(match[2]), step)


def expand(template: str, value: int) -> str:
    r"""Return the template with ``$`` and ``${offset,width,base}`` replaced.

    ``\$`` and ``$$`` are a plain dollar sign. An offset may lead below zero. Raises
    InputError for a malformed ``${``.
    """

    def field(match: re.Match[str]) -> str:
        if match[1] is not None:
            return "$" if match[1] == "$" else match[0]
        if match[0] == "$$":
            return "$"
        if match[5]:
            raise InputError("a malformed ${...} in $GENERATE", hint="write ${offset,width,base}")
        number = value + int(match[2] or 0)
        width, base = int(match[3] or 0), match[4] or "d"
        if base != "d":
            number &= 0xFFFFFFFF  # a negative number wraps there, and has its sign in decimal
        if base in "nN":
            return _nibbles(number, width, upper=base == "N")
        return (
            format(number, f"0{width}{_FORMATS[base]}") if width else format(number, _FORMATS[base])
        )

    return _FIELD.sub(field, template)


def _nibbles(number: int, width: int, *, upper: bool) -> str:
    """Return hexadecimal digits, lowest first, each but the last followed by a dot.

    The width counts digits and dots, so that an even one ends with a dot.
    """
    digits = "0123456789ABCDEF" if upper else "0123456789abcdef"
    pieces = []
    while True:
        pieces.append(digits[number & 15])
        number >>= 4
        width -= 1
        if width > 0 or number:
            pieces.append(".")
            width -= 1
        if width <= 0 and not number:
            return "".join(pieces)
