"""."""

from planted.problem import Problem

PROBLEMS: tuple[Problem, ...] = ()
