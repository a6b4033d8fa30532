"""Planted problems: one estate in which each has a broken side and a healthy twin.

``problem`` says what a record looks like, the modules beside it list them by what they are about,
and ``bed`` builds the zones, certificates and servers of all of them together. docs/vectors.md
says how to add one.
"""

from __future__ import annotations

from planted import acme, caa, certificates, ct, dane, endpoints, names, people, policy, revocation
from planted.problem import Problem

PROBLEMS: tuple[Problem, ...] = (
    *names.PROBLEMS,
    *caa.PROBLEMS,
    *acme.PROBLEMS,
    *people.PROBLEMS,
    *policy.PROBLEMS,
    *certificates.PROBLEMS,
    *endpoints.PROBLEMS,
    *dane.PROBLEMS,
    *revocation.PROBLEMS,
    *ct.PROBLEMS,
)
