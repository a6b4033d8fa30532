"""The data files of this package: dated requirements, policy defaults, known authorities."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from trustpath.base.documents import load_yaml


@cache
def data_file(name: str) -> Any:
    """Return the parsed content of a data file beside this module."""
    content = resources.files(__package__ or "").joinpath(name).read_bytes()
    return load_yaml(content, name)[0]


def template() -> str:
    """Return the commented estate file that ``trustpath init`` writes."""
    return resources.files(__package__ or "").joinpath("template.yaml").read_text("utf-8")
