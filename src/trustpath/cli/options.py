"""Options that several commands share."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


class Format(enum.StrEnum):
    """How a list is shown."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    CSV = "csv"


class EngineChoice(enum.StrEnum):
    """Which engine judges."""

    AUTO = "auto"
    SQLITE = "sqlite"
    DUCKDB = "duckdb"


EstateOption = Annotated[
    Path, typer.Option("--estate", "-e", help="The estate file.", show_default=True)
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to show it.")]
NowOption = Annotated[
    str | None, typer.Option(help="Judge for this instant instead of the present (RFC 3339).")
]
AsOfOption = Annotated[
    str | None, typer.Option(help="Judge the stored state as it was at this instant.")
]
RulesOption = Annotated[
    list[Path] | None, typer.Option("--rules", help="A folder with rules of your own; repeatable.")
]
CollectOption = Annotated[
    bool, typer.Option("--collect/--no-collect", help="Collect first, or judge what is stored.")
]
EngineOption = Annotated[EngineChoice, typer.Option(help="Which engine judges.")]
DEFAULT_ESTATE = Path("estate.yaml")
