"""The estate file: what an organisation declares about itself, from document to fact rows."""

from __future__ import annotations

from trustpath.facts.estate.build import ESTATE_SCHEMA, build, validate
from trustpath.facts.estate.ct_logs import known_log, known_logs
from trustpath.facts.estate.datafiles import template
from trustpath.facts.estate.faults import Fault
from trustpath.facts.estate.model import Estate
from trustpath.facts.estate.requirements import policy_facts, requirement_facts
from trustpath.facts.estate.services import RETIREMENT_STEPS, TIERS

__all__ = [
    "ESTATE_SCHEMA",
    "RETIREMENT_STEPS",
    "TIERS",
    "Estate",
    "Fault",
    "build",
    "known_log",
    "known_logs",
    "policy_facts",
    "requirement_facts",
    "template",
    "validate",
]
