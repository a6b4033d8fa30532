"""The ways in which a plan is shown."""

from __future__ import annotations

import enum


class PlanFormat(enum.StrEnum):
    """How a plan is shown."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"
