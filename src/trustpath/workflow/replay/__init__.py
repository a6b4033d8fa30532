"""Replay: real incidents told as dated events, played against the rules and the gate."""

from __future__ import annotations

from trustpath.workflow.replay.fixture import Incident, read_incident
from trustpath.workflow.replay.gate import Gate
from trustpath.workflow.replay.outcome import Outcome, replay
from trustpath.workflow.replay.report import document

__all__ = ["Gate", "Incident", "Outcome", "document", "read_incident", "replay"]
