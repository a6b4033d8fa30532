"""The key of a zone transfer: where its secret is, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustpath.base.errors import SourceError
from trustpath.connectors.axfr.options import TsigOption

SECRET = "MDEyMzQ1Njc4OWFiY2RlZg=="


@pytest.mark.parametrize(
    "text",
    [SECRET + "\n", f'key "k" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n'],
    ids=["base64", "tsig-keygen"],
)
def test_a_secret_is_read_from_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)
    key = TsigOption("k", "hmac-sha256", "file:secret").key({}, tmp_path)
    assert key.secret == b"0123456789abcdef"


@pytest.mark.parametrize("text", ["", "\n", " \n"])
def test_an_empty_file_is_no_secret(tmp_path: Path, text: str) -> None:
    """An empty key would sign all the same, and the server would only say that it does not know it."""
    (tmp_path / "secret").write_text(text)
    with pytest.raises(SourceError, match="the TSIG secret is empty: file:secret"):
        TsigOption("k", "hmac-sha256", "file:secret").key({}, tmp_path)
