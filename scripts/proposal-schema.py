#!/usr/bin/env python3
"""Write docs/proposal.schema.json, the JSON Schema of a proposal file, from its reader."""

from __future__ import annotations

import json
from pathlib import Path

from trustpath.connectors.proposals import proposal_schema

PAGE = Path(__file__).resolve().parent.parent / "docs" / "proposal.schema.json"

if __name__ == "__main__":
    text = json.dumps(proposal_schema(), indent=1, ensure_ascii=False)
    PAGE.write_text(text + "\n", encoding="utf-8")
