"""What a look after a change came to: what is wrong, and what was and was not looked at."""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.facts.part import Problem


@dataclass(frozen=True, slots=True)
class Looked:
    """``problems`` take the change back; ``seen`` says in sentences what was looked at."""

    problems: tuple[Problem, ...] = ()
    seen: tuple[str, ...] = ()
