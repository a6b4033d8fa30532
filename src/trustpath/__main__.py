"""The command line: ``trustpath`` and ``python -m trustpath``."""

from __future__ import annotations

from trustpath.app import main

if __name__ == "__main__":
    main()
