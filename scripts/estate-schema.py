#!/usr/bin/env python3
"""Write docs/estate.schema.json, the published JSON Schema of the estate file, from its shapes."""

from __future__ import annotations

import json
from pathlib import Path

from trustpath.facts.estate import ESTATE_SCHEMA

PAGE = Path(__file__).resolve().parent.parent / "docs" / "estate.schema.json"

if __name__ == "__main__":
    text = json.dumps(ESTATE_SCHEMA, indent=1, ensure_ascii=False)
    PAGE.write_text(text + "\n", encoding="utf-8")
